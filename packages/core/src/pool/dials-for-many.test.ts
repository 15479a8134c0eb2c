import { expect, test } from 'vitest';

import { Bench } from '../../test/pool-bench.ts';
import type { PoolLimits } from './limits.ts';

/** A pool that knows of its host that connections to it carry several exchanges, and has none now. */
async function knowing(limits: Partial<PoolLimits> = {}): Promise<Bench> {
  const bench = new Bench(limits, 3);
  bench.want();
  (await bench.dialled()).finish('server-closed-idle');
  return bench;
}

test('a dial that somebody has waited for in vain keeps nobody who comes from dialling', async () => {
  await using bench = await knowing();
  const [first, second] = bench.wants(2);
  bench.withdraw(first);
  const third = bench.want();
  const fourth = bench.want();
  expect(bench.dials).toHaveLength(2);
  bench.dials.shift();
  const connection = await bench.dialled();
  expect([second, third, fourth].map((want) => want?.lease?.connection)).toEqual([connection, connection, connection]);
});

test.for<[string, Partial<PoolLimits>, number]>([
  ['connections are not kept alive', { keepsAlive: false }, 6],
  ['a connection carries two', { maxRequestsPerConn: 2 }, 3],
])('a dial is one of several where %s', async ([, given, dials]) => {
  await using bench = await knowing(given);
  bench.wants(6);
  expect(bench.dials).toHaveLength(dials);
});
