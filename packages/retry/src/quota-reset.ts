import { parseHttpDate, type HttpHeaders } from '@roundtripper/core';
import { parseDictionary, parseList, type Dictionary, type InnerList, type Item, type List } from 'structured-headers';

/**
 * In how many milliseconds a quota that is used up is filled again, by what a server says of its quotas; `undefined` where it does not say that one is used up.
 *
 * First the fields of draft-ietf-httpapi-ratelimit-headers: `RateLimit: "name";r=0;t=5`, with the window of `RateLimit-Policy: "name";q=10;w=60` where `t` is absent; or the dictionary
 * of its draft 07. Then the three fields of its older drafts and their many relatives. Of several quotas the one that is filled last counts.
 */
export function quotaReset(status: number, headers: HttpHeaders, nowMs: number): number | undefined {
  return structured(headers) ?? longestOf(RELATIVES.map((relative) => resetOf(relative, status, headers, nowMs)));
}

/** A value beyond this is no field that anybody means, and not worth the time to parse it. */
const MOST_CHARACTERS = 4_096;

function structured(headers: HttpHeaders): number | undefined {
  const text = headers.get('ratelimit');
  if (text === null || text.length > MOST_CHARACTERS) return undefined;
  const list = parsed(parseList, text);
  if (list !== undefined) return longestOf(list.map((member) => resetOfMember(member, headers)));
  const dictionary = parsed(parseDictionary, text);
  return dictionary === undefined ? undefined : resetOfDictionary(dictionary);
}

/** @returns undefined where the field is malformed: the whole of it is then ignored (RFC 9651 §4.2). */
function parsed<T>(parse: (text: string) => T, text: string): T | undefined {
  try {
    return parse(text);
  } catch {
    // What a server wrote is no reason for a request to fail.
    return undefined;
  }
}

function resetOfMember([name, parameters]: Item | InnerList, headers: HttpHeaders): number | undefined {
  if (!isNothing(parameters.get('r'))) return undefined;
  return milliseconds(parameters.get('t')) ?? windowOf(name, headers);
}

/** A quota of which is not said when it is filled again is filled within its window. */
function windowOf(name: unknown, headers: HttpHeaders): number | undefined {
  const text = headers.get('ratelimit-policy');
  if (text === null || text.length > MOST_CHARACTERS) return undefined;
  const policies: List = parsed(parseList, text) ?? [];
  return milliseconds(policies.find(([other]) => other === name)?.[1].get('w'));
}

/** Draft 07: `limit=100, remaining=0, reset=5`. */
function resetOfDictionary(dictionary: Dictionary): number | undefined {
  return isNothing(dictionary.get('remaining')?.[0]) ? milliseconds(dictionary.get('reset')?.[0]) : undefined;
}

/** Some count on below it. */
function isNothing(left: unknown): boolean {
  return typeof left === 'number' && left <= 0;
}

function milliseconds(seconds: unknown): number | undefined {
  return typeof seconds === 'number' && seconds >= 0 ? seconds * 1_000 : undefined;
}

/** Fields of the same meaning by other names. */
interface Relative {
  readonly reset: string;
  readonly remaining: string;
}

const RELATIVES: readonly Relative[] = [
  { reset: 'ratelimit-reset', remaining: 'ratelimit-remaining' },
  { reset: 'x-ratelimit-reset-after', remaining: 'x-ratelimit-remaining' },
  { reset: 'x-ratelimit-retry-after', remaining: 'x-ratelimit-remaining' },
  { reset: 'x-ratelimit-reset', remaining: 'x-ratelimit-remaining' },
  { reset: 'x-rate-limit-reset', remaining: 'x-rate-limit-remaining' },
];

/** What is left is said with every answer: only where that is nothing, or a 429 says so without it, is there something to wait for. */
function resetOf({ reset, remaining }: Relative, status: number, headers: HttpHeaders, nowMs: number): number | undefined {
  const value = headers.get(reset);
  if (value === null) return undefined;
  const left = headers.get(remaining);
  const isUsedUp = left === null ? status === 429 : /^(?:0+(?:\.0+)?|-\d+(?:\.\d+)?)$/.test(left);
  return isUsedUp ? untilReset(value, headers, nowMs) : undefined;
}

/** A number from here on is a time and no duration: the year 2001, in seconds, and in milliseconds. */
const FIRST_EPOCH_SECONDS = 1e9;
const FIRST_EPOCH_MS = 1e12;

/** Seconds from now, a time in seconds or milliseconds since 1970, or a date. Times count from the server's own clock, where it tells what that says. */
function untilReset(value: string, headers: HttpHeaders, nowMs: number): number | undefined {
  const sentAtMs = parseHttpDate(headers.get('date') ?? '', nowMs) ?? nowMs;
  const number = /^\d{1,15}(?:\.\d{1,9})?$/.test(value) ? Number(value) : undefined;
  if (number !== undefined && number < FIRST_EPOCH_SECONDS) return Math.ceil(number * 1_000);
  const dueMs = number === undefined ? parseHttpDate(value, sentAtMs) : epochMs(number);
  return dueMs === undefined ? undefined : Math.max(0, Math.ceil(dueMs - sentAtMs));
}

function epochMs(number: number): number {
  return number < FIRST_EPOCH_MS ? number * 1_000 : number;
}

function longestOf(delays: readonly (number | undefined)[]): number | undefined {
  const known = delays.filter((delay) => delay !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}
