/**
 * What hedging does to a server of which 1 answer in 100 is slow: measures latencies without it, with a fixed delay and by percentile, prints them, and with `--draw 1`
 * draws docs/guide/images/hedging.svg. They take turns, a second each, so that what else the machine does falls on all of them.
 */
import { writeFileSync } from 'node:fs';

import { compose, Transport } from '@roundtripper/core';
import { hedge } from '@roundtripper/retry';

import { drawLatencies } from './hedging/draw.ts';
import { ask, percentile, resultOf, type Contender, type Measured } from './hedging/measure.ts';
import { ChildProgram, numberIn } from './shared/child-program.ts';
import { flagsOrExit } from './shared/flags.ts';

const IMAGE = new URL('../docs/guide/images/hedging.svg', import.meta.url);
const TURN_MS = 1_000;

const flag = flagsOrExit('node --conditions=source examples/plot-hedging.ts', {
  turns: { byDefault: 7, min: 1, max: 8, help: 'how many seconds to measure each for' },
  draw: { byDefault: 0, min: 0, max: 1, help: '1 to draw docs/guide/images/hedging.svg' },
});

async function measureAll(turns: number): Promise<readonly Measured[]> {
  await using server = ChildProgram.start(new URL('hedging/server.ts', import.meta.url));
  const url = `http://127.0.0.1:${numberIn(await server.receive(), 'port')}/`;
  await using transport = new Transport();
  const contenders: readonly Contender[] = [
    { name: 'no hedging', client: transport, latencies: [], atServer: 0 },
    { name: 'after 50 ms', client: compose(hedge({ after: 50 }), transport), latencies: [], atServer: 0 },
    { name: 'after the 95th percentile', client: compose(hedge({ after: { percentile: 95 } }), transport), latencies: [], atServer: 0 },
  ];
  // Connections are open and code is compiled before anything counts.
  for (const contender of contenders) await ask({ ...contender, latencies: [] }, url, TURN_MS / 2);
  for (let turn = 0; turn < turns; turn++) {
    for (const contender of contenders) {
      const before = numberIn(await server.ask('count'), 'requests');
      await ask(contender, url, TURN_MS);
      contender.atServer += numberIn(await server.ask('count'), 'requests') - before;
    }
  }
  return contenders.map(resultOf);
}

function row(result: Measured): string {
  const percentiles = [0.5, 0.95, 0.99, 0.995, 0.999].map((share) => percentile(result, share).toFixed(1));
  const cells = [result.name, String(result.latencies.length), ...percentiles, `${((result.load - 1) * 100).toFixed(1)} %`];
  return `| ${cells.join(' | ')} |`;
}

const results = await measureAll(flag('turns'));
console.log('|  | requests | p50 ms | p95 ms | p99 ms | p99.5 ms | p99.9 ms | more load |');
console.log('| --- | --- | --- | --- | --- | --- | --- | --- |');
for (const result of results) console.log(row(result));
if (flag('draw') === 1) writeFileSync(IMAGE, drawLatencies(results));
