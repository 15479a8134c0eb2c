import { Context, RoundTripError, type HttpRequestInit } from '@roundtripper/core';
import { expect, test } from 'vitest';

import { gate, origin, setUp, told, type Scripted } from '../test/set-up.ts';
import { cacheRequest } from './index.ts';

const ETAG = { ETag: '"a"' };
const NOT_MODIFIED: Scripted = { status: 304, headers: ETAG };
const AWAY: Scripted = { error: new RoundTripError('away', { code: 'dial-failed', phase: 'connect', sent: 'nothing' }) };
const control = (value: string): HttpRequestInit => ({ headers: { 'Cache-Control': value } });
const forced: HttpRequestInit = { context: Context.empty.with(cacheRequest, { mode: 'force-cache' }) };

test.for<[string, number, Scripted, HttpRequestInit, readonly string[]]>([
  ['what is fresh', 0, {}, {}, ['hit fresh']],
  ['what is stale, and asked for all the same', 90, {}, control('max-stale'), ['stale stale-as-requested']],
  ['what is stale, and forced', 90, {}, forced, ['stale forced']],
  ['what is fresh, and forced', 0, {}, forced, ['hit forced']],
  ['what is stale, and holds', 90, NOT_MODIFIED, {}, ['miss stale', 'revalidated stale']],
  [
    'what is fresh, was to be validated, and holds',
    0,
    NOT_MODIFIED,
    control('no-cache'),
    ['miss request-no-cache', 'revalidated request-no-cache'],
  ],
  ['what is stale, while the server is away', 90, AWAY, control('stale-if-error=99'), ['miss stale', 'stale stale-if-error']],
  ['what is stale, while the server fails', 90, { status: 503 }, control('stale-if-error=99'), ['miss stale', 'stale stale-if-error']],
])('the trace says of %s what was done with it, and why', async ([, ageSeconds, answer, init, expected]) => {
  const next = origin({ headers: { ...ETAG, 'Cache-Control': 'max-age=60' }, body: 'x' }, answer);
  const { clock, send, decisions } = setUp(next);
  await (await send()).text();
  await clock.advance(ageSeconds * 1_000);
  decisions.length = 0;
  const response = await send(init);
  expect(decisions).toEqual(expected);
  expect(`${told(response)?.status} ${told(response)?.reason}`).toBe(expected.at(-1));
  expect(await response.text()).toBe('x');
});

test('the trace says of what is served while it is revalidated that it is stale, and then what became of it', async () => {
  const next = origin({ headers: { ...ETAG, 'Cache-Control': 'max-age=1, stale-while-revalidate=60' }, body: 'x' }, NOT_MODIFIED);
  const { clock, send, decisions, httpCache } = setUp(next);
  await (await send()).text();
  await clock.advance(2_000);
  decisions.length = 0;
  await (await send()).text();
  await httpCache.close();
  expect(decisions).toEqual(['stale stale-while-revalidate', 'miss stale', 'revalidated stale']);
  expect(await httpCache.stats()).toMatchObject({ hits: 0, staleHits: 1, revalidations: 1, misses: 1 });
});

test('the trace says of who got the answer to another that he did', async () => {
  const head = gate();
  const next = origin(async () => {
    await head.opened;
    return { headers: { 'Cache-Control': 'max-age=60' }, body: 'x' };
  });
  const { send, decisions } = setUp(next);
  const both = [send(), send()];
  head.open();
  expect(await Promise.all(both.map(async (response) => (await response).text()))).toEqual(['x', 'x']);
  expect(decisions).toEqual(['miss nothing-stored', 'miss nothing-stored', 'hit collapsed', 'stored complete']);
});
