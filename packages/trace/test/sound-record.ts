import type { AttemptRecord, ExchangeRecord } from '../src/exchange-record.ts';
import { timingsOf } from '../src/timings.ts';

/** Sums of doubles, in milliseconds: far below any clock's resolution. */
const ROUNDING_MS = 1e-6;

/** Times of an attempt in the order in which they must be, where they are there. */
const IN_ORDER = [
  'startMs',
  'queueStartMs',
  'queueEndMs',
  'gotConnMs',
  'wroteHeadersMs',
  'firstByteMs',
  'gotResponseMs',
  'bodyStartMs',
  'bodyEndMs',
  'endMs',
] as const satisfies readonly (keyof AttemptRecord)[];

/**
 * What is wrong with the record of a request that is over: it has no end, its times are out of order, or its phases are negative or do not add up.
 * Pure comparisons: thousands of `expect` take seconds.
 */
export function faultsOf(record: ExchangeRecord): readonly string[] {
  const { id, startMs, endMs, attempts } = record;
  if (endMs === undefined || endMs < startMs) return [`${id} ends at ${endMs}, and began at ${startMs}`];
  const all = timingsOf(record);
  const phases = [all.blocked, all.dns, all.connect, all.send, all.wait, all.receive].filter((phase) => phase !== undefined);
  const sum = phases.reduce((total, phase) => total + phase, 0);
  const least = Math.min(...phases, all.queued, all.earlier, (all.connect ?? 0) - (all.ssl ?? 0));
  return [
    ...attempts.flatMap((attempt) => disorderOf(attempt, endMs) ?? []),
    ...(Math.abs(sum - (endMs - startMs)) < ROUNDING_MS ? [] : [`the phases come to ${sum} ms of ${endMs - startMs}`]),
    ...(least > -ROUNDING_MS ? [] : [`a phase takes ${least} ms`]),
  ].map((fault) => `${id}: ${fault}`);
}

/** The first two times that are the wrong way round. */
function disorderOf(attempt: AttemptRecord, endMs: number): string | undefined {
  let [before, beforeMs]: readonly [string, number] = ['the beginning', Number.NEGATIVE_INFINITY];
  for (const name of IN_ORDER) {
    const timeMs = attempt[name];
    if (timeMs === undefined) continue;
    if (timeMs < beforeMs || timeMs > endMs) return `${name} at ${timeMs}, ${before} at ${beforeMs}, the end at ${endMs}`;
    [before, beforeMs] = [name, timeMs];
  }
  return undefined;
}
