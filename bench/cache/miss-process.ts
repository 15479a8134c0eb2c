/** The process in which requests that a cache has no answer to take turns with the same without a cache: `miss-process.ts <job as JSON>`. */
import { setDefaultCACertificates } from 'node:tls';
import { fail } from '../child-side.ts';
import { checkFor } from '../client.ts';
import { servePair } from '../pair-side.ts';
import type { MissJob } from './measure-misses.ts';
import { openMiss } from './open-miss.ts';

try {
  // oxlint-disable-next-line typescript/consistent-type-assertions -- only measure-misses.ts starts this
  const job = JSON.parse(process.argv[2] ?? '') as MissJob;
  setDefaultCACertificates([job.ca]);
  const pair = await openMiss(job.miss, { ...job, check: checkFor(job.answerBytes) });
  servePair({ ...pair, concurrency: job.concurrency });
} catch (error) {
  fail(error);
}
