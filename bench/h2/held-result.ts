import { BLOCKED_MAX_BYTES, heldBar, judge, type Verdict } from '../bars.ts';
import { barCells, decimal, mebibytes } from '../figures.ts';
import { takenResult } from '../memory-result.ts';
import type { Result } from '../result.ts';
import type { MeasuredBlocked, MeasuredHeld } from './measure-held.ts';

export function idleOriginsResult(measured: readonly MeasuredHeld[], isTls: boolean): Result {
  const title = `HTTP/2 ${isTls ? 'over' : 'without'} TLS: ${measured[0]?.count ?? 0} idle connections, each to an origin of its own`;
  return takenResult(measured, { title, each: 'connection', barFor: heldBar });
}

export function openStreamsResult(measured: readonly MeasuredHeld[]): Result {
  const title = `HTTP/2 without TLS: ${measured[0]?.count ?? 0} open streams, each with the head of its answer`;
  return takenResult(measured, { title, each: 'stream', barFor: heldBar });
}

/** What is taken of a body is the client's to bound; what of it is then in memory is shown beside it. */
export function blockedResult(measured: readonly MeasuredBlocked[]): Result {
  const title = `HTTP/2 without TLS: ${measured[0]?.count ?? 0} uploads of 1 MiB that nobody takes, windows of 64 KiB`;
  const rows = measured.map(({ client, count, beforeBytes, heldBytes, takenBytes }) => {
    const found = takenBytes / count / 1_024;
    const bar = { ratio: BLOCKED_MAX_BYTES / 1_024, sense: 'at most' } as const;
    const verdict: Verdict | undefined =
      client === 'transport' ? { title: `${title}: KiB taken of each`, ...judge(bar, found) } : undefined;
    const grown = (heldBytes - beforeBytes) / count / 1_024;
    return { cells: [client, decimal(found), ...barCells(verdict), decimal(grown), mebibytes(heldBytes)], verdict };
  });
  return {
    table: {
      title,
      headings: ['client', 'KiB taken of each', 'bar', '', 'RSS grown by, KiB each', 'RSS with them, MiB'],
      rows: rows.map(({ cells }) => cells),
    },
    verdicts: rows.flatMap(({ verdict }) => verdict ?? []),
  };
}
