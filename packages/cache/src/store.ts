import type { StoredResponse } from './stored-response.ts';

/** What a store answers with: at once, which is what makes a hit from memory cheap, or by a promise. */
export type Answer<T> = T | Promise<T>;

/** A body out of a store: all the bytes that were asked for, or their chunks in order. Neither changes after it was given out; who reads it copies. */
export type BodySource = Uint8Array | AsyncIterable<Uint8Array>;

/** Bytes of a stored body, from `start` up to, and not including, `end`; counted from the first byte stored, also where the body is a part of a representation. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** A response that is about to be stored: all but the length of its body. */
export type NewEntry = Omit<StoredResponse, 'bodyBytes'> & {
  /** What its server has declared, in bytes: not to be believed before it has come. */
  readonly expectedBytes: number | undefined;
  /** What {@link CacheStore.mark} has said before the server was asked; without it an entry is as old as its `create`. */
  readonly mark?: string | undefined;
};

/** The head of an entry whose body has come. Its fields one by one: copying all but one takes ten times as long. */
export function storedFrom(entry: NewEntry, bodyBytes: number): StoredResponse {
  return {
    id: entry.id,
    key: entry.key,
    url: entry.url,
    variant: entry.variant,
    selecting: entry.selecting,
    status: entry.status,
    statusText: entry.statusText,
    proto: entry.proto,
    headers: entry.headers,
    part: entry.part,
    receivedAtMs: entry.receivedAtMs,
    receivedMonotonicMs: entry.receivedMonotonicMs,
    initialAgeMs: entry.initialAgeMs,
    policy: entry.policy,
    tags: entry.tags,
    isInvalidated: entry.isInvalidated,
    bodyBytes,
    origin: entry.origin,
    etag: entry.etag,
    lastModified: entry.lastModified,
    lastModifiedMs: entry.lastModifiedMs,
    dateMs: entry.dateMs,
    groups: entry.groups,
    noVarySearch: entry.noVarySearch,
  };
}

/** Why a store does not take an entry: it is larger than it allows, there is no room for it now, or what it belongs to was deleted meanwhile. */
export type StoreRefusal = 'too-large' | 'no-room' | 'deleted-meanwhile';

/** What became of an entry that was written. */
export type CommitResult =
  | { readonly kind: 'stored'; readonly stored: StoredResponse }
  | { readonly kind: 'refused'; readonly reason: StoreRefusal };

/** An entry that is being written. Of what it is given nothing can be seen, by nobody, before {@link commit} has succeeded. */
export interface EntryWriter {
  /**
   * The next bytes of the body. They are the store's to keep: nobody changes them any more.
   * A promise asks the writer to wait: it is backpressure. A refusal ends the entry, as {@link abort} does.
   */
  write(chunk: Uint8Array): Answer<StoreRefusal | undefined>;
  /** The body is complete: the entry takes the place of the one with the same key and variant, in one step. Not called before all writes were answered. */
  commit(bodyBytes: number): Answer<CommitResult>;
  /** The body will not be complete: nothing is left behind. Idempotent; harmless after a commit. */
  abort(): Answer<void>;
}

/** Which stored responses are to go: one of them, all of a URL, of a group of an origin (RFC 9875), of a tag, or of all URLs that begin so. */
export type DeleteTarget =
  | { readonly kind: 'id'; readonly key: string; readonly id: string }
  | { readonly kind: 'url'; readonly url: string }
  | { readonly kind: 'group'; readonly origin: string; readonly group: string }
  | { readonly kind: 'tag'; readonly tag: string }
  | { readonly kind: 'prefix'; readonly prefix: string };

/** What a store holds. */
export interface StoreStats {
  /** Responses. */
  readonly entries: number;
  /** Bytes they take, bodies and heads. */
  readonly bytes: number;
  /** Responses that went to make room, since the store was made. */
  readonly evictions: number;
}

/** The right to ask the server for what a key stands for, among all processes that share a store. */
export type Lease =
  | { readonly kind: 'granted'; release(): Answer<void> }
  /** Somebody else has it. `released` resolves when that one is done, or after the lease's time; it never rejects. `stop` ends the waiting: `released` resolves. */
  | { readonly kind: 'taken'; readonly released: Promise<void>; stop(): void };

/**
 * Where a cache keeps its responses.
 *
 * **Failure.** Every method may throw, reject or take too long: the cache then reports it (`onStoreError`), waits no longer than its `storeTimeout`, and goes on as if the store
 * held nothing. A store never makes a request fail, so it need not hide its failures.
 *
 * **Atomicity.** `commit`, `update` and each deletion happen in one step: whoever looks sees the state before or after it. An entry that was begun before a deletion that
 * names it must not appear after it: a store that others share refuses its commit (`deleted-meanwhile`); one that nobody shares may leave that to the cache, which asks again after the commit.
 * An answer is older than its entry: between the request and `create` another process may delete what it belongs to. A store that others share closes that gap by {@link mark}.
 *
 * **Bounds.** It keeps itself within its own limits, evicting what was used longest ago, at least roughly, and no more than {@link MAX_VARIANTS} responses under one key.
 *
 * **Trust.** What it gives back is what was put in: a store outside the process reads heads by `parseStored`, and treats what cannot be read as not there, removes it and says so.
 * A body whose length is not `bodyBytes` is found out by the cache.
 */
export interface CacheStore {
  /** Every response stored under a key, heads only, in any order. */
  lookup(key: string): Answer<readonly StoredResponse[]>;
  /** The body of one of them, or a part of it; `undefined` where it is gone meanwhile. */
  read(stored: StoredResponse, range?: ByteRange): Answer<BodySource | undefined>;
  /** Begins an entry; `undefined` where it could not be stored anyway. */
  create(entry: NewEntry): Answer<EntryWriter | undefined>;
  /**
   * Stores at once a response whose body is all there: what {@link create}, one write and the commit do, for less. Only for a store that needs no promise for that; without it
   * those three do.
   * @param bytes The body, lent during the call: a store that keeps it copies it.
   * @param mark As {@link NewEntry.mark}.
   */
  put?(stored: StoredResponse, bytes: Uint8Array, mark?: string): CommitResult;
  /**
   * Puts `head` in place of `stored`, whose `id`, `key` and body stay: it was freshened, or made stale. False where it is gone.
   * With a `mark` it was freshened by an answer that was asked for then: false also where a deletion since then names what `head` belongs to.
   */
  update(stored: StoredResponse, head: StoredResponse, mark?: string): Answer<boolean>;
  /** @returns how many went. */
  delete(target: DeleteTarget): Answer<number>;
  clear(): Answer<void>;
  stats(): Answer<StoreStats>;
  /** Says that a response was used, where no `read` tells: it answered HEAD, or a condition. */
  touch?(stored: StoredResponse): void;
  /**
   * The deletions up to now, as a text that only this store understands: for stores that several processes share. The cache asks for it before each request that leaves for the server, and hands it
   * back with the answer ({@link NewEntry.mark}, `update`), which is refused (`deleted-meanwhile`) where a deletion since then names it, or nobody knows any more.
   * It comes at once: a store that would have to ask for it remembers what its last look-up has brought, since an older mark refuses too much at worst. Empty where nothing is known:
   * the answer is not stored then.
   */
  mark?(): string;
  /**
   * Whether no deletion since `mark` can name what a server answers for `url`, said at once; deletions of groups and tags may, as long as the answer is not known. Asked by whoever would join a request
   * that has left before another process has deleted something; without it every other mark counts as such a deletion, and he asks by himself.
   */
  isCurrent?(mark: string, url: string): boolean;
  /**
   * Takes a lease on a key for `ms` milliseconds at most: for stores that several processes share. `found` is what the caller's look-up has found, some time ago: where something was stored or
   * freshened under the key since, the lease is taken and `released` already, and the caller looks again.
   */
  lease?(key: string, ms: number, found: readonly StoredResponse[]): Answer<Lease>;
  [Symbol.asyncDispose]?(): PromiseLike<void>;
}

/** Responses of one key that are kept side by side: a server that varies on what never comes twice would have every look-up search ever more. The oldest goes. */
export const MAX_VARIANTS = 32;
