import { getEventListeners } from 'node:events';

import { HttpHeaders } from '@roundtripper/core';
import { expect, test } from 'vitest';

import { gate, never, origin, setUp } from '../test/set-up.ts';
import { stored } from '../test/stored.ts';
import { memoryStore, type CacheStore, type EntryWriter, type Lease } from './index.ts';

const FRESH = { 'Cache-Control': 'max-age=60' };

/** A store in memory of which some methods are others. */
function storeWith(changes: Partial<CacheStore>, inner: CacheStore = memoryStore()): CacheStore {
  return {
    lookup: (key) => inner.lookup(key),
    read: (one, range) => inner.read(one, range),
    create: (entry) => inner.create(entry),
    update: (one, head) => inner.update(one, head),
    delete: (target) => inner.delete(target),
    clear: () => inner.clear(),
    stats: () => inner.stats(),
    ...changes,
  };
}

/** The same store, which answers later. */
function later(inner: CacheStore): CacheStore {
  const writer = (one: EntryWriter): EntryWriter => ({
    write: async (chunk) => one.write(chunk),
    commit: async (bytes) => one.commit(bytes),
    abort: async () => one.abort(),
  });
  return {
    lookup: async (key) => inner.lookup(key),
    read: async (one, range) => inner.read(one, range),
    create: async (entry) => {
      const made = await inner.create(entry);
      return made === undefined ? undefined : writer(made);
    },
    update: async (one, head) => inner.update(one, head),
    delete: async (target) => inner.delete(target),
    clear: async () => inner.clear(),
    stats: async () => inner.stats(),
  };
}

const fail = (): never => {
  throw new Error('broken');
};
const reject = (): Promise<never> => Promise.reject(new Error('broken'));

const failing = (how: () => never | Promise<never>): Partial<CacheStore>[] => [
  { lookup: how },
  { read: how },
  { create: how },
  { update: how },
  { delete: how },
  { create: () => ({ write: how, commit: how, abort: how }) },
  { create: () => ({ write: () => undefined, commit: how, abort: how }) },
];

test.for([
  ['throws', fail],
  ['rejects', reject],
] as const)('a store that %s fails no request, and is told of', async ([, how]) => {
  for (const changes of failing(how)) {
    const errors: unknown[] = [];
    const next = origin({ headers: { ...FRESH, ETag: '"a"' }, body: 'x' });
    const { send, httpCache } = setUp(next, {
      store: storeWith(changes),
      onStoreError: (error, operation) => void errors.push(`${operation} ${String(error)}`),
    });
    const texts: string[] = [];
    for (const method of ['GET', 'GET', 'POST', 'GET']) texts.push(await (await send({ method })).text());
    await (await send({ headers: { 'Cache-Control': 'no-cache' } })).text();
    expect(texts).toEqual(['x', 'x', 'x', 'x']);
    await httpCache.close();
    const { storeErrors } = await httpCache.stats();
    expect(storeErrors).toBe(errors.length);
  }
});

test.for<[string, () => unknown]>([
  ['throws', fail],
  ['rejects with', reject],
])('what the hearer of errors %s harms nobody', async ([, onStoreError]) => {
  const { send, httpCache } = setUp(origin({ headers: FRESH, body: 'x' }), { store: storeWith({ lookup: fail }), onStoreError });
  expect(await (await send()).text()).toBe('x');
  expect(await httpCache.stats()).toMatchObject({ storeErrors: 1 });
});

test.for<[string, Partial<CacheStore>]>([
  ['lookup', { lookup: () => new Promise(() => {}) }],
  ['read', { read: () => new Promise(() => {}) }],
  ['create', { create: () => new Promise(() => {}) }],
  ['write', { create: () => ({ write: () => new Promise(() => {}), commit: reject, abort: () => {} }) }],
  ['commit', { create: () => ({ write: () => undefined, commit: () => new Promise(() => {}), abort: () => {} }) }],
])('a store whose %s never answers is waited for only so long', async ([, changes]) => {
  const next = origin({ headers: FRESH, body: 'x' });
  const { clock, send } = setUp(next, { store: storeWith(changes), storeTimeout: 100 });
  for (let turn = 0; turn < 2; turn++) {
    const text = send().then((response) => response.text());
    await clock.advance(100);
    await clock.advance(100);
    expect(await text).toBe('x');
  }
  await clock.advance(1_000);
  expect(clock.pendingTimers).toBe(0);
});

test('a store that answers later is used all the same, also by a thousand at once', async () => {
  const next = origin({ headers: { ...FRESH, ETag: '"a"' }, body: 'x'.repeat(1_000) });
  const { send, httpCache, clock } = setUp(next, { store: later(memoryStore()) });
  const responses = await Promise.all(Array.from({ length: 1_000 }, () => send()));
  const bodies = await Promise.all(responses.map((response) => response.text()));
  await clock.advance(0);
  expect([next.requests.length, new Set(bodies).size, (await httpCache.stats()).entries]).toEqual([1, 1, 1]);
  expect([await (await send()).text(), next.requests.length]).toEqual(['x'.repeat(1_000), 1]);
  expect(await (await send({ headers: { Range: 'bytes=0-1' } })).text()).toBe('xx');
});

test('a body of the wrong length is a miss, told of, and removed', async () => {
  const inner = memoryStore();
  const errors: string[] = [];
  const short = storeWith({ read: () => Buffer.from('shor') }, inner);
  const next = origin({ headers: FRESH, body: 'short' });
  const { send } = setUp(next, { store: short, onStoreError: (error) => void errors.push(String(error)) });
  await (await send()).text();
  expect([await (await send()).text(), next.requests.length, errors]).toEqual([
    'short',
    2,
    ['Error: a stored body has 4 bytes in place of 5'],
  ]);
});

test('one that comes in chunks fails where it should not end, and is removed', async () => {
  async function* chunks(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('sh');
    yield Buffer.from('or');
  }
  const next = origin({ headers: FRESH, body: 'short' });
  const { send, httpCache } = setUp(next, { store: storeWith({ read: () => chunks() }) });
  await (await send()).text();
  await expect((await send()).text()).rejects.toThrow('a stored body is 1 bytes too short');
  expect((await httpCache.stats()).entries).toBe(0);
});

test('what is deleted while it is committed is not there afterwards', async () => {
  const inner = memoryStore();
  const open = gate();
  const slow = storeWith(
    {
      create: async (entry) => {
        const writer = await inner.create(entry);
        if (writer === undefined) return undefined;
        return {
          write: (chunk) => writer.write(chunk),
          commit: async (bytes) => {
            const result = await writer.commit(bytes);
            await open.opened;
            return result;
          },
          abort: () => writer.abort(),
        };
      },
    },
    inner,
  );
  const next = origin({ headers: FRESH, body: 'old' });
  const { send, httpCache, clock, decisions } = setUp(next, { store: slow });
  await (await send()).text();
  await clock.advance(0);
  await httpCache.invalidate({ prefix: 'http://nobody.example/' });
  open.open();
  await clock.advance(0);
  expect([decisions.at(-1), (await httpCache.stats()).entries]).toEqual(['not-stored invalidated', 0]);
});

test('a lease is taken once by all processes: the second waits, and is served what the first has stored', async () => {
  const inner = memoryStore();
  const released = gate();
  let isTaken = false;
  const lease = (): Lease => {
    if (isTaken) return { kind: 'taken', released: released.opened, stop: () => {} };
    isTaken = true;
    return { kind: 'granted', release: () => released.open() };
  };
  const store = storeWith({ lease }, inner);
  const next = origin({ headers: FRESH, body: 'x' });
  const one = setUp(next, { store });
  const other = setUp(next, { store });
  const first = one.send();
  const second = other.send();
  expect(await (await first).text()).toBe('x');
  const response = await second;
  expect([await response.text(), response.headers.get('cache-status'), next.requests.length]).toEqual([
    'x',
    'roundtripper; hit; ttl=60; collapsed',
    1,
  ]);
});

test('a lease that is not given back is waited for only so long, and its holder’s failure is not ours', async () => {
  let stopped = 0;
  const store = storeWith({ lease: () => ({ kind: 'taken', released: new Promise(() => {}), stop: () => void (stopped += 1) }) });
  const next = origin({ headers: FRESH, body: 'x' });
  const { clock, send } = setUp(next, { store });
  const text = send().then((response) => response.text());
  await clock.advance(5_000);
  expect([await text, stopped]).toEqual(['x', 1]);
});

test('a lease is given back whatever happens', async () => {
  let held = 0;
  const lease = (): Lease => {
    held += 1;
    return { kind: 'granted', release: () => void (held -= 1) };
  };
  const next = origin({ error: new Error('no') }, { headers: { 'Cache-Control': 'no-store' } }, { headers: FRESH, body: 'x' }, never);
  const { send } = setUp(next, { store: storeWith({ lease }) });
  await expect(send({ url: 'http://example.com/1' })).rejects.toThrow('no');
  expect(held).toBe(0);
  await (await send({ url: 'http://example.com/2' })).text();
  expect(held).toBe(0);
  await (await send({ url: 'http://example.com/3' })).text();
  expect(held).toBe(0);
  const controller = new AbortController();
  const pending = send({ url: 'http://example.com/4', signal: controller.signal });
  controller.abort(new Error('enough'));
  await expect(pending).rejects.toThrow('enough');
  await new Promise((resolve) => void setImmediate(resolve));
  expect(held).toBe(0);
});

test('whoever plants a response under a key has it judged like any other', async () => {
  const planted = stored({ fields: { 'X-Planted': '1' }, selecting: [['authorization', 'digest']] });
  const store = storeWith({ lookup: () => [planted], read: () => Buffer.alloc(10) });
  const next = origin({ headers: FRESH, body: 'x' });
  const { send } = setUp(next, { store });
  expect(await (await send({ headers: new HttpHeaders({ Authorization: 'digest' }) })).text()).toBe('x');
});

test.for(['while a chunk is waited for', 'between two', 'before the first'])(
  'a body that comes out of the store ends with its request: %s',
  async (moment) => {
    const more = gate();
    let ended = 0;
    const chunks = async function* (): AsyncGenerator<Uint8Array> {
      try {
        yield Buffer.from('some');
        await more.opened;
        yield Buffer.from('more');
      } finally {
        ended += 1;
      }
    };
    const { send, httpCache } = setUp(origin({ headers: FRESH, body: 'somemore' }), { store: storeWith({ read: () => chunks() }) });
    await (await send()).text();
    const { signal, abort } = abortable();
    const body = (await send({ signal })).chunks();
    if (moment !== 'before the first') expect(await body.next()).toMatchObject({ done: false });
    const reason = new Error('enough');
    const next = moment === 'while a chunk is waited for' ? body.next() : undefined;
    await new Promise(setImmediate);
    abort(reason);
    await expect(next ?? body.next()).rejects.toBe(reason);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
    more.open();
    await new Promise(setImmediate);
    // It was never begun where nobody had asked for anything.
    expect(ended).toBe(moment === 'before the first' ? 0 : 1);
    expect(await httpCache.stats()).toMatchObject({ hits: 1, storeErrors: 0 });
  },
);

test('a body out of the store that was read to its end leaves nothing on the signal', async () => {
  const read = async function* (): AsyncGenerator<Uint8Array> {
    yield Buffer.from('so');
    yield Buffer.from('me');
  };
  const { send } = setUp(origin({ headers: FRESH, body: 'some' }), { store: storeWith({ read: () => read() }) });
  await (await send()).text();
  const { signal } = abortable();
  expect(await (await send({ signal })).text()).toBe('some');
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});

test('and ends its source once', async () => {
  const more = gate<IteratorReturnResult<undefined>>();
  let returns = 0;
  const source: AsyncIterableIterator<Uint8Array, undefined> = {
    next: () => more.opened,
    return: () => {
      returns += 1;
      more.open({ done: true, value: undefined });
      return Promise.resolve({ done: true, value: undefined });
    },
    [Symbol.asyncIterator]: () => source,
  };
  const { send } = setUp(origin({ headers: FRESH, body: 'some' }), { store: storeWith({ read: () => source }) });
  await (await send()).text();
  const { signal, abort } = abortable();
  const text = (await send({ signal })).text();
  await new Promise(setImmediate);
  abort('enough');
  await expect(text).rejects.toBe('enough');
  await new Promise(setImmediate);
  expect(returns).toBe(1);
});

function abortable(): { readonly signal: AbortSignal; readonly abort: (reason: unknown) => void } {
  const controller = new AbortController();
  return { signal: controller.signal, abort: (reason) => controller.abort(reason) };
}
