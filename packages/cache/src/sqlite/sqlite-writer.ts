import { setImmediate } from 'node:timers/promises';

import { Chunker, sumOf } from '../external/chunks.ts';
import { storedFrom, type Answer, type CommitResult, type EntryWriter, type NewEntry, type StoreRefusal } from '../store.ts';
import { StoreError } from '../store-error.ts';
import { serialiseStored } from '../stored-form.ts';
import type { StoredResponse } from '../stored-response.ts';
import type { CacheFile } from './cache-file.ts';
import { isDeletedSince } from './deletions.ts';
import { headBytesOf } from './entry-bytes.ts';
import { addLabels, boundVariants, makeRoom, nextUse, removeRows } from './entry-rows.ts';
import { HOLD_MS, isHoldDue } from './holds.ts';
import { headSum } from './read-entry.ts';
import { sweepSome } from './removal.ts';
import { PLACES } from './schema.ts';
import { isFull } from './sqlite-fault.ts';
import type { Statements } from './statements.ts';

/** What a writer is told by its store. */
export interface WriterContext {
  readonly file: CacheFile;
  readonly maxBytes: number;
  readonly nowMs: () => number;
  readonly onEvicted: (count: number) => void;
  /** The disk has no room for an entry. */
  readonly onFull: () => void;
  /** What has to be said of uses since the last write. */
  readonly flushUses: (statements: Statements) => void;
}

/** So many pieces are written in one call, 1 MiB: other work has its turn before the next ones. */
const PIECES_A_STEP = 16;

/** An entry whose body has come. */
interface Finished {
  readonly stored: StoredResponse;
  readonly head: string;
  /** The last piece of its body. */
  readonly rest: Uint8Array;
  /** What it counts for. */
  readonly bytes: number;
}

/** Thrown within a transaction to undo it. */
class Refused extends Error {
  readonly reason: StoreRefusal;

  constructor(reason: StoreRefusal) {
    super(reason);
    this.reason = reason;
  }
}

/** An entry on its way into the file: full pieces are written as they come, the last one with the head when it is committed. */
export class SqliteWriter implements EntryWriter {
  readonly #context: WriterContext;
  readonly #entry: NewEntry;
  readonly #chunker: Chunker;
  readonly #mark: string;
  /** Of the file it was begun in. */
  readonly #generation: number;
  /** Its row, once there are pieces in the file. */
  #seq: number | undefined;
  #heldUntilMs = 0;
  #chunks = 0;
  #bytes = 0;
  #isOver = false;

  /** @param mark From when the entry is. */
  constructor(context: WriterContext, entry: NewEntry, mark: string) {
    this.#context = context;
    this.#entry = entry;
    this.#mark = mark;
    this.#generation = context.file.generation;
    this.#chunker = new Chunker(entry.expectedBytes);
  }

  write(chunk: Uint8Array): Answer<StoreRefusal | undefined> {
    this.#bytes += chunk.byteLength;
    if (this.#bytes > this.#context.maxBytes) return this.#refused('too-large');
    const pieces = this.#chunker.push(chunk);
    const needsHold = this.#seq !== undefined && isHoldDue(this.#heldUntilMs, this.#context.nowMs());
    if (pieces.length > PIECES_A_STEP) return this.#writeInSteps(pieces);
    return pieces.length > 0 || needsHold ? this.#write((statements) => this.#add(statements, pieces)) : undefined;
  }

  commit(bodyBytes: number): Answer<CommitResult> {
    if (bodyBytes !== this.#bytes) throw new StoreError('failed', `a body of ${this.#bytes} bytes was called one of ${bodyBytes}`);
    const stored = storedFrom(this.#entry, bodyBytes);
    const outcome = (refusal: StoreRefusal | undefined): CommitResult =>
      refusal === undefined ? { kind: 'stored', stored } : { kind: 'refused', reason: refusal };
    const rest = this.#chunker.rest();
    const head = serialiseStored(stored);
    const bytes = headBytesOf(stored, head) + bodyBytes;
    if (bytes > this.#context.maxBytes) return outcome(this.#refused('too-large'));
    const answer = this.#write((statements) => this.#finish(statements, { stored, head, rest, bytes }));
    return answer instanceof Promise ? answer.then(outcome) : outcome(answer);
  }

  abort(): Answer<void> {
    this.#isOver = true;
    this.#chunker.rest();
    const seq = this.#seq;
    if (seq === undefined) return undefined;
    this.#seq = undefined;
    return this.#context.file.write((statements) => {
      if (this.#context.file.generation !== this.#generation) return;
      // Its hold is its own; after a commit the row has a key, and stays.
      const rows = statements('entry').all(seq);
      removeRows(
        statements,
        rows.filter((row) => row['key'] === null),
        Infinity,
      );
    });
  }

  async #writeInSteps(pieces: readonly Uint8Array[]): Promise<StoreRefusal | undefined> {
    for (let start = 0; start < pieces.length; start += PIECES_A_STEP) {
      const refusal = await this.#write((statements) => this.#add(statements, pieces.slice(start, start + PIECES_A_STEP)));
      if (refusal !== undefined) return refusal;
      await setImmediate();
    }
    return undefined;
  }

  /** A transaction that may be refused, by itself or by the disk. */
  #write(work: (statements: Statements) => void): Answer<StoreRefusal | undefined> {
    const { file } = this.#context;
    const before = this.#seq;
    const judge = (error: unknown): StoreRefusal => {
      // The row was taken back, and its number may be somebody else's by now.
      this.#seq = before;
      return this.#judged(error);
    };
    try {
      const answer = file.write<void>((statements) => {
        // In another file the row would be somebody else's.
        if (file.generation !== this.#generation) throw new Refused('deleted-meanwhile');
        // It was given up while this waited.
        if (this.#isOver) throw new Refused('no-room');
        work(statements);
      });
      return answer instanceof Promise ? answer.then(() => undefined, judge) : undefined;
    } catch (error) {
      return judge(error);
    }
  }

  #judged(error: unknown): StoreRefusal {
    if (error instanceof Refused) return this.#refused(error.reason);
    if (!isFull(error)) throw error;
    this.#refused('no-room');
    this.#context.onFull();
    return 'no-room';
  }

  #refused(reason: StoreRefusal): StoreRefusal {
    try {
      void Promise.resolve(this.abort()).catch(() => {});
    } catch {
      // What it leaves behind is swept when its hold is over: the refusal is what counts.
    }
    return reason;
  }

  #add(statements: Statements, pieces: readonly Uint8Array[]): void {
    const nowMs = this.#context.nowMs();
    this.#context.flushUses(statements);
    const heldUntilMs = nowMs + HOLD_MS;
    this.#heldUntilMs = heldUntilMs;
    this.#seq ??= Number(statements('begun').run(heldUntilMs).lastInsertRowid);
    let bytes = 0;
    for (const piece of pieces) {
      this.#insert(statements, this.#seq, piece);
      bytes += piece.byteLength;
    }
    const grown = statements('grow').run(bytes, heldUntilMs, this.#seq);
    if (grown.changes !== 1) throw new Refused('no-room');
    statements('addTotals').run(0, bytes);
    this.#makeRoom(statements, this.#seq);
  }

  #finish(statements: Statements, { stored, head, rest, bytes }: Finished): void {
    const nowMs = this.#context.nowMs();
    const isDeleted = isDeletedSince(statements, this.#generation, { mark: this.#mark, head: stored });
    if (isDeleted) throw new Refused('deleted-meanwhile');
    this.#context.flushUses(statements);
    removeRows(statements, statements('byVariant').all(stored.key, stored.variant), nowMs);
    const { id, key, variant, url, bodyBytes } = stored;
    const fields = [bytes, nextUse(statements), bodyBytes, headSum(head), id, key, variant, url, head];
    const seq = this.#seq ?? Number(statements('insert').run(...fields).lastInsertRowid);
    // It has taken so long that it was swept.
    if (this.#seq !== undefined && statements('name').run(...fields, seq).changes !== 1) throw new Refused('no-room');
    if (rest.byteLength > 0) this.#insert(statements, seq, rest);
    addLabels(statements, seq, stored);
    statements('addTotals').run(1, bytes - (this.#seq === undefined ? 0 : bodyBytes - rest.byteLength));
    // Whose sweep it is may have died.
    sweepSome(statements, nowMs);
    const tooMany = boundVariants(statements, key, nowMs);
    this.#makeRoom(statements, seq);
    this.#context.onEvicted(tooMany);
  }

  #insert(statements: Statements, seq: number, piece: Uint8Array): void {
    statements('addChunk').run(seq * PLACES + this.#chunks, sumOf(this.#entry.id, this.#chunks, piece), piece);
    this.#chunks += 1;
  }

  #makeRoom(statements: Statements, seq: number): void {
    const { maxBytes, nowMs, onEvicted } = this.#context;
    const evicted = makeRoom(statements, { maxBytes, nowMs: nowMs(), except: seq });
    if (evicted === undefined) throw new Refused('no-room');
    onEvicted(evicted);
  }
}
