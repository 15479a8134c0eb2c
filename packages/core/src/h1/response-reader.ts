import { assertNever } from '../contract/assert-never.ts';
import { HttpHeaders } from '../contract/http-headers.ts';
import { ownText } from '../contract/own-text.ts';
import type { EndOfInput } from '../engine/exchange-failures.ts';
import { ChunkedDecoder } from './chunked-decoder.ts';
import { responseFraming, type ResponseFraming } from './framing.ts';
import type { ResponseLimits } from './http1-options.ts';
import { keepAliveHint, NO_HINT, type KeepAliveHint } from './keep-alive.ts';
import { beyondLimit, malformed } from './protocol-error.ts';
import { SectionParser, type FramingFields } from './section-parser.ts';
import type { StatusLine } from './status-line.ts';

/** A response's head (RFC 9112 §2.1), and what follows from it. */
export interface ResponseHead {
  readonly minorVersion: number;
  readonly status: number;
  readonly statusText: string;
  readonly headers: HttpHeaders;
  /** The `Connection` field as it was sent. */
  readonly connection: string | undefined;
  /** What the `Keep-Alive` field says. */
  readonly hint: KeepAliveHint;
  readonly framing: ResponseFraming;
}

/** Told what is read, in order: any number of interim responses, a head, data, the end. */
export interface ResponseReceiver {
  /** An interim response (RFC 9110 §15.2), 101 excepted. */
  onInterim(status: number, headers: HttpHeaders): void;
  onHead(head: ResponseHead): void;
  /** Part of the body: the bytes from `start` to `end`, which are lent for the call. */
  onBody(buffer: Buffer, start: number, end: number): void;
  onComplete(trailers: HttpHeaders | undefined): void;
}

type State = 'head' | 'length' | 'chunked' | 'until-close' | 'complete';

/** Reads one response after another from bytes that come as they come. It does no I/O: it is fed, and calls its receiver. */
export class ResponseReader {
  readonly #receiver: ResponseReceiver;
  readonly #limits: ResponseLimits;
  readonly #parser: SectionParser;
  #state: State = 'complete';
  #method = 'GET';
  #isUpgradeAsked = false;
  #remainingBytes = 0;
  #interimCount = 0;
  #headBytes = 0;
  #hasBytes = false;
  #chunked: ChunkedDecoder | undefined;
  #keepAlive: string | undefined;
  #hint: KeepAliveHint = NO_HINT;

  constructor(receiver: ResponseReceiver, limits: ResponseLimits) {
    this.#receiver = receiver;
    this.#limits = limits;
    this.#parser = new SectionParser('head', limits);
  }

  /** Whether a response is expected or under way. */
  get isReading(): boolean {
    return this.#state !== 'complete';
  }

  /** Whether a byte of the response has come. */
  get hasBytes(): boolean {
    return this.#hasBytes;
  }

  /** The next bytes answer a request with this method. @param isUpgradeAsked Whether it offers to go on with another protocol. */
  begin(method: string, isUpgradeAsked = false): void {
    this.#method = method;
    this.#isUpgradeAsked = isUpgradeAsked;
    this.#state = 'head';
    this.#interimCount = 0;
    this.#headBytes = 0;
    this.#hasBytes = false;
    this.#parser.reset(0);
  }

  /**
   * Takes the bytes from `start` to `end`.
   * @returns where the response ended, or `end` when it goes on.
   * @throws ProtocolError
   */
  feed(buffer: Buffer, start: number, end: number): number {
    this.#hasBytes = true;
    let at = start;
    while (at < end && this.#state !== 'complete') {
      switch (this.#state) {
        case 'head':
          at = this.#feedHead(buffer, at, end);
          break;
        case 'length':
          at = this.#feedLength(buffer, at, end);
          break;
        case 'chunked':
          at = this.#feedChunked(buffer, at, end);
          break;
        default:
          this.#receiver.onBody(buffer, at, end);
          at = end;
      }
    }
    return at;
  }

  /** The peer sends no more. @param isOrderly Whether it said so; a body that ends with its connection is only then whole (RFC 9112 §8). */
  end(isOrderly: boolean): EndOfInput {
    switch (this.#state) {
      case 'complete':
        return 'complete';
      case 'until-close':
        if (!isOrderly) return 'in-body';
        this.#complete(undefined);
        return 'complete';
      case 'head':
        return this.#hasBytes ? 'in-head' : 'before-response';
      default:
        return 'in-body';
    }
  }

  #feedHead(buffer: Buffer, start: number, end: number): number {
    const headEnd = this.#parser.feed(buffer, start, end);
    if (headEnd === -1) return end;
    const line = this.#parser.statusLine;
    if (line === undefined) throw malformed('a response without a status line');
    if (line.status < 200 && !(line.status === 101 && this.#isUpgradeAsked)) this.#endInterim(line);
    else this.#endHead(line, this.#parser.takeFraming());
    return headEnd;
  }

  #endInterim(line: StatusLine): void {
    // RFC 9110 §15.2.2: only for a client that asks for it.
    if (line.status === 101) throw malformed('the server switches protocols (101), and the request did not ask for it');
    const { maxInterimResponses } = this.#limits;
    if (++this.#interimCount > maxInterimResponses) {
      throw beyondLimit(`there are more than ${maxInterimResponses} interim responses`, 'maxInterimResponses');
    }
    this.#headBytes += this.#parser.sizeBytes;
    const headers = HttpHeaders.fromChecked(this.#parser.takeFieldLines());
    this.#parser.reset(this.#headBytes);
    this.#receiver.onInterim(line.status, headers);
  }

  #endHead(line: StatusLine, fields: Readonly<FramingFields>): void {
    const framing = responseFraming(this.#method, line.status, line.minorVersion, fields);
    if (framing.kind === 'invalid') throw malformed(framing.message);
    this.#state = this.#startBody(framing);
    this.#receiver.onHead({
      minorVersion: line.minorVersion,
      status: line.status,
      statusText: line.statusText,
      headers: headersFrom(this.#parser.takeFieldLines(), fields),
      connection: fields.connection,
      hint: this.#hintOf(fields.keepAlive),
      framing,
    });
    if (this.#state === 'complete') this.#receiver.onComplete(undefined);
  }

  /** A server says the same again and again. */
  #hintOf(keepAlive: string | undefined): KeepAliveHint {
    if (keepAlive !== this.#keepAlive) {
      // A copy: a piece of the head's text would keep all of it for as long as the connection is idle.
      this.#keepAlive = keepAlive === undefined ? undefined : ownText(keepAlive);
      this.#hint = keepAliveHint(keepAlive);
    }
    return this.#hint;
  }

  /** An empty body is complete with its head. */
  #startBody(framing: ResponseFraming): State {
    switch (framing.kind) {
      case 'none':
      case 'tunnel':
        return 'complete';
      case 'length':
        this.#remainingBytes = framing.bytes;
        return framing.bytes === 0 ? 'complete' : 'length';
      case 'chunked':
        this.#chunked = new ChunkedDecoder((buffer, start, end) => this.#receiver.onBody(buffer, start, end), this.#limits);
        return 'chunked';
      case 'until-close':
        return 'until-close';
      default:
        return assertNever(framing);
    }
  }

  #feedLength(buffer: Buffer, start: number, end: number): number {
    const bytes = Math.min(end - start, this.#remainingBytes);
    this.#remainingBytes -= bytes;
    this.#receiver.onBody(buffer, start, start + bytes);
    if (this.#remainingBytes === 0) this.#complete(undefined);
    return start + bytes;
  }

  #feedChunked(buffer: Buffer, start: number, end: number): number {
    const bodyEnd = this.#chunked?.feed(buffer, start, end) ?? -1;
    if (bodyEnd === -1) return end;
    const trailers = this.#chunked?.trailers;
    this.#chunked = undefined;
    this.#complete(trailers);
    return bodyEnd;
  }

  /** The state first: the receiver may begin the next response from within the call. */
  #complete(trailers: HttpHeaders | undefined): void {
    this.#state = 'complete';
    this.#receiver.onComplete(trailers);
  }
}

/** RFC 9112 §6.3: beside a `Transfer-Encoding` a `Content-Length` says nothing, and nobody is to go by it. */
function headersFrom(fieldLines: string, { contentLength, transferEncoding }: Readonly<FramingFields>): HttpHeaders {
  const headers = HttpHeaders.fromChecked(fieldLines);
  return contentLength === undefined || transferEncoding === undefined ? headers : headers.without(CONTENT_LENGTH).compact();
}

const CONTENT_LENGTH: ReadonlySet<string> = new Set(['content-length']);
