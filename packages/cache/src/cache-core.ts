import { randomBytes } from 'node:crypto';

import { emit, type CacheDecision, type Clock, type HttpRequest } from '@roundtripper/core';

import { AlwaysAsked } from './always-asked.ts';
import { Background } from './background.ts';
import { CacheKeys, isForUrl, pathNameOf } from './cache-key.ts';
import type { ResolvedOptions } from './cache-options.ts';
import type { CacheResult } from './cache-status.ts';
import { Flights } from './flights.ts';
import { Generations } from './generations.ts';
import { GuardedStore } from './guarded-store.ts';
import type { Rules } from './rules.ts';
import { StoringOrder, type Storing } from './storing-order.ts';
import type { Answer, DeleteTarget, NewEntry } from './store.ts';
import { momentOf, type Moment, type StoredResponse } from './stored-response.ts';
import { andThen } from './answer.ts';

/** What a cache holds now, and what it has done since it was made. */
export interface CacheStats {
  /** Responses in the store now. */
  readonly entries: number;
  /** What they take, as the store counts it. */
  readonly bytes: number;
  /** Responses that went to make room, as the store counts it. */
  readonly evictions: number;
  /** Requests answered from the store, fresh. */
  readonly hits: number;
  /** Requests answered from the store although it was not fresh any more. */
  readonly staleHits: number;
  /** Requests answered from the store after the server has said that it still holds; those included that the cache makes in the background. */
  readonly revalidations: number;
  /** Requests for which the store had no answer. */
  readonly misses: number;
  /** Requests that had nothing to do with the cache. */
  readonly bypasses: number;
  /** Requests, among all of these, that waited for the answer to another and got that. */
  readonly collapsed: number;
  /** Responses that were stored. */
  readonly stores: number;
  /** Responses that were dropped because they were invalidated or deleted. */
  readonly invalidations: number;
  /** Times that the store failed, was late, or gave back what was corrupt. */
  readonly storeErrors: number;
}

/** RFC 9111 §4.2.2 suggests a bound for guesses, and names a day. */
const MOST_HEURISTIC_MS = 86_400_000;

/** Everything that a cache keeps between requests. */
export class CacheCore {
  readonly options: ResolvedOptions;
  readonly rules: Rules;
  readonly keys: CacheKeys;
  readonly store: GuardedStore;
  readonly flights: Flights = new Flights();
  readonly alwaysAsked: AlwaysAsked = new AlwaysAsked();
  readonly background: Background;
  readonly #clock: Clock;
  readonly #generations = new Generations();
  readonly #counts = { hit: 0, stale: 0, revalidated: 0, miss: 0, bypass: 0, collapsed: 0, stored: 0, invalidated: 0, storeErrors: 0 };
  readonly #idPrefix = `${randomBytes(9).toString('base64url')}-`;
  #lastId = 0;
  readonly #storing = new StoringOrder();

  constructor(options: ResolvedOptions) {
    const { mode, targets, heuristicFraction, clock, storeTimeout, onStoreError } = options;
    this.options = options;
    this.rules = { mode, targets, heuristicFraction, maxHeuristicMs: MOST_HEURISTIC_MS };
    this.keys = new CacheKeys(mode);
    this.#clock = clock;
    this.background = new Background(clock);
    const onError: typeof onStoreError = (error, operation) => {
      this.#counts.storeErrors += 1;
      return onStoreError(error, operation);
    };
    this.store = new GuardedStore(options.store, { clock, timeoutMs: storeTimeout, onError });
  }

  now(): Moment {
    return momentOf(this.#clock);
  }

  /** For durations: half of what {@link now} takes. */
  monotonicMs(): number {
    return this.#clock.monotonicMs();
  }

  /** What no other response in any store is called. */
  newId(): string {
    this.#lastId += 1;
    return `${this.#idPrefix}${this.#lastId}`;
  }

  /**
   * A number that grows when a URL is invalidated: who stores something asks for it first. Where what is stored of one URL may serve another (No-Vary-Search) it grows with every URL of the
   * path: a server says of an answer only when it comes whether it does. One that says so for the first time is not stored where another of its path was invalidated before.
   */
  generationOf(named: { readonly url: string }): number {
    const { common } = this.#generations;
    // The text of the URL may have yet to be made.
    if (common !== undefined) return common;
    const { url } = named;
    const own = this.#generations.of(url);
    const path = this.keys.pathOf(url);
    return path === undefined ? own : Math.max(own, this.#generations.of(path));
  }

  /** A response is about to be stored. @returns what says, when its body is there, whether it comes too late: of two requests at once the answer that came first may be read to its end last. */
  storing(entry: NewEntry): Storing {
    return this.#storing.begin(placeName(entry));
  }

  /** A response was stored as soon as it came, and so before those that came earlier and are still on their way. */
  overtake(stored: StoredResponse): void {
    this.#storing.overtake(placeName(stored));
  }

  /** Counts a request that was answered, and tells its listener. */
  answered(request: HttpRequest, { status, reason, isCollapsed }: CacheResult): void {
    this.#counts[status] += 1;
    if (isCollapsed) this.#counts.collapsed += 1;
    if (request.trace === undefined || status === 'miss' || status === 'bypass') return;
    tell(request, status, isCollapsed ? 'collapsed' : reason);
  }

  /** Counts a request that there was no answer to. */
  unanswered(): void {
    this.#counts.miss += 1;
  }

  /** Tells a request's listener what became of its response. */
  stored(request: HttpRequest, decision: 'stored' | 'not-stored', detail: string): void {
    if (decision === 'stored') this.#counts.stored += 1;
    tell(request, decision, detail);
  }

  /** Drops what is stored of something, and what is on its way there. @returns how many were dropped. */
  invalidate(target: DeleteTarget): Answer<number> {
    if (target.kind === 'url') {
      this.#generations.advance(target.url);
      this.#generations.advance(pathNameOf(target.url));
    } else this.#generations.advanceAll();
    return andThen(this.store.delete(target), (dropped) => {
      this.#counts.invalidated += dropped;
      const alias = target.kind === 'url' ? this.keys.aliasOf(target.url) : undefined;
      return target.kind !== 'url' || alias === undefined ? dropped : this.#invalidateAlias(target.url, alias, dropped);
    });
  }

  /** What is stored of other URLs, and served for this one, goes with it. */
  async #invalidateAlias(url: string, alias: string, before: number): Promise<number> {
    const found = await this.store.lookup(alias);
    let dropped = before;
    for (const { key, id } of found.filter((stored) => isForUrl(stored, { key: '', url }))) {
      const count = await this.store.delete({ kind: 'id', key, id });
      this.#counts.invalidated += count;
      dropped += count;
    }
    return dropped;
  }

  clear(): Answer<void> {
    this.#generations.advanceAll();
    return this.store.clear();
  }

  async stats(): Promise<CacheStats> {
    const { entries, bytes, evictions } = await this.store.stats();
    const { hit, stale, revalidated, miss, bypass, collapsed, stored, invalidated, storeErrors } = this.#counts;
    const requests = { hits: hit, staleHits: stale, revalidations: revalidated, misses: miss, bypasses: bypass, collapsed };
    return { entries, bytes, evictions, ...requests, stores: stored, invalidations: invalidated, storeErrors };
  }
}

/** A key never begins with a digit; as it is it was hashed before. */
function placeName({ key, variant }: Pick<StoredResponse, 'key' | 'variant'>): string {
  return variant === '' ? key : `${key.length} ${key}${variant}`;
}

/** Tells a request's listener what the cache does with it. */
export function tell(request: HttpRequest, decision: CacheDecision, detail: string): void {
  if (request.trace === undefined) return;
  emit(request.trace, { kind: 'cacheDecision', decision, detail });
}
