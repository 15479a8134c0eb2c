import { giveBackBuffer, takeBuffer } from './buffer-pool.ts';
import { HttpHeaders } from './http-headers.ts';

/** Where a body comes from, as the body sees it. */
export interface BodyProducer {
  /** There is a reader, or it has room again: go on. May come when nothing was paused. */
  resumeBody(): void;
  /** The rest is not wanted. Comes at most once, and not after the end. */
  cancelBody(reason: unknown): void;
}

/** A reader that takes chunks as they come. */
export interface BodySink {
  /**
   * Takes a chunk. The bytes are lent: they are valid during the call only.
   * @returns false when it wants a pause: nothing more comes until it calls {@link IncomingBody.resume}, save what was already on its way.
   */
  write(bytes: Uint8Array): boolean;
  end(): void;
  fail(error: unknown): void;
}

/** How many bytes of a body may wait for its reader, before the producer is told to pause. What is on its way by then still comes. */
export interface BodyLimits {
  /** While no reader has come. One usually comes a microtask after the head. */
  readonly maxUnreadBytes: number;
  /** While one takes it chunk by chunk, and is slow. */
  readonly maxReadAheadBytes: number;
}

/** As the Transport has them where nothing else is said. To read ahead by less than a read of the socket brings would pause and resume it with each. */
export const DEFAULT_BODY_LIMITS: BodyLimits = { maxUnreadBytes: 65_536, maxReadAheadBytes: 524_288 };

/** Who waits for the whole of a body. */
interface Collector {
  settle(buffer: Buffer, length: number): void;
  readonly reject: (error: unknown) => void;
}

class Collecting<T> implements Collector {
  readonly reject: (error: unknown) => void;
  readonly #use: (buffer: Buffer, length: number) => T;
  readonly #resolve: (value: T) => void;

  constructor(use: (buffer: Buffer, length: number) => T, resolve: (value: T) => void, reject: (error: unknown) => void) {
    this.reject = reject;
    this.#use = use;
    this.#resolve = resolve;
  }

  settle(buffer: Buffer, length: number): void {
    this.#resolve(this.#use(buffer, length));
  }
}

type Ending = { readonly kind: 'complete' } | { readonly kind: 'failed'; readonly error: unknown };

/**
 * A body between its producer, which pushes, and its one reader, which may come late, collect it whole, or take it chunk by chunk.
 * No promise exists here until a reader asks for one, so a failure that nobody waits for is nobody's unhandled rejection.
 */
export class IncomingBody {
  /** Fields that came after the body; none before its end. */
  trailers: HttpHeaders = HttpHeaders.readOnly(undefined);
  /** Who passes this body on in another of its own gives them to that. */
  readonly limits: BodyLimits;
  /** Undefined once the body has ended: a response that is kept keeps nothing of its connection. */
  #producer: BodyProducer | undefined;
  readonly #length: number | undefined;
  #held: Buffer<ArrayBuffer> | undefined;
  #heldBytes = 0;
  #isHeldPooled = true;
  #isClaimed = false;
  #isRead = false;
  #sink: BodySink | undefined;
  #collector: Collector | undefined;
  #ending: Ending | undefined;

  /** @param length The whole body's length in bytes, where it is known: its buffer is then made in one piece. */
  constructor(producer: BodyProducer | undefined, length: number | undefined, limits: BodyLimits = DEFAULT_BODY_LIMITS) {
    this.#producer = producer;
    this.#length = length;
    this.limits = limits;
  }

  /** A body that is wholly there. It keeps `bytes`, which must not change any more. */
  static of(bytes: Uint8Array): IncomingBody {
    const body = new IncomingBody(undefined, bytes.byteLength);
    body.#held = bufferOf(bytes);
    body.#heldBytes = bytes.byteLength;
    body.#isHeldPooled = false;
    body.#ending = COMPLETE;
    return body;
  }

  /** Whether somebody is reading it, or has taken it to do so. */
  get isClaimed(): boolean {
    return this.#isClaimed;
  }

  /** Reader: it will be read, although not yet. */
  claim(): void {
    this.#isClaimed = true;
  }

  /** Whether every byte has arrived. */
  get isComplete(): boolean {
    return this.#ending?.kind === 'complete';
  }

  /** Reader: all bytes, where every one has arrived and nobody has read them; lent until somebody does. */
  get arrived(): Uint8Array | undefined {
    if (this.#isRead || this.#ending?.kind !== 'complete') return undefined;
    const held = this.#held ?? EMPTY;
    // Not a Buffer, whose `slice()` copies nothing: who means to keep a copy would keep what is about to be written over.
    return new Uint8Array(held.buffer, held.byteOffset, this.#heldBytes);
  }

  /** Producer: the next bytes, lent. @returns false to pause until `resumeBody()`. */
  push(bytes: Uint8Array): boolean {
    return this.pushRange(bytes, 0, bytes.byteLength);
  }

  /** As {@link push}, of the bytes from `start` to `end`: a view of them is made only where somebody wants one. */
  pushRange(buffer: Uint8Array, start: number, end: number): boolean {
    // An empty chunk says nothing, and a byte stream takes none.
    if (this.#ending !== undefined || start === end) return true;
    if (this.#sink !== undefined) return this.#sink.write(buffer.subarray(start, end));
    this.#hold(buffer, start, end);
    return this.#collector !== undefined || this.#heldBytes < this.limits.maxUnreadBytes;
  }

  /** Producer: that was all of it. */
  end(trailers?: HttpHeaders): void {
    if (this.#ending !== undefined) return;
    if (trailers !== undefined) this.trailers = trailers;
    this.#ending = COMPLETE;
    this.#producer = undefined;
    this.#sink?.end();
    if (this.#collector !== undefined) this.#settle(this.#collector);
  }

  /** Producer: the rest will not come. */
  fail(error: unknown): void {
    if (this.#ending !== undefined) return;
    this.#ending = { kind: 'failed', error };
    this.#producer = undefined;
    this.#sink?.fail(error);
    if (this.#collector !== undefined) this.#settle(this.#collector);
  }

  /**
   * Reader: the whole body, once it is there.
   * @param use Sees the first so many bytes of a buffer, which are lent to it for the call; what it returns or throws settles the promise.
   */
  collect<T>(use: (buffer: Buffer, length: number) => T): Promise<T> {
    if (this.#ending !== undefined) return this.#collected(use, this.#ending);
    return new Promise<T>((resolve, reject) => {
      this.#collector = new Collecting(use, resolve, reject);
      this.#producer?.resumeBody();
    });
  }

  /** The same of one that has ended, as most small ones have when somebody asks: without a promise's closures, which are 250 bytes. */
  async #collected<T>(use: (buffer: Buffer, length: number) => T, ending: Ending): Promise<T> {
    try {
      if (ending.kind === 'failed') throw ending.error;
      return use(this.#held ?? EMPTY, this.#heldBytes);
    } finally {
      this.#dropHeld();
    }
  }

  /** Reader: each chunk as it comes, those held first. */
  pipe(sink: BodySink): void {
    const ending = this.#ending;
    this.#sink = sink;
    const hasRoom = this.#held === undefined || this.#heldBytes === 0 || sink.write(this.#held.subarray(0, this.#heldBytes));
    this.#dropHeld();
    if (ending?.kind === 'complete') sink.end();
    else if (ending !== undefined) sink.fail(ending.error);
    else if (hasRoom) this.resume();
  }

  /** Reader: after a pause, there is room again. */
  resume(): void {
    if (this.#ending === undefined) this.#producer?.resumeBody();
  }

  /** Reader: gives up. A read that is pending fails with `reason`. Nothing happens to a body that has ended. */
  cancel(reason: unknown): void {
    this.#dropHeld();
    if (this.#ending !== undefined) return;
    const producer = this.#producer;
    this.fail(reason);
    producer?.cancelBody(reason);
  }

  #settle(collector: Collector): void {
    this.#collector = undefined;
    try {
      if (this.#ending?.kind === 'failed') collector.reject(this.#ending.error);
      else collector.settle(this.#held ?? EMPTY, this.#heldBytes);
    } catch (error) {
      collector.reject(error);
    } finally {
      this.#dropHeld();
    }
  }

  #hold(buffer: Uint8Array, start: number, end: number): void {
    const needed = this.#heldBytes + end - start;
    if (this.#held === undefined) this.#held = takeBuffer(this.#firstCapacity(needed));
    else if (this.#held.byteLength < needed) this.#grow(needed);
    if (buffer instanceof Buffer) buffer.copy(this.#held, this.#heldBytes, start, end);
    else this.#held.set(buffer.subarray(start, end), this.#heldBytes);
    this.#heldBytes = needed;
  }

  /** A declared length is believed up to a limit: the peer must send the bytes before we set memory aside for them. */
  #firstCapacity(needed: number): number {
    const expected = this.#length === undefined ? needed : Math.min(this.#length, BELIEVED_BYTES);
    return Math.max(needed, expected);
  }

  #grow(needed: number): void {
    const before = this.#held;
    const grown = takeBuffer(Math.max(needed, (before?.byteLength ?? 0) * 2));
    if (before !== undefined) {
      grown.set(before.subarray(0, this.#heldBytes));
      giveBackBuffer(before);
    }
    this.#held = grown;
  }

  #dropHeld(): void {
    this.#isRead = true;
    if (this.#held !== undefined && this.#isHeldPooled) giveBackBuffer(this.#held);
    this.#held = undefined;
    this.#heldBytes = 0;
  }
}

/** The same memory, where no other thread can change it. */
function bufferOf(bytes: Uint8Array): Buffer<ArrayBuffer> {
  if (isPlainBuffer(bytes)) return bytes;
  return bytes.buffer instanceof ArrayBuffer ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength) : Buffer.from(bytes);
}

function isPlainBuffer(bytes: Uint8Array): bytes is Buffer<ArrayBuffer> {
  return bytes instanceof Buffer && bytes.buffer instanceof ArrayBuffer;
}

const BELIEVED_BYTES = 1_048_576;
const COMPLETE: Ending = { kind: 'complete' };
const EMPTY: Buffer = Buffer.alloc(0);
