import { expect, test } from 'vitest';

import { gate, origin, setUp } from '../test/set-up.ts';
import { STORED_URL } from '../test/stored.ts';
import { memoryStore, type CacheStore } from './index.ts';

const FRESH = { 'Cache-Control': 'max-age=60' };

/** A store that others share, as far as the cache can tell. */
function sharedStore(mark: () => string): { readonly store: CacheStore; readonly marks: (string | undefined)[] } {
  const memory = memoryStore();
  const marks: (string | undefined)[] = [];
  const store: CacheStore = {
    lookup: (key) => memory.lookup(key),
    read: (stored, range) => memory.read(stored, range),
    create: (entry) => {
      marks.push(entry.mark);
      return memory.create(entry);
    },
    update: (stored, head, since) => {
      marks.push(since);
      return memory.update(stored, head);
    },
    delete: (target) => memory.delete(target),
    clear: () => memory.clear(),
    stats: () => memory.stats(),
    mark,
  };
  return { store, marks };
}

test('a store gets back with an answer what it has said before the request left, and not what it says by then', async () => {
  let now = 0;
  const { store, marks } = sharedStore(() => `at ${now}`);
  const answered =
    (headers: Record<string, string>, status = 200) =>
    () => {
      now += 1;
      return { status, headers };
    };
  const revalidated = { 'Cache-Control': 'max-age=0', 'ETag': '"a"' };
  const { send } = setUp(origin(answered(revalidated), answered(revalidated, 304), answered(FRESH)), { store });
  for (let turn = 0; turn < 2; turn += 1) await (await send()).text();
  await (await send({ method: 'POST', url: 'http://example.com/b' })).text();
  expect(marks).toEqual(['at 0', 'at 1']);
  const post = { ...FRESH, 'Content-Location': '/c' };
  const { send: sendPost } = setUp(origin(answered(post)), { store });
  await (await sendPost({ method: 'POST', url: 'http://example.com/c', body: 'x' })).text();
  expect(marks).toEqual(['at 0', 'at 1', 'at 3']);
});

test.for([
  { fact: 'knows nothing', mark: () => '', errors: 0 },
  {
    fact: 'fails',
    mark: () => {
      throw new Error('away');
    },
    errors: 1,
  },
])('nothing is stored of what was asked for when the store $fact', async ({ mark, errors }) => {
  const { store, marks } = sharedStore(mark);
  const heard: unknown[] = [];
  const { send, decisions } = setUp(origin({ headers: FRESH, body: 'answer' }), { store, onStoreError: (error) => heard.push(error) });
  expect(await (await send()).text()).toBe('answer');
  expect(decisions.at(-1)).toBe('not-stored store-unavailable');
  expect([marks, heard.length]).toEqual([[], errors]);
});

test.for<{ fact: string; isCurrent: CacheStore['isCurrent']; texts: readonly string[]; errors: number }>([
  { fact: 'says that the mark is of now', isCurrent: (mark, url) => mark === 'at 0' && url === STORED_URL, texts: ['0', '0'], errors: 0 },
  { fact: 'says that it is not', isCurrent: () => false, texts: ['0', '1'], errors: 0 },
  { fact: 'cannot say', isCurrent: undefined, texts: ['0', '1'], errors: 0 },
  {
    fact: 'fails',
    isCurrent: () => {
      throw new Error('away');
    },
    texts: ['0', '1'],
    errors: 1,
  },
])('who comes after a deletion, by whoever, joins what has left before only where the store does not object: it $fact', async (row) => {
  let now = 0;
  const { store } = sharedStore(() => `at ${now}`);
  const heard: unknown[] = [];
  const open = gate();
  let asked = 0;
  const next = origin(async () => {
    const body = `${asked}`;
    asked += 1;
    await open.opened;
    return { headers: FRESH, body };
  });
  const shared: CacheStore = row.isCurrent === undefined ? store : { ...store, isCurrent: row.isCurrent };
  const { send } = setUp(next, { store: shared, onStoreError: (error) => heard.push(error) });
  const early = send();
  now += 1;
  const late = send();
  open.open();
  expect([await (await early).text(), await (await late).text()]).toEqual(row.texts);
  expect(heard.length).toBe(row.errors);
});
