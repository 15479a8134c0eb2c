import { hitBar, judge, judgeHit, type Verdict } from '../bars.ts';
import { barCells, decimal, mebibytes, microsEach, range, ratio } from '../figures.ts';
import type { Result } from '../result.ts';
import { medianRatio, spreadOf } from '../statistics.ts';
import type { Measured, Window } from '../turns.ts';
import { HIT_TITLES, OURS, type HitClient } from './hit-clients.ts';
import type { HitSize } from './measure-hits.ts';

/** What came out of hits, as a table and as verdicts. */
export function hitResult(size: HitSize, measured: readonly Measured<HitClient>[]): Result {
  const title = `Answered from what is stored, body of ${size === '1k' ? '1 KiB' : '64 KiB'} as text`;
  const rows = measured.map((each) => rowOf({ size, title }, each, measured));
  return {
    table: {
      title,
      headings: ['client', 'CPU µs/request', 'min–max', 'ours ÷ it', 'bar', '', 'requests/s', 'peak RSS, MiB'],
      rows: rows.map(({ cells }) => cells),
    },
    verdicts: rows.flatMap(({ verdict }) => verdict ?? []),
  };
}

interface Row {
  readonly cells: readonly string[];
  readonly verdict: Verdict | undefined;
}

interface HitTable {
  readonly size: HitSize;
  readonly title: string;
}

function rowOf({ size, title }: HitTable, { client, windows }: Measured<HitClient>, all: readonly Measured<HitClient>[]): Row {
  const cpu = spreadOf(windows.map(microsEach));
  const found = ratioOfOurs(client, windows, all);
  const bar = hitBar(size, client);
  const judged = found === undefined || bar === undefined ? judgeHit(size, client, cpu.median) : judge(bar, found);
  const perSecond = spreadOf(windows.map(({ requests, wallMs }) => requests / (wallMs / 1_000))).median;
  const peak = Math.max(...windows.map(({ peakRssBytes }) => peakRssBytes));
  return {
    cells: [HIT_TITLES[client], decimal(cpu.median), range(cpu), ratio(found), ...barCells(judged), decimal(perSecond, 0), mebibytes(peak)],
    verdict: judged && { title: `${title}: ${HIT_TITLES[client]}`, ...judged },
  };
}

/** The figure of ours that keeps things in the same place, by this client's. */
function ratioOfOurs(client: HitClient, windows: readonly Window[], all: readonly Measured<HitClient>[]): number | undefined {
  const ours = all.find((each) => each.client === OURS[client]);
  return ours === undefined ? undefined : medianRatio(ours.windows.map(microsEach), windows.map(microsEach));
}
