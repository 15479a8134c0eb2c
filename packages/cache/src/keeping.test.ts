import { HttpResponse, IncomingBody, roundTripper } from '@roundtripper/core';
import { expect, test } from 'vitest';

import { gate, never, origin, ScriptedBody, setUp, told } from '../test/set-up.ts';
import { STORED_URL } from '../test/stored.ts';
import { memoryStore } from './memory-store.ts';
import type { CacheStore } from './store.ts';

const FRESH = { 'Cache-Control': 'max-age=60' };

/** A store without `put`: what is all there goes the way of what comes bit by bit. */
function withoutPut(store: CacheStore): CacheStore {
  return {
    lookup: (key) => store.lookup(key),
    read: (stored, range) => store.read(stored, range),
    create: (entry) => store.create(entry),
    update: (stored, head) => store.update(stored, head),
    delete: (target) => store.delete(target),
    clear: () => store.clear(),
    stats: () => store.stats(),
    touch: (stored) => store.touch?.(stored),
  };
}

async function seenThrough(store: CacheStore): Promise<unknown> {
  const next = origin(
    { headers: { ...FRESH, 'Connection': 'x-hop', 'X-Hop': 'a', 'X-Kept': 'b', 'Age': '1' }, body: 'one' },
    { headers: { ...FRESH, 'Content-Length': '5' }, body: 'four' },
    { headers: { ...FRESH, Vary: 'Accept' }, body: '' },
    { status: 204, headers: FRESH },
    { headers: FRESH, body: 'x'.repeat(100_000) },
    { headers: { 'Cache-Control': 'no-store' }, body: 'gone' },
  );
  const { clock, send, decisions, httpCache } = setUp(next, { store });
  const seen: unknown[] = [];
  for (const path of ['1', '2', '3', '4', '5', '6']) {
    const url = `https://example.com/${path}`;
    const first = await (await send({ url })).text();
    await clock.advance(10_000);
    const second = await send({ url });
    seen.push([first, told(second), [...second.headers.fields()], await second.text()]);
  }
  return { seen, decisions: decisions.toSorted(), ...(await httpCache.stats()), bytes: 0 };
}

test('what is stored at once is stored and told as what comes bit by bit', async () => {
  const atOnce = await seenThrough(memoryStore());
  expect(atOnce).toEqual(await seenThrough(withoutPut(memoryStore())));
  expect(atOnce).toMatchObject({ stores: 4, hits: 3 });
});

test('a response that is all there is stored before it is read, and also where nobody reads it', async () => {
  const next = origin({ headers: FRESH, body: 'body' });
  const { send, httpCache } = setUp(next);
  const first = await send();
  expect((await httpCache.stats()).entries).toBe(1);
  expect(await (await send()).text()).toBe('body');
  await first.dispose();
  expect([await (await send()).text(), next.requests.length]).toEqual(['body', 1]);
});

test('what its reader does to the bytes that he was given changes nothing for others', async () => {
  for (const length of [10, 50_000]) {
    const { send } = setUp(origin({ headers: FRESH, body: 'x'.repeat(length) }));
    for (let time = 0; time < 3; time++) {
      const bytes = await (await send()).bytes();
      expect(bytes.every((byte) => byte === 120)).toBe(true);
      bytes.fill(0);
    }
  }
});

test('a hit that nobody has read yet is what it was, although its place in the store was given to others', async () => {
  const body = (text: string): string => text.repeat(20_000 / text.length);
  const next = origin(...['a', 'b', 'c', 'd'].map((text) => ({ headers: FRESH, body: body(text) })));
  const { send } = setUp(next, { store: memoryStore({ maxBytes: 30_000 }) });
  const at = (path: string) => send({ url: `https://example.com/${path}` });
  await (await at('1')).text();
  const hit = await at('1');
  for (const path of ['2', '3', '4']) await (await at(path)).text();
  expect([told(hit)?.status, await hit.text()]).toEqual(['hit', body('a')]);
});

test('who waits for a response that the store has no room for gets it, and asks for nothing', async () => {
  const answer = gate();
  const next = origin(async () => {
    await answer.opened;
    return { headers: FRESH, body: 'x'.repeat(2_000) };
  });
  const { send, decisions } = setUp(next, { store: memoryStore({ maxBytes: 2_500 }) });
  const requests = [send(), send(), send()];
  answer.open();
  const responses = await Promise.all(requests);
  const texts = await Promise.all(responses.map((response) => response.text()));
  expect([texts.map(({ length }) => length), next.requests.length]).toEqual([[2_000, 2_000, 2_000], 1]);
  expect(decisions).toContain('not-stored too-large');
});

test('who waits for what the store has no room for has bytes of its own, and not those that who asked gives back once they are read', async () => {
  const answer = gate();
  const next = roundTripper(async (request) => {
    await answer.opened;
    const body = new IncomingBody(undefined, undefined);
    body.push(Buffer.from('x'.repeat(2_000)));
    body.end();
    return new HttpResponse(body, { request, headers: FRESH });
  });
  const { send } = setUp(next, { store: memoryStore({ maxBytes: 2_500 }) });
  const requests = [send(), send()];
  answer.open();
  const [leader, follower] = await Promise.all(requests);
  await leader?.text();
  // Bodies that have come meanwhile, into the same memory.
  const others = Array.from({ length: 3 }, () => new IncomingBody(undefined, undefined));
  for (const other of others) other.push(Buffer.from('y'.repeat(2_000)));
  expect(await follower?.text()).toBe('x'.repeat(2_000));
});

test('what was invalidated while it was fetched is not stored, and nobody who waits gets it', async () => {
  const answers = [gate(), gate()];
  const next = origin(
    async () => {
      await answers[0]?.opened;
      return { headers: FRESH, body: 'old' };
    },
    { status: 200 },
    { headers: FRESH, body: 'new' },
  );
  const { send, httpCache } = setUp(next);
  const first = send();
  const second = send();
  await (await send({ method: 'PUT' })).text();
  answers[0]?.open();
  expect(await (await first).text()).toBe('old');
  expect(await (await second).text()).toBe('new');
  expect((await httpCache.stats()).entries).toBe(1);
  expect(await (await send()).text()).toBe('new');
});

test('one that came earlier, and whose body comes later, does not take the place of one that was all there', async () => {
  const slow = new ScriptedBody();
  const next = origin({ headers: FRESH, body: slow.stream }, { headers: FRESH, body: 'later' });
  const { send, decisions } = setUp(next, { coalesce: false });
  const early = await send();
  expect(await (await send()).text()).toBe('later');
  slow.push('earlier');
  slow.end();
  expect(await early.text()).toBe('earlier');
  expect(decisions).toContain('not-stored superseded');
  expect(await (await send()).text()).toBe('later');
});

test('a store whose put fails harms no request, and is told of', async () => {
  const store = memoryStore();
  store.put = () => {
    throw new Error('no');
  };
  const errors: unknown[] = [];
  const { send, decisions } = setUp(origin({ headers: FRESH, body: 'body' }), {
    store,
    onStoreError: (error, operation) => errors.push([operation, error]),
  });
  expect(await (await send()).text()).toBe('body');
  expect([errors, decisions]).toEqual([[['commit', new Error('no')]], ['miss nothing-stored', 'not-stored no-room']]);
});

test('an aborted signal ends nothing that was all there', async () => {
  const controller = new AbortController();
  const { send, httpCache } = setUp(origin({ headers: FRESH, body: 'body' }));
  const response = await send({ signal: controller.signal });
  controller.abort(new Error('too late'));
  expect([await response.text(), (await httpCache.stats()).entries]).toEqual(['body', 1]);
});

test('what is newer than what is stored, and is itself refused by the store, takes the old one with it', async () => {
  const inner = memoryStore();
  const noRoom = { kind: 'refused', reason: 'no-room' } as const;
  let refused = false;
  const store: CacheStore = {
    ...withoutPut(inner),
    put: (stored, bytes) => (refused ? undefined : inner.put?.(stored, bytes)) ?? noRoom,
  };
  const { send, httpCache } = setUp(origin({ headers: FRESH, body: 'old' }, { headers: FRESH, body: 'new' }), { store });
  await (await send()).text();
  refused = true;
  await (await send({ headers: { 'Cache-Control': 'no-cache' } })).text();
  expect([(await httpCache.stats()).entries, await (await send()).text()]).toEqual([0, 'new']);
});

test('who shares what could not be stored is told that it is not', async () => {
  const answer = gate();
  const next = origin(async () => {
    await answer.opened;
    return { headers: FRESH, body: 'x'.repeat(2_000) };
  });
  const { send } = setUp(next, { store: memoryStore({ maxBytes: 2_500 }) });
  const requests = [send(), send()];
  answer.open();
  const responses = await Promise.all(requests);
  expect(responses.map((response) => told(response)?.isStored)).toEqual([false, false]);
  await Promise.all(responses.map((response) => response.text()));
});

test.for<[string, () => unknown]>([
  ['nothing', () => undefined],
  ['a promise', () => Promise.resolve({ kind: 'stored' })],
  ['a promise that fails', () => Promise.reject(new Error('late'))],
  ['something else', () => ({ kind: 'maybe' })],
])('a store whose put answers with %s is told of, and what it may have stored goes', async ([, answer]) => {
  const inner = memoryStore();
  const store = withoutPut(inner);
  Reflect.set(store, 'put', (...given: Parameters<NonNullable<CacheStore['put']>>) => {
    inner.put?.(...given);
    return answer();
  });
  const errors: unknown[] = [];
  const { send, decisions, httpCache } = setUp(origin({ headers: FRESH, body: 'body' }), {
    store,
    onStoreError: (error, operation) => errors.push([operation, error instanceof TypeError]),
  });
  expect(await (await send()).text()).toBe('body');
  expect([errors, decisions.at(-1), (await httpCache.stats()).entries]).toEqual([[['commit', true]], 'not-stored no-room', 0]);
});

test('a store that reads back what is no body has nothing', async () => {
  for (const body of [null, {}, 5]) {
    const store = memoryStore();
    Reflect.set(store, 'read', () => body);
    const next = origin({ headers: FRESH, body: 'body' });
    const { send, httpCache } = setUp(next, { store });
    for (let time = 0; time < 2; time++) expect(await (await send()).text()).toBe('body');
    expect([next.requests.length, (await httpCache.stats()).storeErrors]).toEqual([2, 1]);
  }
});

test('a request that is cancelled while the store is asked gets no answer from it', async () => {
  const inner = memoryStore();
  const store: CacheStore = { ...withoutPut(inner), lookup: async (key) => inner.lookup(key) };
  const { send } = setUp(origin({ headers: FRESH, body: 'body' }, never), { store });
  await (await send()).text();
  for (const path of ['', '?cold']) {
    const controller = new AbortController();
    const sent = send({ url: `http://example.com/a${path}`, signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(sent).rejects.toThrow('enough');
  }
});

test('a whole that comes in place of the rest of a part, and was asked for before the part was invalidated, is not stored', async () => {
  const rest = gate();
  const part = { status: 206, headers: { ...FRESH, 'ETag': '"a"', 'Content-Range': 'bytes 0-3/8' }, body: 'abcd' };
  const next = origin(
    part,
    async () => {
      await rest.opened;
      return { headers: FRESH, body: 'old' };
    },
    { status: 200 },
    { headers: FRESH, body: 'new' },
  );
  const { send } = setUp(next);
  await (await send({ headers: { Range: 'bytes=0-3' } })).text();
  const first = send();
  await (await send({ method: 'PUT' })).text();
  rest.open();
  expect([await (await first).text(), next.requests[1]?.headers.get('range')]).toEqual(['old', 'bytes=4-']);
  expect(await (await send()).text()).toBe('new');
});

test('a Date that Connection names is stored all the same', async () => {
  const next = origin(() => ({ headers: { ...FRESH, Date: new Date(clock.nowMs()).toUTCString(), Connection: 'date' }, body: 'body' }));
  const { send, clock } = setUp(next);
  await (await send()).text();
  const hit = await send();
  expect([told(hit)?.status, hit.headers.get('date')]).toEqual(['hit', new Date(clock.nowMs()).toUTCString()]);
});

test('a body that is there although its length is said to be 0 is not stored as an empty one', async () => {
  const { send, decisions } = setUp(origin({ headers: { ...FRESH, 'Content-Length': '0' }, body: 'body' }));
  expect([await (await send()).text(), await (await send()).text(), decisions[1]]).toEqual([
    'body',
    'body',
    'not-stored wrong-content-length',
  ]);
});

test.for(['private="etag, last-modified, cache-groups"', 'no-cache="etag, last-modified, cache-groups"'])(
  'what %s keeps out of the store is not known of what is stored either',
  async (directive) => {
    const validators = { 'ETag': '"one-user"', 'Last-Modified': 'Thu, 01 Jan 1970 00:00:00 GMT', 'Cache-Groups': '"g"' };
    const next = origin({ headers: { ...validators, 'Cache-Control': `max-age=60, ${directive}` }, body: 'x' });
    const { clock, send, httpCache } = setUp(next, { mode: 'shared' });
    await (await send()).text();
    const [stored] = await httpCache.inspect(STORED_URL);
    expect([stored?.etag, stored?.lastModified, stored?.groups]).toEqual([undefined, undefined, []]);
    await clock.advance(61_000);
    await (await send()).text();
    const [, again] = next.requests;
    expect([again?.headers.has('if-none-match'), again?.headers.has('if-modified-since')]).toEqual([false, false]);
  },
);
