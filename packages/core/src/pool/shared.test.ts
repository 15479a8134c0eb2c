import { describe, expect, test } from 'vitest';

import type { FakeConnection } from '../../test/fake-connection.ts';
import { isInUse } from '../../test/exchanges.ts';
import { Bench, TestWant } from '../../test/pool-bench.ts';
import type { PoolLimits } from './limits.ts';

/** A pool that knows of one host that its connections carry several exchanges, and has none to it now. */
async function knowing(limits: Partial<PoolLimits> = {}): Promise<Bench> {
  const bench = new Bench(limits, 3);
  bench.want();
  const connection = await bench.dialled();
  connection.finish('server-closed-idle');
  return bench;
}

/** The same with a connection that has no room. */
async function withFull(limits: Partial<PoolLimits> = {}): Promise<{ bench: Bench; full: FakeConnection }> {
  const bench = new Bench(limits, 3);
  bench.want();
  const full = await bench.dialled();
  bench.wants(2);
  expect(full.capacity).toBe(0);
  return { bench, full };
}

const connectionsOf = (wants: readonly TestWant[]): unknown[] => wants.map((want) => want.lease?.connection);

describe('a connection that carries several exchanges', () => {
  test('stays at hand while it has room, and is idle when the last is done', async () => {
    await using bench = new Bench({}, 3);
    bench.want();
    const connection = await bench.dialled();
    const wants = bench.wants(3);
    expect(connectionsOf(wants)).toEqual([connection, connection, undefined]);
    connection.finish();
    expect(wants[2]?.lease?.connection).toBe(connection);
    connection.finish();
    expect(bench.pool.stats()).toMatchObject([{ open: 1, idle: 0 }]);
    connection.finish();
    connection.finish();
    expect(bench.pool.stats()).toMatchObject([{ open: 1, idle: 1, dialing: 1 }]);
  });

  test('serves all who wait as far as it has room', async () => {
    await using bench = new Bench({ maxConnsPerHost: 1 }, 3);
    const wants = bench.wants(4);
    const connection = await bench.dialled();
    expect(connectionsOf(wants)).toEqual([connection, connection, connection, undefined]);
  });

  test('counts as used by an exchange under way, too', async () => {
    await using bench = new Bench({}, 3);
    const first = bench.want();
    await bench.dialled();
    const second = bench.want();
    expect([first.lease?.isReused, second.lease?.isReused]).toEqual([false, true]);
    expect(bench.pool.stats()).toMatchObject([{ opened: 1, exchanges: 2, reused: 1 }]);
  });

  test('serves next where it carries the fewest, and of several such where it was used last', async () => {
    const { bench, full } = await withFull();
    await using _ = bench;
    bench.want();
    const other = await bench.dialled();
    full.finish();
    // Two here, one there.
    expect(bench.want().lease?.connection).toBe(other);
    // Two each: it was used last.
    expect(bench.want().lease?.connection).toBe(other);
    expect(bench.want().lease?.connection).toBe(full);
    other.finish();
    full.finish();
    expect(bench.want().lease?.connection).toBe(full);
  });

  test('comes before one that carries a single exchange', async () => {
    await using bench = new Bench();
    bench.wants(2);
    const [single, shared] = [await bench.dialled(1), await bench.dialled(3)];
    single.finish();
    expect(connectionsOf(bench.wants(3))).toEqual([shared, shared, single]);
  });

  test('serves a request that wants a fresh one although it has carried exchanges', async () => {
    const { bench, full } = await withFull({ maxConnsPerHost: 1 });
    await using _ = bench;
    const queued = bench.want(undefined, 'fresh');
    full.finish();
    full.finish();
    const direct = bench.want(undefined, 'fresh');
    expect(connectionsOf([queued, direct])).toEqual([full, full]);
    expect(full.closeReason).toBeUndefined();
  });

  test('does not serve a request that needs an unused one, which is dialled however much room there is', async () => {
    await using bench = new Bench({ opensWhenFull: false }, 3);
    const idle = await bench.idle();
    const [unused, ordinary] = [bench.want(undefined, 'unused'), bench.want()];
    expect(connectionsOf([unused, ordinary])).toEqual([undefined, idle]);
    const dialled = await bench.dialled();
    expect([unused.lease?.connection, unused.lease?.isReused]).toEqual([dialled, false]);
    expect([idle.closeReason, bench.dials.length]).toEqual([undefined, 0]);
  });

  test('at the limit makes room for a request that needs an unused one when nobody uses it, and serves the others until then', async () => {
    const { bench, full } = await withFull({ maxConnsPerHost: 1 });
    await using _ = bench;
    const [unused, behind] = [bench.want(undefined, 'unused'), bench.want()];
    full.finish();
    expect(connectionsOf([unused, behind])).toEqual([undefined, full]);
    full.finish();
    expect(connectionsOf([bench.want()])).toEqual([full]);
    for (let left = 3; left > 0; left--) full.finish();
    expect([full.closeReason, bench.dials.length]).toEqual(['max-conns-per-host', 1]);
    const dialled = await bench.dialled();
    expect(unused.lease?.connection).toBe(dialled);
  });

  test('that was opened for others is not for a request that needs an unused one, which dials as soon as it may', async () => {
    await using bench = new Bench({ maxFirstDials: 1 }, 3);
    const ordinary = bench.want();
    const unused = bench.wants(2, 'unused');
    expect(bench.dials).toHaveLength(1);
    const first = await bench.dialled();
    expect(connectionsOf([ordinary, ...unused])).toEqual([first, undefined, undefined]);
    const others = [await bench.dialled(), await bench.dialled()];
    expect(connectionsOf(unused)).toEqual(others);
  });

  test('is idle although its peer takes nothing', async () => {
    await using bench = new Bench({}, 3);
    const connection = await bench.idle();
    connection.resize(0);
    expect(bench.pool.stats()).toMatchObject([{ open: 1, idle: 1, busy: 0 }]);
    bench.pool.closeIdle();
    expect(connection.closeReason).toBe('close-idle-connections');
  });

  test('is not in the way of a limit on idle ones while it carries something', async () => {
    await using bench = new Bench({ maxIdleConnsPerHost: 1 }, 2);
    const busy = await bench.idle();
    bench.wants(3);
    const idle = await bench.dialled();
    idle.finish();
    expect([busy.closeReason, idle.closeReason]).toEqual([undefined, undefined]);
    expect(bench.pool.stats()).toMatchObject([{ open: 2, idle: 1, busy: 1 }]);
  });
});

describe('a host that is not known', () => {
  test('is dialled by each request, and the first connection that carries several serves them all', async () => {
    await using bench = new Bench();
    const wants = bench.wants(3);
    expect(bench.dials).toHaveLength(3);
    const connection = await bench.dialled(10);
    expect(connectionsOf(wants)).toEqual([connection, connection, connection]);
    expect(bench.dials.map((dial) => dial.options.signal.aborted)).toEqual([true, true]);
    expect(bench.pool.stats()).toMatchObject([{ open: 1, dialing: 0, waiting: 0 }]);
  });

  test('keeps the dials that it has still use for', async () => {
    await using bench = new Bench();
    const wants = bench.wants(4);
    const connection = await bench.dialled(2);
    expect(connectionsOf(wants)).toEqual([connection, connection, undefined, undefined]);
    // One for those who wait, of whom one has it; that of the second request is an orphan.
    expect(bench.dials.map((dial) => dial.options.signal.aborted)).toEqual([false, false, false]);
    const second = await bench.dialled(2);
    expect(connectionsOf(wants)).toEqual([connection, connection, second, second]);
    expect(bench.pool.stats()).toMatchObject([{ open: 2, waiting: 0 }]);
  });

  test('the last room of the first connection is room', async () => {
    await using bench = new Bench();
    bench.wants(2);
    await bench.dialled(3);
    expect(bench.dials.map((dial) => dial.options.signal.aborted)).toEqual([true]);
  });
});

describe('a host whose last connection carried several', () => {
  test('is dialled once for a request and a hundred that wait', async () => {
    await using bench = await knowing();
    const wants = bench.wants(101);
    expect(bench.dials).toHaveLength(1);
    bench.want();
    expect(bench.dials).toHaveLength(2);
    const connection = await bench.dialled(200);
    expect(wants.every((want) => want.lease?.connection === connection)).toBe(true);
  });

  test('is dialled again, once, when what was opened is full', async () => {
    await using bench = await knowing();
    const wants = bench.wants(7);
    await bench.dialled(2);
    expect(bench.dials).toHaveLength(1);
    await bench.dialled(4);
    expect(bench.dials).toHaveLength(1);
    await bench.dialled(4);
    expect(wants.every((want) => want.lease !== undefined)).toBe(true);
    expect(bench.dials).toHaveLength(0);
  });

  test('has a connection at most as often as it may', async () => {
    await using bench = await knowing({ maxConnsPerHost: 2 });
    const wants = bench.wants(7);
    await bench.dialled(2);
    await bench.dialled(2);
    expect(bench.dials).toHaveLength(0);
    expect(wants.filter((want) => want.lease !== undefined)).toHaveLength(4);
    expect(bench.pool.stats()).toMatchObject([{ open: 2, dialing: 0, waiting: 3 }]);
  });

  test('a connection of the other kind serves one who waits, and the others dial', async () => {
    await using bench = await knowing();
    const wants = bench.wants(3);
    const single = await bench.dialled(1);
    expect(connectionsOf(wants)).toEqual([single, undefined, undefined]);
    expect(bench.dials).toHaveLength(2);
    const others = [await bench.dialled(1), await bench.dialled(1)];
    expect(connectionsOf(wants)).toEqual([single, ...others]);
  });

  test('a connection of the other kind lets as many dial as there is room for', async () => {
    await using bench = await knowing({ maxConnsPerHost: 2 });
    const wants = bench.wants(3);
    const single = await bench.dialled(1);
    expect(bench.dials).toHaveLength(1);
    single.finish();
    expect(wants[1]?.lease?.connection).toBe(single);
    expect((await bench.dialled(1)).info.id).toBe(wants[2]?.id);
  });

  test('a full queue does not refuse a request that another connection may serve', async () => {
    await using bench = await knowing({ maxQueuedPerHost: 2, maxConnsPerHost: 2 });
    const wants = bench.wants(6);
    expect(bench.dials).toHaveLength(2);
    expect(wants.map((want) => want.error !== undefined)).toEqual([false, false, false, false, true, true]);
  });

  test('a request that wants a fresh connection closes none where it waits for the dial of another', async () => {
    await using bench = new Bench();
    bench.wants(3);
    const [idle, busy] = [await bench.dialled(1), await bench.dialled(1)];
    (await bench.dialled(3)).finish('server-closed-idle');
    idle.finish();
    const dialling = bench.want(undefined, 'fresh');
    const waiting = bench.want(undefined, 'fresh');
    busy.finish();
    expect([idle.closeReason, busy.closeReason]).toEqual([undefined, undefined]);
    expect(bench.dials).toHaveLength(1);
    const connection = await bench.dialled(3);
    expect(connectionsOf([dialling, waiting])).toEqual([connection, connection]);
  });
});

describe('a dial for many', () => {
  const error = new Error('refused');

  test('fails all who wait where no connection is left', async () => {
    await using bench = await knowing();
    const wants = bench.wants(3);
    await bench.dialFails(error);
    expect(wants.map((want) => want.error)).toEqual([error, error, error]);
    expect(bench.dials).toHaveLength(0);
    expect(bench.pool.stats().filter(isInUse)).toEqual([]);
  });

  test('fails its own request only where a connection is left', async () => {
    const { bench, full } = await withFull();
    await using _ = bench;
    const wants = bench.wants(3);
    await bench.dialFails(error);
    expect(wants.map((want) => want.error)).toEqual([error, undefined, undefined]);
    expect(bench.dials).toHaveLength(1);
    full.finish();
    expect(wants[1]?.lease?.connection).toBe(full);
  });

  test('fails its own request only where another is under way', async () => {
    await using bench = await knowing();
    const wants = bench.wants(102);
    expect(bench.dials).toHaveLength(2);
    await bench.dialFails(error);
    expect(wants.filter((want) => want.error !== undefined)).toEqual([wants[0]]);
    await bench.dialled(200);
    expect(wants.filter((want) => want.lease === undefined)).toEqual([wants[0]]);
  });

  test('fails all who wait where the connection that is left takes no more', async () => {
    const { bench, full } = await withFull();
    await using _ = bench;
    const wants = bench.wants(3);
    full.goAway();
    await bench.dialFails(error);
    expect(wants.map((want) => want.error)).toEqual([error, error, error]);
  });

  test('fails all who wait where its connection is closed as soon as it is open', async () => {
    await using bench = await knowing();
    const wants = bench.wants(3);
    await bench.dialledDead();
    expect(wants.map((want) => want.error)).toMatchObject(
      Array.from({ length: 3 }, () => ({ code: 'connection-closed', sent: 'nothing' })),
    );
    expect(bench.dials).toHaveLength(0);
    expect(bench.pool.stats()).toMatchObject([{ open: 0, opened: 2, closed: { 'server-closed-idle': 2 } }]);
  });

  test('does not fail who asks when told of the failure', async () => {
    await using bench = await knowing();
    const again: TestWant[] = [];
    const asking = new TestWant('any', { failed: () => again.push(bench.want(), bench.want()) });
    const wants = [bench.serve(asking), bench.want()];
    await bench.dialFails(error);
    expect(wants.map((want) => want.error)).toEqual([error, error]);
    expect(again.map((want) => want.error)).toEqual([undefined, undefined]);
    expect(bench.dials).toHaveLength(1);
    await bench.dialled();
    expect(again.every((want) => want.lease !== undefined)).toBe(true);
  });

  test('that was given up fails nobody who asked since: they dial', async () => {
    await using bench = await knowing({ maxOrphanDials: 1 });
    bench.withdraw(bench.want('b.example'), 'b.example');
    bench.withdraw(bench.want());
    const wants = bench.wants(2);
    expect(bench.dials.map((dial) => dial.options.signal.aborted)).toEqual([false, true, false]);
    await bench.clock.advance(0);
    expect(wants.map((want) => want.error)).toEqual([undefined, undefined]);
    bench.dials.splice(0, 2);
    const connection = await bench.dialled();
    expect(connectionsOf(wants)).toEqual([connection, connection]);
  });

  test('goes to the first that waits when its request leaves, and on', async () => {
    await using bench = await knowing();
    const [first, second, third] = bench.wants(3);
    bench.withdraw(first);
    bench.withdraw(second);
    expect(bench.dials).toHaveLength(1);
    await bench.dialFails(error);
    expect([first?.error, second?.error, third?.error]).toEqual([undefined, undefined, error]);
  });

  test('fails who has it now, and not those who wait, where a connection is left', async () => {
    const { bench } = await withFull();
    await using _ = bench;
    const [first, second, third] = bench.wants(3);
    bench.withdraw(first);
    await bench.dialFails(error);
    expect([first?.error, second?.error, third?.error]).toEqual([undefined, error, undefined]);
  });

  test('to a host that is not known goes to the first that waits, too', async () => {
    await using bench = new Bench({ maxFirstDials: 2 }, 3);
    const [first, second, third, fourth] = bench.wants(4);
    bench.withdraw(first);
    expect(bench.dials).toHaveLength(2);
    await bench.dialFails(error);
    expect([second?.error, third?.error, fourth?.error]).toEqual([undefined, error, undefined]);
    await bench.dialFails(error);
    expect([second?.error, fourth?.error]).toEqual([error, undefined]);
    await bench.dialFails(error);
    expect(fourth?.error).toBe(error);
  });

  test('goes on without anybody when the last has left', async () => {
    await using bench = await knowing();
    for (const want of bench.wants(3)) bench.withdraw(want);
    expect(bench.dials.map((dial) => dial.options.signal.aborted)).toEqual([false]);
    const connection = await bench.dialled();
    expect(bench.pool.stats()).toMatchObject([{ open: 1, idle: 1, waiting: 0 }]);
    expect(bench.want().lease?.connection).toBe(connection);
  });

  test('tells whoever began it of the connection', async () => {
    await using bench = await knowing();
    const [first, second] = bench.wants(2);
    bench.withdraw(first);
    await bench.dialled();
    expect(first?.kinds).toEqual(['queueStart', 'dialStart', 'queueEnd', 'connOpened', 'dialEnd', 'dialDonated']);
    expect(second?.events).toMatchObject([{ waitsFor: 'another-dial' }, {}, { dialledByAnother: true }]);
    expect(second?.kinds).toEqual(['queueStart', 'queueEnd', 'gotConn']);
  });

  test('goes to another when the limit on waiting ends its request', async () => {
    await using bench = await knowing({ poolTimeoutMs: 100 });
    const first = bench.want();
    await bench.clock.advance(60);
    const second = bench.want();
    await bench.clock.advance(60);
    expect(first.error).toMatchObject({ code: 'pool-timeout' });
    expect(bench.dials).toHaveLength(1);
    const connection = await bench.dialled();
    expect(second.lease?.connection).toBe(connection);
  });

  test('that was begun before does not fail a request that asks again with a connection that is closed already', async () => {
    await using bench = new Bench();
    bench.want();
    const used = await bench.dialled(1);
    const want = bench.want();
    used.finish();
    expect(want.lease?.connection).toBe(used);
    bench.serve(want);
    await bench.dialledDead(1);
    expect(want.error).toBeUndefined();
    expect((await bench.dialled(1)).info.id).toBe(want.id);
  });
});

describe('a surplus connection', () => {
  /** Two dials to a host that was not known; the request of the second was served by the first connection, which has no room. */
  async function withOrphan(): Promise<{ bench: Bench; full: FakeConnection }> {
    const bench = new Bench();
    bench.wants(2);
    const full = await bench.dialled(2);
    return { bench, full };
  }

  test('is closed where the request that it was dialled for was served by another that carries several', async () => {
    const { bench } = await withOrphan();
    await using _ = bench;
    const surplus = await bench.dialled(2);
    expect(surplus.closeReason).toBe('surplus');
    expect(bench.pool.stats()).toMatchObject([{ open: 1, closed: { surplus: 1 } }]);
  });

  test('is kept where the other takes no more', async () => {
    const { bench, full } = await withOrphan();
    await using _ = bench;
    full.goAway();
    const kept = await bench.dialled(2);
    expect(kept.closeReason).toBeUndefined();
    expect(bench.want().lease?.connection).toBe(kept);
  });

  test('serves whoever waits', async () => {
    const { bench } = await withOrphan();
    await using _ = bench;
    const want = bench.want();
    expect(bench.dials).toHaveLength(1);
    const connection = await bench.dialled(2);
    expect(want.lease?.connection).toBe(connection);
  });

  test('is kept where it carries one exchange at a time', async () => {
    const { bench } = await withOrphan();
    await using _ = bench;
    const single = await bench.dialled(1);
    expect(single.closeReason).toBeUndefined();
  });

  test('is none where it was opened ahead of need', async () => {
    await using bench = new Bench({}, 3);
    const opening = bench.pool.preconnect(bench.route(), 2);
    const connections = [await bench.dialled(), await bench.dialled()];
    await opening;
    expect(connections.map((connection) => connection.closeReason)).toEqual([undefined, undefined]);
  });

  test('that is closed already is forgotten', async () => {
    const { bench, full } = await withOrphan();
    await bench.dialledDead(2);
    expect(bench.pool.stats()).toMatchObject([{ open: 1, dialing: 0, opened: 2 }]);
    full.finish();
    full.finish();
    await bench.pool.shutDown();
    expect(bench.pool.stats().filter(isInUse)).toEqual([]);
  });
});

describe('where no connection is opened because others are full', () => {
  test('requests wait for the one there is', async () => {
    const { bench, full } = await withFull({ opensWhenFull: false });
    await using _ = bench;
    const wants = bench.wants(150);
    expect(bench.dials).toHaveLength(0);
    full.finish();
    expect(connectionsOf(wants.slice(0, 2))).toEqual([full, undefined]);
  });

  test('requests wait for the dial there is', async () => {
    await using bench = await knowing({ opensWhenFull: false });
    bench.wants(150);
    expect(bench.dials).toHaveLength(1);
    await bench.dialled();
    expect(bench.dials).toHaveLength(0);
  });

  test.for([
    { fact: 'takes no more', end: (full: FakeConnection) => full.goAway() },
    { fact: 'is closed', end: (full: FakeConnection) => full.close('connection-lost') },
  ])('one is dialled when the one there is $fact', async ({ end }) => {
    const { bench, full } = await withFull({ opensWhenFull: false });
    await using _ = bench;
    const wants = bench.wants(3);
    end(full);
    expect(bench.dials).toHaveLength(1);
    const connection = await bench.dialled();
    expect(connectionsOf(wants)).toEqual([connection, connection, connection]);
  });

  test('one is dialled when the one there is has carried as many as it may, or is too old', async () => {
    for (const limit of [{ maxRequestsPerConn: 2 }, { maxConnLifetimeMs: 1_000 }]) {
      const bench = new Bench({ opensWhenFull: false, ...limit }, 2);
      await using _ = bench;
      bench.want();
      const first = await bench.dialled();
      bench.want();
      const want = bench.want();
      await bench.clock.advance(1_000);
      // That it is too old is seen when somebody looks at it.
      first.finish();
      expect(bench.dials).toHaveLength(1);
      const second = await bench.dialled();
      expect(want.lease?.connection).toBe(second);
    }
  });

  test('one that carries a single exchange does not let others dial beside one that carries several', async () => {
    const { bench, full } = await withFull({ opensWhenFull: false, maxConnsPerHost: 3 });
    await using _ = bench;
    const preconnecting = bench.pool.preconnect(bench.route(), 1);
    await preconnecting;
    expect(bench.dials).toHaveLength(0);
    full.goAway();
    bench.wants(2);
    await bench.dialled(3);
    bench.wants(3);
    expect(bench.dials).toHaveLength(0);
  });

  test('requests beyond the queue are refused', async () => {
    const { bench } = await withFull({ opensWhenFull: false, maxQueuedPerHost: 1 });
    await using _ = bench;
    expect(bench.wants(2).map((want) => want.error)).toMatchObject([undefined, { code: 'queue-full' }]);
  });
});

describe('a connection that drains', () => {
  test('is given to nobody, and closes when it is empty', async () => {
    await using bench = new Bench({}, 3);
    bench.wants(2);
    const draining = await bench.dialled();
    bench.dials.splice(0);
    draining.goAway();
    expect(bench.want().lease).toBeUndefined();
    expect(bench.dials).toHaveLength(1);
    draining.finish();
    expect(draining.closeReason).toBeUndefined();
    draining.finish();
    expect(draining.closeReason).toBe('server-goaway');
    await bench.dialled();
    expect(bench.pool.stats()).toMatchObject([{ open: 1, closed: { 'server-goaway': 1 } }]);
  });

  test('counts as one until it is closed', async () => {
    const { bench, full } = await withFull({ maxConnsPerHost: 1 });
    await using _ = bench;
    const want = bench.want();
    full.goAway();
    full.finish();
    full.finish();
    expect([bench.dials.length, want.lease]).toEqual([0, undefined]);
    full.finish();
    expect(bench.dials).toHaveLength(1);
  });

  test('lets who waits dial at once where there is room', async () => {
    const { bench, full } = await withFull({ opensWhenFull: false, maxConnsPerHost: 2 });
    await using _ = bench;
    bench.wants(2);
    full.goAway();
    expect(bench.dials).toHaveLength(1);
  });

  test('while it is idle is closed', async () => {
    await using bench = new Bench({}, 3);
    const idle = await bench.idle();
    idle.goAway();
    expect(bench.pool.stats()).toMatchObject([{ open: 0, idle: 0, closed: { 'server-goaway': 1 } }]);
  });
});

describe('a peer that takes more or fewer than before', () => {
  test('more: those who wait are served in their order', async () => {
    const { bench, full } = await withFull({ maxConnsPerHost: 1 });
    await using _ = bench;
    const wants = bench.wants(3);
    full.resize(5);
    expect(connectionsOf(wants)).toEqual([full, full, undefined]);
    full.finish();
    expect(connectionsOf(wants)).toEqual([full, full, full]);
  });

  test('fewer: what is under way goes on, and nobody is added', async () => {
    await using bench = new Bench({ maxConnsPerHost: 1 }, 3);
    bench.wants(2);
    const connection = await bench.dialled();
    connection.resize(1);
    const want = bench.want();
    connection.finish();
    expect(want.lease).toBeUndefined();
    connection.finish();
    expect(want.lease?.connection).toBe(connection);
  });

  test('more, of one that has carried as many as it may: nobody is added', async () => {
    await using bench = new Bench({ maxRequestsPerConn: 2, maxConnsPerHost: 1 }, 2);
    const wants = bench.wants(3);
    const connection = await bench.dialled();
    connection.resize(10);
    expect(connectionsOf(wants)).toEqual([connection, connection, undefined]);
  });

  test('nothing yet when the connection is opened: the request waits, and no dial follows another', async () => {
    await using bench = new Bench({}, 3);
    const want = bench.want();
    const connection = await bench.dialled(0);
    expect([want.lease, bench.dials.length]).toEqual([undefined, 0]);
    expect(bench.pool.stats()).toMatchObject([{ open: 1, dialing: 0, waiting: 1 }]);
    connection.resize(1);
    expect(want.lease?.connection).toBe(connection);
  });

  test('nothing yet, and then it closes: the request dials', async () => {
    await using bench = new Bench({}, 3);
    const want = bench.want();
    (await bench.dialled(0)).close('server-closed-idle');
    expect((await bench.dialled()).info.id).toBe(want.id);
  });
});

describe('limits of a connection that carries several', () => {
  test('a burst does not give it more than maxRequestsPerConn', async () => {
    await using bench = new Bench({ maxRequestsPerConn: 2, maxConnsPerHost: 2 }, 10);
    const wants = bench.wants(4);
    const first = await bench.dialled();
    const second = await bench.dialled();
    expect(connectionsOf(wants)).toEqual([first, first, second, second]);
    first.finish();
    first.finish();
    expect(first.closeReason).toBe('max-requests-per-conn');
  });

  test('one that drains for it goes on draining when an exchange is given back unused', async () => {
    await using bench = new Bench({ maxRequestsPerConn: 2 }, 10);
    const [unused] = bench.wants(2);
    const connection = await bench.dialled();
    connection.leases.shift();
    unused?.lease?.release(false);
    expect(bench.want().lease).toBeUndefined();
    connection.finish();
    expect(connection.closeReason).toBe('max-requests-per-conn');
  });

  test('one that is too old is given to nobody, and closed when its exchanges are done', async () => {
    await using bench = new Bench({ maxConnLifetimeMs: 1_000 }, 10);
    bench.want();
    const old = await bench.dialled();
    await bench.clock.advance(1_000);
    const want = bench.want();
    expect((await bench.dialled()).info.id).toBe(want.id);
    old.finish();
    expect(old.closeReason).toBe('max-conn-lifetime');
  });

  test('without keep-alive each carries one exchange', async () => {
    await using bench = new Bench({ keepsAlive: false }, 10);
    const wants = bench.wants(2);
    const [first, second] = [await bench.dialled(), await bench.dialled()];
    expect(connectionsOf(wants)).toEqual([first, second]);
    first.finish();
    expect(first.closeReason).toBe('keep-alives-disabled');
  });

  test('the longest idle makes room, of either kind', async () => {
    await using bench = new Bench({ maxIdleConns: 1 });
    bench.want('a.example');
    const shared = await bench.dialled(3);
    shared.finish();
    const single = await bench.idle('b.example');
    expect([shared.closeReason, single.closeReason]).toEqual(['max-idle-conns', undefined]);
  });
});

describe('the end of the pool', () => {
  test('closing what is idle does not end a dial that somebody waits for', async () => {
    await using bench = new Bench();
    const [, second] = bench.wants(2);
    await bench.dialled(2);
    expect(second?.lease).toBeDefined();
    const want = bench.want();
    bench.pool.closeIdle();
    expect(bench.dials.map((dial) => dial.options.signal.aborted)).toEqual([false]);
    expect((await bench.dialled(2)).info.id).toBe(want.id);
  });

  test('closing what is idle leaves alone what carries an exchange, until that is done', async () => {
    await using bench = new Bench({}, 3);
    bench.wants(2);
    const connection = await bench.dialled();
    connection.finish();
    bench.pool.closeIdle();
    expect(connection.closeReason).toBeUndefined();
    connection.finish();
    expect(connection.closeReason).toBe('close-idle-connections');
  });

  test('shutting down fails who waits, gives up the dial and lets exchanges finish', async () => {
    const { bench, full } = await withFull();
    const wants = bench.wants(3);
    const down = bench.pool.shutDown();
    expect(wants.map((want) => want.error)).toMatchObject(Array.from({ length: 3 }, () => ({ code: 'transport-closed' })));
    expect(bench.dials.map((dial) => dial.options.signal.aborted)).toEqual([true]);
    full.finish();
    full.finish();
    expect(full.closeReason).toBeUndefined();
    full.finish();
    expect(full.closeReason).toBe('transport-closed');
    await down;
    expect(bench.pool.stats().filter(isInUse)).toEqual([]);
  });

  test('shutting down when a connection that somebody waits for has just been opened closes it', async () => {
    const bench = await knowing();
    const down: Promise<void>[] = [];
    const closing = bench.serve(new TestWant('any', { connOpened: () => down.push(bench.pool.shutDown()) }));
    const other = bench.want();
    const connection = await bench.dialled();
    await Promise.all(down);
    expect([closing.error, other.error]).toMatchObject([{ code: 'transport-closed' }, { code: 'transport-closed' }]);
    expect(connection.closeReason).toBe('transport-closed');
  });
});

describe('preconnect', () => {
  test('opens none beside a connection that has room', async () => {
    await using bench = new Bench({}, 3);
    bench.want();
    await bench.dialled();
    await bench.pool.preconnect(bench.route(), 1);
    expect(bench.dials).toHaveLength(0);
  });

  test('opens one where all are full', async () => {
    const { bench } = await withFull();
    await using _ = bench;
    const opening = bench.pool.preconnect(bench.route(), 1);
    const connection = await bench.dialled();
    await opening;
    expect(bench.want().lease?.connection).toBe(connection);
  });

  test('opens one at most where no connection is opened because others are full', async () => {
    await using bench = await knowing({ opensWhenFull: false });
    const opening = bench.pool.preconnect(bench.route(), 5);
    expect(bench.dials).toHaveLength(1);
    await bench.dialled();
    await opening;
    expect(bench.pool.stats()).toMatchObject([{ open: 1, idle: 1 }]);
  });

  test('serves who comes meanwhile', async () => {
    await using bench = await knowing();
    const opening = bench.pool.preconnect(bench.route(), 1);
    const wants = bench.wants(2);
    expect(bench.dials).toHaveLength(1);
    const connection = await bench.dialled();
    await opening;
    expect(connectionsOf(wants)).toEqual([connection, connection]);
  });

  test('that fails fails who came meanwhile', async () => {
    await using bench = await knowing();
    const error = new Error('refused');
    const opening = bench.pool.preconnect(bench.route(), 1);
    const wants = bench.wants(2);
    await Promise.all([expect(opening).rejects.toBe(error), bench.dialFails(error)]);
    expect(wants.map((want) => want.error)).toEqual([error, error]);
  });

  test('fails where the connection is closed as soon as it is open', async () => {
    await using bench = new Bench({}, 3);
    const opening = bench.pool.preconnect(bench.route(), 1);
    await Promise.all([expect(opening).rejects.toMatchObject({ code: 'connection-closed' }), bench.dialledDead()]);
  });
});
