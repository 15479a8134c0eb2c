import { RoundTripError } from '@roundtripper/core';

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
  readonly chunks: AsyncIterator<Uint8Array, undefined>;
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
export class SharedBody {
  readonly #source: SharedBodySource;
  readonly #readers = new Set<SharedReader>();
  /** The window: chunks from `#start` to `#end`, offsets of the body. */
  readonly #chunks: Uint8Array[] = [];
  #first = 0;
  #start = 0;
  #end = 0;
  #leader: SharedReader | undefined;
  #isReading = false;
  #ending: Ending | undefined;

  constructor(source: SharedBodySource) {
    this.#source = source;
  }

  /** Whether somebody who comes now gets all of it: it is still here, or will be in the store. */
  get isJoinable(): boolean {
    if (this.#ending?.kind === 'failed') return false;
    return this.#start === 0 || (this.#source.recording?.isOpen === true && this.#readers.size > 0);
  }

  /** Whether all bytes have come. */
  get isComplete(): boolean {
    return this.#ending?.kind === 'complete';
  }

  /** A reader from the first byte on. */
  reader(): SharedReader {
    const reader = new SharedReader(this);
    this.#leader ??= reader;
    this.#readers.add(reader);
    return reader;
  }

  get readerCount(): number {
    return this.#readers.size;
  }

  /** Ends it for everybody. */
  fail(error: unknown): void {
    if (this.#ending !== undefined) return;
    this.#source.recording?.giveUp('body-failed');
    this.#finish({ kind: 'failed', error });
    this.#giveUpSource();
  }

  /** Nothing more will become of the recording: who waits for it must know. */
  recordingEnded(): void {
    this.#wakeReaders();
  }

  /** What comes at `offset`. @internal */
  at(offset: number): Next {
    if (offset < this.#start) return this.#behind();
    if (offset >= this.#end) return this.#ending ?? { kind: 'not-yet' };
    return { kind: 'chunk', chunk: this.#chunkAt(offset) };
  }

  /** A reader wants more. @internal */
  wanted(): void {
    if (this.#isReading || this.#ending !== undefined || this.#isAhead()) return;
    this.#isReading = true;
    this.#source.chunks.next().then(
      (result) => this.#read(result),
      (error: unknown) => {
        this.#isReading = false;
        this.#source.recording?.giveUp('body-failed');
        this.#finish({ kind: 'failed', error });
      },
    );
  }

  /** A reader has taken what it wanted, and wants no more of what lies before it. @internal */
  moved(): void {
    this.#trim();
    if (this.#source.recording?.isOpen !== true) this.#wake();
  }

  /** @internal */
  left(reader: SharedReader): void {
    if (!this.#readers.delete(reader)) return;
    if (this.#leader === reader) this.#leader = undefined;
    if (this.#ending !== undefined) {
      if (this.#readers.size === 0) this.#drop();
      return;
    }
    if (this.#readers.size > 0) {
      this.#wake();
      return;
    }
    this.#source.recording?.giveUp('body-not-read');
    this.#finish({ kind: 'failed', error: new Error('nobody was left to read the body') });
    this.#giveUpSource();
  }

  /** @internal */
  readStored(start: number): Promise<AsyncIterableIterator<Uint8Array>> {
    return this.#source.readStored(start);
  }

  #read(result: IteratorResult<Uint8Array, undefined>): void {
    this.#isReading = false;
    if (this.#ending !== undefined) return;
    if (result.done === true) {
      void this.#source.recording?.finish();
      this.#finish({ kind: 'complete' });
      return;
    }
    this.#chunks.push(result.value);
    this.#end += result.value.byteLength;
    const storing = this.#source.recording?.append(result.value);
    this.#wakeReaders();
    this.#trim();
    if (storing === undefined) this.#wake();
    else {
      this.#isReading = true;
      void storing.then(() => {
        this.#isReading = false;
        this.#wake();
      });
    }
  }

  #finish(ending: Ending): void {
    this.#ending = ending;
    this.#leader = undefined;
    this.#source.onOver();
    this.#wakeReaders();
    if (this.#readers.size === 0) this.#drop();
  }

  #giveUpSource(): void {
    this.#source.chunks.return?.().catch(ignore);
  }

  /** Goes on if somebody waits. */
  #wake(): void {
    for (const reader of this.#readers) {
      if (!reader.isWaiting) continue;
      this.wanted();
      return;
    }
  }

  #wakeReaders(): void {
    for (const reader of this.#readers) reader.wake();
  }

  #behind(): Next {
    if (this.#ending?.kind === 'failed') return this.#ending;
    const recording = this.#source.recording;
    if (recording?.recorded?.kind === 'stored') return { kind: 'behind' };
    return recording?.isOpen === true ? { kind: 'not-yet' } : { kind: 'failed', error: tooFarBehind() };
  }

  /** A body that will not be in the store is not read further than its first reader can follow. */
  #isAhead(): boolean {
    if (this.#source.recording?.isOpen === true || this.#leader === undefined || this.#leader.isWaiting) return false;
    return this.#end - this.#leader.offset > LAG_BYTES / 2;
  }

  /** Drops what everybody has read, and what only those have not who are too far behind. */
  #trim(): void {
    const isStored = this.#source.recording?.isOpen === true;
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
    if (this.#ending?.kind === 'complete' && this.#end <= JOIN_BYTES && this.#source.recording?.isOpen === true) return;
    this.#chunks.length = 0;
    this.#first = 0;
    this.#start = this.#end === 0 ? 0 : this.#end;
  }
}

const NO_BYTES = new Uint8Array(0);

function tooFarBehind(): RoundTripError {
  const message = `this reader of a response that others read too was more than ${LAG_BYTES} bytes behind, and the response could not be stored`;
  return new RoundTripError(message, { code: 'response-limit', phase: 'response-body', sent: 'all' });
}

function ignore(): void {
  // Whatever fails while a body is given up concerns nobody any more.
}
