import { Context, HttpResponse, type HttpRequestInit } from '@roundtripper/core';
import { expect, test } from 'vitest';

import { gate, origin, setUp, told, type SetUp } from '../test/set-up.ts';
import { STORED_URL } from '../test/stored.ts';
import { cacheRequest, cacheStatus, type CacheRequest } from './index.ts';

const FRESH = { 'Cache-Control': 'max-age=60' };
const asked = (request: CacheRequest): HttpRequestInit => ({ context: Context.empty.with(cacheRequest, request) });
const url = (path: string): string => `http://example.com/${path}`;
const counting = (headers: Record<string, string> = FRESH): ReturnType<typeof origin> => {
  let count = 0;
  return origin(() => ({ headers, body: `${(count += 1)}` }));
};

test.for<[CacheRequest['mode'], string, string, string]>([
  ['default', '1', '2', '2'],
  ['no-store', '2', '3', '4'],
  ['reload', '2', '3', '3'],
  ['no-cache', '2', '3', '3'],
  ['force-cache', '1', '1', '2'],
])('a request in mode %s: fresh, stale, and what is stored then', async ([mode, fresh, stale, after]) => {
  const { clock, send } = setUp(counting());
  await (await send()).text();
  const first = await (await send(asked({ mode }))).text();
  await clock.advance(61_000);
  const second = await (await send(asked({ mode }))).text();
  expect([first, second, await (await send()).text()]).toEqual([fresh, stale, after]);
});

test('only-if-cached asks nobody, and says so', async () => {
  const next = counting();
  const { send } = setUp(next);
  const response = await send(asked({ mode: 'only-if-cached' }));
  expect([response.status, response.headers.get('cache-status'), next.requests.length]).toEqual([
    504,
    'roundtripper; detail=only-if-cached',
    0,
  ]);
});

test('a key of one’s own takes the place of the URL, and is no URL’s key', async () => {
  const next = counting();
  const { send, httpCache } = setUp(next);
  await (await send({ url: url('a?token=1'), ...asked({ key: 'a' }) })).text();
  expect(await (await send({ url: url('a?token=2'), ...asked({ key: 'a' }) })).text()).toBe('1');
  expect(await (await send({ url: url('a?token=1') })).text()).toBe('2');
  expect(await (await send({ url: url('b'), ...asked({ key: url('a?token=1') }) })).text()).toBe('3');
  expect([await httpCache.delete(url('a?token=1')), (await httpCache.stats()).entries]).toEqual([true, 1]);
});

test('tags of the cache and of the request are what invalidate({ tag }) finds', async () => {
  const { send, httpCache } = setUp(counting(), { tags: (request) => [request.url.pathname] });
  await (await send({ url: url('a'), ...asked({ tags: ['x', 'y'] }) })).text();
  await (await send({ url: url('b'), ...asked({ tags: ['y'] }) })).text();
  expect((await httpCache.inspect(url('a')))[0]?.tags).toEqual(['x', 'y', '/a']);
  expect([
    await httpCache.invalidate({ tag: '/a' }),
    await httpCache.invalidate({ tag: 'y' }),
    await httpCache.invalidate({ tag: 'y' }),
  ]).toEqual([1, 1, 0]);
});

test('RFC 9875: groups are invalidated together, by a server for its own origin alone', async () => {
  const next = origin(
    { headers: { ...FRESH, 'Cache-Groups': '"a", "b";x=1' }, body: '1' },
    { headers: { ...FRESH, 'Cache-Groups': '"b"' }, body: '2' },
    { headers: { ...FRESH, 'Cache-Groups': '"b"' }, body: '3' },
    { status: 204, headers: { 'Cache-Group-Invalidation': '"b"' } },
    { headers: FRESH, body: 'new' },
  );
  const { send, httpCache } = setUp(next);
  await (await send({ url: url('1') })).text();
  await (await send({ url: url('2') })).text();
  await (await send({ url: 'http://example.org/3' })).text();
  expect((await httpCache.inspect(url('1')))[0]?.groups).toEqual(['a', 'b']);
  await (await send({ url: url('other'), method: 'POST' })).dispose();
  expect((await httpCache.stats()).entries).toBe(1);
  expect([
    await httpCache.invalidate({ group: 'b', origin: 'http://example.com' }),
    await httpCache.invalidate({ group: 'b', origin: 'http://example.org/x' }),
  ]).toEqual([0, 1]);
});

test.for([['"a", b'], ['a'], ['"a'], ['("a")'], ['"a",']])('Cache-Groups: %s is no list of strings, and no group', async ([field = '']) => {
  const { send, httpCache } = setUp(counting({ ...FRESH, 'Cache-Groups': field }));
  await (await send()).text();
  expect((await httpCache.inspect(url('a')))[0]?.groups).toEqual([]);
});

test('a prefix takes what lies below it', async () => {
  const { send, httpCache } = setUp(counting());
  for (const path of ['a/1', 'a/2?q', 'b', 'ab']) await (await send({ url: url(path) })).text();
  expect(await httpCache.invalidate({ prefix: 'http://EXAMPLE.com/a/' })).toBe(2);
  expect(await httpCache.invalidate({ prefix: 'http://example.com' })).toBe(2);
});

test('what names nothing, or is no URL, is refused', async () => {
  const { httpCache } = setUp(counting());
  for (const wrong of [{}, undefined, null, 'tag', [], { tag: 1 }, { tags: ['a'] }, { group: 'a' }, { origin: 'http://example.com' }]) {
    await expect(Reflect.apply(Reflect.get(httpCache, 'invalidate'), undefined, [wrong])).rejects.toThrow(TypeError);
  }
  await expect(httpCache.invalidate({ group: 'a', origin: 'u:secret@' })).rejects.toThrow(
    /^invalid URL: expected an absolute one, http: or https:$/,
  );
  await expect(httpCache.inspect('x')).rejects.toThrow(TypeError);
});

test.for<object>([
  { tag: 't', prefix: url('a') },
  { tag: 't', group: 'g', origin: url('') },
  { tag: 't', origin: url('') },
  { prefix: url('a'), origin: url('') },
  { tag: 't', limit: 1 },
])('invalidate(%j) names more than one thing, and forgets nothing', async (what) => {
  const { send, httpCache } = setUp(counting({ ...FRESH, 'Cache-Groups': '"g"' }), { tags: () => ['t'] });
  await (await send({ url: url('a') })).text();
  await expect(Reflect.apply(Reflect.get(httpCache, 'invalidate'), undefined, [what])).rejects.toThrow(
    new TypeError('invalid invalidation: expected { group, origin }, { tag } or { prefix }'),
  );
  expect(await httpCache.stats()).toMatchObject({ entries: 1, invalidations: 0 });
});

test('what is undefined names nothing', async () => {
  const { send, httpCache } = setUp(counting(), { tags: () => ['t'] });
  await (await send({ url: url('a') })).text();
  const what = { tag: 't', prefix: undefined };
  expect(await Reflect.apply(Reflect.get(httpCache, 'invalidate'), undefined, [what])).toBe(1);
});

test('shouldStore keeps out what it says no to, and what it fails on', async () => {
  const next = counting();
  const { send, decisions, httpCache } = setUp(next, {
    shouldStore: (_request, response) => {
      if (response.headers.has('x')) throw new Error('no');
      return false;
    },
  });
  await (await send()).text();
  expect([decisions.at(-1), (await httpCache.stats()).entries]).toEqual(['not-stored should-not-be-stored', 0]);
});

test('every response tells what the cache did, also a next cache’s', async () => {
  const next = origin({ headers: { ...FRESH, 'Cache-Status': 'far; hit' }, body: 'x' }, { headers: { 'Cache-Control': 'no-store' } });
  const { clock, send } = setUp(next, { name: 'my cache' });
  const responses = [await send(), await send(), await send({ method: 'POST' }), await send(asked({ mode: 'no-store' }))];
  await responses[0]?.text();
  responses.push(await send());
  await clock.advance(1_500);
  responses.push(await send({ method: 'HEAD' }));
  expect(responses.map((response) => `${response.context.get(cacheStatus)}: ${response.headers.get('cache-status')}`)).toEqual([
    'miss: far; hit, "my cache"; fwd=uri-miss; stored',
    'hit: far; hit, "my cache"; hit; ttl=60',
    'bypass: "my cache"; fwd=method',
    'bypass: "my cache"; fwd=bypass',
    'miss: "my cache"; fwd=uri-miss',
    'miss: "my cache"; fwd=uri-miss',
  ]);
  expect(told(responses[1] ?? new HttpResponse())).toMatchObject({
    status: 'hit',
    reason: 'fresh',
    isCollapsed: false,
    isStored: true,
    ageMs: 0,
    ttlMs: 60_000,
  });
  await Promise.all(responses.map((response) => response.dispose()));
});

test.for<[string, string, string, boolean]>([
  ['params', 'q?a=1&b=2', 'q?b=3', true],
  ['params', 'q?a=1', 'r?a=1', false],
  ['params=("a")', 'q?a=1&b=2', 'q?b=2&a=7', true],
  ['params=("a")', 'q?a=1&b=2', 'q?a=1&b=3', false],
  ['params, except=("a")', 'q?a=1&b=2', 'q?b=7&a=1', true],
  ['params, except=("a")', 'q?a=1', 'q?a=2', false],
  ['key-order', 'q?a=1&b=2', 'q?b=2&a=1', true],
  ['key-order', 'q?a=1&a=2', 'q?a=2&a=1', false],
  ['params=("%C3%A9+x")', 'q?%c3%a9%20x=1', 'q', true],
  ['params=?0', 'q?a=1', 'q', false],
  ['params=("a"), except=("b")', 'q?a=1', 'q', false],
  ['params="a"', 'q?a=1', 'q', false],
  ['params=(a)', 'q?a=1', 'q', false],
  ['params=("a"', 'q?a=1', 'q', false],
  ['key-order=1, params', 'q?a=1', 'q', false],
])('No-Vary-Search: %s: what is stored for %s serves %s: %s', async ([field, one, other, expected]) => {
  const next = counting({ ...FRESH, 'No-Vary-Search': field });
  const { send, httpCache } = setUp(next);
  await (await send({ url: url(one) })).text();
  expect(await (await send({ url: url(other) })).text()).toBe(expected ? '1' : '2');
  expect(await (await send({ url: url(one) })).text()).toBe('1');
  expect([await httpCache.delete(url(other)), await (await send({ url: url(one) })).text()]).toEqual([true, expected ? '2' : '1']);
});

test.for([
  { fact: 'that may serve the URL, as is known of its path', field: 'params', isKnown: true, decision: 'not-stored invalidated' },
  { fact: 'that may serve the URL, as it is the first to say', field: 'params', isKnown: false, decision: 'not-stored invalidated' },
  { fact: 'that may not', field: 'params=?0', isKnown: false, decision: 'stored complete' },
])('No-Vary-Search: what is on its way to another URL $fact: $decision', async ({ field, isKnown, decision }) => {
  const open = gate();
  const headers = { ...FRESH, 'No-Vary-Search': field };
  const next = origin(async ({ url: { search } }) => {
    if (search === '?late') await open.opened;
    return { headers, body: search };
  });
  const { send, httpCache, decisions } = setUp(next);
  if (isKnown) await (await send({ url: url('q?first') })).text();
  const late = send({ url: url('q?late'), ...asked({ mode: 'reload' }) });
  await httpCache.delete(url('q?a'));
  open.open();
  expect(await (await late).text()).toBe('?late');
  expect(decisions.at(-1)).toBe(decision);
  expect(await (await send({ url: url('q?a') })).text()).toBe('?a');
});

test('No-Vary-Search: nobody joins what is on its way to another URL since the URL was invalidated that it may serve', async () => {
  const open = gate();
  let count = 0;
  const next = origin(async () => {
    count += 1;
    const body = `${count}`;
    if (count === 2) await open.opened;
    return { headers: { 'Cache-Control': `max-age=${count === 1 ? 0 : 60}`, 'ETag': '"x"', 'No-Vary-Search': 'params' }, body };
  });
  const { send, httpCache } = setUp(next);
  await (await send({ url: url('q?first') })).text();
  const early = send({ url: url('q?a') });
  await httpCache.delete(url('q?b'));
  const late = send({ url: url('q?a') });
  open.open();
  expect([await (await early).text(), await (await late).text()]).toEqual(['2', '3']);
});

test('RFC 9110 §9.3.3: what POST has answered serves GET, where it says that it would', async () => {
  const next = origin({ headers: { ...FRESH, 'Content-Location': '/a' }, body: 'posted' }, { headers: FRESH, body: 'got' });
  const { send } = setUp(next);
  await (await send({ method: 'POST', body: 'x' })).text();
  expect([await (await send()).text(), next.requests.length]).toEqual(['posted', 1]);
  await (await send({ method: 'POST', body: 'x' })).text();
  expect([await (await send()).text(), next.requests.length]).toEqual(['got', 3]);
});

test('RFC 9110 §9.3.3: what POST has answered is not stored where its URL was invalidated while it was on its way', async () => {
  const invalidations: readonly ((set: SetUp) => Promise<unknown>)[] = [
    ({ httpCache }) => httpCache.delete(STORED_URL),
    ({ httpCache }) => httpCache.clear(),
    async ({ send }) => (await send({ method: 'PUT', body: 'y' })).dispose(),
  ];
  for (const invalidate of invalidations) {
    const open = gate();
    const next = origin(async ({ method }) => {
      if (method === 'POST') await open.opened;
      return { headers: { ...FRESH, 'Content-Location': '/a' }, body: method };
    });
    const set = setUp(next);
    const posted = set.send({ method: 'POST', body: 'x' });
    await invalidate(set);
    open.open();
    expect(await (await posted).text()).toBe('POST');
    expect(set.decisions.at(-1)).toBe('not-stored invalidated');
    expect(await (await set.send()).text()).toBe('GET');
  }
});
