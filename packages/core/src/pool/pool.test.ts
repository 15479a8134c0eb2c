import { describe, expect, test } from 'vitest';

import { FakeConnection } from '../../test/fake-connection.ts';
import { isInUse } from '../../test/exchanges.ts';
import { Bench, TestWant } from '../../test/pool-bench.ts';

describe('reuse', () => {
  test('an idle connection serves within the call', async () => {
    await using bench = new Bench();
    const connection = await bench.idle();
    await bench.clock.advance(500);
    const want = bench.want();
    expect(want.lease).toMatchObject({ connection, isReused: true, wasIdle: true });
    expect(want.events).toMatchObject([{ kind: 'gotConn', reused: true, wasIdle: true, idleTimeMs: 500 }]);
    expect(connection.isActive).toBe(true);
    connection.finish();
    expect(want.events.at(-1)).toEqual({ kind: 'putIdleConn', connection: connection.info });
    expect(connection.isActive).toBe(false);
  });

  test('the most recently used comes first', async () => {
    await using bench = new Bench();
    const wants = [bench.want(), bench.want(), bench.want()];
    const connections = [await bench.dialled(), await bench.dialled(), await bench.dialled()];
    for (const at of [1, 0, 2]) connections[at]?.finish();
    expect(wants.map((want) => want.id)).toEqual(connections.map((connection) => connection.info.id));
    expect([bench.want().id, bench.want().id, bench.want().id]).toEqual([2, 0, 1].map((at) => connections[at]?.info.id));
  });

  test('hosts do not share', async () => {
    await using bench = new Bench();
    await bench.idle('a.example');
    expect(bench.want('b.example').lease).toBeUndefined();
    expect(bench.dials).toHaveLength(1);
  });

  test('a connection that closed while idle is forgotten, and so is its host', async () => {
    await using bench = new Bench();
    const connection = await bench.idle();
    connection.close('server-closed-idle');
    expect(bench.pool.stats().filter(isInUse)).toEqual([]);
    expect(bench.want().lease).toBeUndefined();
  });

  test('one that has been idle too long by the wall clock is closed and another dialled', async () => {
    await using bench = new Bench();
    const connection = await bench.idle();
    bench.clock.jumpWallClock(90_001);
    const want = bench.want();
    expect(connection.closeReason).toBe('idle-timeout');
    expect((await bench.dialled()).info.id).toBe(want.id);
  });
});

describe('late binding', () => {
  test('a request takes the connection that becomes idle before its dial is done, and the dial is kept for others', async () => {
    await using bench = new Bench();
    bench.want();
    const first = await bench.dialled();
    const second = bench.want();
    expect(second.lease).toBeUndefined();
    first.finish();
    expect(second.lease).toMatchObject({ connection: first, isReused: true, wasIdle: false });
    expect(second.events).toMatchObject([
      { kind: 'queueStart', willDial: true, waitsFor: 'own-dial' },
      { kind: 'dialStart', hostPort: 'example.com:80' },
      { kind: 'queueEnd' },
      { kind: 'gotConn', reused: true, wasIdle: false, dialledByAnother: false },
    ]);
    const surplus = await bench.dialled();
    expect(bench.pool.stats()).toMatchObject([{ open: 2, idle: 1, dialing: 0, waiting: 0 }]);
    const third = bench.want();
    expect(third.lease).toMatchObject({ connection: surplus, isReused: false, wasIdle: true });
    expect(second.events.slice(4)).toEqual([
      { kind: 'connOpened', connection: surplus.info },
      { kind: 'dialEnd', connection: surplus.info },
      { kind: 'dialDonated', connection: surplus.info, to: 'pool' },
    ]);
    expect(third.events).toMatchObject([{ kind: 'gotConn', reused: false, wasIdle: true, dialledByAnother: true }]);
  });

  test('a surplus dial serves whoever waits', async () => {
    await using bench = new Bench({ maxConnsPerHost: 2 });
    bench.want();
    const first = await bench.dialled();
    const second = bench.want();
    first.finish();
    const third = bench.want();
    expect(second.lease?.connection).toBe(first);
    const surplus = await bench.dialled();
    expect(third.lease).toMatchObject({ connection: surplus, isReused: false });
    expect(third.events).toMatchObject([
      { kind: 'queueStart', willDial: false, waitsFor: 'room' },
      { kind: 'queueEnd' },
      { kind: 'gotConn', dialledByAnother: true },
    ]);
    expect(second.events.at(-1)).toEqual({ kind: 'dialDonated', connection: surplus.info, to: 'request' });
  });

  test('a dial goes on when its request has left', async () => {
    await using bench = new Bench();
    const want = bench.want();
    bench.pool.withdraw(bench.route(), want);
    const connection = await bench.dialled();
    expect(want.lease).toBeUndefined();
    expect(bench.want().lease?.connection).toBe(connection);
    expect(want.kinds).toEqual(['queueStart', 'dialStart', 'queueEnd', 'connOpened', 'dialEnd', 'dialDonated']);
  });

  test('a dial that fails fails its own request only', async () => {
    await using bench = new Bench({ maxConnsPerHost: 1 });
    const wants = [bench.want(), bench.want()];
    const error = new Error('refused');
    await bench.dialFails(error);
    expect(wants.map((want) => want.error)).toEqual([error, undefined]);
    const connection = await bench.dialled();
    expect(wants[1]?.lease?.connection).toBe(connection);
  });

  test('a dial that fails after its request was served hurts nobody', async () => {
    await using bench = new Bench();
    bench.want();
    const first = await bench.dialled();
    const second = bench.want();
    first.finish();
    await bench.dialFails(new Error('refused'));
    expect(second.error).toBeUndefined();
    expect(bench.pool.stats()).toMatchObject([{ open: 1, dialing: 0 }]);
  });

  test('a connection that is closed as soon as it is open fails its request', async () => {
    await using bench = new Bench();
    const want = bench.want();
    await bench.dialledDead();
    expect(want.error).toMatchObject({ code: 'connection-closed', sent: 'nothing' });
    expect(bench.pool.stats().filter(isInUse)).toEqual([]);
  });
});

describe('a request that wants a fresh connection only', () => {
  test('dials although one is idle', async () => {
    await using bench = new Bench();
    const idle = await bench.idle();
    const want = bench.want(undefined, 'fresh');
    expect(want.lease).toBeUndefined();
    const fresh = await bench.dialled();
    expect(want.lease).toMatchObject({ connection: fresh, isReused: false, wasIdle: false });
    expect(idle.closeReason).toBeUndefined();
  });

  test('has an idle one closed where there is no room for another', async () => {
    await using bench = new Bench({ maxConnsPerHost: 1 });
    const idle = await bench.idle();
    const want = bench.want(undefined, 'fresh');
    expect(idle.closeReason).toBe('max-conns-per-host');
    expect(want.lease).toBeUndefined();
    expect((await bench.dialled()).info.id).toBe(want.id);
  });

  test('is not handed a used one: that makes room for it, in its turn', async () => {
    await using bench = new Bench({ maxConnsPerHost: 1 });
    bench.want();
    const used = await bench.dialled();
    const [fresh, next] = [bench.want(undefined, 'fresh'), bench.want()];
    used.finish();
    expect(used.closeReason).toBe('max-conns-per-host');
    expect([fresh.lease, next.lease]).toEqual([undefined, undefined]);
    const connection = await bench.dialled();
    expect(fresh.lease?.connection).toBe(connection);
    connection.finish();
    expect(next.lease?.connection).toBe(connection);
  });

  test('is given a surplus dial that nobody has used', async () => {
    await using bench = new Bench({ maxConnsPerHost: 2 });
    bench.want();
    const first = await bench.dialled();
    bench.want();
    first.finish();
    const fresh = bench.want(undefined, 'fresh');
    const surplus = await bench.dialled();
    expect(fresh.lease).toMatchObject({ connection: surplus, isReused: false });
  });
});

describe('a request that asks again', () => {
  test('does not fail with the dial that it began before', async () => {
    await using bench = new Bench();
    bench.want();
    const used = await bench.dialled();
    const want = bench.want();
    used.finish();
    expect(want.lease?.connection).toBe(used);
    bench.pool.serve(bench.route(), want);
    await bench.dialFails(new Error('timed out'));
    expect(want.error).toBeUndefined();
    expect((await bench.dialled()).info.id).toBe(want.id);
  });
});

describe('maxConnsPerHost', () => {
  test('those that dial are not in the queue', async () => {
    await using bench = new Bench({ maxConnsPerHost: 3, maxQueuedPerHost: 1 });
    const wants = Array.from({ length: 5 }, () => bench.want());
    expect(wants.map((want) => want.error !== undefined)).toEqual([false, false, false, false, true]);
  });

  test('connections are handed over in arrival order', async () => {
    await using bench = new Bench({ maxConnsPerHost: 1 });
    const wants = Array.from({ length: 4 }, () => bench.want());
    expect(bench.dials).toHaveLength(1);
    const connection = await bench.dialled();
    for (const want of wants) {
      expect(want.lease?.connection).toBe(connection);
      expect(wants.filter((other) => other.lease !== undefined)).toHaveLength(wants.indexOf(want) + 1);
      connection.finish();
    }
    expect(bench.pool.stats()).toMatchObject([{ open: 1, idle: 1, waiting: 0 }]);
    expect(bench.dials).toHaveLength(0);
  });

  test('a connection that closes makes room for the dial of the next', async () => {
    await using bench = new Bench({ maxConnsPerHost: 1 });
    const wants = [bench.want(), bench.want(), bench.want()];
    (await bench.dialled()).finish('response-close');
    expect(wants[1]?.lease).toBeUndefined();
    expect(bench.dials).toHaveLength(1);
    (await bench.dialled()).finish('response-close');
    expect(wants[1]?.lease).toBeDefined();
    await bench.dialled();
    expect(wants[2]?.lease).toBeDefined();
  });

  test('a request that leaves gives up its place', async () => {
    await using bench = new Bench({ maxConnsPerHost: 1 });
    const [, second, third] = [bench.want(), bench.want(), bench.want()];
    if (second !== undefined) bench.pool.withdraw(bench.route(), second);
    (await bench.dialled()).finish();
    expect(second?.lease).toBeUndefined();
    expect(third?.lease).toBeDefined();
  });

  test('a full queue refuses', async () => {
    await using bench = new Bench({ maxConnsPerHost: 1, maxQueuedPerHost: 2 });
    const wants = Array.from({ length: 4 }, () => bench.want());
    expect(wants.map((want) => want.error)).toMatchObject([
      undefined,
      undefined,
      undefined,
      { code: 'queue-full', phase: 'queue', sent: 'nothing' },
    ]);
  });
});

describe('idle connections', () => {
  test('the longest idle makes room, whatever its host', async () => {
    await using bench = new Bench({ maxIdleConns: 2 });
    const [a, b, c] = [await bench.idle('a.example'), await bench.idle('b.example'), await bench.idle('c.example')];
    expect([a, b, c].map((connection) => connection.closeReason)).toEqual(['max-idle-conns', undefined, undefined]);
    bench.want('b.example');
    b.finish();
    await bench.idle('d.example');
    expect([b, c].map((connection) => connection.closeReason)).toEqual([undefined, 'max-idle-conns']);
  });

  test('a host without a limit of its own keeps the most recently used', async () => {
    await using bench = new Bench({ maxIdleConns: 2, maxIdleConnsPerHost: 0 });
    for (let at = 0; at < 3; at++) bench.want();
    const connections = [await bench.dialled(), await bench.dialled(), await bench.dialled()];
    for (const connection of connections) connection.finish();
    expect(connections.map((connection) => connection.closeReason)).toEqual(['max-idle-conns', undefined, undefined]);
  });

  test('a host keeps no more than its share', async () => {
    await using bench = new Bench({ maxIdleConnsPerHost: 1 });
    const wants = [bench.want(), bench.want()];
    const [first, second] = [await bench.dialled(), await bench.dialled()];
    first.finish();
    second.finish();
    expect([first, second].map((connection) => connection.closeReason)).toEqual([undefined, 'max-idle-conns-per-host']);
    expect(wants[1]?.events.at(-1)).toMatchObject({ kind: 'putIdleConn', reason: 'max-idle-conns-per-host' });
  });

  test('one timer ends them, each at its time', async () => {
    await using bench = new Bench();
    const first = await bench.idle('a.example');
    await bench.clock.advance(30_000);
    const second = await bench.idle('b.example');
    expect(bench.clock.pendingTimers).toBe(1);
    await bench.clock.advance(59_999);
    expect(first.closeReason).toBeUndefined();
    await bench.clock.advance(1);
    expect([first.closeReason, second.closeReason]).toEqual(['idle-timeout', undefined]);
    await bench.clock.advance(30_000);
    expect(second.closeReason).toBe('idle-timeout');
    expect(bench.clock.pendingTimers).toBe(0);
    expect(bench.pool.stats().filter(isInUse)).toEqual([]);
  });

  test('one that is used again starts anew', async () => {
    await using bench = new Bench();
    const connection = await bench.idle();
    await bench.clock.advance(60_000);
    bench.want();
    connection.finish();
    await bench.clock.advance(60_000);
    expect(connection.closeReason).toBeUndefined();
    await bench.clock.advance(30_000);
    expect(connection.closeReason).toBe('idle-timeout');
  });

  test('no time limit, no timer', async () => {
    await using bench = new Bench({ idleConnTimeoutMs: 0 });
    await bench.idle();
    expect(bench.clock.pendingTimers).toBe(0);
  });
});

describe('closeIdle', () => {
  test('closes what is idle, and what becomes idle until the next request', async () => {
    await using bench = new Bench();
    const idle = await bench.idle();
    bench.want('b.example');
    const busy = await bench.dialled();
    bench.pool.closeIdle();
    expect([idle.closeReason, busy.closeReason]).toEqual(['close-idle-connections', undefined]);
    busy.finish();
    expect(busy.closeReason).toBe('close-idle-connections');
    const later = await bench.idle('c.example');
    expect(later.closeReason).toBeUndefined();
  });

  test('ends dials that nobody waits for', async () => {
    await using bench = new Bench();
    const [left, stays] = [bench.want(), bench.want()];
    if (left !== undefined) bench.pool.withdraw(bench.route(), left);
    bench.pool.closeIdle();
    expect(bench.dials.map((dial) => dial.options.signal.aborted)).toEqual([true, false]);
    await bench.clock.advance(0);
    bench.dials.shift();
    await bench.dialled();
    expect(stays?.lease).toBeDefined();
  });
});

describe('shutDown', () => {
  test('fails who waits, closes what is idle, lets the rest finish, and says when all is closed', async () => {
    await using bench = new Bench({ maxConnsPerHost: 1 });
    const idle = await bench.idle('a.example');
    bench.want();
    const busy = await bench.dialled();
    const waiting = bench.want();
    const dialing = bench.want('b.example');
    let isDown = false;
    const down = bench.pool.shutDown().then(() => {
      isDown = true;
    });
    expect(idle.closeReason).toBe('transport-closed');
    expect([waiting.error, dialing.error]).toMatchObject([{ code: 'transport-closed' }, { code: 'transport-closed' }]);
    expect(bench.want().error).toMatchObject({ code: 'transport-closed', sent: 'nothing' });
    await bench.clock.advance(0);
    expect([isDown, busy.closeReason]).toEqual([false, undefined]);
    busy.finish();
    expect(busy.closeReason).toBe('transport-closed');
    await down;
    expect(bench.pool.stats().filter(isInUse)).toEqual([]);
    expect(bench.clock.pendingTimers).toBe(0);
  });

  test('a connection that is dialled too late is closed', async () => {
    await using bench = new Bench();
    bench.want();
    const dial = bench.dials.shift();
    const connection = new FakeConnection(bench.pool, 'http://example.com');
    dial?.resolve(connection);
    await bench.pool.shutDown();
    expect(connection.closeReason).toBe('transport-closed');
  });

  test('by a listener, while a request asks for a connection', async () => {
    await using bench = new Bench();
    const shutting: Promise<void>[] = [];
    const want = bench.serve(new TestWant('any', { queueStart: () => shutting.push(bench.pool.shutDown()) }));
    expect(want.error).toMatchObject({ code: 'transport-closed' });
    expect(bench.dials).toHaveLength(0);
    await Promise.all(shutting);
  });
});
