import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { exampleBytes } from '../test/example-entry.ts';
import { stored } from '../test/stored.ts';
import { memoryStore, type CacheStore, type DeleteTarget, type StoredResponse } from './index.ts';
import { MAX_VARIANTS } from './store.ts';
import { headBytes } from './stored-response.ts';

interface Held {
  readonly head: StoredResponse;
  readonly body: Uint8Array;
  readonly bytes: number;
}

/** What a store should hold: plainly, with everything counted anew each time. */
class Model {
  /** The key used longest ago first. */
  readonly slots = new Map<string, readonly Held[]>();
  readonly maxBytes: number;
  evictions = 0;
  readonly #came: Held[] = [];

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }

  all(): readonly Held[] {
    return [...this.slots.values()].flat();
  }

  bytes(): number {
    return sum(this.all());
  }

  find({ key, id }: { readonly key: string; readonly id: string }): Held | undefined {
    return this.slots.get(key)?.find(({ head }) => head.id === id);
  }

  use(key: string): void {
    const slot = this.slots.get(key);
    if (slot !== undefined) this.#set(key, slot);
  }

  add(held: Held): boolean {
    const { key, variant } = held.head;
    const slot = this.slots.get(key) ?? [];
    const old = slot.find(({ head }) => head.variant === variant);
    if (held.bytes > this.maxBytes) {
      if (old !== undefined) this.#remove(old);
      return false;
    }
    const others = slot.filter((other) => other !== old);
    this.#came.push(held);
    const kept = [held];
    for (const other of others.toReversed()) {
      if (sum([...kept, other]) > this.maxBytes) break;
      if (kept.length < MAX_VARIANTS) kept.unshift(other);
    }
    this.evictions += others.length + 1 - kept.length;
    this.#set(key, kept);
    return true;
  }

  update(before: Held, head: StoredResponse): boolean {
    const updated = { head, body: before.body, bytes: before.bytes - headBytes(before.head) + headBytes(head) };
    this.#remove(before);
    return this.add(updated);
  }

  delete(target: DeleteTarget): number {
    const gone = this.#came.filter((held) => this.find(held.head) === held && isNamed(held.head, target));
    for (const held of gone) this.#remove(held);
    return gone.length;
  }

  /** What stays under its key is as near to its end as before. */
  #remove(held: Held): void {
    const { key } = held.head;
    const rest = (this.slots.get(key) ?? []).filter((other) => other !== held);
    if (rest.length > 0) this.slots.set(key, rest);
    else this.slots.delete(key);
  }

  #set(key: string, slot: readonly Held[]): void {
    this.slots.delete(key);
    for (const [oldest, others] of this.slots) {
      if (this.bytes() + sum(slot) <= this.maxBytes) break;
      this.slots.delete(oldest);
      this.evictions += others.length;
    }
    if (slot.length > 0) this.slots.set(key, slot);
  }
}

function sum(slot: readonly Held[]): number {
  return slot.reduce((bytes, held) => bytes + held.bytes, 0);
}

const URLS = ['', 'a', 'a/b', 'a/c', 'b', 'b/c'].map((at) => `http://example.com/${at}`).concat('http://example.org/');
const path = fc.nat(URLS.length - 1);
const label = fc.constantFrom('one', 'two');
/** Most has none, as in life: it is kept in another form then. */
const labels = fc.oneof({ weight: 3, arbitrary: fc.constant<string[]>([]) }, fc.subarray(['one', 'two']));

const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom('put' as const, 'write' as const),
      path,
      key: fc.constantFrom('plain', 'plain', 'plain', 'own', 'alias'),
      variant: fc.constantFrom('', '', '', '', 'x', 'y', 'z'),
      tags: labels,
      groups: labels,
      length: fc.oneof(fc.nat(300), fc.integer({ min: 301, max: 5_000 }), fc.integer({ min: 8_000, max: 16_000 })),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('read' as const, 'touch' as const, 'delete' as const), at: fc.nat() }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('update' as const), at: fc.nat(), variant: fc.constantFrom('', 'x'), tags: labels }),
  },
  fc.record({ kind: fc.constantFrom('tag' as const, 'group' as const), label, path }),
  fc.record({ kind: fc.constantFrom('url' as const, 'prefix' as const), path }),
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('clear' as const, 'look' as const) }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** A store and its model, kept in step. */
class Pair {
  readonly store: CacheStore;
  readonly model: Model;
  /** All that was ever stored. */
  readonly heads: StoredResponse[] = [];
  /** What was read, and what it must stay. */
  readonly views: { readonly view: Uint8Array; readonly bytes: Uint8Array }[] = [];

  constructor(maxBytes: number) {
    this.store = memoryStore({ maxBytes });
    this.model = new Model(maxBytes);
  }

  async take(one: Step): Promise<void> {
    switch (one.kind) {
      case 'put':
      case 'write':
        return this.#add(one);
      case 'read':
      case 'touch':
      case 'delete':
      case 'update':
        return this.#useOne(one);
      case 'clear':
        await this.store.clear();
        this.model.slots.clear();
        return undefined;
      case 'look':
        return this.checkHeads();
      default:
        return this.#delete(targetOf(one));
    }
  }

  async #add(one: Extract<Step, { kind: 'put' | 'write' }>): Promise<void> {
    const { kind, tags, variant } = one;
    const url = URLS[one.path] ?? '';
    const fields = one.groups.length === 0 ? {} : { 'Cache-Groups': one.groups.map((group) => `"${group}"`).join(', ') };
    const key = { plain: `private ${url}`, own: 'private key k', alias: 'private search http://example.com/?' }[one.key] ?? '';
    const head = stored({ url, key, variant, tags, fields, bodyBytes: one.length });
    const body = exampleBytes(one.length, this.heads.length).slice();
    const bytes = await bytesAlone(kind, head, body);
    this.heads.push(head);
    const outcome = await addTo(this.store, kind, head, body);
    if (kind === 'write' && body.byteLength > this.model.maxBytes) expect(outcome).toBe('not begun');
    else expect(outcome).toBe(this.model.add({ head, body, bytes }) ? 'stored' : 'refused');
  }

  async #useOne(one: Extract<Step, { at: number }>): Promise<void> {
    const head = this.heads[one.at % Math.max(1, this.heads.length)];
    if (head === undefined) return;
    const held = this.model.find(head);
    switch (one.kind) {
      case 'read':
        this.#read(head, held?.body);
        break;
      case 'touch':
        this.store.touch?.(head);
        this.model.use(head.key);
        break;
      case 'delete':
        await this.#delete({ kind: 'id', key: head.key, id: head.id });
        break;
      default: {
        const updated = { ...head, variant: one.variant, tags: one.tags };
        expect(await this.store.update(head, updated)).toBe(held !== undefined && this.model.update(held, updated));
      }
    }
  }

  #read(head: StoredResponse, bytes: Uint8Array | undefined): void {
    const view = this.store.read(head);
    this.model.use(head.key);
    expect(view === undefined).toBe(bytes === undefined);
    if (view instanceof Uint8Array && bytes !== undefined) this.views.push({ view, bytes });
  }

  async #delete(target: DeleteTarget): Promise<void> {
    expect(await this.store.delete(target)).toBe(this.model.delete(target));
  }

  /** By what does not count as a use. */
  async check(): Promise<void> {
    const { model, store } = this;
    expect(await store.stats()).toEqual({ entries: model.all().length, bytes: model.bytes(), evictions: model.evictions });
    expect(model.bytes()).toBeLessThanOrEqual(model.maxBytes);
  }

  /** Not after each step: what nobody has looked up is kept in another form. */
  async checkHeads(): Promise<void> {
    const { model, store } = this;
    for (const key of new Set(this.heads.map((head) => head.key))) {
      expect(await store.lookup(key)).toEqual((model.slots.get(key) ?? []).map(({ head }) => head));
    }
  }

  async checkBodies(): Promise<void> {
    for (const { view, bytes } of this.views) expect(Buffer.compare(view, bytes)).toBe(0);
    for (const { head, body } of this.model.all()) {
      const whole = await this.store.read(head);
      expect(whole instanceof Uint8Array && Buffer.compare(whole, body) === 0).toBe(true);
      const part = await this.store.read(head, { start: Math.min(1, body.byteLength), end: body.byteLength });
      expect(part instanceof Uint8Array && Buffer.compare(part, body.subarray(1)) === 0).toBe(true);
    }
  }
}

function targetOf(one: Extract<Step, { kind: 'tag' | 'group' | 'url' | 'prefix' }>): DeleteTarget {
  const url = URLS[one.path] ?? '';
  switch (one.kind) {
    case 'tag':
      return { kind: 'tag', tag: one.label };
    case 'group':
      return { kind: 'group', origin: new URL(url).origin, group: one.label };
    case 'url':
      return { kind: 'url', url };
    default:
      return { kind: 'prefix', prefix: url };
  }
}

function isNamed(head: StoredResponse, target: DeleteTarget): boolean {
  switch (target.kind) {
    case 'id':
      return head.id === target.id;
    case 'url':
      return head.url === target.url;
    case 'prefix':
      return head.url.startsWith(target.prefix);
    case 'tag':
      return head.tags.includes(target.tag);
    default:
      return head.origin === target.origin && head.groups.includes(target.group);
  }
}

async function addTo(store: CacheStore, kind: 'put' | 'write', head: StoredResponse, body: Uint8Array): Promise<string> {
  if (kind === 'put') return store.put?.(head, body).kind ?? 'no put';
  const { bodyBytes, ...entry } = head;
  const writer = await store.create({ ...entry, expectedBytes: bodyBytes });
  if (writer === undefined) return 'not begun';
  for (let at = 0; at < bodyBytes; at += 1_000) {
    if ((await writer.write(body.slice(at, at + 1_000))) !== undefined) return 'refused';
  }
  return (await writer.commit(bodyBytes)).kind;
}

/** What it takes where nothing else is. */
async function bytesAlone(kind: 'put' | 'write', head: StoredResponse, body: Uint8Array): Promise<number> {
  const alone = memoryStore();
  await addTo(alone, kind, head, body);
  return (await alone.stats()).bytes;
}

test('a memory store holds what a plain list would hold, however it is filled, changed and emptied', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 1, maxLength: 120, size: 'max' }),
      fc.constantFrom(6_000, 20_000, 60_000),
      async (steps, maxBytes) => {
        const pair = new Pair(maxBytes);
        for (const one of steps) {
          await pair.take(one);
          await pair.check();
        }
        await pair.checkHeads();
        await pair.checkBodies();
      },
    ),
    { numRuns: 100 },
  );
}, 20_000);

test('what is put and is larger than the store takes the old one with it, which is out of date', async () => {
  for (const length of [5_001, 4_900]) {
    const store = memoryStore({ maxBytes: 5_000 });
    const old = stored();
    store.put?.(old, new Uint8Array(10));
    const result = store.put?.(stored({ bodyBytes: length }), new Uint8Array(length));
    expect([result, await store.lookup(old.key)]).toEqual([{ kind: 'refused', reason: 'too-large' }, []]);
  }
});

test('what is put is copied, and the bytes are the caller’s again', async () => {
  const store = memoryStore();
  const bytes = Buffer.from('body');
  const head = stored({ bodyBytes: 4 });
  store.put?.(head, bytes);
  bytes.fill(0);
  expect(Buffer.from((await bodyOf(store, head)) ?? []).toString()).toBe('body');
});

async function bodyOf(store: CacheStore, head: StoredResponse): Promise<Uint8Array | undefined> {
  const source = await store.read(head);
  return source instanceof Uint8Array ? source : undefined;
}
