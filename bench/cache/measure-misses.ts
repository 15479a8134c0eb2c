import { testCertificate } from '@roundtripper/testing';
import { SIZES, storablePath } from '../answers.ts';
import type { BenchServer } from '../bench-server.ts';
import { nodeProgram } from '../child.ts';
import { measurePairs, type SamplePair } from '../measure-pairs.ts';
import type { Place } from '../place.ts';
import type { Effort } from '../turns.ts';
import { missTitle, type Miss } from './misses.ts';

/** What a process is made for, given to it as JSON. */
export interface MissJob {
  readonly miss: Miss;
  readonly url: string;
  /** What it trusts, as PEM. */
  readonly ca: string;
  readonly concurrency: number;
  readonly answerBytes: number;
}

/** The windows of one, and of the same without a cache beside each. */
export interface MeasuredMiss {
  readonly miss: Miss;
  readonly pairs: readonly SamplePair[];
}

const CONCURRENCY = 50;

/** Measures what a cache adds to requests that it has no answer to. One that has, or stores what it should not, or does not what it should, makes this fail. */
export async function measureMisses(
  misses: readonly Miss[],
  effort: Effort,
  { server, place }: { readonly server: BenchServer; readonly place: Place },
): Promise<readonly MeasuredMiss[]> {
  const measured: MeasuredMiss[] = [];
  for (const miss of misses) {
    const pairs: (readonly SamplePair[])[] = [];
    const job = JSON.stringify(jobFor(miss, server));
    const program = nodeProgram(missTitle(miss), new URL('./miss-process.ts', import.meta.url), job);
    for (let launch = 1; launch <= effort.launches; launch++) {
      place.onProgress(`cache-miss, launch ${launch} of ${effort.launches}: ${missTitle(miss)}`);
      pairs.push(await measurePairs(program, effort, place));
    }
    measured.push({ miss, pairs: pairs.flat() });
  }
  return measured;
}

function jobFor(miss: Miss, { origin, tlsOrigin }: BenchServer): MissJob {
  const { size, isStored, isTls } = miss;
  return {
    miss,
    url: `${isTls ? tlsOrigin : origin}${isStored ? storablePath(size) : `/${size}`}`,
    ca: testCertificate.ca,
    concurrency: CONCURRENCY,
    answerBytes: SIZES[size],
  };
}
