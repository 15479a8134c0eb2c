import type { Duplex } from 'node:stream';

import { copyOf, decodeUtf8, emptyStream, lock, noBytes } from './body-forms.ts';
import { teeBody } from './body-tee.ts';
import { ChunkReader, type ChunkMemory } from './chunk-reader.ts';
import { Context } from './context.ts';
import { parseContentLength } from './decimal.ts';
import { HttpHeaders, type HttpHeadersInit } from './http-headers.ts';
import type { HttpRequest } from './http-request.ts';
import {
  checkStatus,
  checkStatusText,
  type HttpResponseChanges,
  type HttpResponseInit,
  type ResponseConnection,
} from './http-response-init.ts';
import { IncomingBody } from './incoming-body.ts';
import { inspectAs } from './inspect-as.ts';
import { giveUpWhenUnreachable, handOn } from './unreachable.ts';
import { pumpedBody } from './pumped-body.ts';
import type { BodyContent } from './request-body.ts';
import { RoundTripError } from './round-trip-error.ts';

/** How {@link HttpResponse.chunks} gives the body. */
export interface ChunkOptions {
  /** Whether a chunk's memory is taken back when the next one is asked for. Default false. */
  readonly lent?: boolean | undefined;
}

/**
 * A response: all that a WHATWG `Response` has, and what a program that cares about connections wants besides.
 *
 * The body is read once: by `text()`, `json()`, `bytes()`, `chunks()`… or through `body`. Reading it to its end gives the connection back before the
 * end is seen; a response that is not read is to be disposed of (`await using`, or `dispose()`), which may close its connection.
 * A body shorter than declared fails with `truncated` and never passes for a whole one. Only where its end is the connection's (no length, not chunked)
 * does the peer's word count, and over TLS that of the network too: Node does not tell a close_notify from a bare FIN.
 */
export class HttpResponse {
  /** No header values: they may be secret. */
  static {
    inspectAs(HttpResponse.prototype, (response) => `HttpResponse { ${response.status} ${response.statusText} }`);
  }

  // Behind getters, so that to assign throws.
  readonly #status: number;
  readonly #statusText: string;
  readonly #headers: HttpHeaders;
  readonly #proto: string;
  readonly #request: HttpRequest | undefined;
  readonly #connection: ResponseConnection | undefined;
  readonly #socket: Duplex | undefined;
  readonly #redirected: boolean;
  readonly #context: Context;
  #source: IncomingBody | undefined;
  /** The body that the message came with, where another has taken its place: trailers belong to the message. */
  #trailersFrom: IncomingBody | undefined;
  #reader: ChunkReader | undefined;
  #stream: ReadableStream<Uint8Array<ArrayBuffer>> | undefined;
  /** `moved`: it belongs to the response that `with()` made. */
  #use: 'unused' | 'used' | 'moved' | 'disposed' = 'unused';

  /** @throws TypeError when the status, the status text, a header or the body is invalid. */
  constructor(body?: BodyContent | IncomingBody | null, init: HttpResponseInit = {}) {
    this.#status = checkStatus(init.status ?? 200);
    this.#statusText = checkStatusText(String(init.statusText ?? ''));
    this.#proto = init.proto ?? 'HTTP/1.1';
    this.#request = init.request;
    this.#connection = init.connection;
    this.#socket = init.socket;
    this.#redirected = init.redirected ?? false;
    this.#context = init.context ?? Context.empty;
    if (body === undefined || body === null || body instanceof IncomingBody) {
      this.#source = body ?? undefined;
      this.#headers = HttpHeaders.readOnly(init.headers);
    } else {
      const pumped = pumpedBody(body);
      this.#source = pumped.body;
      this.#headers = withContentType(init.headers, pumped.contentType);
    }
  }

  get status(): number {
    return this.#status;
  }

  get statusText(): string {
    return this.#statusText;
  }

  get headers(): HttpHeaders {
    return this.#headers;
  }

  /** Like `HTTP/1.1`. */
  get proto(): string {
    return this.#proto;
  }

  /** The request that the Transport was given; undefined for a response made by hand. */
  get request(): HttpRequest | undefined {
    return this.#request;
  }

  /** Undefined where the response did not come over a connection, from a cache for example. */
  get connection(): ResponseConnection | undefined {
    return this.#connection;
  }

  /**
   * The connection itself, where the server has switched to the protocol that the request's `Upgrade` asked for (101), or has opened the tunnel that a CONNECT
   * asked for (2xx). It is the caller's to read, write and end; the Transport neither counts nor closes it any more. `dispose()` destroys it.
   */
  get socket(): Duplex | undefined {
    return this.#socket;
  }

  get redirected(): boolean {
    return this.#redirected;
  }

  /** What middleware further in has to say about this response. */
  get context(): Context {
    return this.#context;
  }

  /** What `JSON.stringify` and loggers that use it show: as little as `inspect` does. */
  toJSON(): { readonly status: number; readonly statusText: string } {
    return { status: this.#status, statusText: this.#statusText };
  }

  /** Whether the status is 200 to 299. */
  get ok(): boolean {
    return this.status >= 200 && this.status <= 299;
  }

  /** The request's URL without userinfo and fragment; empty for a response made by hand. */
  get url(): string {
    return this.request === undefined ? '' : `${this.request.target.origin.key}${this.request.target.path}`;
  }

  /** Always `default`: nothing is filtered. */
  get type(): 'default' {
    return 'default';
  }

  /** The length that the peer declared, in bytes; undefined where it did not. */
  get contentLength(): number | undefined {
    return parseContentLength(this.headers.get('content-length'));
  }

  /** Fields that came after the body. Empty until the body was read to its end. */
  get trailers(): HttpHeaders {
    return (this.#trailersFrom ?? this.#source)?.trailers ?? HttpHeaders.readOnly(undefined);
  }

  /** The body as a byte stream, made when first asked for; `null` where there can be none. `chunks()` costs a tenth of it. */
  get body(): ReadableStream<Uint8Array<ArrayBuffer>> | null {
    if (this.#source === undefined) return null;
    if (this.#stream === undefined) {
      this.#stream = this.#openStream(this.#source);
      if (this.#use === 'used' || this.#use === 'moved') lock(this.#stream);
    }
    return this.#stream;
  }

  /** Whether the body was read, is being read, or was given up. */
  get bodyUsed(): boolean {
    return this.#use !== 'unused' && this.#source !== undefined;
  }

  /** The body as text: UTF-8, a byte order mark removed, as fetch does. */
  text(): Promise<string> {
    return this.#collect(decodeUtf8);
  }

  /** The body parsed as JSON. @throws SyntaxError when it is not JSON. */
  json(): Promise<unknown> {
    return this.#collect((buffer, length): unknown => JSON.parse(decodeUtf8(buffer, length)));
  }

  /** The body in memory of its own. */
  bytes(): Promise<Uint8Array<ArrayBuffer>> {
    return this.#collect(copyOf);
  }

  arrayBuffer(): Promise<ArrayBuffer> {
    return this.#collect((buffer, length) => copyOf(buffer, length).buffer);
  }

  /** The body as a blob of the response's media type. */
  async blob(): Promise<Blob> {
    return this.#asWhatwg(await this.bytes()).blob();
  }

  /** The body as a form. The whole of it is held in memory: for answers of servers you trust. */
  async formData(): Promise<FormData> {
    // oxlint-disable-next-line typescript/no-deprecated -- deprecated because it holds the whole form in memory, which this method says too
    return this.#asWhatwg(await this.bytes()).formData();
  }

  /** The body as a stream of text. @throws TypeError when the body was used. */
  textStream(): ReadableStream<string> {
    const stream = this.body ?? emptyStream();
    return stream.pipeThrough(new TextDecoderStream());
  }

  /**
   * The body chunk by chunk, each in memory of its own. Leaving the loop early gives the rest up, as `dispose()` does.
   *
   * With `lent` a chunk is the reader's only until it asks for the next one: its memory is then used again. That is for who hashes, parses, counts or
   * copies what comes, as `Read` into one buffer is in Go; no memory is set aside and collected, which is most of what a large download costs.
   * @throws TypeError when the body was used.
   */
  chunks({ lent = false }: ChunkOptions = {}): AsyncIterableIterator<Uint8Array<ArrayBuffer>, undefined> {
    this.#takeBody();
    return this.#openReader(this.#source ?? noBytes(), lent ? 'lent' : 'own');
  }

  /**
   * A second response with the same body. What one of the two has read and the other has not is kept in memory, without a limit.
   * @throws TypeError when the body was used.
   */
  clone(): HttpResponse {
    if (this.#source === undefined) return this.#derive(undefined, {});
    this.#mustBeUnused();
    const isWhole = this.#source.isComplete;
    const [mine, theirs] = teeBody(this.#source);
    this.#source = mine;
    this.#stream = undefined;
    this.#use = 'unused';
    const cloned = this.#derive(theirs, {});
    if (isWhole) return cloned;
    giveUpWhenUnreachable(this, mine);
    giveUpWhenUnreachable(cloned, theirs);
    return cloned;
  }

  /**
   * A response with these parts in place of its own. The body goes to the new one, and this one's counts as used: disposing of this one no longer
   * matters. With a `body` of its own the new one leaves this one's where it is, for its owner to read or dispose of; its `trailers` are this one's.
   */
  with(changes: HttpResponseChanges): HttpResponse {
    const { body } = changes;
    if (body !== undefined) {
      const replaced = this.#derive(incomingBody(body), changes);
      replaced.#trailersFrom ??= this.#source;
      return replaced;
    }
    this.#mustBeUnused();
    const source = this.#source;
    const derived = this.#derive(source, changes);
    if (source !== undefined || this.socket !== undefined) this.#use = 'moved';
    // Nobody reads it yet: whoever drops the new one gives it up.
    if (source?.isComplete === false) handOn(derived, source);
    return derived;
  }

  /**
   * The body itself, for middleware that takes it chunk by chunk without a promise for each, and gives it to others: it is that one's to read or to cancel,
   * and this response's counts as used: disposing of this one no longer matters. Undefined where there is none.
   * @throws TypeError when the body was used.
   */
  takeBody(): IncomingBody | undefined {
    this.#takeBody();
    if (this.#source !== undefined) this.#use = 'moved';
    return this.#source;
  }

  /**
   * All bytes of the body, where they have all arrived and nobody has read them, as is mostly so with a small one: for middleware that wants to look at them, and leaves the
   * body to be read by another. They are lent until then, and not to be changed. Undefined where some have yet to come, where the body was used, and where there is none.
   */
  peekBytes(): Uint8Array | undefined {
    return this.#use === 'unused' && this.#stream === undefined ? this.#source?.arrived : undefined;
  }

  /** Gives up what was not read and frees the connection; it may be closed. Idempotent. A read that is pending, or comes later, fails with `body-disposed`. */
  dispose(): Promise<void> {
    if (this.#use !== 'moved') this.socket?.destroy();
    if (this.#use !== 'disposed' && this.#use !== 'moved' && this.#source !== undefined) {
      this.#use = 'disposed';
      if (this.#reader !== undefined) this.#reader.abandon(disposedError());
      // An error with its stack costs 2 µs, and a body that was read to its end has no use for it.
      else this.#source.cancel(this.#source.isComplete ? undefined : disposedError());
    }
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  #collect<T>(use: (buffer: Buffer, length: number) => T): Promise<T> {
    try {
      this.#takeBody();
    } catch (error) {
      return Promise.reject(error);
    }
    return (this.#source ?? noBytes()).collect(use);
  }

  /** The body has one reader; none at all can be read again and again, as fetch has it. */
  #takeBody(): void {
    this.#mustBeUnused();
    if (this.#source === undefined) return;
    this.#source.claim();
    this.#use = 'used';
  }

  #mustBeUnused(): void {
    if (this.#source === undefined) return;
    if (this.#use === 'disposed') throw disposedError();
    if (this.#use !== 'unused') throw new TypeError('the body was already used: it can be read once; clone() first for a second reader');
    if (this.#stream?.locked === true) throw new TypeError('the body is locked: its stream has a reader');
    if (this.#stream !== undefined) lock(this.#stream);
  }

  #openReader(source: IncomingBody, memory: ChunkMemory = 'own'): ChunkReader {
    source.claim();
    this.#reader = new ChunkReader(source, disposedError, memory);
    return this.#reader;
  }

  #openStream(source: IncomingBody): ReadableStream<Uint8Array<ArrayBuffer>> {
    let reader: ChunkReader | undefined;
    return new ReadableStream({
      type: 'bytes',
      pull: async (controller): Promise<void> => {
        if (reader === undefined) {
          // Until the first read the body is still free for text() and the others; what takes it locks this stream.
          if (this.#use !== 'unused') throw disposedError();
          this.#use = 'used';
          reader = this.#openReader(source);
        }
        const result = await reader.next();
        if (result.done !== true) {
          controller.enqueue(result.value);
          return;
        }
        controller.close();
        // A pending BYOB read waits for this (Streams §4.7.4).
        controller.byobRequest?.respond(0);
      },
      cancel: async (): Promise<void> => {
        await this.dispose();
      },
    });
  }

  /** For what WHATWG says of media types and forms: its own implementation. */
  #asWhatwg(bytes: Uint8Array<ArrayBuffer>): Response {
    return new Response(bytes, { headers: { 'content-type': this.headers.get('content-type') ?? '' } });
  }

  #derive(body: IncomingBody | undefined, changes: HttpResponseInit): HttpResponse {
    const derived = new HttpResponse(body, {
      status: changes.status ?? this.#status,
      statusText: changes.statusText ?? this.#statusText,
      headers: changes.headers ?? this.#headers,
      proto: changes.proto ?? this.#proto,
      request: changes.request ?? this.#request,
      redirected: changes.redirected ?? this.#redirected,
      connection: changes.connection ?? this.#connection,
      socket: changes.socket ?? this.#socket,
      context: changes.context ?? this.#context,
    });
    derived.#trailersFrom = this.#trailersFrom;
    return derived;
  }
}

function incomingBody(body: BodyContent | IncomingBody | null): IncomingBody | undefined {
  if (body === null || body instanceof IncomingBody) return body ?? undefined;
  return pumpedBody(body).body;
}

function withContentType(init: HttpHeadersInit | undefined, contentType: string | undefined): HttpHeaders {
  const headers = new HttpHeaders(init);
  if (contentType !== undefined && !headers.has('content-type')) headers.append('Content-Type', contentType);
  return HttpHeaders.readOnly(headers);
}

function disposedError(): RoundTripError {
  return new RoundTripError('the response was disposed of before its body was read', {
    code: 'body-disposed',
    phase: 'response-body',
    sent: 'all',
  });
}
