import type { BodyLength } from '../contract/body-length.ts';
import type { HttpRequest } from '../contract/http-request.ts';
import type { RequestPort } from '../engine/request-port.ts';
import { requestTrailers } from '../engine/request-trailers.ts';
import type { Http2Exchange } from './exchange.ts';
import { SendWindow, takeFromBoth } from './flow-window.ts';
import { BASIC_FRAME_BYTES } from './frame-type.ts';
import { listBytes, requestFields, trailerFields } from './request-fields.ts';
import type { DataSource } from './send-queue.ts';
import type { StreamHost } from './stream-host.ts';

/** One request on its way to a stream, at the pace that the peer's windows allow. */
export class StreamSender implements RequestPort, DataSource {
  /** What the windows have no room for waits with its source. */
  readonly mostQueuedBytes = 0;
  readonly #host: StreamHost;
  readonly #exchange: Http2Exchange;
  readonly #request: HttpRequest;
  #window: SendWindow | undefined;
  #fields: readonly string[] = NONE;
  #hasBody = true;
  #chunks: Uint8Array[] = NO_CHUNKS;
  /** How much of the first of them is sent. */
  #sentOfFirst = 0;
  #isEnding = false;
  /** Empty where there are none. */
  #trailers: readonly string[] = NONE;

  constructor(host: StreamHost, exchange: Http2Exchange, request: HttpRequest) {
    this.#host = host;
    this.#exchange = exchange;
    this.#request = request;
  }

  prepare(length: BodyLength): void {
    this.#fields = this.#checked(requestFields(this.#request, this.#request.protocol), 'header list has');
    // What goes through a tunnel is no body, and has no end until its writer says so.
    this.#hasBody = length.kind !== 'none' || this.#request.method === 'CONNECT';
  }

  writeHead(): void {
    this.#open(!this.#hasBody);
  }

  writeWhole(body: Uint8Array | string): boolean {
    this.#open(body.length === 0);
    if (body.length === 0) return true;
    this.#isEnding = true;
    return this.writeBody(typeof body === 'string' ? Buffer.from(body, 'latin1') : body);
  }

  writeBody(bytes: Uint8Array): boolean {
    if (this.#chunks === NO_CHUNKS) this.#chunks = [bytes];
    else this.#chunks.push(bytes);
    return this.#sendNow();
  }

  endBody(): boolean {
    const trailers = requestTrailers(this.#request);
    if (trailers !== undefined) this.#trailers = this.#checked(trailerFields(trailers), 'trailers have');
    this.#isEnding = true;
    return this.#chunks.length > 0 ? this.#sendNow() : this.#end();
  }

  get streamId(): number {
    return this.#exchange.streamId;
  }

  fieldNames(): readonly string[] {
    return this.#fields.filter((_, at) => at % 2 === 0);
  }

  gather(): void {
    // What is written in a turn leaves together anyway.
  }

  /** The peer lets more be sent on the stream; less, where `bytes` is negative. @returns false where that is more than a window can be. */
  grow(bytes: number): boolean {
    if (this.#window === undefined) return true;
    if (!this.#window.grow(bytes)) return false;
    if (this.#chunks.length > 0 && bytes > 0 && this.#sendNow()) this.#exchange.onRoom();
    return true;
  }

  sendFrame(): boolean {
    const isWanting = this.#sendFrame();
    if (this.#chunks.length === 0) this.#exchange.onRoom();
    return isWanting;
  }

  /** What is not sent will not be. */
  stop(): void {
    this.#chunks = NO_CHUNKS;
    this.#host.queue.forget(this);
  }

  /** Before the table is touched: what is not sent must not be in it. */
  #checked(fields: readonly string[], what: string): readonly string[] {
    const bytes = listBytes(fields);
    const { maxHeaderListBytes } = this.#host.peer;
    if (bytes <= maxHeaderListBytes) return fields;
    throw new TypeError(`the request's ${what} ${bytes} bytes, and the server takes ${maxHeaderListBytes}`);
  }

  #open(isEndStream: boolean): void {
    this.#window = new SendWindow(this.#host.peer.initialWindowBytes);
    this.#host.open(this.#exchange, this.#fields, isEndStream);
  }

  /** @returns whether all is sent. */
  #sendNow(): boolean {
    const { queue } = this.#host;
    while (queue.isOpen && this.#sendFrame());
    if (this.#chunks.length === 0) return true;
    // Without a window of its own it is woken by the stream's.
    if (this.#window !== undefined && this.#window.bytes > 0) queue.wait(this);
    return false;
  }

  /** @returns whether there is more that the stream's window has room for. */
  #sendFrame(): boolean {
    const [chunk] = this.#chunks;
    const window = this.#window;
    if (chunk === undefined || window === undefined) return false;
    const host = this.#host;
    const start = this.#sentOfFirst;
    const bytes = takeFromBoth(window, host.queue.window, Math.min(chunk.byteLength - start, BASIC_FRAME_BYTES));
    if (bytes === 0) return false;
    const end = start + bytes;
    const isLastOfChunk = end === chunk.byteLength;
    if (isLastOfChunk) this.#chunks.shift();
    this.#sentOfFirst = isLastOfChunk ? 0 : end;
    const isLast = this.#isEnding && this.#chunks.length === 0;
    const endsWithData = isLast && this.#trailers.length === 0;
    host.writeData(this.#exchange.streamId, chunk, { start, end, isEndStream: endsWithData });
    if (endsWithData) this.#exchange.onLocalEnd();
    else if (isLast) this.#end();
    return this.#chunks.length > 0 && window.bytes > 0;
  }

  /** With trailers, or with DATA that brings nothing. */
  #end(): boolean {
    const { streamId } = this.#exchange;
    if (this.#trailers.length > 0) this.#host.writeTrailers(streamId, this.#trailers);
    else this.#host.writeData(streamId, NO_BYTES, { start: 0, end: 0, isEndStream: true });
    this.#exchange.onLocalEnd();
    return true;
  }
}

const NO_BYTES = new Uint8Array(0);
/** One for all, as most requests have neither trailers nor a body. */
const NONE: readonly string[] = [];
const NO_CHUNKS: Uint8Array[] = [];
