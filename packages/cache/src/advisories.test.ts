import { Context, HttpHeaders, HttpRequest } from '@roundtripper/core';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { origin, setUp } from '../test/set-up.ts';
import { parseCacheControl, qualified } from './cache-control.ts';
import { CacheKeys } from './cache-key.ts';
import { parseCacheDate } from './http-date.ts';
import { cacheRequest } from './index.ts';
import { parseTags } from './preconditions.ts';
import { hashOf } from './text-hash.ts';
import { uriOf } from './uri.ts';
import { normalised } from './vary.ts';

const FRESH = { 'Cache-Control': 'max-age=60' };

test('CVE-2022-25881: a hundred thousand of anything is read in linear time', () => {
  const parsers: ((text: string) => unknown)[] = [
    (text) => qualified(parseCacheControl(new HttpHeaders({ 'cache-control': text })), 'private'),
    (text) => parseCacheDate(text, 0),
    (text) => parseTags(text),
    (text) => normalised('accept-language', text),
    (text) => normalised('x', text),
  ];
  const repeated = [';', ',', ' ', '=', '"', '\\', '(', 'a', 'W/"', '"a" ', 'a=', 'private="'].map((one) => one.repeat(100_000));
  const spaces = ' '.repeat(100_000);
  const between = [
    `a,${spaces}(`,
    `a${spaces}(`,
    `a=b${spaces}(`,
    `a${spaces};${spaces}q=1`,
    `a;q=0.${'0'.repeat(100_000)}1`,
    `a;q=1.${'0'.repeat(100_000)}x`,
  ];
  for (const text of [...repeated, ...between]) {
    const begin = process.cpuUsage();
    for (const parse of parsers) parse(text);
    const { user, system } = process.cpuUsage(begin);
    expect(user + system, JSON.stringify(text.slice(0, 9))).toBeLessThan(2_000_000);
  }
});

test.for(
  ['', 'private=""', 'private=","', 'private, private="x"', 'no-cache ="authorization"', 'private=" authorization"', 'PRIVATE'].map(
    (text) => [text] as const,
  ),
)(
  'CVE-2026-84933, CVE-2026-13697, CVE-2026-14643, CVE-2026-9678: asked for with Authorization, %j keeps a response out of a shared cache',
  async ([text]) => {
    const next = origin((request) => ({
      headers: { 'Cache-Control': `max-age=60, ${text}` },
      body: `for ${request.headers.get('authorization')}`,
    }));
    const { send, httpCache } = setUp(next, { mode: 'shared' });
    await (await send({ headers: { Authorization: 'a' } })).text();
    expect(await (await send({ headers: { Authorization: 'b' } })).text()).toBe('for b');
    expect(await (await send()).text()).toBe('for null');
    expect((await httpCache.stats()).collapsed).toBe(0);
  },
);

test('CVE-2026-84933: Set-Cookie is replayed to nobody by a shared cache, whatever else is said, and not to who waits either', async () => {
  let count = 0;
  const next = origin(() => ({ headers: { 'Cache-Control': 'public, max-age=60', 'Set-Cookie': `id=${(count += 1)}` }, body: 'x' }));
  const { send } = setUp(next, { mode: 'shared' });
  const responses = await Promise.all([send(), send(), send()]);
  await Promise.all(responses.map((response) => response.text()));
  const last = await send();
  await last.text();
  const cookies = [...responses, last].map((response) => response.headers.get('set-cookie'));
  expect(new Set(cookies)).toEqual(new Set(['id=1', 'id=2', 'id=3', 'id=4']));
});

test('a cookie that the server itself calls private is left out, and the rest shared', async () => {
  const next = origin({ headers: { 'Cache-Control': 'max-age=60, private="set-cookie"', 'Set-Cookie': 'id=1' }, body: 'x' });
  const { send } = setUp(next, { mode: 'shared' });
  await (await send()).text();
  const hit = await send();
  expect([await hit.text(), hit.headers.get('set-cookie'), next.requests.length]).toEqual(['x', null, 1]);
});

test('a 304 brings no cookie into a shared cache: those it sets are for who asked, and neither for who waited with it nor for who comes later', async () => {
  const headers = new HttpHeaders({ 'ETag': '"a"', 'Cache-Control': 'max-age=60', 'Set-Cookie': ['id=1', 'theme=dark'] });
  const next = origin({ headers: { 'Cache-Control': 'max-age=0', 'ETag': '"a"' }, body: 'x' }, { status: 304, headers });
  const { send } = setUp(next, { mode: 'shared' });
  await (await send()).text();
  const [asker, waiter] = await Promise.all([send(), send()]);
  const later = await send();
  const cookies = [asker, waiter, later].map((response) => response.headers.getSetCookie());
  expect(cookies).toEqual([['id=1', 'theme=dark'], [], []]);
  expect(await Promise.all([asker, waiter, later].map((response) => response.text()))).toEqual(['x', 'x', 'x']);
  expect(next.requests.length).toBe(2);
});

test('CVE-2026-85152: two requests have the same key exactly when method and URL are the same', () => {
  const keys = new CacheKeys('private');
  const word = fc.string({
    unit: fc.constantFrom('a', 'b', ' ', '/', '?', '#', ':', '@', '%', '.', '\n', '"', 'QUERY', 'key', 'http://'),
    maxLength: 5,
  });
  const asked = fc.record({
    host: fc.constantFrom('example.com', 'example.org', 'example.com:81'),
    path: word,
    body: fc.option(word, { nil: undefined }),
    key: fc.option(word, { nil: undefined }),
  });
  const keyOf = ({
    host,
    path,
    body,
    key,
  }: {
    host: string;
    path: string;
    body: string | undefined;
    key: string | undefined;
  }): readonly [string, string] => {
    const context = Context.empty.with(cacheRequest, { key });
    const request = new HttpRequest(`http://${host}/${path}`, body === undefined ? { context } : { method: 'QUERY', body, context });
    const meant =
      key === undefined ? JSON.stringify([request.method, request.target.origin.key, request.target.path, body]) : JSON.stringify([key]);
    const place = keys.placeOf(request, { key });
    // What was hashed last is remembered.
    hashOf('');
    expect([place.hash, place.url]).toEqual([hashOf(place.key), uriOf(request.target)]);
    return [place.key, meant];
  };
  fc.assert(
    fc.property(asked, asked, (one, other) => {
      const [key, meant] = keyOf(one);
      const [otherKey, otherMeant] = keyOf(other);
      expect(key === otherKey).toBe(meant === otherMeant);
    }),
    { numRuns: 2_000 },
  );
});

test('CVE-2026-85152: the same path of two origins, and the same URL in two modes, are two entries', async () => {
  const next = origin((request) => ({ headers: FRESH, body: request.target.origin.key }));
  const { send } = setUp(next);
  await (await send({ url: 'http://example.com/a' })).text();
  expect(await (await send({ url: 'https://example.com/a' })).text()).toBe('https://example.com');
  expect(new CacheKeys('private').keyOf('http://x/')).not.toBe(new CacheKeys('shared').keyOf('http://x/'));
});

test('CVE-2024-9681: a host is the same with another case, its own port, or in punycode, and not with a dot', async () => {
  const next = origin({ headers: FRESH, body: 'x' });
  const { send } = setUp(next);
  for (const url of ['http://bücher.example/', 'http://BÜCHER.example:80/', 'http://xn--bcher-kva.EXAMPLE/']) {
    await (await send({ url })).text();
  }
  expect(next.requests.length).toBe(1);
  await (await send({ url: 'http://bücher.example./' })).text();
  expect(next.requests.length).toBe(2);
});

test('what is unkeyed poisons nobody: a Host of one’s own passes by the cache', async () => {
  const next = origin((request) => ({ headers: FRESH, body: `for ${request.host ?? request.headers.get('host') ?? '-'}` }));
  const { send } = setUp(next);
  expect(await (await send({ host: 'evil.example' })).text()).toBe('for evil.example');
  expect(await (await send()).text()).toBe('for -');
  expect(await (await send({ headers: { Host: 'evil.example' } })).text()).toBe('for evil.example');
  expect(await (await send()).text()).toBe('for -');
});

test('no directive, whatever it is, makes anything throw or anybody else’s response appear', async () => {
  const directive = fc.oneof(
    fc.constantFrom(
      'public',
      'private',
      'no-store',
      'no-cache',
      'max-age=60',
      's-maxage=60',
      'must-revalidate',
      'private=""',
      'no-cache="x"',
      'max-age="',
      '=',
      '"',
      ',',
    ),
    fc.string({ unit: fc.constantFrom('a', '=', '"', '\\', ',', ' ', '-', '1', ';'), maxLength: 6 }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(directive, { maxLength: 4 }), fc.constantFrom('private', 'shared'), async (directives, mode) => {
      const text = directives.join(', ');
      const next = origin((request) => ({ headers: { 'Cache-Control': text.trim() }, body: request.headers.get('authorization') ?? '-' }));
      const { send } = setUp(next, { mode });
      await (await send({ headers: { Authorization: 'alice' } })).text();
      const { directives: said, isMalformed } = parseCacheControl(new HttpHeaders({ 'cache-control': text.trim() }));
      const isShared = mode === 'shared' && !isMalformed && ['public', 's-maxage', 'must-revalidate'].some((name) => said.has(name));
      if (!isShared) expect(await (await send({ headers: { Authorization: 'bob' } })).text()).toBe('bob');
    }),
  );
});
