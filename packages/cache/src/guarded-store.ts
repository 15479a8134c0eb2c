import type { Clock } from '@roundtripper/core';

import { isLater } from './answer.ts';
import { checkedChunks } from './checked-chunks.ts';
import { dropPromise } from './drop-promise.ts';
import type {
  Answer,
  BodySource,
  ByteRange,
  CacheStore,
  CommitResult,
  DeleteTarget,
  EntryWriter,
  Lease,
  NewEntry,
  StoreRefusal,
  StoreStats,
} from './store.ts';
import type { StoredResponse } from './stored-response.ts';

/** What a store was doing when it failed. */
export type StoreOperation =
  | 'lookup'
  | 'read'
  | 'create'
  | 'write'
  | 'commit'
  | 'abort'
  | 'update'
  | 'delete'
  | 'clear'
  | 'stats'
  | 'lease';

/** How a store is guarded. */
export interface GuardOptions {
  readonly clock: Clock;
  /** How long an answer may take, in milliseconds. */
  readonly timeoutMs: number;
  readonly onError: (error: unknown, operation: StoreOperation) => void;
}

/** One kind of call of a store. */
interface Call<T> {
  readonly operation: StoreOperation;
  /** The answer where there is none. */
  readonly otherwise: T;
  /** Whether it is one: what a store of somebody else's may give. Default: whatever it is. */
  readonly isAnswer?: (answer: unknown) => boolean;
}

const NO_COMMIT: CommitResult = { kind: 'refused', reason: 'no-room' };

const LOOKUP: Call<readonly StoredResponse[]> = { operation: 'lookup', otherwise: [], isAnswer: Array.isArray };
const NOT_CURRENT: Call<boolean> = { operation: 'lookup', otherwise: false };
const READ: Call<BodySource | undefined> = { operation: 'read', otherwise: undefined };
const CREATE: Call<EntryWriter | undefined> = { operation: 'create', otherwise: undefined };
const WRITE: Call<StoreRefusal | undefined> = { operation: 'write', otherwise: 'no-room' };
const COMMIT: Call<CommitResult> = { operation: 'commit', otherwise: NO_COMMIT, isAnswer: isCommitResult };
const ABORT: Call<void> = { operation: 'abort', otherwise: undefined };
const UPDATE: Call<boolean> = { operation: 'update', otherwise: false };
const DELETE: Call<number> = { operation: 'delete', otherwise: 0 };
const CLEAR: Call<void> = { operation: 'clear', otherwise: undefined };
const STATS: Call<StoreStats> = { operation: 'stats', otherwise: { entries: 0, bytes: 0, evictions: 0 } };
const LEASE: Call<Lease | undefined> = { operation: 'lease', otherwise: undefined };
const RELEASE: Call<void> = { operation: 'lease', otherwise: undefined };

/** A store whose methods never throw, never reject, and answer in time: what goes wrong is reported, and counts as nothing found and nothing stored. */
export class GuardedStore {
  readonly #store: CacheStore;
  readonly #options: GuardOptions;

  constructor(store: CacheStore, options: GuardOptions) {
    this.#store = store;
    this.#options = options;
  }

  /** Without a function made for each call: it is on the way of every request. */
  lookup(key: string): Answer<readonly StoredResponse[]> {
    try {
      return this.#inTime(this.#store.lookup(key), LOOKUP);
    } catch (error) {
      return this.#failed(error, LOOKUP);
    }
  }

  /** The bytes that are asked for, all of them: a body of another length is corrupt, and removed. */
  read(stored: StoredResponse, range?: ByteRange): Answer<BodySource | undefined> {
    const found = this.#guard(READ, () => this.#store.read(stored, range));
    const expected = range === undefined ? stored.bodyBytes : range.end - range.start;
    return isLater(found) ? found.then((source) => this.#checked(stored, source, expected)) : this.#checked(stored, found, expected);
  }

  /** Whether it stores at once what is all there. */
  get canPut(): boolean {
    return this.#store.put !== undefined;
  }

  /** @param bytes Lent during the call. */
  put(stored: StoredResponse, bytes: Uint8Array, mark: string | undefined): CommitResult {
    if (mark === '') return NO_COMMIT;
    try {
      const result = this.#store.put?.(stored, bytes, mark);
      return result !== undefined && isCommitResult(result) ? result : this.#notAtOnce(stored, result);
    } catch (error) {
      return this.#failed(error, COMMIT);
    }
  }

  /** The deletions up to now; undefined for a store that nobody shares, empty where it has failed: what is asked for then is not stored. */
  mark(): string | undefined {
    try {
      return this.#store.mark?.();
    } catch (error) {
      this.#report(error, 'lookup');
      return '';
    }
  }

  /** Whether what was asked for with this mark of {@link mark} is of now: no deletion since then names what is answered for `url`, as far as the store can say. */
  isCurrent(mark: string | undefined, url: string): boolean {
    // Also where the store has failed both times: others are no reason then to ask a server more often.
    if (mark === undefined || this.mark() === mark) return true;
    try {
      return this.#store.isCurrent?.(mark, url) ?? false;
    } catch (error) {
      return this.#failed(error, NOT_CURRENT);
    }
  }

  create(entry: NewEntry): Answer<EntryWriter | undefined> {
    if (entry.mark === '') return undefined;
    return this.#guard(
      CREATE,
      () => this.#store.create(entry),
      (writer) => {
        if (writer !== undefined) this.abort(writer);
      },
    );
  }

  write(writer: EntryWriter, chunk: Uint8Array): Answer<StoreRefusal | undefined> {
    return this.#guard(WRITE, () => writer.write(chunk));
  }

  /** @param onLate Called where the entry was committed after nobody waited for it any more. */
  commit(writer: EntryWriter, bodyBytes: number, onLate: (result: CommitResult) => void): Answer<CommitResult> {
    return this.#guard(COMMIT, () => writer.commit(bodyBytes), onLate);
  }

  abort(writer: EntryWriter): void {
    void this.#guard(ABORT, () => writer.abort());
  }

  update(stored: StoredResponse, head: StoredResponse, mark?: string): Answer<boolean> {
    return mark === '' ? false : this.#guard(UPDATE, () => this.#store.update(stored, head, mark));
  }

  delete(target: DeleteTarget): Answer<number> {
    return this.#guard(DELETE, () => this.#store.delete(target));
  }

  clear(): Answer<void> {
    return this.#guard(CLEAR, () => this.#store.clear());
  }

  stats(): Answer<StoreStats> {
    return this.#guard(STATS, () => this.#store.stats());
  }

  touch(stored: StoredResponse): void {
    try {
      this.#store.touch?.(stored);
    } catch (error) {
      this.#report(error, 'read');
    }
  }

  get hasLeases(): boolean {
    return this.#store.lease !== undefined;
  }

  lease(key: string, ms: number, found: readonly StoredResponse[]): Answer<Lease | undefined> {
    return this.#guard(
      LEASE,
      () => this.#store.lease?.(key, ms, found),
      (lease) => {
        if (lease?.kind === 'granted') this.release(lease);
        else lease?.stop();
      },
    );
  }

  /** Waits until another process has given its lease back, `ms` milliseconds at most. */
  released(lease: Extract<Lease, { readonly kind: 'taken' }>, ms: number): Promise<void> {
    return new Promise((resolve) => {
      const finish = (): void => {
        timer.cancel();
        resolve();
      };
      const timer = this.#options.clock.after(ms, () => {
        lease.stop();
        resolve();
      });
      lease.released.then(finish, finish);
    });
  }

  release(lease: Extract<Lease, { readonly kind: 'granted' }>): void {
    void this.#guard(RELEASE, () => lease.release());
  }

  /** Of a `put` that is not what it should be: what it stores later may be other bytes than those, which were lent. */
  #notAtOnce({ key, id }: StoredResponse, answer: unknown): CommitResult {
    const drop = (): void => void this.delete({ kind: 'id', key, id });
    Promise.resolve(answer).then(drop, drop);
    return this.#failed(new TypeError('the store did not say at once what became of a response that it was given whole'), COMMIT);
  }

  #checked(stored: StoredResponse, source: BodySource | undefined, expected: number): BodySource | undefined {
    if (source === undefined) return undefined;
    const onCorrupt = (error: Error): void => {
      this.#report(error, 'read');
      void this.delete({ kind: 'id', key: stored.key, id: stored.id });
    };
    if (!(source instanceof Uint8Array)) {
      try {
        return checkedChunks(source, expected, { onCorrupt, next: (run) => this.#next(run) });
      } catch (error) {
        return this.#failed(error, READ);
      }
    }
    if (source.byteLength === expected) return source;
    onCorrupt(new Error(`a stored body has ${source.byteLength} bytes in place of ${expected}`));
    return undefined;
  }

  /** The next chunk of a body, in time. What goes wrong is thrown here: the reader has the bytes before it already. */
  async #next<T>(run: () => Promise<T>): Promise<T> {
    const result = await this.#guard<{ readonly kind: 'read'; readonly value: T } | typeof NOT_READ>(
      { operation: 'read', otherwise: NOT_READ },
      async () => ({ kind: 'read', value: await run() }),
    );
    if (result.kind === 'failed') throw new Error('the store failed while a body was read from it');
    return result.value;
  }

  /** @param onLate Takes an answer for which nobody waits any more. */
  #guard<T>(call: Call<T>, run: () => Answer<T>, onLate?: (value: T) => void): Answer<T> {
    try {
      return this.#inTime(run(), call, onLate);
    } catch (error) {
      return this.#failed(error, call);
    }
  }

  #inTime<T>(answer: Answer<T>, call: Call<T>, onLate?: (value: T) => void): Answer<T> {
    return isLater(answer) ? this.#timed(answer, call, onLate) : this.#asAnswer(answer, call);
  }

  #asAnswer<T>(answer: T, call: Call<T>): T {
    if (call.isAnswer === undefined || call.isAnswer(answer)) return answer;
    return this.#failed(new TypeError('the store answered something else than what a store answers'), call);
  }

  #failed<T>(error: unknown, { operation, otherwise }: Call<T>): T {
    this.#report(error, operation);
    return otherwise;
  }

  #timed<T>(answer: Promise<T>, call: Call<T>, onLate?: (value: T) => void): Promise<T> {
    const { operation, otherwise } = call;
    const { clock, timeoutMs } = this.#options;
    return new Promise((resolve) => {
      let isLate = false;
      const timer = clock.after(timeoutMs, () => {
        isLate = true;
        this.#report(new Error(`the store did not answer within ${timeoutMs} ms`), operation);
        resolve(otherwise);
      });
      timer.unref();
      answer.then(
        (value) => {
          timer.cancel();
          if (isLate) onLate?.(value);
          else resolve(this.#asAnswer(value, call));
        },
        (error: unknown) => {
          timer.cancel();
          if (!isLate) this.#report(error, operation);
          resolve(otherwise);
        },
      );
    });
  }

  #report(error: unknown, operation: StoreOperation): void {
    try {
      const answer: unknown = this.#options.onError(error, operation);
      dropPromise(answer);
    } catch {
      // An observer's failure is its own.
    }
  }
}

function isCommitResult(answer: unknown): boolean {
  if (typeof answer !== 'object' || answer === null || !('kind' in answer)) return false;
  return answer.kind === 'refused' || (answer.kind === 'stored' && 'stored' in answer && typeof answer.stored === 'object');
}

const NOT_READ = { kind: 'failed' as const };
