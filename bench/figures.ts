import type { Verdict } from './bars.ts';
import type { Sample } from './messages.ts';
import type { Spread } from './statistics.ts';

/** How figures are shown. */

export const MIB = 1_048_576;

/** CPU time for each request, in µs. */
export function microsEach({ cpuMicros, requests }: Sample): number {
  return cpuMicros / requests;
}

export function decimal(value: number, digits = 1): string {
  return value.toFixed(digits);
}

export function range({ min, max }: Spread, digits = 1): string {
  return `${min.toFixed(digits)}–${max.toFixed(digits)}`;
}

/** Two digits; `–` where there is none. */
export function ratio(value: number | undefined): string {
  return value === undefined ? '–' : value.toFixed(2);
}

export function mebibytes(bytes: number, digits = 0): string {
  return (bytes / MIB).toFixed(digits);
}

export function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

/** The two cells of a bar: what it is, and a mark for whether it is met. */
export function barCells(verdict: Omit<Verdict, 'title'> | undefined): readonly [string, string] {
  return verdict === undefined ? ['–', ''] : [verdict.bar, mark(verdict.isMet)];
}

export function mark(isMet: boolean): string {
  return isMet ? '✓' : '✗';
}
