/** npm run demo: ten thousand requests through trace, cache and retry over one Transport, to a server in another process. */
import { cache } from '@roundtripper/cache';
import { compose, Transport } from '@roundtripper/core';
import { retry } from '@roundtripper/retry';
import { reuseMeter, trace } from '@roundtripper/trace';

import { drive } from './demo/drive.ts';
import { Progress } from './demo/progress.ts';
import { seededRandom } from './demo/random.ts';
import { Results } from './demo/results.ts';
import { progressLine, summaryTable, type Facts } from './demo/summary.ts';
import { workload } from './demo/workload.ts';
import { ChildProgram, numberIn } from './shared/child-program.ts';
import { flagsOrExit } from './shared/flags.ts';

const flag = flagsOrExit('npm run demo --', {
  requests: { byDefault: 10_000, min: 1, max: 10_000_000, help: 'how many requests to make' },
  concurrency: { byDefault: 50, min: 1, max: 10_000, help: 'how many of them at once' },
  seed: { byDefault: 1, min: 0, max: 4_294_967_295, help: 'chooses the URLs, and the waits before retries' },
});
const requests = flag('requests');
const concurrency = flag('concurrency');
const seed = flag('seed');

const interrupt = new AbortController();
process.once('SIGINT', () => stop(130));
process.once('SIGTERM', () => stop(143));

await using server = ChildProgram.start(new URL('demo/server.ts', import.meta.url));
const url = `http://127.0.0.1:${numberIn(await server.receive(), 'port')}`;

const results = new Results();
const meter = reuseMeter();
await using transport = new Transport();
const client = compose(
  trace({ retry: (cause) => results.retried(cause) }),
  cache(),
  // A budget would leave it at many a failure: this server fails one request in five, and not for want of strength.
  retry({ retries: 3, minTimeout: 10, random: seededRandom(seed), budget: false }),
  meter,
  transport,
);

console.log(`${requests} requests, ${concurrency} at once, seed ${seed}, to ${url}`);
const startedMs = performance.now();
{
  using _progress = new Progress(() => progressLine(factsNow(), requests));
  await drive({ client, url, results }, workload(requests, seed), concurrency, interrupt.signal);
}
console.log(`${interrupt.signal.aborted ? '\ninterrupted\n' : ''}\n${summaryTable(factsNow())}`);

function factsNow(): Facts {
  return { results, report: meter.report(), stats: transport.stats(), elapsedMs: performance.now() - startedMs };
}

/** What is under way is cancelled, and the table says how far it came. A second signal ends the process at once; the server ends with it. */
function stop(exitCode: number): void {
  process.exitCode = exitCode;
  interrupt.abort();
}
