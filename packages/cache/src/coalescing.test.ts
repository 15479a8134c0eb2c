import { getEventListeners } from 'node:events';

import { RoundTripError, type HttpResponse } from '@roundtripper/core';
import { expect, test } from 'vitest';

import { gate, never, origin, ScriptedBody, setUp, told, type Scripted } from '../test/set-up.ts';
import { cacheStatus, memoryStore, type CacheStore } from './index.ts';

const FRESH = { 'Cache-Control': 'max-age=60' };
const itself = (error: unknown): unknown => error;
const texts = (responses: readonly HttpResponse[]): Promise<string[]> => Promise.all(responses.map((response) => response.text()));

test('a thousand requests for one cold key are one fetch, and each gets the whole body', async () => {
  const next = origin({ headers: FRESH, body: 'x'.repeat(10_000) });
  const { httpCache, send } = setUp(next);
  const responses = await Promise.all(Array.from({ length: 1_000 }, () => send()));
  const bodies = await texts(responses);
  expect([next.requests.length, new Set(bodies).size, bodies[999]?.length]).toEqual([1, 1, 10_000]);
  expect(await httpCache.stats()).toMatchObject({ misses: 1, hits: 999, collapsed: 999, entries: 1 });
  expect(responses[1]?.headers.get('cache-status')).toBe('roundtripper; hit; ttl=60; collapsed');
});

test('heads come before bodies: everybody reads while it comes', async () => {
  const body = new ScriptedBody();
  const next = origin({ headers: FRESH, body: body.stream });
  const { send } = setUp(next);
  const [one, other] = await Promise.all([send(), send()]);
  const readers = [one.chunks(), other.chunks()];
  const first = Promise.all(readers.map((reader) => reader.next()));
  body.push('ab');
  expect((await first).map(({ value }) => Buffer.from(value ?? []).toString())).toEqual(['ab', 'ab']);
  body.end();
  expect((await Promise.all(readers.map((reader) => reader.next()))).map(({ done }) => done)).toEqual([true, true]);
  expect([told(other)?.isCollapsed, next.requests.length]).toEqual([true, 1]);
});

test('who comes while the body comes joins too', async () => {
  const body = new ScriptedBody();
  const next = origin({ headers: FRESH, body: body.stream });
  const { send } = setUp(next);
  const one = await send();
  const read = one.text();
  body.push('ab');
  await Promise.resolve();
  const other = await send();
  body.push('cd');
  body.end();
  expect([await read, await other.text(), next.requests.length]).toEqual(['abcd', 'abcd', 1]);
});

test.for<[string, Scripted]>([
  ['no-store', { headers: { 'Cache-Control': 'no-store' } }],
  ['nothing said', {}],
  ['no-cache', { headers: { 'Cache-Control': 'no-cache', 'ETag': '"a"' } }],
  ['Vary: *', { headers: { ...FRESH, Vary: '*' } }],
  ['stale on arrival', { headers: { ...FRESH, Age: '60' } }],
])('an answer that is for nobody else (%s): the others ask for themselves, all at once', async ([, answer]) => {
  const open = gate();
  const held = gate();
  let asked = 0;
  const next = origin(
    async () => {
      await open.opened;
      return { ...answer, body: '1' };
    },
    async () => {
      asked += 1;
      if (asked === 4) held.open();
      await held.opened;
      return { ...answer, body: '2' };
    },
  );
  const { send } = setUp(next);
  const responses = Promise.all(Array.from({ length: 5 }, () => send()));
  open.open();
  expect(await texts(await responses)).toEqual(['1', '2', '2', '2', '2']);
  expect(next.requests.length).toBe(5);
});

test('who asks for what nobody could share does not wait to find out again', async () => {
  const next = origin({ body: 'x' });
  const { send } = setUp(next);
  await (await send()).text();
  const both = [send(), send()];
  expect(next.requests.length).toBe(3);
  expect(await texts(await Promise.all(both))).toEqual(['x', 'x']);
});

test('requests that Vary tells apart each get their own, and users in a private cache never wait for one another', async () => {
  const next = origin((request) => ({
    headers: { ...FRESH, Vary: 'X-Lang' },
    body: `${request.headers.get('x-lang')} ${request.headers.get('authorization')}`,
  }));
  const { send } = setUp(next);
  const all = await Promise.all([
    send({ headers: { 'X-Lang': 'de' } }),
    send({ headers: { 'X-Lang': 'en' } }),
    send({ headers: { 'X-Lang': 'de' } }),
    send({ headers: { 'X-Lang': 'de', 'Authorization': 'a' } }),
    send({ headers: { 'X-Lang': 'de', 'Authorization': 'b' } }),
  ]);
  expect(await texts(all)).toEqual(['de null', 'en null', 'de null', 'de a', 'de b']);
  expect(next.requests.length).toBe(4);
});

test.for(['no-cache', 'max-age=0', 'no-store'])('a request with %s waits for nobody', async (control) => {
  const next = origin({ headers: FRESH, body: 'x' });
  const { send } = setUp(next);
  await texts(await Promise.all([send(), send({ headers: { 'Cache-Control': control } })]));
  expect(next.requests.length).toBe(2);
});

test('a failure is everybody’s, and the next request asks again', async () => {
  const error = new RoundTripError('gone', { code: 'dial-failed', phase: 'connect', sent: 'nothing' });
  const next = origin({ error }, { headers: FRESH, body: 'x' });
  const { send } = setUp(next);
  expect(await Promise.all([send().catch(itself), send().catch(itself), send().catch(itself)])).toEqual([error, error, error]);
  expect([await (await send()).text(), next.requests.length]).toEqual(['x', 2]);
});

test('who asked first is cancelled before the answer: the fetch goes on for the others', async () => {
  const open = gate();
  const next = origin(async () => {
    await open.opened;
    return { headers: FRESH, body: 'x' };
  });
  const { send } = setUp(next);
  const leader = new AbortController();
  const first = send({ signal: leader.signal }).catch(itself);
  const second = send();
  const reason = new Error('enough');
  leader.abort(reason);
  expect(await first).toBe(reason);
  open.open();
  expect([await (await second).text(), next.requests.length, next.requests[0]?.signal?.aborted]).toEqual(['x', 1, false]);
});

test('all who want it are cancelled: so is the fetch', async () => {
  const controllers = [new AbortController(), new AbortController()];
  const next = origin(never);
  const { send } = setUp(next);
  const both = controllers.map(({ signal }) => send({ signal }).catch(itself));
  controllers[0]?.abort('first');
  expect(next.requests[0]?.signal?.aborted).toBe(false);
  controllers[1]?.abort('second');
  expect([await Promise.all(both), next.requests[0]?.signal?.aborted]).toEqual([['first', 'second'], true]);
});

test('who waits is cancelled: he alone', async () => {
  const open = gate();
  const next = origin(async () => {
    await open.opened;
    return { headers: FRESH, body: 'x' };
  });
  const { send } = setUp(next);
  const first = send();
  const controller = new AbortController();
  const second = send({ signal: controller.signal }).catch(itself);
  controller.abort('no longer');
  expect(await second).toBe('no longer');
  open.open();
  expect(await (await first).text()).toBe('x');
});

test('who asked first is cancelled in the middle of the body: its reader gets the reason, the others the rest', async () => {
  const body = new ScriptedBody();
  const next = origin({ headers: FRESH, body: body.stream });
  const { send, httpCache } = setUp(next);
  const leader = new AbortController();
  const [first, second] = await Promise.all([send({ signal: leader.signal }), send()]);
  const failed = first.text().catch(itself);
  const read = second.text();
  body.push('ab');
  leader.abort('enough');
  expect(await failed).toBe('enough');
  body.push('cd');
  body.end();
  expect([await read, body.cancelled, (await httpCache.stats()).entries]).toEqual(['abcd', [], 1]);
});

test('who asked first does not read, or disposes: the others do not notice', async () => {
  const body = new ScriptedBody();
  const next = origin({ headers: FRESH, body: body.stream });
  const { send } = setUp(next);
  const [first, second, third] = await Promise.all([send(), send(), send()]);
  await first.dispose();
  body.push('ab');
  body.end();
  expect(await second.text()).toBe('ab');
  expect(await third.text()).toBe('ab');
});

test('the last reader leaves: the source is given up, and nothing is stored', async () => {
  const body = new ScriptedBody();
  const next = origin({ headers: FRESH, body: body.stream });
  const { send, httpCache } = setUp(next);
  const [first, second] = await Promise.all([send(), send()]);
  await first.dispose();
  expect(body.cancelled.length).toBe(0);
  await second.dispose();
  expect([body.cancelled.length, (await httpCache.stats()).stores]).toEqual([1, 0]);
});

const MiB = 1_048_576;

async function* chunks(count: number, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < count; at++) yield new Uint8Array(size).fill(at % 251);
}

test('a slow reader holds back nobody: it gets the rest from the store', async () => {
  const next = origin({ headers: FRESH, body: chunks(64, 65_536) });
  const { send, decisions } = setUp(next);
  const [fast, slow] = await Promise.all([send(), send()]);
  const slowly = slow.chunks();
  const { value: first } = await slowly.next();
  expect((await fast.bytes()).byteLength).toBe(4 * MiB);
  expect(decisions).toContain('stored complete');
  let length = first?.byteLength ?? 0;
  let at = 0;
  for await (const chunk of slowly) {
    for (let offset = 0; offset < chunk.byteLength; offset += 65_536) at = chunk[offset] ?? 0;
    length += chunk.byteLength;
  }
  expect([length, at]).toEqual([4 * MiB, 63]);
});

test('CVE-2026-2581: of a body that is too large to be stored no more is held than a limit, whoever is slow', async () => {
  let made = 0;
  async function* endless(): AsyncGenerator<Uint8Array> {
    for (; made < 1_024; made++) yield new Uint8Array(65_536);
  }
  const next = origin({ headers: FRESH, body: endless() });
  const { send } = setUp(next, { maxEntryBytes: MiB });
  const [leader, follower] = await Promise.all([send(), send()]);
  const slowly = follower.chunks();
  await slowly.next();
  let read = 0;
  for await (const chunk of leader.chunks({ lent: true })) read += chunk.byteLength;
  expect(read).toBe(64 * MiB);
  const failure = await (async () => {
    for await (const _chunk of slowly);
  })().catch(itself);
  expect(failure).toMatchObject({ code: 'response-limit', phase: 'response-body' });
});

test('of such a body nobody is far ahead of who asked first', async () => {
  let made = 0;
  async function* long(): AsyncGenerator<Uint8Array> {
    for (; made < 256; made++) yield new Uint8Array(65_536);
  }
  const next = origin({ headers: FRESH, body: long() });
  const { send } = setUp(next, { maxEntryBytes: MiB });
  const [leader, follower] = await Promise.all([send(), send()]);
  const slowly = leader.chunks();
  await slowly.next();
  const whole = follower.bytes();
  for (let turn = 0; turn < 200; turn++) await new Promise((resolve) => void setImmediate(resolve));
  expect(made).toBeLessThan(64);
  let read = 65_536;
  for await (const chunk of slowly) read += chunk.byteLength;
  expect([read, (await whole).byteLength]).toEqual([16 * MiB, 16 * MiB]);
});

test('concurrent revalidations are one, and the 304 serves all', async () => {
  const next = origin(
    { headers: { 'Cache-Control': 'max-age=1', 'ETag': '"a"' }, body: 'x' },
    { status: 304, headers: { 'ETag': '"a"', 'Cache-Control': 'max-age=60' } },
  );
  const { clock, send } = setUp(next);
  await (await send()).text();
  await clock.advance(2_000);
  const responses = await Promise.all([send(), send(), send()]);
  expect([await texts(responses), next.requests.length]).toEqual([['x', 'x', 'x'], 2]);
  expect(responses.map((response) => response.context.get(cacheStatus))).toEqual(['revalidated', 'hit', 'hit']);
});

test('what was invalidated while it was fetched is joined by nobody who came after', async () => {
  const open = gate();
  const next = origin(
    async () => {
      await open.opened;
      return { headers: FRESH, body: 'old' };
    },
    { status: 204 },
    { headers: FRESH, body: 'new' },
  );
  const { send } = setUp(next);
  const first = send();
  await (await send({ method: 'POST' })).dispose();
  const after = await send();
  open.open();
  expect([await (await first).text(), await after.text(), await (await send()).text()]).toEqual(['old', 'new', 'new']);
});

test('coalesce: false lets everybody ask', async () => {
  const next = origin({ headers: FRESH, body: 'x' });
  const { send } = setUp(next, { coalesce: false });
  await texts(await Promise.all([send(), send(), send()]));
  expect(next.requests.length).toBe(3);
});

test('a QUERY is told from another by its content', async () => {
  const next = origin(async (request) => ({ headers: FRESH, body: `answer to ${Buffer.from(request.body?.bytes ?? []).toString()}` }));
  const { send } = setUp(next);
  const query = (body: string, type = 'text/plain'): Promise<HttpResponse> =>
    send({ method: 'QUERY', body, headers: { 'Content-Type': type } });
  expect(await texts(await Promise.all([query('a'), query('b'), query('a')]))).toEqual(['answer to a', 'answer to b', 'answer to a']);
  expect(next.requests.length).toBe(2);
  expect([await (await query('a')).text(), next.requests.length]).toEqual(['answer to a', 2]);
  await (await query('a', 'text/x')).text();
  expect(next.requests.length).toBe(3);
  await (await send({ method: 'PUT' })).dispose();
  await (await query('a')).text();
  expect(next.requests.length).toBe(5);
});

test('who joined a body that stalls leaves it when he will, and the last who leaves ends the fetch', async () => {
  const body = new ScriptedBody();
  const next = origin({ headers: FRESH, body: body.stream });
  const { send } = setUp(next);
  const controllers = [new AbortController(), new AbortController()];
  const responses = await Promise.all(controllers.map(({ signal }) => send({ signal })));
  const reads = responses.map((response) => response.text().catch(itself));
  body.push('ab');
  controllers[1]?.abort('follower');
  expect(await reads[1]).toBe('follower');
  expect(body.cancelled).toEqual([]);
  controllers[0]?.abort('leader');
  expect(await reads[0]).toBe('leader');
  expect([body.cancelled, next.requests.length]).toEqual([['leader'], 1]);
});

test('a signal is left alone once the body that was joined is over', async () => {
  const next = origin({ headers: FRESH, body: 'x' });
  const { send } = setUp(next);
  const { signal } = new AbortController();
  const responses = await Promise.all([send(), send({ signal })]);
  expect(await texts(responses)).toEqual(['x', 'x']);
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});

test.for<[string, Partial<CacheStore>]>([
  ['takes nothing', { create: () => undefined }],
  [
    'throws',
    {
      create: () => {
        throw new Error('full');
      },
    },
  ],
  ['knows of no deletion', { mark: () => '' }],
])('a store that %s makes no herd: a thousand requests are one fetch', async ([, broken]) => {
  const next = origin({ headers: FRESH, body: 'x'.repeat(10_000) });
  const { httpCache, send, decisions } = setUp(next, { store: { ...slowWriting(memoryStore()), ...broken }, onStoreError: () => {} });
  const responses = await Promise.all(Array.from({ length: 1_000 }, () => send()));
  expect([next.requests.length, new Set(await texts(responses)).size]).toEqual([1, 1]);
  expect(await httpCache.stats()).toMatchObject({ misses: 1, collapsed: 999, entries: 0 });
  expect(responses.slice(0, 2).map((response) => [told(response)?.isStored, response.headers.get('cache-status')])).toEqual([
    [false, 'roundtripper; fwd=uri-miss'],
    [false, 'roundtripper; hit; ttl=60; collapsed'],
  ]);
  expect(decisions.filter((decision) => decision.startsWith('not-stored'))).toEqual(['not-stored store-unavailable']);
});

/** A store that takes bodies bit by bit alone, whose methods can be changed one by one. */
function slowWriting(store: CacheStore): CacheStore {
  return {
    lookup: (key) => store.lookup(key),
    read: (stored, range) => store.read(stored, range),
    create: (entry) => store.create(entry),
    update: (stored, head, mark) => store.update(stored, head, mark),
    delete: (target) => store.delete(target),
    clear: () => store.clear(),
    stats: () => store.stats(),
  };
}
