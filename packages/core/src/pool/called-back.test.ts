import { describe, expect, test } from 'vitest';

import { isInUse } from '../../test/exchanges.ts';
import { Bench, TestWant } from '../../test/pool-bench.ts';
import type { Lease } from '../contract/connection.ts';
import type { Needs } from './want.ts';

const connectionsOf = (wants: readonly TestWant[]): unknown[] => wants.map((want) => want.lease?.connection);

describe('a request that is asked for from within', () => {
  test('the grant of another takes what room the same connection has', async () => {
    await using bench = new Bench({ maxConnsPerHost: 1 }, 2);
    (await bench.idle()).resize(2);
    const inner = new TestWant();
    const outer = bench.serve(new TestWant('any', { granted: () => bench.serve(inner) }));
    expect(inner.lease).toBeDefined();
    expect(inner.lease?.connection).toBe(outer.lease?.connection);
    expect(bench.pool.stats()).toMatchObject([{ waiting: 0 }]);
  });

  test('the news of a grant does not take the room of that', async () => {
    await using bench = new Bench({ maxConnsPerHost: 1 }, 3);
    const connection = await bench.idle();
    bench.want();
    const inner = [new TestWant(), new TestWant()];
    const outer = new TestWant('any', { gotConn: () => inner.forEach((want) => bench.serve(want)) });
    bench.serve(outer);
    expect(connectionsOf([outer, ...inner])).toEqual([connection, connection, undefined]);
    connection.finish();
    expect(inner[1]?.lease?.connection).toBe(connection);
  });

  test('the news of a grant, when an exchange has just ended, does not take the room of that', async () => {
    await using bench = new Bench({ maxConnsPerHost: 1 }, 3);
    const connection = await bench.idle();
    bench.wants(2);
    const inner = [new TestWant(), new TestWant()];
    const outer = new TestWant('any', {
      gotConn: () => {
        connection.finish();
        for (const want of inner) bench.serve(want);
      },
    });
    bench.serve(outer);
    expect(connectionsOf([outer, ...inner])).toEqual([connection, connection, undefined]);
    expect(connection.leases).toHaveLength(3);
  });

  test('a grant comes after those who wait already', async () => {
    await using bench = new Bench({ maxConnsPerHost: 1 }, 3);
    const inner = new TestWant();
    bench.serve(new TestWant('any', { granted: () => bench.serve(inner) }));
    const others = bench.wants(2);
    const connection = await bench.dialled();
    expect(connectionsOf([...others, inner])).toEqual([connection, connection, undefined]);
    connection.finish();
    expect(inner.lease?.connection).toBe(connection);
  });

  test('the last grant that a connection may give does not take that', async () => {
    await using bench = new Bench({ maxRequestsPerConn: 1 }, 3);
    const inner = new TestWant();
    const outer = bench.serve(new TestWant('any', { granted: () => bench.serve(inner) }));
    await bench.dialled();
    expect([outer.lease === undefined, inner.lease]).toEqual([false, undefined]);
    expect((await bench.dialled()).info.id).toBe(inner.id);
  });

  test('the end of the last room dials, where there may be another connection', async () => {
    await using bench = new Bench({}, 2);
    (await bench.idle()).close('server-closed-idle');
    const inner = new TestWant();
    bench.serve(new TestWant('any', { granted: () => bench.serve(inner) }));
    const other = bench.want();
    const connection = await bench.dialled();
    expect(connectionsOf([other, inner])).toEqual([connection, undefined]);
    expect((await bench.dialled()).info.id).toBe(inner.id);
  });

  test('the news that a connection is given back takes it, and it is idle once', async () => {
    await using bench = new Bench({ maxIdleConnsPerHost: 1 }, 3);
    const inner = new TestWant();
    const giveBack = (): void => {
      bench.serve(inner);
      connection.finish();
    };
    bench.serve(new TestWant('any', { putIdleConn: giveBack }));
    const connection = await bench.dialled();
    connection.finish();
    expect(inner.lease?.connection).toBe(connection);
    expect(connection.closeReason).toBeUndefined();
    expect(bench.pool.stats()).toMatchObject([{ open: 1, idle: 1, busy: 0 }]);
  });

  test.for<{ fact: string; needs: Needs }>([
    { fact: 'any connection', needs: 'any' },
    { fact: 'a fresh connection', needs: 'fresh' },
    { fact: 'an unused connection', needs: 'unused' },
  ])('the end of a connection is not given that, if it wants $fact', async ({ needs }) => {
    await using bench = new Bench({ maxConnsPerHost: 1 }, 3);
    const inner = new TestWant(needs);
    bench.serve(new TestWant('any', { putIdleConn: () => bench.serve(inner) }));
    const connection = await bench.dialled();
    connection.close('connection-lost');
    expect(inner.lease).toBeUndefined();
    const next = await bench.dialled();
    expect(inner.lease?.connection).toBe(next);
  });

  test('the opening of a connection waits for that', async () => {
    await using bench = new Bench({}, 3);
    (await bench.idle()).close('server-closed-idle');
    const inner = new TestWant();
    bench.serve(new TestWant('any', { connOpened: () => bench.serve(inner) }));
    const connection = await bench.dialled();
    expect(inner.lease?.connection).toBe(connection);
    expect(bench.dials).toHaveLength(0);
  });
});

describe('a request that is aborted from within', () => {
  test.for(['queueStart', 'queueEnd', 'connOpened', 'gotConn'])('%s leaves nothing behind, and the others are served', async (moment) => {
    await using bench = new Bench({ maxConnsPerHost: 1 }, 2);
    const leaving: TestWant = new TestWant('any', { [moment]: () => bench.withdraw(leaving) });
    bench.serve(leaving);
    const others = bench.wants(2);
    const connection = await bench.dialled();
    expect(leaving.lease).toBeUndefined();
    expect(connectionsOf(others)).toEqual([connection, connection]);
    connection.finish();
    connection.finish();
    expect(bench.pool.stats()).toMatchObject([{ open: 1, idle: 1, waiting: 0, dialing: 0 }]);
  });

  test.for(['queueStart', 'queueEnd', 'connOpened', 'gotConn', 'granted'])('%s of another is not served', async (moment) => {
    await using bench = new Bench({ maxConnsPerHost: 1 }, 2);
    const leaving = new TestWant();
    const events = { [moment]: () => bench.withdraw(leaving) };
    const first = bench.serve(new TestWant('any', moment === 'queueStart' ? {} : events));
    bench.serve(leaving);
    const last = bench.serve(new TestWant('any', moment === 'queueStart' ? events : {}));
    const connection = await bench.dialled();
    expect(connectionsOf([first, leaving, last])).toEqual([connection, undefined, connection]);
    connection.finish();
    connection.finish();
    expect(bench.pool.stats()).toMatchObject([{ open: 1, idle: 1, waiting: 0, dialing: 0 }]);
  });

  test('the failure of the dial that it waits for fails once', async () => {
    await using bench = new Bench({}, 2);
    (await bench.idle()).close('server-closed-idle');
    const leaving = new TestWant();
    const first = bench.serve(new TestWant('any', { failed: () => bench.withdraw(leaving) }));
    bench.serve(leaving);
    const error = new Error('refused');
    await bench.dialFails(error);
    expect([first.error, leaving.error]).toEqual([error, undefined]);
    expect(bench.pool.stats().filter(isInUse)).toEqual([]);
  });
});

describe('a pool that is closed from within', () => {
  test.for(['queueStart', 'queueEnd', 'connOpened', 'gotConn', 'granted'])('%s has nothing left', async (moment) => {
    const bench = new Bench({ maxConnsPerHost: 2 }, 2);
    const down: Promise<void>[] = [];
    const close = (): void => {
      down.push(bench.pool.shutDown());
      bench.pool.closeAll('transport-closed');
    };
    const closing = bench.serve(new TestWant('any', { [moment]: close }));
    const others = bench.wants(2);
    if (bench.dials.length > 0) await bench.dialled();
    await Promise.all(down);
    expect(down).toHaveLength(1);
    expect(others.every((want) => want.error !== undefined || isClosed(want.lease))).toBe(true);
    expect(closing.error !== undefined || isClosed(closing.lease)).toBe(true);
    expect(bench.pool.stats().filter(isInUse)).toEqual([]);
    expect(bench.clock.pendingTimers).toBe(0);
  });
});

function isClosed(lease: Lease | undefined): boolean {
  return lease?.connection.closeReason !== undefined;
}
