/** Why are some requests slow? The phases of usual requests beside those of the slowest hundredth, and a waterfall of all to look at. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as later } from 'node:timers/promises';

import { compose, HttpRequest, Transport } from '@roundtripper/core';
import { timingsOf, traceLog, waterfall, type Timings } from '@roundtripper/trace';

import { startLocalServer } from './local-server.ts';

/** One request in fifty is for something slow, and holds a connection that others wait for. */
await using server = await startLocalServer((request, response) => {
  void later(request.url === '/report' ? 100 : 5).then(() => response.end('hello'));
});

const log = traceLog();
await using client = compose(log, new Transport({ maxConnsPerHost: 8 }));

let next = 0;
async function caller(): Promise<void> {
  for (let at = next++; at < 400; at = next++) {
    const response = await client.roundTrip(new HttpRequest(`${server.url}/${at % 50 === 49 ? 'report' : `items/${at}`}`));
    await response.text();
  }
}
await Promise.all(Array.from({ length: 16 }, caller));

const all = log.exchanges.map(timingsOf).toSorted((one, other) => (one.time ?? 0) - (other.time ?? 0));
const COLUMNS = [
  ['queued', ({ queued }) => queued],
  ['connect', ({ dns = 0, connect = 0 }) => dns + connect],
  ['waiting', ({ wait = 0 }) => wait],
  ['download', ({ receive = 0 }) => receive],
  ['total', ({ time = 0 }) => time],
] as const satisfies readonly (readonly [string, (timings: Timings) => number])[];

function row(name: string, some: readonly Timings[]): string {
  const means = COLUMNS.map(([, of]) => some.reduce((sum, timings) => sum + of(timings), 0) / some.length);
  return [name.padEnd(8), String(some.length).padStart(8), ...means.map((ms) => ms.toFixed(1).padStart(9))].join('');
}

console.log(['requests'.padStart(16), ...COLUMNS.map(([name]) => name.padStart(9))].join(''));
console.log(row('usual', all.slice(100, 300)));
console.log(row('slowest', all.slice(-4)));
console.log('means, in milliseconds; the slow ones, and who waited behind them, are in the page:');

const file = join(mkdtempSync(join(tmpdir(), 'roundtripper-')), 'waterfall.html');
writeFileSync(file, waterfall(log, { title: 'Who waits behind a report?' }));
console.log(file);
