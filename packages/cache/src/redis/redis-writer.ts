import { Chunker } from '../external/chunks.ts';
import { MAX_VARIANTS, storedFrom, type CommitResult, type EntryWriter, type NewEntry, type StoreRefusal } from '../store.ts';
import { StoreError } from '../store-error.ts';
import { headBytes, type StoredResponse } from '../stored-response.ts';
import { redisFaultOf } from './redis-fault.ts';
import { listOf, type RedisArgument } from './redis-commands.ts';
import type { RedisLink } from './redis-link.ts';
import { refusalOf } from './redis-keys.ts';
import { PIECES_AT_ONCE } from './redis-body.ts';
import { sealed, sealedHead } from './sealed.ts';

/** What a writer is told by its store. */
export interface WriterContext {
  readonly link: RedisLink;
  readonly maxEntryBytes: number;
  readonly monotonicMs: () => number;
  /** How long the entry is to be kept. */
  readonly keepMs: () => number;
  readonly onEvicted: (count: number) => void;
}

/** A body of up to so many bytes lies beside its head: it comes with it when it is looked up. */
const SMALL_BYTES = 8_192;

/** Pieces of an entry that is not committed go by themselves after a minute: its process may have died. */
const SIGN_OF_LIFE_MS = 30_000;

/** Of an entry that was deleted before it was begun. */
export const REFUSED_WRITER: EntryWriter = {
  write: () => 'deleted-meanwhile',
  commit: () => ({ kind: 'refused', reason: 'deleted-meanwhile' }),
  abort: () => {},
};

/** An entry on its way into Redis: full pieces are sent as they come, the last one with the head when it is committed. */
export class RedisWriter implements EntryWriter {
  readonly #context: WriterContext;
  readonly #entry: NewEntry;
  /** Its labels and their tokens, in turn. */
  readonly #labels: readonly Buffer[];
  readonly #chunker: Chunker;
  #chunks = 0;
  #bytes = 0;
  /** Whether nothing of it is left that could be removed. */
  #isOver = false;
  /** When Redis last heard of it. */
  #signMs = 0;

  constructor(context: WriterContext, entry: NewEntry, labels: readonly Buffer[]) {
    this.#context = context;
    this.#entry = entry;
    this.#labels = labels;
    this.#chunker = new Chunker(entry.expectedBytes);
  }

  write(chunk: Uint8Array): Promise<StoreRefusal | undefined> | StoreRefusal | undefined {
    this.#bytes += chunk.byteLength;
    if (this.#bytes > this.#context.maxEntryBytes) return this.#refused('too-large');
    const pieces = this.#chunker.push(chunk);
    const needsSign = this.#chunks > 0 && this.#context.monotonicMs() > this.#signMs + SIGN_OF_LIFE_MS;
    return pieces.length > 0 || needsSign ? this.#send(pieces) : undefined;
  }

  async commit(bodyBytes: number): Promise<CommitResult> {
    if (bodyBytes !== this.#bytes) throw new StoreError('failed', `a body of ${this.#bytes} bytes was called one of ${bodyBytes}`);
    const stored = storedFrom(this.#entry, bodyBytes);
    try {
      const refusal = await this.#commit(stored, this.#chunker.rest());
      return refusal === undefined ? { kind: 'stored', stored } : { kind: 'refused', reason: refusal };
    } catch (error) {
      return { kind: 'refused', reason: this.#judged(error) };
    }
  }

  async abort(): Promise<void> {
    this.#chunker.rest();
    // What cannot be removed now goes by itself: pieces within a minute, labels within an hour.
    if (this.#isOver || !this.#context.link.isUp) return;
    this.#isOver = true;
    await this.#context.link.run('abort', this.#entry.id, ...this.#labels);
  }

  /** Without pieces it says that the others are still wanted. */
  async #send(pieces: readonly Uint8Array[]): Promise<StoreRefusal | undefined> {
    const { link, monotonicMs } = this.#context;
    const { id } = this.#entry;
    this.#signMs = monotonicMs();
    try {
      let sent = 0;
      do {
        const first = this.#chunks;
        const values = pieces.slice(sent, sent + PIECES_AT_ONCE).map((piece, index) => sealed(id, first + index, piece));
        this.#chunks += values.length;
        sent += values.length;
        await link.run('write', id, `${first}`, ...values);
      } while (sent < pieces.length);
      return undefined;
    } catch (error) {
      return this.#judged(error);
    }
  }

  async #commit(stored: StoredResponse, rest: Uint8Array): Promise<StoreRefusal | undefined> {
    const { link, keepMs, onEvicted } = this.#context;
    const { id, key, variant, bodyBytes } = stored;
    const piece = rest.byteLength === 0 ? '' : sealed(id, this.#chunks, rest);
    const isSmall = this.#chunks === 0 && rest.byteLength <= SMALL_BYTES;
    const count = this.#chunks + (isSmall || piece === '' ? 0 : 1);
    const facts: RedisArgument[] = [key, variant, id, sealedHead(stored), piece, `${count}`, `${headBytes(stored) + bodyBytes}`];
    const answer = await link.run('commit', ...facts, `${keepMs()}`, `${MAX_VARIANTS}`, ...this.#labels);
    this.#isOver = true;
    const [outcome, evicted] = listOf(answer);
    if (typeof evicted === 'number') onEvicted(evicted);
    return refusalOf(String(outcome));
  }

  #judged(error: unknown): StoreRefusal {
    if (!(error instanceof StoreError && redisFaultOf(error.cause) === 'full')) throw error;
    return this.#refused('no-room');
  }

  #refused(reason: StoreRefusal): StoreRefusal {
    this.abort().catch(() => {
      // It goes by itself.
    });
    return reason;
  }
}
