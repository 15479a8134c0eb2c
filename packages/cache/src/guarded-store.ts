import type { Clock } from '@roundtripper/core';

import { isLater } from './answer.ts';
import { checkedChunks } from './checked-chunks.ts';
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

/** One call of a store. */
interface Call<T> {
  readonly operation: StoreOperation;
  readonly run: () => Answer<T>;
  /** The answer where there is none. */
  readonly otherwise: T;
  /** Takes an answer for which nobody waits any more. */
  readonly onLate?: (value: T) => void;
}

const NOTHING: readonly StoredResponse[] = [];
const NO_STATS: StoreStats = { entries: 0, bytes: 0, evictions: 0 };
const NO_COMMIT: CommitResult = { kind: 'refused', reason: 'no-room' };

/** A store whose methods never throw, never reject, and answer in time: what goes wrong is reported, and counts as nothing found and nothing stored. */
export class GuardedStore {
  readonly #store: CacheStore;
  readonly #options: GuardOptions;

  constructor(store: CacheStore, options: GuardOptions) {
    this.#store = store;
    this.#options = options;
  }

  lookup(key: string): Answer<readonly StoredResponse[]> {
    return this.#guard({ operation: 'lookup', run: () => this.#store.lookup(key), otherwise: NOTHING });
  }

  /** The bytes that are asked for, all of them: a body of another length is corrupt, and removed. */
  read(stored: StoredResponse, range?: ByteRange): Answer<BodySource | undefined> {
    const found = this.#guard<BodySource | undefined>({
      operation: 'read',
      run: () => this.#store.read(stored, range),
      otherwise: undefined,
    });
    const expected = range === undefined ? stored.bodyBytes : range.end - range.start;
    return isLater(found) ? found.then((source) => this.#checked(stored, source, expected)) : this.#checked(stored, found, expected);
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

  create(entry: NewEntry): Answer<EntryWriter | undefined> {
    if (entry.mark === '') return undefined;
    const onLate = (writer: EntryWriter | undefined): void => {
      if (writer !== undefined) this.abort(writer);
    };
    return this.#guard<EntryWriter | undefined>({
      operation: 'create',
      run: () => this.#store.create(entry),
      otherwise: undefined,
      onLate,
    });
  }

  write(writer: EntryWriter, chunk: Uint8Array): Answer<StoreRefusal | undefined> {
    return this.#guard<StoreRefusal | undefined>({ operation: 'write', run: () => writer.write(chunk), otherwise: 'no-room' });
  }

  /** @param onLate Called where the entry was committed after nobody waited for it any more. */
  commit(writer: EntryWriter, bodyBytes: number, onLate: (result: CommitResult) => void): Answer<CommitResult> {
    return this.#guard<CommitResult>({ operation: 'commit', run: () => writer.commit(bodyBytes), otherwise: NO_COMMIT, onLate });
  }

  abort(writer: EntryWriter): void {
    void this.#guard<void>({ operation: 'abort', run: () => writer.abort(), otherwise: undefined });
  }

  update(stored: StoredResponse, head: StoredResponse, mark?: string): Answer<boolean> {
    if (mark === '') return false;
    return this.#guard({ operation: 'update', run: () => this.#store.update(stored, head, mark), otherwise: false });
  }

  delete(target: DeleteTarget): Answer<number> {
    return this.#guard({ operation: 'delete', run: () => this.#store.delete(target), otherwise: 0 });
  }

  clear(): Answer<void> {
    return this.#guard<void>({ operation: 'clear', run: () => this.#store.clear(), otherwise: undefined });
  }

  stats(): Answer<StoreStats> {
    return this.#guard({ operation: 'stats', run: () => this.#store.stats(), otherwise: NO_STATS });
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
    return this.#guard<Lease | undefined>({
      operation: 'lease',
      run: () => this.#store.lease?.(key, ms, found),
      otherwise: undefined,
      onLate: (lease) => {
        if (lease?.kind === 'granted') this.release(lease);
        else lease?.stop();
      },
    });
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
    void this.#guard<void>({ operation: 'lease', run: () => lease.release(), otherwise: undefined });
  }

  #checked(stored: StoredResponse, source: BodySource | undefined, expected: number): BodySource | undefined {
    if (source === undefined) return undefined;
    const onCorrupt = (error: Error): void => {
      this.#report(error, 'read');
      void this.delete({ kind: 'id', key: stored.key, id: stored.id });
    };
    if (!(source instanceof Uint8Array)) return checkedChunks(source, expected, { onCorrupt, next: (run) => this.#next(run) });
    if (source.byteLength === expected) return source;
    onCorrupt(new Error(`a stored body has ${source.byteLength} bytes in place of ${expected}`));
    return undefined;
  }

  /** The next chunk of a body, in time. What goes wrong is thrown here: the reader has the bytes before it already. */
  async #next<T>(run: () => Promise<T>): Promise<T> {
    const late = { kind: 'failed' as const };
    const result = await this.#guard<{ readonly kind: 'read'; readonly value: T } | typeof late>({
      operation: 'read',
      run: async () => ({ kind: 'read', value: await run() }),
      otherwise: late,
    });
    if (result.kind === 'failed') throw new Error('the store failed while a body was read from it');
    return result.value;
  }

  #guard<T>(call: Call<T>): Answer<T> {
    try {
      const answer = call.run();
      return isLater(answer) ? this.#timed(answer, call) : answer;
    } catch (error) {
      this.#report(error, call.operation);
      return call.otherwise;
    }
  }

  #timed<T>(answer: Promise<T>, { operation, otherwise, onLate }: Call<T>): Promise<T> {
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
          else resolve(value);
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
      this.#options.onError(error, operation);
    } catch {
      // An observer's failure is its own.
    }
  }
}
