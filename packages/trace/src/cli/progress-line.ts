import { bar } from './bar.ts';
import { formatCount, formatMs, formatRate } from './quantities.ts';

/** How far a run has come. */
export interface Progress {
  readonly requests: number;
  readonly ended: number;
  readonly failed: number;
  readonly inFlight: number;
  /** Of late. */
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

const BAR_WIDTH = 12;

/** One line of at most `columns` characters; of what does not fit the last parts are left out. */
export function progressLine(progress: Progress, columns: number): string {
  const { requests, ended, failed, inFlight, perSecond, p50Ms, p99Ms } = progress;
  const parts = [
    `${bar(0, ended / requests, BAR_WIDTH).padEnd(BAR_WIDTH, '░')} ${formatCount(ended)}/${formatCount(requests)}`,
    failed === 0 ? '' : `${formatCount(failed)} failed`,
    formatRate(perSecond),
    `${inFlight} in flight`,
    p50Ms > 0 ? `p50 ${formatMs(p50Ms)}` : '',
    p99Ms > 0 ? `p99 ${formatMs(p99Ms)}` : '',
  ].filter((part) => part !== '');
  let line = '';
  for (const part of parts) {
    const longer = line === '' ? part : `${line} · ${part}`;
    if (longer.length > columns) break;
    line = longer;
  }
  return line;
}
