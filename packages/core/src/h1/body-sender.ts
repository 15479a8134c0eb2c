import { checkTrailers } from '../contract/http-request.ts';
import type { HttpRequest } from '../contract/http-request.ts';
import type { OpenBody, RequestBody } from '../contract/request-body.ts';
import type { Wire } from '../wire/wire.ts';
import type { Framing } from './framing.ts';

/** How the sending of a body ended. */
export type SendOutcome =
  | { readonly kind: 'sent' }
  /** The caller's stream failed, or gave something that is no chunk. */
  | { readonly kind: 'body-failed'; readonly error: unknown }
  /** The body is not as long as was declared. */
  | { readonly kind: 'wrong-length'; readonly declaredBytes: number; readonly seenBytes: number }
  /** {@link BodySender.stop} was called. */
  | { readonly kind: 'stopped' };

/** Sends a body that comes in chunks, as fast as the wire takes them and no faster. */
export class BodySender {
  readonly #wire: Wire;
  readonly #request: HttpRequest;
  readonly #body: RequestBody;
  readonly #framing: Framing;
  #opened: OpenBody | undefined;
  #isStopped = false;
  #resume: (() => void) | undefined;
  #sentBytes = 0;

  constructor(wire: Wire, request: HttpRequest, body: RequestBody, framing: Framing) {
    this.#wire = wire;
    this.#request = request;
    this.#body = body;
    this.#framing = framing;
  }

  /** Bytes of the body handed to the wire. */
  get sentBytes(): number {
    return this.#sentBytes;
  }

  /** Never rejects. */
  async send(): Promise<SendOutcome> {
    try {
      const opened = await this.#body.open();
      if (this.#isStopped) {
        cancelOpened(opened, undefined);
        return STOPPED;
      }
      this.#opened = opened;
      const problem = opened.kind === 'bytes' ? await this.#sendChunk(opened.bytes) : await this.#sendChunks(opened.chunks);
      return problem ?? this.#end();
    } catch (error) {
      return this.#isStopped ? STOPPED : { kind: 'body-failed', error };
    }
  }

  /** The wire has room again. */
  onDrain(): void {
    const resume = this.#resume;
    this.#resume = undefined;
    resume?.();
  }

  /** Nothing more is sent, and the caller's stream is given up. */
  stop(reason: unknown): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    if (this.#opened !== undefined) cancelOpened(this.#opened, reason);
    this.onDrain();
  }

  async #sendChunks(chunks: AsyncIterator<Uint8Array>): Promise<SendOutcome | undefined> {
    for (;;) {
      const result = await chunks.next();
      if (this.#isStopped) return STOPPED;
      if (result.done === true) return undefined;
      const problem = await this.#sendChunk(result.value);
      if (problem !== undefined) return problem;
    }
  }

  async #sendChunk(bytes: Uint8Array): Promise<SendOutcome | undefined> {
    // An empty chunk would end the body (RFC 9112 §7.1).
    if (bytes.byteLength === 0) return undefined;
    const total = this.#sentBytes + bytes.byteLength;
    if (this.#framing.kind === 'length' && total > this.#framing.bytes) {
      return { kind: 'wrong-length', declaredBytes: this.#framing.bytes, seenBytes: total };
    }
    this.#sentBytes = total;
    const hasRoom =
      this.#framing.kind === 'chunked'
        ? this.#wire.writeFramed(`${bytes.byteLength.toString(16)}\r\n`, bytes, '\r\n')
        : this.#wire.write(bytes);
    if (hasRoom) return undefined;
    await new Promise<void>((resolve) => {
      this.#resume = resolve;
    });
    return this.#isStopped ? STOPPED : undefined;
  }

  #end(): SendOutcome {
    if (this.#framing.kind === 'length' && this.#sentBytes < this.#framing.bytes) {
      return { kind: 'wrong-length', declaredBytes: this.#framing.bytes, seenBytes: this.#sentBytes };
    }
    if (this.#framing.kind === 'chunked') this.#wire.write(`0\r\n${trailerLines(this.#request)}\r\n`);
    return SENT;
  }
}

const SENT: SendOutcome = { kind: 'sent' };
const STOPPED: SendOutcome = { kind: 'stopped' };

function cancelOpened(opened: OpenBody, reason: unknown): void {
  if (opened.kind === 'chunks') opened.cancel(reason);
}

/** Asked for only now: a trailer may be computed from the body. */
function trailerLines(request: HttpRequest): string {
  const { trailers } = request;
  if (trailers === undefined) return '';
  const fields = typeof trailers === 'function' ? checkTrailers(trailers()) : trailers;
  let lines = '';
  for (const [name, value] of fields.fields()) lines += `${name}: ${value}\r\n`;
  return lines;
}
