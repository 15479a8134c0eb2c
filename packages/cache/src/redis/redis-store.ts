import { randomUUID } from 'node:crypto';

import type { Clock } from '@roundtripper/core';

import { joined, spanOf, type ChunkSpan } from '../external/chunks.ts';
import type { BodySource, ByteRange, CacheStore, DeleteTarget, EntryWriter, Lease, NewEntry, StoreStats } from '../store.ts';
import { StoreError } from '../store-error.ts';
import { headBytes, type StoredResponse } from '../stored-response.ts';
import { OwedDeletions } from './owed-deletions.ts';
import { largeBody, openPieces, PIECES_AHEAD, PIECES_AT_ONCE } from './redis-body.ts';
import { callersClient, ownClient } from './redis-client.ts';
import { keysBeginning, listOf } from './redis-commands.ts';
import { remove, type Removal } from './redis-deletion.ts';
import { allLabelsOf, keepMsOf } from './redis-keys.ts';
import { takeLease } from './redis-lease.ts';
import { RedisLink } from './redis-link.ts';
import { resolveRedisOptions, type RedisStoreOptions, type ResolvedRedisOptions } from './redis-options.ts';
import { REFUSED_WRITER, RedisWriter } from './redis-writer.ts';
import { sealedHead, unsealedHead } from './sealed.ts';

/** A store in Redis, with what others can do as well: leases, and an end. */
export interface RedisStore extends CacheStore {
  mark(): string;
  lease(key: string, ms: number, found: readonly StoredResponse[]): Promise<Lease>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * A store in Redis (7 and later) or Valkey, for all processes that use the same one. What one of them deletes is deleted for all, also what is on its way to another.
 *
 * Redis may be slow, away, or come and go: a command takes no longer than `timeout`, and after a failure, which the cache reports, none is sent for `pause`; the store finds nothing then,
 * and stores nothing. Of an outage each reason is thrown once, by `lookup`. Deletions are made up for before it is used again, as far as this process lives so long.
 * To be disposed of at the end.
 * @throws TypeError for an invalid option.
 */
export function redisStore(options: RedisStoreOptions): RedisStore {
  return new StoreInRedis(resolveRedisOptions(options));
}

/** How long an entry may take from its beginning to its commit, in milliseconds. */
const BEGUN_MS = 3_600_000;

/** What a look-up brings besides a head. */
interface BesideHead {
  /** Its body, where it is small. */
  readonly small: unknown;
  readonly isSmall: boolean;
  /** Another one each time that the head changes. */
  readonly name: Buffer;
}

/** Nobody has said from when an answer is. */
const NO_MARK = '-';

const NOTHING: readonly StoredResponse[] = [];
const NO_BYTES = new Uint8Array(0);

class StoreInRedis implements RedisStore {
  readonly #options: ResolvedRedisOptions;
  readonly #clock: Clock;
  readonly #link: RedisLink;
  readonly #owed = new OwedDeletions();
  /** What came with heads: each look-up makes new ones, and both go together. */
  readonly #beside = new WeakMap<StoredResponse, BesideHead>();
  /** The last deletion that Redis has told of. */
  #mark = '';
  #evictions = 0;

  constructor(options: ResolvedRedisOptions) {
    const { source, prefix, timeoutMs, pauseMs, clock } = options;
    this.#options = options;
    this.#clock = clock;
    const connected = 'client' in source ? callersClient(source.client) : ownClient(source.url);
    this.#link = new RedisLink({
      connected,
      clock,
      timeoutMs,
      pauseMs,
      prefix,
      isOwing: () => !this.#owed.isEmpty,
      settle: (commands) => this.#owed.settleFirst((target) => remove(commands, prefix, target)),
    });
  }

  async lookup(key: string): Promise<readonly StoredResponse[]> {
    if (!this.#link.isUp) {
      this.#link.sayWhy();
      return NOTHING;
    }
    const [last, ...rows] = listOf(await this.#link.run('lookup', key));
    this.#mark = String(last);
    const found: StoredResponse[] = [];
    const corrupt: Buffer[] = [];
    for (const row of rows) {
      const [variant, id, head, small, pieces, name] = listOf(row);
      const stored = unsealedHead(head, { key, variant: String(variant), id: String(id) });
      if (stored === undefined) corrupt.push(Buffer.isBuffer(variant) ? variant : Buffer.alloc(0));
      else {
        found.push(stored);
        if (Buffer.isBuffer(name)) this.#beside.set(stored, { small, isSmall: pieces === 0, name });
      }
    }
    if (corrupt.length > 0) await this.#throwOut(key, corrupt);
    return found;
  }

  async read(stored: StoredResponse, range?: ByteRange): Promise<BodySource | undefined> {
    const span = spanOf(stored.bodyBytes, range);
    const values = await this.#valuesAhead(stored, span);
    if (values === undefined) return undefined;
    if (span.start === span.end) return NO_BYTES;
    const throwOut = (): Promise<never> => this.#throwOut(stored.key, [Buffer.from(stored.variant)]);
    const firstPieces = openPieces(values, span.first, stored, span) ?? (await throwOut());
    if (span.first + firstPieces.length > span.last) return joined(firstPieces);
    return largeBody({ stored, span, firstPieces, more: (from, to) => this.#valuesOn(stored, from, to), throwOut });
  }

  async create(entry: NewEntry): Promise<EntryWriter | undefined> {
    const { maxEntryBytes, keepStaleMs } = this.#options;
    if (!this.#link.isUp || (entry.expectedBytes ?? 0) > maxEntryBytes) return undefined;
    const answer = await this.#link.run('begin', randomUUID(), `${BEGUN_MS}`, entry.mark ?? NO_MARK, ...allLabelsOf(entry));
    const [last, labels] = listOf(answer);
    this.#mark = String(last);
    if (labels === undefined) return REFUSED_WRITER;
    const context = {
      link: this.#link,
      maxEntryBytes,
      monotonicMs: () => this.#clock.monotonicMs(),
      keepMs: () => keepMsOf(entry, this.#clock.nowMs(), keepStaleMs),
      onEvicted: (count: number) => {
        this.#evictions += count;
      },
    };
    return new RedisWriter(
      context,
      entry,
      listOf(labels).filter((label) => Buffer.isBuffer(label)),
    );
  }

  mark(): string {
    return this.#mark;
  }

  async update(stored: StoredResponse, head: StoredResponse, mark?: string): Promise<boolean> {
    const { key, variant, id } = stored;
    try {
      if (!this.#link.isUp && !head.isInvalidated) return false;
      const facts = [key, variant, id, head.variant, sealedHead(head), `${headBytes(head) + stored.bodyBytes}`];
      const keepMs = keepMsOf(head, this.#clock.nowMs(), this.#options.keepStaleMs);
      const rest = [`${keepMs}`, randomUUID(), mark ?? NO_MARK, ...allLabelsOf(head)];
      const [last, isThere] = listOf(await this.#link.run('update', ...facts, ...rest));
      this.#mark = String(last);
      return isThere === 1;
    } catch (error) {
      // It was to be made stale, and may still look fresh: it goes, or is owed. What is reported is why it was not updated.
      if (head.isInvalidated) await this.#surely({ kind: 'id', key, id }).catch(() => 0);
      throw error;
    }
  }

  async delete(target: DeleteTarget): Promise<number> {
    return this.#surely(target);
  }

  async clear(): Promise<void> {
    await this.#surely({ kind: 'everything' });
  }

  async stats(): Promise<StoreStats> {
    let entries = 0;
    let bytes = 0;
    for await (const keys of keysBeginning(this.#link, `${this.#options.prefix}k:`)) {
      const [moreEntries, moreBytes] = listOf(await this.#link.run('count', ...keys));
      entries += Number(moreEntries);
      bytes += Number(moreBytes);
    }
    return { entries, bytes, evictions: this.#evictions };
  }

  lease(key: string, ms: number, found: readonly StoredResponse[]): Promise<Lease> {
    const { prefix } = this.#options;
    const names = found.map((stored) => this.#beside.get(stored)?.name ?? '');
    return takeLease({ link: this.#link, clock: this.#clock, prefix, key, token: randomUUID() }, ms, names);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#link.close();
  }

  /** The first values tell whether the response is there; the others come side by side. `undefined` where it has gone. */
  async #valuesAhead(stored: StoredResponse, span: ChunkSpan): Promise<readonly unknown[] | undefined> {
    const beside = this.#beside.get(stored);
    if (beside?.isSmall === true) return [beside.small];
    if (!this.#link.isUp) return undefined;
    const { key, variant, id } = stored;
    const { first } = span;
    const last = Math.min(span.last, first + PIECES_AHEAD - 1);
    const middle = Math.min(last, first + PIECES_AT_ONCE - 1);
    const head = await this.#link.run('read', key, variant, id, `${first}`, `${middle}`, middle < span.last ? '1' : '0');
    if (head === null || middle === last) return head === null ? undefined : listOf(head);
    const parts: Promise<readonly unknown[] | undefined>[] = [];
    for (let from = middle + 1; from <= last; from += PIECES_AT_ONCE) {
      parts.push(this.#valuesOn(stored, from, Math.min(last, from + PIECES_AT_ONCE - 1)));
    }
    const values = [...listOf(head)];
    for (const part of await Promise.all(parts)) {
      if (part === undefined) return undefined;
      values.push(...part);
    }
    return values;
  }

  async #valuesOn({ id }: StoredResponse, from: number, to: number): Promise<readonly unknown[] | undefined> {
    const values = await this.#link.run('readOn', id, `${from}`, `${to}`);
    return values === null ? undefined : listOf(values);
  }

  /** A deletion that Redis may not have heard of is owed: nothing is found before it was made up for. */
  async #surely(target: Removal): Promise<number> {
    try {
      return await remove(this.#link, this.#options.prefix, target);
    } catch (error) {
      this.#owed.add(target);
      this.#link.owes();
      throw error;
    }
  }

  /** @throws StoreError always: the cache reports it, and goes on as if nothing were stored, which is true from now on. */
  async #throwOut(key: string, variants: readonly Buffer[]): Promise<never> {
    await this.#link.run('throwOut', key, ...variants);
    throw new StoreError('corrupt', 'a stored response could not be read: it was removed');
  }
}
