import { isLater } from './answer.ts';
import type { GuardedStore } from './guarded-store.ts';
import type { Storing } from './storing-order.ts';
import type { Answer, CommitResult, EntryWriter, NewEntry, StoreRefusal } from './store.ts';
import type { StoredResponse } from './stored-response.ts';

/** Why what was read of a body is not kept, as a `cacheDecision` event says it. */
export type RecordingFailure =
  | StoreRefusal
  | 'body-failed'
  | 'body-not-read'
  | 'wrong-content-length'
  | 'invalidated'
  | 'superseded'
  | 'store-unavailable'
  | 'closed';

/** What became of a recording. */
export type Recorded =
  | { readonly kind: 'stored'; readonly stored: StoredResponse }
  | { readonly kind: 'not-stored'; readonly reason: RecordingFailure };

/** What a recording needs to know. */
export interface RecordingFacts {
  readonly entry: NewEntry;
  readonly maxEntryBytes: number;
  /** Whether what it belongs to is still what it was when the response was asked for: asked before the commit, and after it. */
  readonly isCurrent: () => boolean;
  /** Its place among those that would take the same. */
  readonly order: Storing;
  /** Called once. */
  readonly onEnd: (recorded: Recorded) => void;
}

/** Bytes that a store may owe an answer for, before the reader of the body waits for it. */
const PENDING_BYTES = 1_048_576;

/** A body on its way into the store: written chunk by chunk as it is read, in order, and committed when it is whole. Nothing that goes wrong here is noticed by its reader. */
export class Recording {
  readonly #store: GuardedStore;
  readonly #facts: RecordingFacts;
  /** The writes that the store has not answered yet, one after the other; undefined while it answers at once. */
  #tail: Promise<void> | undefined;
  #writer: EntryWriter | undefined;
  #bytes = 0;
  #pendingBytes = 0;
  #recorded: Recorded | undefined;

  constructor(store: GuardedStore, facts: RecordingFacts) {
    this.#store = store;
    this.#facts = facts;
    const writer = store.create(facts.entry);
    if (isLater(writer)) this.#tail = writer.then((made) => this.#began(made));
    else this.#began(writer);
  }

  /** Whether it may still become an entry. */
  get isOpen(): boolean {
    return this.#recorded === undefined;
  }

  /** What became of it; undefined while that is open. */
  get recorded(): Recorded | undefined {
    return this.#recorded;
  }

  /** The next bytes, which are the store's to keep. @returns a promise where the reader should wait for the store. */
  append(chunk: Uint8Array): Promise<void> | undefined {
    if (this.#recorded !== undefined) return undefined;
    this.#bytes += chunk.byteLength;
    if (this.#bytes > this.#facts.maxEntryBytes) {
      this.giveUp('too-large');
      return undefined;
    }
    if (this.#tail === undefined) {
      const answer = this.#write(chunk);
      if (isLater(answer)) this.#tail = answer;
      return undefined;
    }
    this.#pendingBytes += chunk.byteLength;
    this.#tail = this.#tail.then(async () => {
      await this.#write(chunk);
      this.#pendingBytes -= chunk.byteLength;
    });
    return this.#pendingBytes > PENDING_BYTES ? this.#tail : undefined;
  }

  /** The body is complete. @returns a promise where the store takes its time. */
  finish(): Promise<void> | undefined {
    if (this.#recorded !== undefined) return undefined;
    const { expectedBytes } = this.#facts.entry;
    // A middleware further in that has changed the body and not the field; or a part that is not what it says.
    if (expectedBytes !== undefined && expectedBytes !== this.#bytes) this.giveUp('wrong-content-length');
    else if (this.#tail === undefined) {
      const answer = this.#commit();
      if (isLater(answer)) return answer;
    } else {
      this.#tail = this.#tail.then(() => this.#commit());
      return this.#tail;
    }
    return undefined;
  }

  /** It will not be complete, or is not wanted. Nothing happens when it is over. */
  giveUp(reason: RecordingFailure): void {
    if (this.#recorded !== undefined) return;
    if (this.#writer !== undefined) this.#store.abort(this.#writer);
    this.#end({ kind: 'not-stored', reason });
  }

  #began(writer: EntryWriter | undefined): void {
    this.#writer = writer;
    if (writer === undefined) this.giveUp('store-unavailable');
    // It was given up while the store was being asked.
    else if (this.#recorded !== undefined) this.#store.abort(writer);
  }

  #write(chunk: Uint8Array): Promise<void> | undefined {
    if (this.#recorded !== undefined || this.#writer === undefined) return undefined;
    const answer = this.#store.write(this.#writer, chunk);
    if (isLater(answer)) return answer.then((refusal) => this.#wrote(refusal));
    this.#wrote(answer);
    return undefined;
  }

  #wrote(refusal: StoreRefusal | undefined): void {
    if (refusal !== undefined) this.giveUp(refusal);
  }

  #commit(): Answer<void> {
    const writer = this.#writer;
    if (this.#recorded !== undefined || writer === undefined) return undefined;
    if (!this.#facts.isCurrent()) {
      this.giveUp('invalidated');
      return undefined;
    }
    if (this.#facts.order.isLate()) {
      this.giveUp('superseded');
      return undefined;
    }
    const answer = this.#store.commit(writer, this.#bytes, (late) => this.#committedLate(late));
    if (isLater(answer)) return answer.then((result) => this.#committed(result));
    this.#committed(answer);
    return undefined;
  }

  #committed(result: CommitResult): void {
    if (result.kind === 'refused') this.#end({ kind: 'not-stored', reason: result.reason });
    else if (this.#facts.isCurrent()) this.#end(result);
    else {
      this.#drop(result.stored);
      this.#end({ kind: 'not-stored', reason: 'invalidated' });
    }
  }

  /** It is in the store although nobody counts on it: which does no harm, unless it has been deleted in the meantime. */
  #committedLate(result: CommitResult): void {
    if (result.kind === 'stored' && !this.#facts.isCurrent()) this.#drop(result.stored);
  }

  #drop({ key, id }: StoredResponse): void {
    void this.#store.delete({ kind: 'id', key, id });
  }

  #end(recorded: Recorded): void {
    this.#recorded = recorded;
    this.#writer = undefined;
    this.#facts.order.end(recorded.kind === 'stored');
    this.#facts.onEnd(recorded);
  }
}
