import { describe, expect, test } from 'vitest';

import type { CacheOptions } from '../src/index.ts';
import type { CacheStore, CommitResult, NewEntry, StoreRefusal } from '../src/store.ts';
import { expectSame, onlyOne, type MadeStore, type MakeStore } from './describe-store.ts';
import { begin, bodyOf, bytesOf, exampleBytes, exampleEntry, put, putSurely, writeAll } from './example-entry.ts';
import { gate, origin, setUp, type Scripted, type SetUp } from './set-up.ts';
import { STORED_URL } from './stored.ts';

const key = 'private https://example.com/';

/** What a store must do that several processes can have at once. */
export function describeSharing(name: string, make: MakeStore): void {
  const two = async (): Promise<Required<MadeStore>> => {
    const { store, again } = await make({ maxBytes: undefined });
    if (again === undefined) throw new Error('the store cannot be opened again');
    return { store, again };
  };
  describe(`${name}, shared`, () => {
    describeOthers(two);
    describeDeletedMeanwhile(two);
    describeInvalidation(two);
  });
}

type MakeTwo = () => Promise<Required<MadeStore>>;

function describeOthers(make: MakeTwo): void {
  test('has what another process has stored, freshened or deleted', async () => {
    const { store, again } = await make();
    const other = await again();
    const body = exampleBytes(400_000);
    const stored = await putSurely(store, exampleEntry({ tags: ['t'] }), body);
    const seen = await onlyOne(other);
    expectSame(await bodyOf(other, seen), body);
    expect(await other.update(seen, { ...seen, isInvalidated: true })).toBe(true);
    expect(await onlyOne(store)).toMatchObject({ id: stored.id, isInvalidated: true });
    expect(await other.delete({ kind: 'tag', tag: 't' })).toBe(1);
    expect(await store.lookup(key)).toEqual([]);
  });

  test('goes on with a body although another process deletes the response', async () => {
    const { store, again } = await make();
    const body = exampleBytes(2_000_000);
    const stored = await putSurely(store, exampleEntry(), body);
    const source = await store.read(stored);
    if (source === undefined || source instanceof Uint8Array) throw new Error('the body does not come in pieces');
    const iterator = source[Symbol.asyncIterator]();
    const first = await iterator.next();
    await (await again()).clear();
    const rest = await bytesOf({ [Symbol.asyncIterator]: () => iterator });
    expectSame(Buffer.concat([first.value, rest]), body);
  });
}

const SITE = 'https://example.com';
const special = { headers: [['Cache-Groups', '"g"']], tags: ['t'] } as const;

/** How another process deletes what is called by {@link special}, and what becomes of others then. */
const REMOVALS: readonly { fact: string; others: 'stored' | 'refused'; remove: (store: CacheStore) => unknown }[] = [
  { fact: 'its URL', others: 'stored', remove: (store) => store.delete({ kind: 'url', url: `${SITE}/` }) },
  { fact: 'its group', others: 'stored', remove: (store) => store.delete({ kind: 'group', origin: SITE, group: 'g' }) },
  { fact: 'its tag', others: 'stored', remove: (store) => store.delete({ kind: 'tag', tag: 't' }) },
  { fact: 'the beginning of its URL', others: 'stored', remove: (store) => store.delete({ kind: 'prefix', prefix: SITE }) },
  { fact: 'everything', others: 'refused', remove: (store) => store.clear() },
];

function describeDeletedMeanwhile(make: MakeTwo): void {
  test.for(REMOVALS)('refuses an entry that was begun before another process has deleted $fact', async ({ others, remove }) => {
    const { store, again } = await make();
    const other = await again();
    for (const size of [100, 400_000]) {
      const writer = await begin(store, exampleEntry(special), exampleBytes(size));
      const bystander = await begin(store, exampleEntry({ url: 'https://example.org/' }), exampleBytes(size));
      await other.delete({ kind: 'url', url: 'https://example.com/other' });
      await remove(other);
      expect(await writer.commit(size)).toEqual({ kind: 'refused', reason: 'deleted-meanwhile' });
      expect(await store.lookup(key)).toEqual([]);
      expect((await bystander.commit(size)).kind).toBe(others);
      await store.delete({ kind: 'url', url: 'https://example.org/' });
      expect((await put(store, exampleEntry(special))).kind).toBe('stored');
      expect(await store.delete({ kind: 'url', url: 'https://example.com/' })).toBe(1);
    }
  });

  test.for(REMOVALS)(
    'refuses what was asked for before another process has deleted $fact, though it is begun after that',
    async (removal) => {
      const { store, again } = await make();
      const other = await again();
      for (const size of [100, 400_000]) {
        await store.lookup(key);
        const mark = store.mark?.();
        expect(mark).toMatch(/./);
        await other.delete({ kind: 'url', url: 'https://example.com/other' });
        await removal.remove(other);
        expect(await outcomeOf(store, exampleEntry({ ...special, mark }), size)).toBe('deleted-meanwhile');
        expect(await store.lookup(key)).toEqual([]);
        const bystander = await outcomeOf(store, exampleEntry({ url: 'https://example.org/', mark }), size);
        expect(bystander).toBe(removal.others === 'stored' ? 'stored' : 'deleted-meanwhile');
        expect(await outcomeOf(store, exampleEntry({ ...special, mark: store.mark?.() }), size)).toBe('stored');
        expect(await store.delete({ kind: 'url', url: 'https://example.com/' })).toBe(1);
      }
    },
  );

  test('takes what was asked for after a deletion, by whoever', async () => {
    const { store, again } = await make();
    const other = await again();
    for (const { remove } of REMOVALS) {
      for (const each of [store, other]) {
        await remove(each);
        await store.lookup(key);
        expect(await outcomeOf(store, exampleEntry({ ...special, mark: store.mark?.() }), 100)).toBe('stored');
      }
    }
  });

  test('knows a label to the letter, and a prefix for what begins so', async () => {
    const { store, again } = await make();
    const other = await again();
    await store.lookup(key);
    const mark = store.mark?.();
    await other.delete({ kind: 'tag', tag: 't' });
    await other.delete({ kind: 'url', url: `${SITE}/a` });
    await other.delete({ kind: 'group', origin: SITE, group: 'g' });
    await other.delete({ kind: 'prefix', prefix: `${SITE}/b*` });
    const paths = ['/a', '/aa', '/A', '/b', '/b*', '/b*c', '/c'].map((path) => ({ path, mark }));
    const tagged = [['T'], ['tt'], ['url'], ['x', 't']].map((tags) => ({ path: '/d', tags, mark }));
    const outcomes: unknown[] = [];
    for (const each of [...paths, ...tagged]) outcomes.push(await outcomeOf(store, exampleEntry(each), 1));
    const [stored, deleted] = ['stored', 'deleted-meanwhile'];
    expect(outcomes).toEqual([deleted, stored, stored, stored, deleted, deleted, stored, stored, stored, stored, deleted]);
  });

  test.for(['x'.repeat(300), 'x'.repeat(20_000), '\0\u{1F600}é', '%s.*', 'prefix url '])(
    'remembers the deletion of what is called %j',
    async (odd) => {
      const { store, again } = await make();
      const other = await again();
      for (const target of [
        { kind: 'tag', tag: odd },
        { kind: 'prefix', prefix: `${SITE}/${encodeURIComponent(odd)}` },
      ] as const) {
        await store.lookup(key);
        const mark = store.mark?.();
        await other.delete(target);
        const path = `/${encodeURIComponent(odd)}${target.kind === 'prefix' ? 'more' : ''}`;
        const tags = target.kind === 'tag' ? [odd] : [];
        expect(await outcomeOf(store, exampleEntry({ path, tags, mark }), 1)).toBe('deleted-meanwhile');
        expect(await outcomeOf(store, exampleEntry({ path: '/other', mark }), 1)).toBe('stored');
      }
    },
  );

  test('refuses what was asked for at a time that it knows nothing of', async () => {
    const { store } = await make();
    for (const mark of ['', '-1', '0', '1e300', 'x:y', `${Number.MAX_SAFE_INTEGER}`]) {
      expect(await outcomeOf(store, exampleEntry({ mark }), 100)).toBe('deleted-meanwhile');
    }
  });

  test('does not freshen a response by an answer that belongs to what was deleted since it was asked for', async () => {
    const { store, again } = await make();
    const other = await again();
    const stored = await putSurely(store, exampleEntry());
    await store.lookup(key);
    const mark = store.mark?.();
    await other.delete({ kind: 'group', origin: SITE, group: 'g' });
    const head = { ...exampleEntry({ ...special, id: stored.id }), bodyBytes: stored.bodyBytes };
    expect(await store.update(stored, head, mark)).toBe(false);
    expect((await onlyOne(store)).groups).toEqual([]);
    expect(await store.update(stored, { ...head, isInvalidated: true })).toBe(true);
    expect(await store.update(stored, head, store.mark?.())).toBe(true);
    expect(await onlyOne(store)).toMatchObject({ groups: ['g'], isInvalidated: false });
  });
}

/** Stores an entry with a body of so many bytes. @returns why not, where it is refused. */
async function outcomeOf(store: CacheStore, entry: NewEntry, size: number): Promise<CommitResult['kind'] | StoreRefusal | undefined> {
  const writer = await store.create(entry);
  if (writer === undefined) return undefined;
  const refusal = await writeAll(writer, exampleBytes(size), 100_000);
  if (refusal !== undefined) return refusal;
  const result = await writer.commit(size);
  return result.kind === 'refused' ? result.reason : result.kind;
}

const FIELDS = { 'Cache-Control': 'max-age=60', 'Cache-Groups': '"g"' };

/** Caches in two processes, and a server that one of them has asked, but that has not answered yet. */
interface Scene {
  readonly asking: SetUp;
  readonly other: SetUp;
  /** What came of the request, once the server was let answer. */
  readonly answer: () => Promise<string>;
}

function describeInvalidation(make: MakeTwo): void {
  const invalidations: readonly { fact: string; invalidate: (other: SetUp) => Promise<unknown> }[] = [
    { fact: 'a successful PUT', invalidate: ({ send }) => send({ method: 'PUT', body: 'new' }) },
    { fact: 'a deletion of its URL', invalidate: ({ httpCache }) => httpCache.delete(STORED_URL) },
    { fact: 'its group', invalidate: ({ httpCache }) => httpCache.invalidate({ group: 'g', origin: STORED_URL }) },
    { fact: 'its tag', invalidate: ({ httpCache }) => httpCache.invalidate({ tag: 't' }) },
    { fact: 'the beginning of its URL', invalidate: ({ httpCache }) => httpCache.invalidate({ prefix: 'http://example.com/' }) },
    { fact: 'a clearing', invalidate: ({ httpCache }) => httpCache.clear() },
  ];

  async function ask(late: Scripted, first?: Scripted): Promise<Scene> {
    const { store, again } = await make();
    const options: CacheOptions = { tags: () => ['t'] };
    const asked = gate();
    const open = gate();
    const answer = async (): Promise<Scripted> => {
      asked.open();
      await open.opened;
      return late;
    };
    const script = first === undefined ? [answer] : [first, answer];
    const asking = setUp(origin(...script, { headers: FIELDS, body: 'new' }), { ...options, store });
    const other = setUp(origin({ headers: FIELDS, body: 'new' }), { ...options, store: await again() });
    if (first !== undefined) {
      await (await asking.send()).text();
      await expect.poll(() => asking.decisions.at(-1)).toBe('stored complete');
    }
    const response = asking.send();
    await asked.opened;
    return {
      asking,
      other,
      answer: async () => {
        open.open();
        return (await response).text();
      },
    };
  }

  test.for(invalidations)('an answer that was on its way is not stored after $fact by another process', async ({ invalidate }) => {
    const { asking, other, answer } = await ask({ headers: FIELDS, body: 'old' });
    await invalidate(other);
    expect(await answer()).toBe('old');
    await expect.poll(() => asking.decisions.at(-1)).toBe('not-stored deleted-meanwhile');
    expect(await (await other.send()).text()).toBe('new');
    expect(await (await asking.send()).text()).toBe('new');
  });

  test.for(invalidations)('nobody joins what was on its way since $fact by another process', async ({ invalidate }) => {
    const { asking, other, answer } = await ask({ headers: FIELDS, body: 'old' });
    await invalidate(other);
    const late = asking.send();
    await expect.poll(() => asking.decisions.filter((decision) => decision.startsWith('miss')).length).toBe(2);
    expect(await answer()).toBe('old');
    expect(await (await late).text()).toBe('new');
  });

  test('what was on its way still serves who comes after another process has invalidated another URL', async () => {
    const { asking, other, answer } = await ask({ headers: FIELDS, body: 'old' });
    await other.httpCache.delete(`${STORED_URL}/b`);
    await other.httpCache.invalidate({ prefix: `${STORED_URL}/` });
    const late = asking.send();
    await expect.poll(() => asking.decisions.filter((decision) => decision.startsWith('miss')).length).toBe(2);
    expect(await answer()).toBe('old');
    expect(await (await late).text()).toBe('old');
  });

  test('an answer that was on its way is stored after another process has invalidated something else', async () => {
    const { asking, other, answer } = await ask({ headers: FIELDS, body: 'old' });
    await other.httpCache.delete(`${STORED_URL}/b`);
    await other.httpCache.invalidate({ tag: 'another' });
    expect(await answer()).toBe('old');
    await expect.poll(() => asking.decisions.at(-1)).toBe('stored complete');
  });

  const stale = { headers: { 'Cache-Control': 'max-age=0', 'ETag': '"a"' }, body: 'old' };

  test.for([
    { fact: 'what is stored', invalidate: ({ httpCache }: SetUp) => httpCache.delete(STORED_URL) },
    {
      fact: 'a group that only the 304 names',
      invalidate: ({ httpCache }: SetUp) => httpCache.invalidate({ group: 'g', origin: STORED_URL }),
    },
  ])(
    'a 304 that was on its way freshens nothing after another process has invalidated $fact: the whole is asked for',
    async ({ invalidate }) => {
      const { asking, other, answer } = await ask({ status: 304, headers: { ...FIELDS, ETag: '"a"' } }, stale);
      await invalidate(other);
      expect(await answer()).toBe('new');
      await expect.poll(() => asking.decisions.at(-1)).toBe('stored complete');
      expect(await (await other.send()).text()).toBe('new');
    },
  );
}
