import { setImmediate } from 'node:timers/promises';

import { andThen } from '../answer.ts';
import { joined, spanOf, within, type ChunkSpan } from '../external/chunks.ts';
import type { Answer, BodySource, ByteRange, CacheStore, DeleteTarget, EntryWriter, NewEntry, StoreStats } from '../store.ts';
import { StoreError } from '../store-error.ts';
import type { StoredResponse } from '../stored-response.ts';
import { BodyHolds } from './body-holds.ts';
import { CacheFile } from './cache-file.ts';
import { markOf, mayBeDeletedSince } from './deletions.ts';
import { removeRows } from './entry-rows.ts';
import { freshenEntry, type Freshened } from './freshen-entry.ts';
import { KnownHeads } from './known-heads.ts';
import { OwedDeletions, type RemovalTarget } from './owed-deletions.ts';
import { headIn, piecesIn } from './read-entry.ts';
import { isBeingSwept, sweepsIn, sweepSome, type Sweep } from './removal.ts';
import { integerIn, type Row } from './row.ts';
import { checkSound } from './sound-file.ts';
import { largeBody } from './sqlite-body.ts';
import { isFull } from './sqlite-fault.ts';
import { resolveSqliteOptions, type ResolvedSqliteOptions, type SqliteStoreOptions } from './sqlite-options.ts';
import { SqliteWriter } from './sqlite-writer.ts';
import type { Statements } from './statements.ts';
import { Uses } from './uses.ts';

/**
 * A store in a file, by node:sqlite: it outlives the process, and several processes of one machine share it. To be disposed of at the end.
 *
 * Calls are synchronous, and none takes long: bodies go in and out in pieces, 1 MiB at most in one call, and a deletion of many responses is in force at once, but removes them some at a time.
 * No call waits for another process: what cannot be done now is tried again, by promise, for `busyTimeout`. That leaves what a call does itself, well under a millisecond mostly and some at
 * most; after every 4 MB or so the time that the disk takes to write them back; up to 10 ms where the log has grown beyond its size and others are in the way of cutting it; and, when
 * the store is made, up to 2 seconds where others keep the file locked.
 * @throws TypeError for an invalid option. @throws StoreError where this Node has no node:sqlite, or the file cannot be used.
 */
export function sqliteStore(options: SqliteStoreOptions): CacheStore & AsyncDisposable {
  return new SqliteStore(resolveSqliteOptions(options));
}

/** Bodies of up to so many pieces are read in one call: 256 KiB, which takes less than a millisecond. */
const PIECES_AT_ONCE = 4;

const NO_BYTES = new Uint8Array(0);
const NO_SWEEPS: readonly Sweep[] = [];

/** Rows of a key. */
interface Found {
  readonly rows: readonly Row[];
  readonly sweeps: readonly Sweep[];
}

/** Rows of a body, and of which file. */
interface FoundBody {
  readonly rows: readonly Row[];
  readonly generation: number;
}

/** What belongs to a removal. */
interface Removing {
  /** In the same transaction, after it. @throws what makes it fail. */
  readonly check?: (statements: Statements) => void;
  readonly onFailure: (error: unknown) => undefined;
}

class SqliteStore implements CacheStore, AsyncDisposable {
  readonly #file: CacheFile;
  readonly #maxBytes: number;
  readonly #nowMs: () => number;
  readonly #heads = new KnownHeads();
  readonly #uses = new Uses();
  readonly #holds: BodyHolds;
  readonly #owed: OwedDeletions;
  readonly #recreates: boolean;
  #evictions = 0;

  constructor({ path, maxBytes, busyTimeoutMs, recreates, clock }: ResolvedSqliteOptions) {
    this.#nowMs = () => clock.nowMs();
    this.#owed = new OwedDeletions(this.#nowMs);
    this.#file = new CacheFile({ path, recreates, busyTimeoutMs, clock, owed: this.#owed });
    this.#holds = new BodyHolds(this.#file, this.#nowMs);
    this.#maxBytes = maxBytes;
    this.#recreates = recreates;
  }

  lookup(key: string): Answer<readonly StoredResponse[]> {
    this.#settle();
    const found = this.#file.read((statements): Found => {
      const rows = statements('lookup').all(key);
      if (rows[0]?.['sweeps'] !== 1) return { rows, sweeps: NO_SWEEPS };
      // In this order: what was swept when a sweep ends between the two is not found any more.
      const sweeps = sweepsIn(statements);
      return { rows: statements('lookup').all(key), sweeps };
    });
    return andThen(found, (there) => this.#seen(key, there));
  }

  read(stored: StoredResponse, range?: ByteRange): Answer<BodySource | undefined> {
    if (this.#owed.hides(stored)) return undefined;
    const file = this.#file;
    const span = spanOf(stored.bodyBytes, range);
    const isLarge = span.last - span.first >= PIECES_AT_ONCE;
    const wanted: ChunkSpan = isLarge ? { ...span, last: span.first } : span;
    const found = file.read((statements): FoundBody => {
      const { generation } = file;
      return { generation, rows: statements('read').all(stored.id, wanted.first, wanted.last) };
    });
    return andThen(found, (there) => this.#bodyIn(there, stored, { span, wanted }));
  }

  touch({ id }: StoredResponse): void {
    this.#use(id, undefined);
  }

  create(entry: NewEntry): Answer<EntryWriter | undefined> {
    if ((entry.expectedBytes ?? 0) > this.#maxBytes) return undefined;
    if (entry.mark !== undefined) return this.#writer(entry, entry.mark);
    this.#settle();
    const mark = this.#file.read((statements) => markOf(statements, this.#file.generation));
    return andThen(mark, (now) => this.#writer(entry, now));
  }

  mark(): string {
    this.#settle();
    return this.#file.readNow((statements) => markOf(statements, this.#file.generation));
  }

  isCurrent(mark: string, url: string): boolean {
    this.#settle();
    if (!this.#owed.isEmpty) return false;
    return this.#file.readNow((statements) => !mayBeDeletedSince(statements, this.#file.generation, { mark, url }));
  }

  update(stored: StoredResponse, head: StoredResponse, mark?: string): Answer<boolean> {
    const update = this.#attempt<Freshened | undefined>(
      (statements) => {
        const context = { heads: this.#heads, maxBytes: this.#maxBytes, nowMs: this.#nowMs(), generation: this.#file.generation };
        return freshenEntry(statements, context, { stored, head, mark });
      },
      (error) => {
        // It was to be made stale, and may still look fresh.
        if (head.isInvalidated) this.#owed.add({ kind: 'id', key: stored.key, id: stored.id });
        return this.#relieved(error);
      },
    );
    return andThen(update, (freshened) => {
      this.#evictions += freshened?.evicted ?? 0;
      return freshened?.isThere === true;
    });
  }

  delete(target: DeleteTarget): Answer<number> {
    return this.#remove(target, { onFailure: (error) => this.#relieved(error) });
  }

  clear(): Answer<void> {
    const cleared = this.#remove('everything', { check: checkSound, onFailure: (error) => this.#begunAnew(error) });
    return andThen(cleared, () => {});
  }

  stats(): Answer<StoreStats> {
    return this.#file.read((statements) => {
      const row = statements('totals').get();
      return { entries: integerIn(row, 'entries'), bytes: integerIn(row, 'bytes'), evictions: this.#evictions };
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#quietly((statements) => this.#uses.flush(statements));
    this.#file.close();
  }

  #writer(entry: NewEntry, mark: string): EntryWriter {
    const context = {
      file: this.#file,
      maxBytes: this.#maxBytes,
      nowMs: this.#nowMs,
      onEvicted: (count: number) => {
        this.#evictions += count;
      },
      onFull: () => void this.#relieve(),
      flushUses: (statements: Statements) => this.#uses.flush(statements),
    };
    return new SqliteWriter(context, entry, mark);
  }

  /** Of what was found, what is still there. */
  #seen(key: string, { rows, sweeps }: Found): readonly StoredResponse[] {
    const found: StoredResponse[] = [];
    const corrupt: number[] = [];
    for (const row of rows) {
      const seq = integerIn(row, 'seq');
      const stored = headIn(row, key, this.#heads);
      if (stored === undefined) corrupt.push(seq);
      else if (!isBeingSwept(sweeps, seq, stored) && !this.#owed.hides(stored)) found.push(stored);
    }
    if (corrupt.length > 0) this.#throwOut(corrupt);
    return found;
  }

  #bodyIn(
    { rows, generation }: FoundBody,
    stored: StoredResponse,
    { span, wanted }: { readonly span: ChunkSpan; readonly wanted: ChunkSpan },
  ): BodySource | undefined {
    const [row] = rows;
    if (row === undefined) return undefined;
    const { used } = row;
    this.#use(stored.id, typeof used === 'number' ? used : undefined);
    if (wanted.last < wanted.first) return NO_BYTES;
    const seq = integerIn(row, 'seq');
    const throwOut = (): never => this.#throwOut([seq]);
    const pieces = piecesIn(rows, stored, wanted) ?? throwOut();
    const [firstPiece = NO_BYTES] = pieces;
    if (wanted === span) return joined(pieces.map((piece, index) => within(span, span.first + index, piece)));
    const holds = this.#holds;
    holds.open({ seq, generation });
    // At once: until then another process may delete it for good.
    void holds.keep({ seq, generation });
    return largeBody({ file: this.#file, holds, stored, span, seq, generation, firstPiece, throwOut });
  }

  /** Owed from now on; the transaction carries out what is owed. */
  #remove(target: RemovalTarget, { check = () => {}, onFailure }: Removing): Answer<number> {
    const owed = this.#owed.add(target);
    const carriedOut = this.#attempt(check, onFailure);
    return andThen(carriedOut, () => {
      const { count = 0, sweep } = owed.removal ?? {};
      return sweep === undefined ? count : this.#sweep(sweep).then(() => count);
    });
  }

  /** Tries what is owed once more. Where that is in vain, what it names stays hidden. @throws StoreError `corrupt`, to be reported. */
  #settle(): void {
    if (this.#owed.isEmpty) return;
    try {
      this.#file.writeNow(() => {});
    } catch (error) {
      if (error instanceof StoreError && error.code === 'corrupt') throw error;
    }
  }

  /** It is gone already: what fails here is left to whoever stores something next. */
  async #sweep(sweep: number): Promise<void> {
    let isGoingOn = true;
    while (isGoingOn) {
      await setImmediate();
      isGoingOn = (await this.#quietly((statements) => sweepSome(statements, this.#nowMs(), sweep))) === true;
    }
  }

  #use(id: string, last: number | undefined): void {
    if (this.#uses.add(id, last)) void this.#quietly((statements) => this.#uses.flush(statements));
  }

  /** @throws StoreError always: the cache reports it, and goes on as if nothing were stored, which is true from now on. */
  #throwOut(seqs: readonly number[]): never {
    void this.#quietly((statements) => {
      const rows = seqs.flatMap((seq) => statements('entry').all(seq));
      removeRows(statements, rows, this.#nowMs());
    });
    throw new StoreError('corrupt', 'a stored response could not be read: it was removed');
  }

  /** Makes room on a disk that is full, for what comes next: pages that are free are used again. Where not even that can be written down, everything goes. */
  async #relieve(): Promise<void> {
    try {
      await this.#file.read((statements) => statements('checkpoint').all());
    } catch {
      // Then the log keeps its room, and what follows shows whether it finds some.
    }
    try {
      const evicted = await this.#attempt(
        (statements) => {
          // SQLite says the same where there is no number left for a row.
          checkSound(statements);
          return removeRows(statements, statements('leastUsed').all(-1), this.#nowMs());
        },
        (error) => this.#relieved(error),
      );
      this.#evictions += evicted ?? 0;
    } catch {
      // Whatever it is, who wants something from the file next hears of it.
    }
  }

  /** A write that may fail. */
  async #quietly<T>(work: (statements: Statements) => T): Promise<T | undefined> {
    try {
      return await this.#file.write(work);
    } catch {
      // It was to make something better. What matters fails again where it does.
      return undefined;
    }
  }

  /** A write, and what comes in its place where it fails. */
  #attempt<T>(work: (statements: Statements) => T, onFailure: (error: unknown) => undefined): Answer<T | undefined> {
    try {
      const answer = this.#file.write(work);
      return answer instanceof Promise ? answer.catch(onFailure) : answer;
    } catch (error) {
      return onFailure(error);
    }
  }

  /** Where a write must not be lost because the disk is full, since what is invalid would be served, everything goes, which frees the disk too. @throws any other error */
  #relieved(error: unknown): undefined {
    const entries = isFull(error) ? this.#countAll() : 0;
    if (!isFull(error) || !this.#file.beginAnew('removed')) throw error;
    this.#evictions += entries;
  }

  /** Everything was to go anyway: what has failed but others' locks, and a store that is closed or not to be touched, is done by a new file. */
  #begunAnew(error: unknown): undefined {
    const isOthers = error instanceof StoreError && error.code !== 'failed' && error.code !== 'corrupt';
    if (isOthers || !(isFull(error) || this.#recreates) || !this.#file.beginAnew('removed')) throw error;
  }

  #countAll(): number {
    try {
      return this.#file.readNow((statements) => integerIn(statements('totals').get(), 'entries'));
    } catch {
      // Nobody knows: it is only told.
      return 0;
    }
  }
}
