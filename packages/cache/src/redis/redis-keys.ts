import { labelsOf } from '../labels.ts';
import type { NewEntry, StoreRefusal } from '../store.ts';
import type { StoredResponse } from '../stored-response.ts';

/** What every response is called by: to delete it is to delete everything. No other label is like it: they hold a space. */
const EVERYTHING = 'all';

export function allLabelsOf(entry: NewEntry | StoredResponse): readonly string[] {
  return [EVERYTHING, ...new Set(labelsOf(entry))];
}

/** Longer than anybody will want an answer. */
const LONGEST_MS = 30 * 86_400_000;

/** How long a response is kept, in milliseconds: while it is fresh or may be served stale, and `keepStaleMs` longer to be validated. */
export function keepMsOf({ policy, initialAgeMs, receivedAtMs }: StoredResponse | NewEntry, nowMs: number, keepStaleMs: number): number {
  const freshMs = Math.max(0, policy.lifetimeMs - initialAgeMs - Math.max(0, nowMs - receivedAtMs));
  const staleMs = Math.max(policy.staleWhileRevalidateMs, policy.staleIfErrorMs);
  return Math.ceil(Math.max(1_000, Math.min(LONGEST_MS, freshMs + staleMs + keepStaleMs)));
}

/** Why the script that commits has not: by its answer. */
export function refusalOf(answer: string): StoreRefusal | undefined {
  if (answer === 'stored') return undefined;
  return answer === 'deleted' ? 'deleted-meanwhile' : 'no-room';
}
