import { HttpHeaders, HttpRequest, HttpResponse } from '@roundtripper/core';
import * as fc from 'fast-check';
import CachePolicy from 'http-cache-semantics';
import { expect, test } from 'vitest';

import { PRIVATE, SHARED, STORED_AT, STORED_URL } from '../test/stored.ts';
import { plan } from './plan.ts';
import { viewOf } from './request-view.ts';
import { derive } from './stored-response.ts';
import { mayStore } from './storing.ts';
import { variantOf } from './vary.ts';

/**
 * The rules of http-cache-semantics as an oracle, where it keeps to RFC 9111. Left out is what it is known to do otherwise: must-revalidate while fresh, letter case, Date in the age, values that are
 * no numbers, quoted lists, proxy-revalidate, immutable, errors with a lifetime.
 */
class Oracle extends CachePolicy {
  nowMs = STORED_AT;

  now(): number {
    return this.nowMs ?? STORED_AT;
  }
}

const at = (seconds: number): string => new Date(STORED_AT + seconds * 1_000).toUTCString();
const directive = fc.constantFrom('public', 'private', 'no-store', 'no-cache', 'max-age=60', 'max-age=0', 's-maxage=90', 'foo', 'bar="x"');
const response = fc.record({
  status: fc.constantFrom(200, 203, 204, 301, 302, 404, 410, 501),
  control: fc.uniqueArray(directive, { maxLength: 3 }),
  expires: fc.option(fc.constantFrom(at(45), at(-5), '0'), { nil: undefined }),
  lastModified: fc.option(fc.constant(at(-600)), { nil: undefined }),
  age: fc.option(fc.constantFrom('0', '30'), { nil: undefined }),
  etag: fc.option(fc.constant('"a"'), { nil: undefined }),
});
const request = fc.record({
  control: fc.constantFrom('', 'no-cache', 'max-age=20', 'max-age=100', 'min-fresh=20', 'max-stale=1000'),
  afterSeconds: fc.constantFrom(1, 25, 50, 75, 100),
});

test.for(['private', 'shared'] as const)('a %s cache serves without asking what http-cache-semantics would serve', (mode) => {
  fc.assert(
    fc.property(response, request, ({ status, control, expires, lastModified, age, etag }, { control: wanted, afterSeconds }) => {
      // Two lifetimes that contradict each other: it believes the last, we none.
      fc.pre(control.filter((one) => one.startsWith('max-age')).length < 2);
      const isExplicit = control.includes('max-age=60') || (!control.includes('max-age=0') && expires === at(45));
      // What nobody could use is not stored here, and it does not guess for every status that is called public (RFC 9111 §4.2.2).
      // It serves what says no-cache, or s-maxage, stale to who allows it: §4.2.4 forbids that.
      fc.pre(!wanted.startsWith('max-stale') || (!control.includes('no-cache') && !control.includes('s-maxage=90')));
      fc.pre(isExplicit || (!wanted.startsWith('max-stale') && !control.includes('public')));
      const fields = Object.fromEntries(
        Object.entries({ 'date': at(0), 'cache-control': control.join(', '), expires, 'last-modified': lastModified, age, etag }).filter(
          (entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== '',
        ),
      );
      const asked = wanted === '' ? {} : { 'cache-control': wanted };
      const oracle = new Oracle(
        { url: STORED_URL, method: 'GET', headers: {} },
        { status, headers: fields },
        { shared: mode === 'shared' },
      );
      oracle.nowMs = STORED_AT + afterSeconds * 1_000;
      const expected = oracle.storable() && oracle.satisfiesWithoutRevalidation({ url: STORED_URL, method: 'GET', headers: asked });
      expect(serves({ status, fields, asked, afterSeconds, mode })).toBe(expected);
    }),
    { numRuns: 2_000 },
  );
});

interface Case {
  readonly status: number;
  readonly fields: Record<string, string>;
  readonly asked: Record<string, string>;
  readonly afterSeconds: number;
  readonly mode: 'private' | 'shared';
}

function serves({ status, fields, asked, afterSeconds, mode }: Case): boolean {
  const moment = { wallMs: STORED_AT, monotonicMs: 0 };
  const received = {
    request: new HttpRequest(STORED_URL),
    response: new HttpResponse(null, { status, headers: fields }),
    requestedAtMs: 0,
    receivedAt: moment,
  };
  const decision = mayStore(received, mode === 'private' ? PRIVATE : SHARED);
  if (decision.kind === 'refuse') return false;
  const { fields: stored, selecting, part, initialAgeMs, policy } = decision;
  const place = {
    id: '1',
    key: STORED_URL,
    url: STORED_URL,
    receivedAtMs: STORED_AT,
    receivedMonotonicMs: 0,
    tags: [],
    isInvalidated: false,
  };
  const message = { status, statusText: '', proto: 'HTTP/1.1', headers: stored.storable, bodyBytes: 0 };
  const one = {
    ...derive({ url: STORED_URL, fields: stored, receivedAtMs: STORED_AT }),
    ...place,
    ...message,
    variant: variantOf(selecting, part),
    selecting,
    part,
    initialAgeMs,
    policy,
  };
  const later = { wallMs: STORED_AT + afterSeconds * 1_000, monotonicMs: afterSeconds * 1_000 };
  return plan(viewOf(new HttpRequest(STORED_URL, { headers: new HttpHeaders(asked) })), [one], later).kind === 'serve';
}
