import type { Ask, Asking } from './ask.ts';
import type { Rules } from './rules.ts';
import { flightName, type FlightName } from './flights.ts';
import { CREDENTIALS, normalised } from './vary.ts';

/** Whether a request may wait for the answer to another of the same kind: not where it wants something that others may not want, or wants it now. */
export function mayJoin({ view, mayJoin: isWilling }: Ask, asking: Asking): boolean {
  const { method } = view.request;
  if (!isWilling || (method !== 'GET' && method !== 'QUERY')) return false;
  if (view.range !== undefined || view.isConditional) return false;
  return asking.kind !== 'complete' && asking.forwarded !== 'request';
}

/**
 * What requests have in common that wait for one another: the key, and the fields that are known to select; in a private cache the credentials, whatever is known.
 * Those who wait in vain would have to ask after all, each of them a round trip later.
 */
export function flightOf({ place, found, view }: Ask, { mode }: Rules): FlightName {
  const { headers } = view.request;
  // Most requests: nothing is stored, and there are no credentials.
  if (found.length === 0 && (mode === 'shared' || !(headers.has('authorization') || headers.has('cookie')))) return place;
  const names = new Set(mode === 'private' ? CREDENTIALS : []);
  for (const { selecting } of found) for (const [name] of selecting) names.add(name);
  const fields: (readonly [string, string | null])[] = [];
  for (const name of names) {
    const value = normalised(name, headers.get(name));
    if (value !== null) fields.push([name, value]);
  }
  // A key never begins with a bracket.
  return fields.length === 0 ? place : flightName(JSON.stringify([place.key, fields.toSorted(byName)]));
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}
