import { setImmediate } from 'node:timers/promises';

import { andThen } from '../answer.ts';
import { joined, spanOf, within, type ChunkSpan } from '../external/chunks.ts';
import type { Answer, BodySource, ByteRange, CacheStore, DeleteTarget, EntryWriter, NewEntry, StoreStats } from '../store.ts';
import { StoreError } from '../store-error.ts';
import { serialiseStored } from '../stored-form.ts';
import type { StoredResponse } from '../stored-response.ts';
import { CacheFile } from './cache-file.ts';
import { isDeletedSince, markOf, mayBeDeletedSince } from './deletions.ts';
import { addLabels, headBytesOf, nextUse, removeRows } from './entry-rows.ts';
import { KnownHeads } from './known-heads.ts';
import { headIn, headSum, piecesIn } from './read-entry.ts';
import { beginRemoval, isBeingSwept, removeId, sweepsIn, sweepSome, type Removal, type Sweep } from './removal.ts';
import { integerIn, type Row } from './row.ts';
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
const NOTHING_REMOVED: Removal = { count: 0, sweep: undefined };

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

class SqliteStore implements CacheStore, AsyncDisposable {
  readonly #file: CacheFile;
  readonly #maxBytes: number;
  readonly #nowMs: () => number;
  readonly #heads = new KnownHeads();
  readonly #uses = new Uses();
  #evictions = 0;

  constructor({ path, maxBytes, busyTimeoutMs, recreates, clock }: ResolvedSqliteOptions) {
    this.#file = new CacheFile({ path, recreates, busyTimeoutMs, clock });
    this.#maxBytes = maxBytes;
    this.#nowMs = () => clock.nowMs();
  }

  lookup(key: string): Answer<readonly StoredResponse[]> {
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
    const mark = this.#file.read((statements) => markOf(statements, this.#file.generation));
    return andThen(mark, (now) => this.#writer(entry, now));
  }

  mark(): string {
    return this.#file.readNow((statements) => markOf(statements, this.#file.generation));
  }

  isCurrent(mark: string, url: string): boolean {
    return this.#file.readNow((statements) => !mayBeDeletedSince(statements, this.#file.generation, { mark, url }));
  }

  update(stored: StoredResponse, head: StoredResponse, mark?: string): Answer<boolean> {
    const text = serialiseStored(head);
    return this.#surely(false, (statements) => {
      const row = statements('byId').get(stored.id);
      if (row === undefined) return false;
      if (mark !== undefined && isDeletedSince(statements, this.#file.generation, { mark, head })) return false;
      const seq = integerIn(row, 'seq');
      const rivals = statements('byVariant').all(head.key, head.variant);
      removeRows(
        statements,
        rivals.filter((rival) => rival['seq'] !== seq),
        this.#nowMs(),
      );
      const bytes = headBytesOf(text) + stored.bodyBytes;
      statements('update').run(bytes, nextUse(statements), headSum(text), head.variant, text, seq);
      statements('addTotals').run(0, bytes - integerIn(row, 'bytes'));
      statements('removeLabels').run(seq);
      addLabels(statements, seq, head);
      return true;
    });
  }

  delete(target: DeleteTarget): Answer<number> {
    if (target.kind === 'id') return this.#surely(0, (statements) => removeId(statements, target.id, this.#nowMs()));
    return this.#remove(target);
  }

  clear(): Answer<void> {
    return andThen(this.#remove('everything'), () => {});
  }

  stats(): Answer<StoreStats> {
    const totals = this.#file.read((statements) => statements('totals').get());
    return andThen(totals, (row) => ({ entries: integerIn(row, 'entries'), bytes: integerIn(row, 'bytes'), evictions: this.#evictions }));
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
      else if (!isBeingSwept(sweeps, seq, stored)) found.push(stored);
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
    const heldUntilMs = integerIn(row, 'held_until_ms');
    return largeBody({ file: this.#file, nowMs: this.#nowMs, stored, span, seq, generation, firstPiece, heldUntilMs, throwOut });
  }

  #remove(target: Parameters<typeof beginRemoval>[1]): Answer<number> {
    const begun = this.#surely(NOTHING_REMOVED, (statements) => beginRemoval(statements, target, this.#nowMs()));
    return andThen(begun, ({ count, sweep }) => (sweep === undefined ? count : this.#sweep(sweep).then(() => count)));
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
      const evicted = await this.#surely(0, (statements) => removeRows(statements, statements('leastUsed').all(-1), this.#nowMs()));
      this.#evictions += evicted;
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

  /** A write that must not be lost because the disk is full: what is invalid would be served. Then everything goes, which frees the disk too. */
  #surely<T>(otherwise: T, work: (statements: Statements) => T): Answer<T> {
    const judge = (error: unknown): T => {
      if (!isFull(error) || !this.#file.beginAnew()) throw error;
      return otherwise;
    };
    try {
      const answer = this.#file.write(work);
      return answer instanceof Promise ? answer.catch(judge) : answer;
    } catch (error) {
      return judge(error);
    }
  }
}
