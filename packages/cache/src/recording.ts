/** Why what was read of a body is not kept, as a `cacheDecision` event says it. */
export type RecordingFailure = 'too-large' | 'too-much-at-once' | 'cleared' | 'body-failed' | 'body-not-read';

/** A declared length is believed up to here, and the memory made in one piece. For more the server must send the bytes first. */
const BELIEVED_BYTES = 16_384;
const LEAST_BYTES = 1_024;

/**
 * What has been read so far of bodies that may be stored, limited in total: a thousand large responses at once must not take a thousand times
 * the limit of one. When there is too much, the recording that has not gone on for longest goes: it may be one that nobody reads any more.
 */
export class Recordings {
  readonly #maxBytes: number;
  readonly #maxEntryBytes: number;
  /** Those that hold bytes, the one that has not gone on for longest first. */
  readonly #active = new Set<Recording>();
  #bytes = 0;

  constructor(maxBytes: number, maxEntryBytes: number) {
    this.#maxBytes = maxBytes;
    this.#maxEntryBytes = maxEntryBytes;
  }

  /**
   * @param declaredBytes The body's length, where it is known.
   * @param onGivenUp Called once if it is given up.
   */
  start(declaredBytes: number | undefined, onGivenUp: (why: RecordingFailure) => void): Recording {
    return new Recording(this, declaredBytes, onGivenUp);
  }

  /** Gives up all there are. */
  clear(): void {
    for (const recording of this.#active) recording.giveUp('cleared');
  }

  /** How large a recording's buffer shall be for `needed` bytes; 0 where there are to be no more. @internal */
  capacityFor(needed: number, declared: number | undefined): number {
    if (needed > this.#maxEntryBytes) return 0;
    const isBelieved = declared !== undefined && needed <= declared && declared <= BELIEVED_BYTES;
    const wanted = isBelieved ? declared : Math.max(LEAST_BYTES, 2 ** Math.ceil(Math.log2(needed)));
    return Math.max(needed, Math.min(wanted, this.#maxEntryBytes, this.#maxBytes));
  }

  /** A recording has gone on, and holds so many bytes more. @internal */
  wentOn(recording: Recording, moreBytes: number): void {
    this.#active.delete(recording);
    this.#active.add(recording);
    this.#bytes += moreBytes;
    for (const other of this.#active) {
      if (this.#bytes <= this.#maxBytes) return;
      other.giveUp('too-much-at-once');
    }
  }

  /** A recording is over. @internal */
  ended(recording: Recording, bytes: number): void {
    this.#active.delete(recording);
    this.#bytes -= bytes;
  }
}

type State = { readonly kind: 'recording'; readonly buffer: Uint8Array<ArrayBuffer>; readonly length: number } | { readonly kind: 'over' };

const EMPTY: State = { kind: 'recording', buffer: new Uint8Array(0), length: 0 };
const OVER: State = { kind: 'over' };

/** What has been read so far of one body. */
export class Recording {
  readonly #owner: Recordings;
  readonly #declaredBytes: number | undefined;
  readonly #onGivenUp: (why: RecordingFailure) => void;
  #state: State = EMPTY;

  constructor(owner: Recordings, declaredBytes: number | undefined, onGivenUp: (why: RecordingFailure) => void) {
    this.#owner = owner;
    this.#declaredBytes = declaredBytes;
    this.#onGivenUp = onGivenUp;
  }

  /** More has been read. */
  append(chunk: Uint8Array): void {
    if (this.#state.kind === 'over') return;
    const { length } = this.#state;
    const buffer = this.#bufferFor(this.#state.buffer, length, length + chunk.byteLength);
    if (buffer === undefined) {
      this.giveUp('too-large');
      return;
    }
    const moreBytes = buffer.byteLength - this.#state.buffer.byteLength;
    buffer.set(chunk, length);
    this.#state = { kind: 'recording', buffer, length: length + chunk.byteLength };
    this.#owner.wentOn(this, moreBytes);
  }

  /** All has been read. @returns the body in memory of its own, or undefined where it was given up. */
  finish(): Uint8Array | undefined {
    if (this.#state.kind === 'over') return undefined;
    const { buffer, length } = this.#state;
    this.#end(buffer.byteLength);
    return buffer.byteLength === length ? buffer : buffer.slice(0, length);
  }

  /** It will not be complete, or is not wanted. Nothing happens when it is over. */
  giveUp(why: RecordingFailure): void {
    if (this.#state.kind === 'over') return;
    this.#end(this.#state.buffer.byteLength);
    this.#onGivenUp(why);
  }

  #bufferFor(before: Uint8Array<ArrayBuffer>, length: number, needed: number): Uint8Array<ArrayBuffer> | undefined {
    if (needed <= before.byteLength) return before;
    const capacity = this.#owner.capacityFor(needed, this.#declaredBytes);
    if (capacity === 0) return undefined;
    const grown = new Uint8Array(capacity);
    grown.set(before.subarray(0, length));
    return grown;
  }

  #end(bytes: number): void {
    this.#state = OVER;
    this.#owner.ended(this, bytes);
  }
}
