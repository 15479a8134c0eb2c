import type { ExchangeFacts } from './exchange-facts.ts';
import { hundreds } from './summary.ts';

/** Which requests are shown: those of an origin and of a kind whose text has every word. */
export interface Filter {
  readonly text: string;
  /** Its place in `PageData.origins`; undefined for all. */
  readonly origin: number | undefined;
  readonly kind: FilterKind;
}

export const FILTER_KINDS = {
  'all': 'All requests',
  '2xx': '2xx',
  '3xx': '3xx',
  '4xx': '4xx',
  '5xx': '5xx',
  'failed': 'Failed',
  'slowest': 'Slowest 1 %',
  'new-connection': 'New connection',
  'sent-again': 'Several attempts',
} as const;

export type FilterKind = keyof typeof FILTER_KINDS;

export const NO_FILTER: Filter = { text: '', origin: undefined, kind: 'all' };

/** `slowFromMs` is of all requests: what is slow does not change with what is shown. */
export function filtered(facts: readonly ExchangeFacts[], filter: Filter, slowFromMs: number): readonly ExchangeFacts[] {
  const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean).map(wholeNumbers);
  return facts.filter(
    (each) =>
      (filter.origin === undefined || each.exchange.origin === filter.origin) &&
      isOfKind(each, filter.kind, slowFromMs) &&
      words.every((word) => each.text.includes(word)),
  );
}

/** `#1` and `conn:1` are not meant to find 12. */
function wholeNumbers(word: string): string {
  return /^(?:#|conn:)\w+$/.test(word) ? `${word} ` : word;
}

function isOfKind({ exchange, outcome, opened, durationMs }: ExchangeFacts, kind: FilterKind, slowFromMs: number): boolean {
  switch (kind) {
    case 'all':
      return true;
    case '2xx':
    case '3xx':
    case '4xx':
    case '5xx':
      return hundreds(exchange.status) === Number(kind[0]);
    case 'failed':
      return outcome === 'failed';
    case 'slowest':
      return outcome !== 'under-way' && durationMs >= slowFromMs;
    case 'new-connection':
      return opened;
    case 'sent-again':
      return exchange.attempts.length > 1;
  }
}
