import type { Clock } from '../contract/clock.ts';
import type { BodyLength } from '../contract/body-length.ts';
import type { HttpRequest } from '../contract/http-request.ts';
import type { OpenBody } from '../contract/request-body.ts';
import type { RequestPort } from './request-port.ts';

/** How the sending of a body ended. */
export type SendOutcome =
  | { readonly kind: 'sent' }
  /** The caller's stream failed, or gave something that is no chunk. */
  | { readonly kind: 'body-failed'; readonly error: unknown }
  /** The body is not as long as was declared. */
  | { readonly kind: 'wrong-length'; readonly declaredBytes: number; readonly seenBytes: number }
  /** {@link BodySender.stop} was called. */
  | { readonly kind: 'stopped' };

/** What a look at the body shows before it is sent. */
export type ProbeOutcome =
  | { readonly kind: 'empty' }
  /** It has something, or takes its time, or was not looked into. */
  | { readonly kind: 'not-empty' }
  | { readonly kind: 'body-failed'; readonly error: unknown };

/** How a body is sent. */
export interface SenderOptions {
  readonly events: { onBlocked(isBlocked: boolean): void };
  /** Told of the first byte. */
  readonly told: { body(): void } | undefined;
  /** Whether large chunks are written in slices, so that their progress can be seen. */
  readonly isSliced: boolean;
}

type Chunk = IteratorResult<Uint8Array, unknown>;

/** Sends a body that comes in chunks, as fast as the wire takes them and no faster. */
export class BodySender {
  /** What is written at once where progress is watched. */
  static readonly sliceBytes = 65_536;

  readonly #port: RequestPort;
  readonly #request: HttpRequest;
  readonly #length: BodyLength;
  readonly #options: SenderOptions;
  #opened: OpenBody | undefined;
  /** The first chunk, asked for by a probe. */
  #first: Promise<Chunk> | undefined;
  #isStopped = false;
  #resume: (() => void) | undefined;
  #sentBytes = 0;
  /** Written since the wire last had room. */
  #queuedBytes = 0;
  #hasRoom = true;

  constructor(port: RequestPort, request: HttpRequest, length: BodyLength, options: SenderOptions) {
    this.#port = port;
    this.#request = request;
    this.#length = length;
    this.#options = options;
  }

  /** Bytes of the body handed to the wire. */
  get sentBytes(): number {
    return this.#sentBytes;
  }

  /** Waits for the first chunk, for so long. It is kept for {@link send}. Never rejects. */
  async probe(clock: Clock, timeoutMs: number): Promise<ProbeOutcome> {
    try {
      const opened = await this.#open();
      if (opened === undefined || opened.kind === 'bytes') return { kind: opened?.bytes.byteLength === 0 ? 'empty' : 'not-empty' };
      const first = this.#nextFilled(opened.chunks);
      this.#first = first;
      const isSlow = Promise.withResolvers<undefined>();
      const timer = clock.after(timeoutMs, () => isSlow.resolve(undefined));
      const chunk = await Promise.race([first, isSlow.promise]).finally(() => timer.cancel());
      // Whoever sends hears of its failure.
      first.catch(() => {});
      return { kind: chunk?.done === true ? 'empty' : 'not-empty' };
    } catch (error) {
      return { kind: 'body-failed', error };
    }
  }

  /** Opens the body, which is kept for {@link send}. Never rejects. */
  async open(): Promise<ProbeOutcome> {
    try {
      await this.#open();
      return { kind: 'not-empty' };
    } catch (error) {
      return { kind: 'body-failed', error };
    }
  }

  /** Never rejects. */
  async send(): Promise<SendOutcome> {
    try {
      const opened = await this.#open();
      if (opened === undefined) return STOPPED;
      const problem = opened.kind === 'bytes' ? await this.#sendBytes(opened.bytes) : await this.#sendChunks(opened.chunks);
      return problem ?? (await this.#end());
    } catch (error) {
      return this.#isStopped ? STOPPED : { kind: 'body-failed', error };
    }
  }

  /** The wire has room again. */
  onDrain(): void {
    this.#queuedBytes = 0;
    this.#hasRoom = true;
    const resume = this.#resume;
    if (resume === undefined) return;
    this.#resume = undefined;
    this.#options.events.onBlocked(false);
    resume();
  }

  /** Nothing more is sent, and the caller's stream is given up. */
  stop(reason: unknown): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    if (this.#opened !== undefined) cancelOpened(this.#opened, reason);
    this.onDrain();
  }

  /** @returns undefined when it was stopped meanwhile. */
  async #open(): Promise<OpenBody | undefined> {
    if (this.#opened !== undefined) return this.#opened;
    const opened = await this.#request.body?.open();
    if (opened === undefined) return undefined;
    if (this.#isStopped) {
      cancelOpened(opened, undefined);
      return undefined;
    }
    this.#opened = opened;
    return opened;
  }

  async #nextFilled(chunks: AsyncIterator<Uint8Array>): Promise<Chunk> {
    for (;;) {
      const chunk = await chunks.next();
      if (chunk.done === true || chunk.value.byteLength > 0) return chunk;
    }
  }

  async #sendChunks(chunks: AsyncIterator<Uint8Array>): Promise<SendOutcome | undefined> {
    for (;;) {
      const result = await (this.#first ?? chunks.next());
      this.#first = undefined;
      if (this.#isStopped) return STOPPED;
      if (result.done === true) return undefined;
      const problem = await this.#sendBytes(result.value);
      if (problem !== undefined) return problem;
    }
  }

  async #sendBytes(bytes: Uint8Array): Promise<SendOutcome | undefined> {
    if (!this.#options.isSliced) return this.#sendChunk(bytes);
    for (let at = 0; at < bytes.byteLength; at += BodySender.sliceBytes) {
      const problem = await this.#sendChunk(bytes.subarray(at, at + BodySender.sliceBytes));
      if (problem !== undefined) return problem;
    }
    return undefined;
  }

  async #sendChunk(bytes: Uint8Array): Promise<SendOutcome | undefined> {
    // An empty chunk would end a chunked body (RFC 9112 §7.1).
    if (bytes.byteLength === 0) return undefined;
    const total = this.#sentBytes + bytes.byteLength;
    if (this.#length.kind === 'known' && total > this.#length.bytes) {
      return { kind: 'wrong-length', declaredBytes: this.#length.bytes, seenBytes: total };
    }
    if (this.#sentBytes === 0 && this.#options.told !== undefined) {
      this.#options.told.body();
      // The listener may have aborted the request.
      if (this.#isStopped) return STOPPED;
    }
    this.#sentBytes = total;
    if (!this.#options.isSliced) this.#port.gather();
    this.#hasRoom = this.#port.writeBody(bytes);
    this.#queuedBytes = this.#hasRoom ? 0 : this.#queuedBytes + bytes.byteLength;
    return this.#hasRoom || this.#queuedBytes < this.#mostQueuedBytes() ? undefined : this.#room();
  }

  /** Waits until the wire has taken what it was given. */
  async #room(): Promise<SendOutcome | undefined> {
    if (!this.#hasRoom) {
      await new Promise<void>((resolve) => {
        this.#resume = resolve;
        this.#options.events.onBlocked(true);
      });
    }
    return this.#isStopped ? STOPPED : undefined;
  }

  #mostQueuedBytes(): number {
    return this.#options.isSliced ? 0 : this.#port.mostQueuedBytes;
  }

  async #end(): Promise<SendOutcome> {
    if (this.#length.kind === 'known' && this.#sentBytes < this.#length.bytes) {
      return { kind: 'wrong-length', declaredBytes: this.#length.bytes, seenBytes: this.#sentBytes };
    }
    this.#hasRoom = this.#port.endBody() && this.#hasRoom;
    return (await this.#room()) ?? SENT;
  }
}

const SENT: SendOutcome = { kind: 'sent' };
const STOPPED: SendOutcome = { kind: 'stopped' };

function cancelOpened(opened: OpenBody, reason: unknown): void {
  if (opened.kind === 'chunks') opened.cancel(reason);
}
