import { HttpRequest, HttpResponse, RoundTripError, type Sent } from '@roundtripper/core';
import { expect, test } from 'vitest';

import { invalidatedBy, invalidatedByFailure, mayChange, supersedes } from './invalidation.ts';
import type { DeleteTarget } from './store.ts';

const SELF = 'http://example.com/a/b?q';
const urlTarget = (url: string): DeleteTarget => ({ kind: 'url', url });
const post = new HttpRequest(`${SELF}#f`, { method: 'POST' });

test.for([
  ['GET', false],
  ['HEAD', false],
  ['OPTIONS', false],
  ['TRACE', false],
  ['QUERY', false],
  ['POST', true],
  ['PUT', true],
  ['DELETE', true],
  ['PATCH', true],
  ['FROBNICATE', true],
] as const)('%s may change something: %s', ([method, expected]) => expect(mayChange(new HttpRequest(SELF, { method }))).toBe(expected));

test.for([
  [199, false],
  [200, true],
  [204, true],
  [303, true],
  [304, true],
  [400, false],
  [404, false],
  [500, false],
] as const)('after %i the URI is invalid: %s', ([status, expected]) => {
  expect(invalidatedBy(post, new HttpResponse(null, { status }))).toEqual(expected ? [urlTarget(SELF)] : []);
});

test.for<[string, string | undefined]>([
  ['/c', 'http://example.com/c'],
  ['c?x#f', 'http://example.com/a/c?x'],
  ['//EXAMPLE.com:80/c', 'http://example.com/c'],
  ['http://user@example.com/c', 'http://example.com/c'],
  ['https://example.com/c', undefined],
  ['http://example.com:81/c', undefined],
  ['http://example.org/c', undefined],
  ['http://[', undefined],
  ['data:,x', undefined],
])('Location and Content-Location %s', ([reference, expected]) => {
  for (const name of ['location', 'content-location']) {
    const response = new HttpResponse(null, { status: 201, headers: { [name]: reference } });
    expect(invalidatedBy(post, response)).toEqual((expected === undefined ? [SELF] : [SELF, expected]).map(urlTarget));
  }
});

test.for<[Sent, boolean]>([
  ['nothing', false],
  ['partial', true],
  ['all', true],
])('no answer, and %s of it was sent: %s', ([sent, expected]) => {
  const error = new RoundTripError('lost', { code: 'connection-reset', phase: 'request', sent });
  expect(invalidatedByFailure(post, error)).toEqual(expected ? [urlTarget(SELF)] : []);
});

test('of another failure it is not known, and the URI is invalid', () =>
  expect(invalidatedByFailure(post, 'cancelled')).toEqual([urlTarget(SELF)]));

test.for<[string, number, boolean]>([
  ['GET', 200, true],
  ['GET', 302, true],
  ['GET', 404, true],
  ['GET', 410, true],
  ['GET', 403, false],
  ['GET', 429, false],
  ['GET', 503, false],
  ['HEAD', 200, false],
])('%s answered by %i makes what is stored out of date: %s', ([method, status, expected]) => {
  expect(supersedes(new HttpRequest(SELF, { method }), new HttpResponse(null, { status }))).toBe(expected);
});

test('RFC 9875 §3: the groups that the answer names are invalid too, of its origin', () => {
  const response = new HttpResponse(null, { status: 204, headers: { 'Cache-Group-Invalidation': '"a", "b";x' } });
  const origin = 'http://example.com';
  expect(invalidatedBy(post, response)).toEqual([
    urlTarget(SELF),
    { kind: 'group', origin, group: 'a' },
    { kind: 'group', origin, group: 'b' },
  ]);
  const failed = new HttpResponse(null, { status: 500, headers: { 'Cache-Group-Invalidation': '"a"' } });
  expect(invalidatedBy(post, failed)).toEqual([]);
});
