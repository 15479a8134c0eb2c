import { expect, test } from 'vitest';

import { origin, setUp } from '../test/set-up.ts';
import { stored, STORED_AT, STORED_URL } from '../test/stored.ts';
import { inspected } from './inspect.ts';

const after = (ms: number): { wallMs: number; monotonicMs: number } => ({ wallMs: STORED_AT + ms, monotonicMs: ms });

test('says what is stored, how fresh it is, and why', async () => {
  const headers = {
    'Cache-Control': 'max-age=10, stale-while-revalidate=10, stale-if-error=30, immutable',
    'ETag': '"a"',
    'Last-Modified': 'Wed, 31 Dec 2025 00:00:00 GMT',
    'Vary': 'Accept, Accept-Language, X-Api-Key',
    'Age': '2',
    'Cache-Groups': '"g"',
  };
  const { clock, send, httpCache } = setUp(origin({ headers, body: 'body' }), { tags: () => ['t'] });
  const beganMs = clock.nowMs();
  await (await send({ headers: { 'Accept': 'Text/HTML', 'X-Api-Key': 'secret', 'Authorization': 'Basic secret' } })).text();
  await clock.advance(3_000);
  expect(await httpCache.inspect(STORED_URL)).toEqual([
    {
      url: STORED_URL,
      status: 200,
      bodyBytes: 4,
      part: undefined,
      selectedBy: [
        { name: 'accept', value: 'text/html' },
        { name: 'accept-language', value: null },
        { name: 'authorization', value: undefined },
        { name: 'x-api-key', value: undefined },
      ],
      state: 'fresh',
      receivedAtMs: beganMs,
      dateMs: beganMs,
      ageMs: 5_000,
      lifetimeMs: 10_000,
      source: 'max-age',
      ttlMs: 5_000,
      staleWhileRevalidateMs: 10_000,
      staleIfErrorMs: 30_000,
      mustRevalidate: false,
      isImmutable: true,
      etag: '"a"',
      lastModified: 'Wed, 31 Dec 2025 00:00:00 GMT',
      groups: ['g'],
      tags: ['t'],
    },
  ]);
});

test('tells variants, and parts, apart', async () => {
  const next = origin(
    { headers: { 'Cache-Control': 'max-age=60', 'Vary': 'Accept-Language' }, body: 'en' },
    { headers: { 'Cache-Control': 'max-age=60', 'Vary': 'Accept-Language' }, body: 'de' },
    { status: 206, headers: { 'Cache-Control': 'max-age=60', 'Vary': 'Accept-Language', 'Content-Range': 'bytes 2-4/9' }, body: '234' },
  );
  const { send, httpCache } = setUp(next);
  for (const language of ['en', 'de']) await (await send({ headers: { 'Accept-Language': language } })).text();
  await (await send({ headers: { 'Accept-Language': 'fr', 'Range': 'bytes=2-4' } })).text();
  const found = await httpCache.inspect(STORED_URL);
  expect(found.map(({ selectedBy, part }) => [selectedBy[0]?.value, part])).toEqual([
    ['en', undefined],
    ['de', undefined],
    ['fr', { start: 2, total: 9 }],
  ]);
});

test.for<[string, number, Parameters<typeof stored>[0], string]>([
  ['before its end', 59_999, {}, 'fresh'],
  ['at its end', 60_000, {}, 'stale'],
  ['at its end, with a window', 60_000, { policy: { staleWhileRevalidateMs: 1 } }, 'stale-while-revalidate'],
  ['at the end of the window', 70_000, { policy: { staleWhileRevalidateMs: 10_000 } }, 'stale-while-revalidate'],
  ['after the window', 70_001, { policy: { staleWhileRevalidateMs: 10_000 } }, 'stale'],
  [
    'after one window, and within the other',
    70_001,
    { policy: { staleWhileRevalidateMs: 10_000, staleIfErrorMs: 20_000 } },
    'stale-if-error',
  ],
  ['where it must not be served stale', 60_000, { policy: { staleWhileRevalidateMs: 10_000, mustRevalidate: true } }, 'stale'],
  ['where it is always validated', 0, { policy: { isAlwaysValidated: true } }, 'always-validated'],
  ['where it was made stale', 0, { isInvalidated: true, policy: { isAlwaysValidated: true } }, 'invalidated'],
])('the state of a response that is fresh for a minute, %s', ([, ms, changes, expected]) => {
  const found = inspected(stored(changes), after(ms));
  expect([found.state, found.ttlMs]).toEqual([expected, 60_000 - ms]);
});

test.for(['accept', 'accept-language', 'origin', 'sec-ch-ua-mobile', 'sec-fetch-site', 'user-agent'])('shows what %s was', (name) => {
  expect(inspected(stored({ selecting: [[name, 'x']] }), after(0)).selectedBy).toEqual([{ name, value: 'x' }]);
});

test.for(['authorization', 'cookie', 'x-api-key', 'accept-x-token-1', 'x-accept', 'referer'])('does not show what %s was', (name) => {
  expect(inspected(stored({ selecting: [[name, 'x']] }), after(0)).selectedBy).toEqual([{ name, value: undefined }]);
  expect(inspected(stored({ selecting: [[name, null]] }), after(0)).selectedBy).toEqual([{ name, value: null }]);
});
