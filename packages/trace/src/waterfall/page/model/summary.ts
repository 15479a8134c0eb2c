import type { ExchangeFacts } from './exchange-facts.ts';
import { percentile } from './percentile.ts';

export interface Summary {
  readonly requests: number;
  readonly failed: number;
  readonly underWay: number;
  readonly clientErrors: number;
  readonly serverErrors: number;
  /** Of all that are over, failed ones too. Undefined where none is. */
  readonly p50Ms: number | undefined;
  readonly p95Ms: number | undefined;
  readonly p99Ms: number | undefined;
  readonly slowestMs: number | undefined;
  /** Attempts that were given a connection, and those of them that were given a used one. */
  readonly granted: number;
  readonly reused: number;
}

/** Figures of the requests that are shown. */
export function summaryOf(shown: readonly ExchangeFacts[]): Summary {
  const durations = shown
    .filter(({ outcome }) => outcome !== 'under-way')
    .map(({ durationMs }) => durationMs)
    .toSorted((a, b) => a - b);
  const grants = shown.flatMap(({ exchange }) => exchange.attempts.filter(({ reused }) => reused !== undefined));
  return {
    requests: shown.length,
    failed: count(shown, ({ outcome }) => outcome === 'failed'),
    underWay: count(shown, ({ outcome }) => outcome === 'under-way'),
    clientErrors: count(shown, ({ exchange }) => hundreds(exchange.status) === 4),
    serverErrors: count(shown, ({ exchange }) => hundreds(exchange.status) === 5),
    p50Ms: percentile(durations, 0.5),
    p95Ms: percentile(durations, 0.95),
    p99Ms: percentile(durations, 0.99),
    slowestMs: durations.at(-1),
    granted: grants.length,
    reused: count(grants, ({ reused }) => reused === true),
  };
}

export function hundreds(status: number | undefined): number | undefined {
  return status === undefined ? undefined : Math.floor(status / 100);
}

function count<T>(list: readonly T[], matches: (value: T) => boolean): number {
  let found = 0;
  for (const value of list) if (matches(value)) found += 1;
  return found;
}
