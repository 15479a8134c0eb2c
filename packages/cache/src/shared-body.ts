import { RoundTripError, type BodySink, type IncomingBody } from '@roundtripper/core';

import type { Recording } from './recording.ts';
import { SharedReader } from './shared-reader.ts';

/** What was read stays for readers who have yet to come, up to here. */
const JOIN_BYTES = 65_536;

/** How far a reader may be behind the fastest before it has to wait for the rest to be in the store. */
const LAG_BYTES = 1_048_576;

/** Bytes of a body that begins at `start`: what readers who are too far behind are given out of the store. */
export type ReadStored = (start: number) => Promise<AsyncIterableIterator<Uint8Array>>;

/** What a shared body needs. */
export interface SharedBodySource {
  readonly source: IncomingBody;
  /** Undefined where it is not to be stored: it has one reader then. */
  readonly recording: Recording | undefined;
  readonly readStored: ReadStored;
  /** Called once, when nothing more will come of the source. */
  readonly onOver: () => void;
}

type Ending = { readonly kind: 'complete' } | { readonly kind: 'failed'; readonly error: unknown };

/** What a reader finds at its place: bytes, nothing yet, the end, or nothing any more, since what is there can be had from the store alone. */
export type Next =
  | { readonly kind: 'chunk'; readonly chunk: Uint8Array }
  | { readonly kind: 'not-yet' }
  | { readonly kind: 'behind' }
  | Ending;

/**
 * One body for any number of readers, and for the store. It is read when one of its readers wants more, and so as fast as the fastest. What one has read and another has not is
 * kept, within limits: who falls too far behind gets the rest from the store, once it is all there. No reader waits for another, but where the body turns out not to be stored: then nobody is more than
 * the limit ahead of the reader that came first.
 */
export class SharedBody implements BodySink {
  readonly #facts: SharedBodySource;
  readonly #readers = new Set<SharedReader>();
  /** The window: chunks from `#start` to `#end`, offsets of the body. */
  readonly #chunks: Uint8Array[] = [];
  #first = 0;
  #start = 0;
  #end = 0;
  #leader: SharedReader | undefined;
  /** Whether the source gives more: not before somebody wants it, not while nobody does, and not while the store is behind. */
  #flow: 'new' | 'running' | 'paused' | 'held-up' = 'new';
  #ending: Ending | undefined;

  constructor(facts: SharedBodySource) {
    this.#facts = facts;
  }

  /** Whether somebody who comes now gets all of it: it is still here, or will be in the store. */
  get isJoinable(): boolean {
    if (this.#ending?.kind === 'failed') return false;
    return this.#start === 0 || (this.isRecording && this.#readers.size > 0);
  }

  /** Whether it is on its way into the store. */
  get isRecording(): boolean {
    return this.#facts.recording?.isOpen === true;
  }

  /** A body of its own for one more reader, from the first byte on. @param signal Ends it, for this reader alone. */
  reader(signal?: AbortSignal): IncomingBody {
    const reader = new SharedReader(this, this.#facts.source, signal);
    this.#leader ??= reader;
    this.#readers.add(reader);
    return reader.body;
  }

  /** Nothing more will become of the recording: who waits for it must know. */
  recordingEnded(): void {
    this.#advance();
  }

  /** What comes at `offset`. @internal */
  at(offset: number): Next {
    if (offset < this.#start) return this.#behind();
    if (offset >= this.#end) return this.#ending ?? NOT_YET;
    return { kind: 'chunk', chunk: this.#chunkAt(offset) };
  }

  /** A reader wants more than there is. @internal */
  wanted(): void {
    if (this.#flow === 'running' || this.#flow === 'held-up' || this.#ending !== undefined || this.#isAhead()) return;
    const isNew = this.#flow === 'new';
    this.#flow = 'running';
    if (isNew) this.#facts.source.pipe(this);
    else this.#facts.source.resume();
  }

  /** A reader has taken what it wanted, and wants no more of what lies before it. @internal */
  moved(): void {
    this.#trim();
    if (!this.isRecording) this.#goOn();
  }

  /** @internal */
  left(reader: SharedReader, reason: unknown): void {
    if (!this.#readers.delete(reader)) return;
    if (this.#leader === reader) this.#leader = undefined;
    if (this.#ending !== undefined) {
      if (this.#readers.size === 0) this.#drop();
      return;
    }
    if (this.#readers.size > 0) {
      this.#goOn();
      return;
    }
    this.#facts.recording?.giveUp('body-not-read');
    this.#finish({ kind: 'failed', error: reason });
    this.#facts.source.cancel(reason);
  }

  /** @internal */
  readStored(start: number): Promise<AsyncIterableIterator<Uint8Array>> {
    return this.#facts.readStored(start);
  }

  /** For {@link BodySink}. */
  write(bytes: Uint8Array): boolean {
    if (this.#ending !== undefined) return true;
    const storing = this.#take(bytes);
    if (storing !== undefined) {
      this.#flow = 'held-up';
      void storing.then(() => {
        this.#flow = 'paused';
        this.#goOn();
      });
    } else if (this.#flow === 'running' && (!this.#isWanted() || this.#isAhead())) this.#flow = 'paused';
    return this.#flow === 'running';
  }

  /** For {@link BodySink}. */
  end(): void {
    if (this.#ending !== undefined) return;
    void this.#facts.recording?.finish();
    this.#finish({ kind: 'complete' });
  }

  /** For {@link BodySink}. */
  fail(error: unknown): void {
    if (this.#ending !== undefined) return;
    this.#facts.recording?.giveUp('body-failed');
    this.#finish({ kind: 'failed', error });
  }

  /** @returns a promise where the source should wait for the store. */
  #take(bytes: Uint8Array): Promise<void> | undefined {
    const isRecording = this.isRecording;
    if (!isRecording && this.#readers.size === 1 && this.#leader?.wantsAt(this.#end) === true) {
      // Nobody else will ever want them.
      this.#end += bytes.byteLength;
      this.#start = this.#end;
      this.#leader.give(bytes);
      return undefined;
    }
    const chunk = ownCopy(bytes);
    this.#chunks.push(chunk);
    this.#end += chunk.byteLength;
    const storing = isRecording ? this.#facts.recording?.append(chunk) : undefined;
    this.#advance();
    this.#trim();
    return storing;
  }

  #finish(ending: Ending): void {
    // The last reader may have gone to the store meanwhile.
    if (this.#ending !== undefined) return;
    this.#ending = ending;
    this.#leader = undefined;
    this.#facts.onOver();
    this.#advance();
    if (this.#readers.size === 0) this.#drop();
  }

  #isWanted(): boolean {
    for (const reader of this.#readers) if (reader.isWaiting) return true;
    return false;
  }

  /** Goes on if somebody waits. */
  #goOn(): void {
    if (this.#isWanted()) this.wanted();
  }

  #advance(): void {
    for (const reader of this.#readers) reader.advance();
  }

  #behind(): Next {
    if (this.#ending?.kind === 'failed') return this.#ending;
    if (this.#facts.recording?.recorded?.kind === 'stored') return { kind: 'behind' };
    return this.isRecording ? NOT_YET : { kind: 'failed', error: tooFarBehind() };
  }

  /** A body that will not be in the store is not read further than its first reader can follow. */
  #isAhead(): boolean {
    if (this.isRecording || this.#leader === undefined || this.#leader.isWaiting) return false;
    return this.#end - this.#leader.offset > LAG_BYTES / 2;
  }

  /** Drops what everybody has read, and what only those have not who are too far behind. */
  #trim(): void {
    const isStored = this.isRecording;
    let slowest = this.#end;
    for (const { offset } of this.#readers) if (offset >= this.#start && offset < slowest) slowest = offset;
    const needed = this.#end <= JOIN_BYTES && isStored ? 0 : Math.max(slowest, this.#end - LAG_BYTES);
    while (this.#first < this.#chunks.length) {
      const length = this.#chunks[this.#first]?.byteLength ?? 0;
      if (this.#start + length > needed) break;
      this.#chunks[this.#first] = NO_BYTES;
      this.#first += 1;
      this.#start += length;
    }
    // One by one they would be moved each time.
    if (this.#first <= 64) return;
    this.#chunks.splice(0, this.#first);
    this.#first = 0;
  }

  /** Chunks are not cut: an offset is where one begins. */
  #chunkAt(offset: number): Uint8Array {
    let at = this.#start;
    for (let index = this.#first; index < this.#chunks.length; index++) {
      const chunk = this.#chunks[index] ?? NO_BYTES;
      if (at === offset) return chunk;
      at += chunk.byteLength;
    }
    return NO_BYTES;
  }

  #drop(): void {
    if (this.#ending?.kind === 'complete' && this.#end <= JOIN_BYTES && this.isRecording) return;
    this.#chunks.length = 0;
    this.#first = 0;
    this.#start = this.#end === 0 ? 0 : this.#end;
  }
}

const NO_BYTES = new Uint8Array(0);
const NOT_YET: Next = { kind: 'not-yet' };

/** What comes is lent. In memory of its own, so that the store can keep it as it is; not filled with zeros first. */
function ownCopy(bytes: Uint8Array): Uint8Array {
  const copy = new Uint8Array(Buffer.allocUnsafeSlow(bytes.byteLength).buffer);
  copy.set(bytes);
  return copy;
}

function tooFarBehind(): RoundTripError {
  const message = `this reader of a response that others read too was more than ${LAG_BYTES} bytes behind, and the response could not be stored`;
  return new RoundTripError(message, { code: 'response-limit', phase: 'response-body', sent: 'all' });
}
