import type { HttpHeaders } from '@roundtripper/core';
import { isInnerList, parseDictionary, Token, type Dictionary } from 'structured-headers';

import { parseCacheControl, type CacheControl } from './cache-control.ts';

/** What a response says to this cache, and where. */
export interface ResponseControl {
  readonly control: CacheControl;
  /** It comes from a targeted field, beside which `Cache-Control` and `Expires` do not count (RFC 9213 §2.2). */
  readonly isTargeted: boolean;
}

/**
 * RFC 9213 §2.2: the first of the fields in `targets` that is there, not empty and valid; else `Cache-Control`.
 * @param targets Field names, the closest first.
 */
export function responseControl(headers: HttpHeaders, targets: readonly string[]): ResponseControl {
  for (const name of targets) {
    const text = headers.get(name);
    const control = text === null ? undefined : parseTargeted(text);
    if (control !== undefined) return { control, isTargeted: true };
  }
  return { control: parseCacheControl(headers), isTargeted: false };
}

/** §2.1: a dictionary (RFC 9651), parameters ignored; one that is empty, or none, is as if it were absent. */
function parseTargeted(text: string): CacheControl | undefined {
  const members = dictionaryOf(text);
  if (members === undefined || members.size === 0) return undefined;
  const directives = new Map<string, readonly (string | undefined)[]>();
  for (const [name, member] of members) {
    const argument = isInnerList(member) ? { kind: 'given' as const, text: '()' } : argumentOf(member[0]);
    if (argument.kind === 'given') directives.set(name, [argument.text]);
  }
  return { isMalformed: false, directives };
}

function dictionaryOf(text: string): Dictionary | undefined {
  try {
    return parseDictionary(text);
  } catch {
    // §2.1: a field that cannot be parsed is to be ignored.
    return undefined;
  }
}

type Argument = { readonly kind: 'given'; readonly text: string | undefined } | { readonly kind: 'denied' };

/** The argument as `Cache-Control` would have it. One of a type that no directive takes becomes text that none can read. */
function argumentOf(value: unknown): Argument {
  if (value === false) return { kind: 'denied' };
  if (value === true) return { kind: 'given', text: undefined };
  if (typeof value === 'number') return { kind: 'given', text: String(value) };
  if (value instanceof Token) return { kind: 'given', text: value.toString() };
  // A number of seconds is an Integer and not a String.
  if (typeof value === 'string') return { kind: 'given', text: /^\d*$/.test(value) ? `"${value}"` : value };
  return { kind: 'given', text: '()' };
}
