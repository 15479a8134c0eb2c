import type { HttpHeaders } from '@roundtripper/core';

import type { CacheMode } from './cache-options.ts';
import type { SelectingField } from './stored-response.ts';

const FIELD_NAME = /^[!#$%&'*+\-.^_`|~\w]+$/;

/** A server that speaks to one user knows whom, and need not say `Vary`; a process that stores for "its" user may well speak for many. */
const CREDENTIALS: readonly string[] = ['authorization', 'cookie'];

/**
 * The request fields by which a response was selected (RFC 9111 §4.1); `undefined` where there is more to it than fields (`Vary: *`), or `Vary` cannot be read.
 */
export function selectingFields(request: HttpHeaders, response: HttpHeaders, mode: CacheMode): readonly SelectingField[] | undefined {
  const names = new Set(mode === 'private' ? CREDENTIALS : []);
  for (const element of (response.get('vary') ?? '').split(',')) {
    const name = element.trim().toLowerCase();
    if (name === '') continue;
    if (name === '*' || !FIELD_NAME.test(name)) return undefined;
    names.add(name);
  }
  return [...names].map((name) => [name, request.get(name)]);
}

/** Whether a request has the same selecting fields. Byte for byte: fewer hits than the standard allows, and none that is wrong. */
export function isSelected(selecting: readonly SelectingField[], request: HttpHeaders): boolean {
  return selecting.every(([name, value]) => request.get(name) === value);
}
