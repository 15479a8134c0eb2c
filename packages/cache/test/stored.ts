import { HttpHeaders, type HttpHeadersInit } from '@roundtripper/core';

import { responseFields } from '../src/response-fields.ts';
import type { Rules } from '../src/rules.ts';
import { derive, type StoredFields, type StoredPolicy, type StoredResponse } from '../src/stored-response.ts';
import { variantOf } from '../src/vary.ts';

export const STORED_URL = 'http://example.com/a';
/** When it came, on both clocks: this, and 0. */
export const STORED_AT: number = Date.UTC(2026, 0, 1);

export const PRIVATE: Rules = { mode: 'private', targets: [], heuristicFraction: 0.1, maxHeuristicMs: 86_400_000 };
export const SHARED: Rules = { ...PRIVATE, mode: 'shared' };

/** What may differ of {@link stored}. */
export interface StoredChanges extends Partial<Omit<StoredFields, 'headers' | 'policy'>> {
  readonly fields?: HttpHeadersInit;
  readonly policy?: Partial<StoredPolicy>;
  readonly bodyBytes?: number;
}

let count = 0;

/** A stored response of 10 bytes, fresh for a minute. */
export function stored({ fields = {}, policy = {}, bodyBytes = 10, ...changes }: StoredChanges = {}): StoredResponse {
  count += 1;
  const headers = new HttpHeaders(fields);
  const { url = STORED_URL, receivedAtMs = STORED_AT, selecting = [], part } = changes;
  return {
    id: `stored-${count}`,
    key: `private ${url}`,
    variant: variantOf(selecting, part),
    status: part === undefined ? 200 : 206,
    statusText: 'OK',
    proto: 'HTTP/1.1',
    receivedMonotonicMs: 0,
    initialAgeMs: 0,
    tags: [],
    isInvalidated: false,
    ...changes,
    ...derive({ url, fields: responseFields(headers), receivedAtMs }),
    url,
    receivedAtMs,
    selecting,
    part,
    headers,
    bodyBytes,
    policy: {
      lifetimeMs: 60_000,
      source: 'max-age',
      isAlwaysValidated: false,
      mustRevalidate: false,
      isImmutable: false,
      staleWhileRevalidateMs: 0,
      staleIfErrorMs: 0,
      ...policy,
    },
  };
}
