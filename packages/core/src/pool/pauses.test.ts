import { describe, expect, test } from 'vitest';

import type { FakeConnection } from '../../test/fake-connection.ts';
import { Bench, type TestWant } from '../../test/pool-bench.ts';
import type { PoolLimits } from './limits.ts';

/** The longest that the first pause can be, in milliseconds, and the least. */
const [MOST, LEAST] = [250, 125];

/** A pool whose only connection, one for several exchanges, was just ended by a server that asks for calm. */
async function sentAway(limits: Partial<PoolLimits> = {}): Promise<Bench> {
  // Without a limit on idleness there is no timer but those of waits.
  const bench = new Bench({ idleConnTimeoutMs: 0, ...limits }, 1_000);
  const connection = await bench.idle();
  connection.askForCalm();
  return bench;
}

/** The same, and the pause is over: a connection was opened, which nobody uses. */
async function triedAgain(limits: Partial<PoolLimits> = {}, maxExchanges = 2): Promise<{ bench: Bench; connection: FakeConnection }> {
  const bench = await sentAway(limits);
  const want = bench.want();
  await bench.clock.advance(MOST);
  const connection = await bench.dialled(maxExchanges);
  expect(want.lease?.connection).toBe(connection);
  return { bench, connection };
}

const grantedOf = (wants: readonly TestWant[]): number => wants.filter((want) => want.lease !== undefined).length;

describe('after a server has asked for calm', () => {
  test('a thousand requests wait, and make one dial when the pause is over', async () => {
    await using bench = await sentAway();
    const wants = bench.wants(1_000);
    await bench.clock.advance(LEAST - 1);
    expect(bench.dials).toHaveLength(0);
    expect(bench.pool.stats()).toMatchObject([{ dialing: 0, waiting: 1_000 }]);
    await bench.clock.advance(MOST - LEAST + 1);
    expect(bench.dials).toHaveLength(1);
    await bench.clock.advance(60_000);
    expect(bench.dials).toHaveLength(1);
    await bench.dialled(1_000);
    expect([grantedOf(wants), bench.dials.length]).toEqual([1_000, 0]);
    expect(bench.clock.pendingTimers).toBe(0);
  });

  test('a connection that has room serves on, and no other is opened', async () => {
    await using bench = new Bench({ isSharedFirst: true }, 2);
    bench.wants(3);
    const [first, second] = [await bench.dialled(), await bench.dialled()];
    first.askForCalm();
    const wants = bench.wants(2);
    expect(wants.map((want) => want.lease?.connection)).toEqual([second, undefined]);
    expect(bench.dials).toHaveLength(0);
    second.finish();
    expect(wants[1]?.lease?.connection).toBe(second);
    expect(bench.clock.pendingTimers).toBe(0);
  });

  test('what was being dialled already serves those who wait', async () => {
    await using bench = new Bench({ isSharedFirst: true }, 2);
    bench.wants(3);
    const first = await bench.dialled();
    first.askForCalm();
    const wants = bench.wants(2);
    const second = await bench.dialled();
    expect(grantedOf(wants)).toBe(1);
    await bench.clock.advance(LEAST - 1);
    expect([second.closeReason, bench.dials.length]).toEqual([undefined, 0]);
    await bench.clock.advance(MOST);
    expect(bench.dials).toHaveLength(1);
  });

  test('exchanges that go on do not end the pause, nor do they say afterwards that the server serves again', async () => {
    await using bench = new Bench({ isSharedFirst: true }, 2);
    bench.wants(2);
    const connection = await bench.dialled();
    connection.askForCalm();
    bench.wants(300);
    connection.finish();
    expect(bench.dials).toHaveLength(0);
    await bench.clock.advance(MOST);
    expect(bench.dials).toHaveLength(1);
    connection.finish();
    expect(bench.pool.stats()).toMatchObject([{ open: 0, dialing: 1 }]);
  });

  test('what drains already is heard, too', async () => {
    await using bench = new Bench({ isSharedFirst: true }, 2);
    bench.want();
    const connection = await bench.dialled();
    connection.goAway();
    connection.askForCalm();
    bench.want();
    expect(bench.dials).toHaveLength(0);
    await bench.clock.advance(MOST);
    expect(bench.dials).toHaveLength(1);
  });

  test('other routes do not notice', async () => {
    await using bench = await sentAway();
    bench.want('other.example');
    expect(bench.dials).toHaveLength(1);
  });

  test('stats() says for how long', async () => {
    await using bench = await sentAway();
    const [{ backingOffMs } = {}] = bench.pool.stats();
    expect(backingOffMs).toBeGreaterThanOrEqual(LEAST);
    expect(backingOffMs).toBeLessThanOrEqual(MOST);
    await bench.clock.advance(MOST);
    expect(bench.pool.stats()[0]).not.toHaveProperty('backingOffMs');
  });

  test('preconnect opens nothing in the pause, and one connection after it', async () => {
    await using bench = await sentAway();
    await bench.pool.preconnect(bench.route(), 3);
    expect(bench.dials).toHaveLength(0);
    await bench.clock.advance(MOST);
    const opened = bench.pool.preconnect(bench.route(), 3);
    expect(bench.dials).toHaveLength(1);
    await bench.dialled();
    await opened;
  });
});

describe('a connection that turns away what it was to serve', () => {
  /** A pool whose first connection has done so, and the requests that come back. */
  async function turnedAway(count: number, limits: Partial<PoolLimits> = {}): Promise<{ bench: Bench; wants: TestWant[] }> {
    const bench = new Bench({ isSharedFirst: true, idleConnTimeoutMs: 0, ...limits }, 1_000);
    bench.want();
    const connection = await bench.dialled();
    connection.turnAway();
    return { bench, wants: bench.wants(count) };
  }

  test('is followed by another at once, and by no pause where that serves', async () => {
    const { bench, wants } = await turnedAway(1_000);
    await using _ = bench;
    expect([bench.dials.length, bench.pool.stats()[0]?.backingOffMs]).toEqual([1, undefined]);
    const connection = await bench.dialled(100);
    expect([grantedOf(wants), bench.dials.length]).toEqual([100, 0]);
    connection.finish();
    // One for each hundred that wait, as ever.
    expect([grantedOf(wants), bench.dials.length]).toEqual([101, 9]);
  });

  test('is followed by one at a time and by pauses that grow where the next does the same', async () => {
    const { bench, wants } = await turnedAway(1_000);
    await using _ = bench;
    for (const mostMs of [MOST, 2 * MOST, 4 * MOST]) {
      const connection = await bench.dialled(1);
      connection.turnAway();
      connection.finish('server-goaway');
      expect(bench.dials).toHaveLength(0);
      await bench.clock.advance(mostMs / 2 - 1);
      expect(bench.dials).toHaveLength(0);
      await bench.clock.advance(mostMs / 2 + 1);
      expect(bench.dials).toHaveLength(1);
    }
    expect([grantedOf(wants), bench.pool.stats()[0]?.waiting]).toEqual([3, 997]);
  });

  test('is heard when it has ended with what it carried, too', async () => {
    await using bench = new Bench({ isSharedFirst: true, idleConnTimeoutMs: 0 }, 2);
    bench.want();
    const first = await bench.dialled();
    first.turnsAway = true;
    first.finish('connection-lost');
    bench.want();
    const second = await bench.dialled();
    second.turnsAway = true;
    second.finish('connection-lost');
    bench.want();
    expect(bench.dials).toHaveLength(0);
    await bench.clock.advance(MOST);
    expect(bench.dials).toHaveLength(1);
  });

  test('does not show that the server serves by what it has turned away', async () => {
    const { bench } = await turnedAway(2);
    await using _ = bench;
    const connection = await bench.dialled(1);
    connection.turnsAway = true;
    connection.finish();
    expect(bench.dials).toHaveLength(0);
  });

  test('says so once, however often it changes', async () => {
    const { bench } = await turnedAway(1);
    await using _ = bench;
    const connection = await bench.dialled(3);
    connection.turnsAway = true;
    connection.resize(0);
    connection.resize(0);
    connection.goAway();
    await bench.clock.advance(MOST);
    bench.want();
    expect(bench.dials).toHaveLength(1);
  });

  test('asks for calm besides: that is heard, too', async () => {
    await using bench = new Bench({ isSharedFirst: true, idleConnTimeoutMs: 0 }, 2);
    bench.want();
    const connection = await bench.dialled();
    connection.turnAway();
    connection.askForCalm();
    bench.want();
    expect(bench.dials).toHaveLength(0);
    await bench.clock.advance(MOST);
    expect(bench.dials).toHaveLength(1);
  });

  test('that takes nothing from its beginning on leaves nobody without a dial', async () => {
    const { bench, wants } = await turnedAway(1);
    await using _ = bench;
    await bench.dialled(0, true, true);
    expect([bench.dials.length, bench.pool.stats()[0]?.waiting]).toEqual([0, 1]);
    await bench.clock.advance(MOST);
    expect(bench.dials).toHaveLength(1);
    await bench.dialled();
    expect(grantedOf(wants)).toBe(1);
  });

  test('and then takes some serves those who wait', async () => {
    const { bench, wants } = await turnedAway(3);
    await using _ = bench;
    const connection = await bench.dialled(0, true, true);
    connection.resize(3);
    expect([grantedOf(wants), bench.dials.length]).toEqual([3, 0]);
    expect(bench.clock.pendingTimers).toBe(0);
  });
});

describe('who waits because of it', () => {
  test('fails when poolTimeout is over', async () => {
    await using bench = await sentAway({ poolTimeoutMs: 100 });
    const want = bench.want();
    await bench.clock.advance(100);
    expect(want.error).toMatchObject({ code: 'pool-timeout', sent: 'nothing' });
    expect(bench.clock.pendingTimers).toBe(0);
  });

  test('is one of maxQueuedPerHost', async () => {
    await using bench = await sentAway({ maxQueuedPerHost: 2 });
    const wants = bench.wants(3);
    expect(wants.map((want) => want.error)).toMatchObject([undefined, undefined, { code: 'queue-full' }]);
  });

  test('may leave, and the last who does takes the timer along', async () => {
    await using bench = await sentAway();
    const wants = bench.wants(2);
    expect(bench.clock.pendingTimers).toBe(1);
    bench.withdraw(wants[0]);
    expect(bench.clock.pendingTimers).toBe(1);
    bench.withdraw(wants[1]);
    expect(bench.clock.pendingTimers).toBe(0);
    await bench.clock.advance(MOST);
    expect(bench.dials).toHaveLength(0);
  });

  test('fails when the pool is shut down, and nothing is left', async () => {
    await using bench = await sentAway();
    const want = bench.want();
    await bench.pool.shutDown();
    expect(want.error).toMatchObject({ code: 'transport-closed' });
    expect(bench.clock.pendingTimers).toBe(0);
  });

  test('waits on when idle connections are closed; where nobody waits nothing is left', async () => {
    await using bench = await sentAway();
    bench.pool.closeIdle();
    expect(bench.clock.pendingTimers).toBe(0);
    bench.want();
    bench.pool.closeIdle();
    await bench.clock.advance(MOST);
    expect(bench.dials).toHaveLength(1);
  });
});

describe('when the pause is over', () => {
  test('one connection is opened after the other, until an exchange has come to its end', async () => {
    const { bench, connection } = await triedAgain();
    await using _ = bench;
    const wants = bench.wants(500);
    expect([grantedOf(wants), bench.dials.length]).toEqual([1, 0]);
    await bench.clock.advance(MOST);
    expect(bench.dials).toHaveLength(1);
    connection.finish();
    // One for each hundred that wait, as ever.
    expect([grantedOf(wants), bench.dials.length]).toEqual([2, 5]);
  });

  test('so it is where the connection carries one exchange after another', async () => {
    await using bench = await sentAway();
    bench.want();
    await bench.clock.advance(MOST);
    const single = await bench.dialled(1);
    bench.wants(3);
    expect(bench.dials).toHaveLength(0);
    single.finish();
    expect(bench.dials).toHaveLength(2);
  });

  test('an exchange that ends with its connection is one that came to its end: a server that closes after each is not starved', async () => {
    const { bench, connection } = await triedAgain();
    await using _ = bench;
    connection.finish('keep-alives-disabled');
    bench.wants(201);
    expect(bench.dials.length).toBeGreaterThan(1);
  });

  test('a dial that fails is no word of the server: the next may follow at once', async () => {
    await using bench = await sentAway();
    const want = bench.want();
    await bench.clock.advance(MOST);
    await bench.dialFails(new Error('refused'));
    expect(want.error).toMatchObject({ message: 'refused' });
    bench.want();
    expect(bench.dials).toHaveLength(1);
  });

  test('a server that asks again has twice the time', async () => {
    const { bench, connection } = await triedAgain();
    await using _ = bench;
    connection.askForCalm();
    bench.want();
    await bench.clock.advance(2 * LEAST - 1);
    expect(bench.dials).toHaveLength(0);
    await bench.clock.advance(2 * MOST - 2 * LEAST + 1);
    expect(bench.dials).toHaveLength(1);
  });

  test('a server that asks before the pool has seen its connection is heard', async () => {
    await using bench = await sentAway();
    const want = bench.want();
    await bench.clock.advance(MOST);
    await bench.dialledDead(2, true);
    expect(want.error).toMatchObject({ code: 'connection-closed' });
    bench.want();
    await bench.clock.advance(2 * LEAST - 1);
    expect(bench.dials).toHaveLength(0);
    await bench.clock.advance(2 * MOST);
    expect(bench.dials).toHaveLength(1);
  });

  test('all is forgotten once exchanges have come to their end for half a minute', async () => {
    const { bench, connection } = await triedAgain();
    await using _ = bench;
    connection.finish();
    await bench.clock.advance(30_000);
    bench.want();
    connection.finish();
    connection.askForCalm();
    bench.want();
    await bench.clock.advance(MOST);
    expect(bench.dials).toHaveLength(1);
  });
});
