import { assertNever } from '../contract/assert-never.ts';
import { stopWatching, watch, type Abortable } from '../contract/abort-hub.ts';
import type { Clock, Timer } from '../contract/clock.ts';
import type { ExchangeOutcome, Lease } from '../contract/connection.ts';
import { deadline } from '../contract/deadline.ts';
import type { HttpHeaders } from '../contract/http-headers.ts';
import type { HttpRequest } from '../contract/http-request.ts';
import { HttpResponse, type ResponseConnection } from '../contract/http-response.ts';
import { IncomingBody, type BodyProducer } from '../contract/incoming-body.ts';
import { RoundTripError, type Phase, type RoundTripErrorCode, type Sent } from '../contract/round-trip-error.ts';
import { emit, type CloseReason } from '../contract/trace-event.ts';
import type { Wire } from '../wire/wire.ts';
import { BodySender } from './body-sender.ts';
import { reasonToClose } from './keep-alive.ts';
import type { ProtocolError } from './protocol-error.ts';
import { requestFraming, requestHead, wantsClose } from './request-head.ts';
import type { EndOfInput, ResponseHead, ResponseReceiver } from './response-reader.ts';

/** What an exchange needs of its connection. */
export interface ExchangeHost {
  readonly wire: Wire;
  readonly clock: Clock;
  readonly isKeepAliveDisabled: boolean;
  readonly responseHeaderTimeoutMs: number;
  /** Both messages are done. The connection carries the next exchange, or is closed for `reason`. */
  finish(reason: CloseReason | undefined): void;
  /** The exchange failed: nothing on the connection can be trusted any more. */
  close(reason: CloseReason): void;
}

/** How an exchange fails: what its caller is told, and what becomes of the connection. */
interface Failure {
  readonly code: RoundTripErrorCode;
  readonly closeReason: CloseReason;
  readonly message: string;
  readonly phase?: Phase;
  readonly timeout?: boolean;
  readonly cause?: unknown;
}

/** Go's maxWriteWaitBeforeConnReuse: how long a request may take to be sent after its response is complete. */
const UNFINISHED_REQUEST_MS = 50;

type Response =
  | { readonly kind: 'awaited'; readonly outcome: ExchangeOutcome }
  | { readonly kind: 'reading'; readonly body: IncomingBody; readonly head: ResponseHead }
  | { readonly kind: 'complete'; readonly reason: CloseReason | undefined }
  | { readonly kind: 'failed' };

/** One request and its response on a connection: it sends the one, is told the other, and settles what the caller waits for, once. */
export class Http1Exchange implements ResponseReceiver, BodyProducer, Abortable {
  readonly request: HttpRequest;
  readonly #lease: Lease;
  readonly #host: ExchangeHost;
  readonly #connection: ResponseConnection;
  #response: Response;
  #isClosing = false;
  #sent: Sent = 'nothing';
  #sender: BodySender | undefined;
  /** Whether all was written at once and the wire has not taken it yet. */
  #isFlushing = false;
  #timer: Timer | undefined;
  #trailers: HttpHeaders | undefined;
  #bodyBytes = 0;
  #isPaused = false;

  constructor(
    request: HttpRequest,
    lease: Lease,
    { host, connection }: { readonly host: ExchangeHost; readonly connection: ResponseConnection },
    outcome: ExchangeOutcome,
  ) {
    this.request = request;
    this.#lease = lease;
    this.#host = host;
    this.#connection = connection;
    this.#response = { kind: 'awaited', outcome };
  }

  /** Sends the request. */
  start(): void {
    const { request } = this;
    if (request.signal !== undefined) watch(request.signal, this);
    try {
      this.#write();
    } catch (error) {
      // Nobody above could settle this exchange, or the one before it on the connection.
      this.#failRequest('request-body-failed', 'the request could not be written', error);
    }
    if (this.#hasFailed()) return;
    if (request.trace !== undefined) emit(request.trace, { kind: 'wroteHeaders' });
    // The listener may have aborted the request.
    if (this.#hasFailed()) return;
    if (this.#sender !== undefined) void this.#sendBody(this.#sender);
    else if (!this.#isFlushing) this.#onSent(request.body?.length ?? 0);
  }

  #hasFailed(): boolean {
    return this.#response.kind === 'failed';
  }

  /** The connection's wire has room again. */
  onDrain(): void {
    if (this.#sender !== undefined) this.#sender.onDrain();
    else if (this.#isFlushing) this.#onSent(this.request.body?.length ?? 0);
  }

  onInterim(status: number, headers: HttpHeaders): void {
    emit(this.request.trace, { kind: 'got1xxResponse', status, headers });
  }

  onHead(head: ResponseHead): void {
    const awaited = this.#response;
    if (awaited.kind !== 'awaited') return;
    this.#timer?.cancel();
    const length = head.framing.kind === 'length' ? head.framing.bytes : undefined;
    const body = new IncomingBody(this, length);
    this.#response = { kind: 'reading', body, head };
    const { request } = this;
    const proto = `HTTP/1.${head.minorVersion}`;
    if (request.trace !== undefined) emit(request.trace, { kind: 'gotResponse', status: head.status, proto });
    awaited.outcome.answered(
      new HttpResponse(head.framing.kind === 'none' ? undefined : body, {
        status: head.status,
        statusText: head.statusText,
        headers: head.headers,
        proto,
        request,
        connection: this.#connection,
      }),
    );
  }

  onBody(bytes: Buffer): void {
    if (this.#response.kind !== 'reading') return;
    this.#bodyBytes += bytes.byteLength;
    if (this.#response.body.push(bytes) || this.#isPaused) return;
    this.#isPaused = true;
    this.#host.wire.pause();
  }

  onComplete(trailers: HttpHeaders | undefined): void {
    this.#trailers = trailers;
  }

  /** The response was read to its end. @param hasMore Whether bytes follow it that nobody asked for. */
  onResponseEnd(hasMore: boolean): void {
    const reading = this.#response;
    if (reading.kind !== 'reading') return;
    const reason = hasMore ? 'unsolicited-data' : this.#reasonToClose(reading.head);
    this.#response = { kind: 'complete', reason };
    this.resumeBody();
    if (this.request.trace !== undefined) emit(this.request.trace, { kind: 'bodyEnd', bodyBytes: this.#bodyBytes });
    // The connection first: whoever sees the end of the body may count on it.
    if (this.#sent === 'all') this.#finish(reason);
    else this.#timer = this.#host.clock.after(UNFINISHED_REQUEST_MS, () => this.#giveUpRequest('request-unfinished'));
    reading.body.end(this.#trailers);
  }

  resumeBody(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#host.wire.resume();
  }

  /** The reader of the body wants no more of it. Its own promises are settled by the body. */
  cancelBody(reason: unknown): void {
    this.#settle('body-abandoned', reason);
  }

  /** The request's signal was aborted. */
  abort(reason: unknown): void {
    if (this.#response.kind === 'complete') this.#giveUpRequest('aborted');
    else this.#settle('aborted', reason);
  }

  /** The response could not be taken in: there is no memory for it, for one. */
  onReadError(cause: unknown): void {
    this.#fail({ code: 'response-limit', closeReason: 'body-abandoned', message: 'the response could not be taken in', cause });
  }

  /** The peer broke the protocol or met a limit. */
  onProtocolError(error: ProtocolError): void {
    const closeReason = this.#response.kind === 'reading' && error.code === 'response-limit' ? 'body-abandoned' : 'malformed-response';
    this.#fail({ code: error.code, closeReason, message: error.message });
  }

  /** The wire ended: in order, or with `error`. */
  onWireEnd(end: EndOfInput, error: Error | undefined): void {
    if (this.#response.kind === 'complete') {
      this.#giveUpRequest('connection-lost');
      return;
    }
    const how = error === undefined ? 'the server closed the connection' : 'the connection was lost';
    const cause = error === undefined ? {} : { cause: error };
    if (end === 'before-response' && (this.#lease.isReused || this.#lease.wasIdle)) {
      this.#fail({
        code: 'stale-connection',
        closeReason: 'server-closed-idle',
        message: `${how} before it answered: it had been idle or in use before`,
        ...cause,
      });
    } else if (this.#response.kind === 'reading') {
      this.#fail({ code: 'truncated', closeReason: 'truncated', message: `${how} before the end of the response body`, ...cause });
    } else {
      const where = end === 'before-response' ? 'before it answered' : 'in the middle of the response head';
      const code = error === undefined ? 'connection-closed' : 'connection-reset';
      this.#fail({ code, closeReason: 'connection-lost', message: `${how} ${where}`, ...cause });
    }
  }

  /** The connection was closed from above. */
  onClosed(reason: CloseReason): void {
    if (this.#response.kind === 'complete') this.#giveUpRequest(reason);
    else if (this.#response.kind !== 'failed') {
      this.#fail({ code: 'transport-closed', closeReason: reason, message: 'the transport was closed during the exchange' });
    }
  }

  /** Head and body at once where the bytes are at hand; else the head first, since the server may want to answer to it alone (Go issue 22088). */
  #write(): void {
    const { body } = this.request;
    const { wire } = this.#host;
    this.#isClosing = this.#host.isKeepAliveDisabled || wantsClose(this.request);
    const framing = requestFraming(this.request);
    const head = requestHead(this.request, framing, this.#isClosing);
    const bytes = framing.kind === 'length' ? body?.bytes : undefined;
    if (framing.kind === 'length' && bytes !== undefined && bytes.byteLength !== framing.bytes) {
      // Its memory was transferred or resized since the request was made.
      this.#failRequest('request-body-length', wrongLength({ declaredBytes: framing.bytes, seenBytes: bytes.byteLength }), undefined);
      return;
    }
    this.#sent = 'partial';
    if (bytes !== undefined) this.#isFlushing = !wire.writeFramed(head, bytes, '');
    else wire.write(head);
    if (body !== undefined && bytes === undefined) this.#sender = new BodySender(wire, this.request, body, framing);
  }

  async #sendBody(sender: BodySender): Promise<void> {
    const outcome = await sender.send();
    switch (outcome.kind) {
      case 'sent':
        this.#onSent(sender.sentBytes);
        break;
      case 'body-failed':
        this.#failRequest('request-body-failed', 'the request body failed while it was sent', outcome.error);
        break;
      case 'wrong-length':
        this.#failRequest('request-body-length', wrongLength(outcome), undefined);
        break;
      case 'stopped':
        break;
      default:
        assertNever(outcome);
    }
  }

  #onSent(bodyBytes: number): void {
    this.#sent = 'all';
    this.#isFlushing = false;
    this.#sender = undefined;
    if (this.request.trace !== undefined) emit(this.request.trace, { kind: 'wroteRequest', bodyBytes });
    if (this.#response.kind === 'complete') {
      this.#finish(this.#response.reason);
      return;
    }
    const timeoutMs = this.#host.responseHeaderTimeoutMs;
    if (timeoutMs > 0 && this.#response.kind === 'awaited') {
      this.#timer = deadline(this.#host.clock, timeoutMs, () => this.#onHeaderTimeout(timeoutMs));
    }
  }

  #onHeaderTimeout(timeoutMs: number): void {
    this.#fail({
      code: 'header-timeout',
      closeReason: 'timeout',
      message: `no response head within ${timeoutMs} ms of the request being sent`,
      timeout: true,
    });
  }

  #failRequest(code: 'request-body-failed' | 'request-body-length', message: string, cause: unknown): void {
    const { trace } = this.request;
    if (this.#response.kind === 'complete') {
      if (trace !== undefined) emit(trace, { kind: 'wroteRequest', bodyBytes: this.#sender?.sentBytes ?? 0, error: cause });
      this.#giveUpRequest('request-body-failed');
      return;
    }
    const error = this.#error({ code, closeReason: 'request-body-failed', message, phase: 'request', cause });
    if (trace !== undefined) emit(trace, { kind: 'wroteRequest', bodyBytes: this.#sender?.sentBytes ?? 0, error });
    this.#settle('request-body-failed', error);
  }

  /** The caller has its response; the request is not worth the wait. */
  #giveUpRequest(reason: CloseReason): void {
    this.#letGo(undefined);
    this.#host.close(reason);
  }

  #finish(reason: CloseReason | undefined): void {
    this.#letGo(undefined);
    this.#host.finish(reason);
  }

  #fail(failure: Failure): void {
    this.#settle(failure.closeReason, this.#error(failure));
  }

  /** The connection first, then the caller, once. */
  #settle(reason: CloseReason, error: unknown): void {
    const response = this.#response;
    if (response.kind !== 'awaited' && response.kind !== 'reading') return;
    this.#response = FAILED;
    this.#letGo(error);
    if (response.kind === 'reading' && this.request.trace !== undefined) {
      emit(this.request.trace, { kind: 'bodyEnd', bodyBytes: this.#bodyBytes, error });
    }
    this.#host.close(reason);
    if (response.kind === 'awaited') response.outcome.failed(error);
    else response.body.fail(error);
  }

  #letGo(error: unknown): void {
    if (this.request.signal !== undefined) stopWatching(this.request.signal, this);
    this.#timer?.cancel();
    this.#sender?.stop(error);
    this.#sender = undefined;
  }

  #error(failure: Failure): RoundTripError {
    const waiting: Phase = this.#sent === 'all' ? 'response-head' : 'request';
    return new RoundTripError(`${this.request.target.origin.key}: ${failure.message}`, {
      code: failure.code,
      phase: failure.phase ?? (this.#response.kind === 'reading' ? 'response-body' : waiting),
      sent: this.#sent,
      timeout: failure.timeout ?? false,
      origin: this.request.target.origin.key,
      connection: this.#connection,
      isConnectionReused: this.#lease.isReused,
      cause: failure.cause,
    });
  }

  #reasonToClose(head: ResponseHead): CloseReason | undefined {
    return reasonToClose({
      isKeepAliveDisabled: this.#host.isKeepAliveDisabled,
      isCloseRequested: this.#isClosing,
      minorVersion: head.minorVersion,
      connection: head.connection,
      framing: head.framing,
      isFramingTrusted: head.isFramingTrusted,
    });
  }
}

const FAILED: Response = { kind: 'failed' };

function wrongLength(outcome: { readonly declaredBytes: number; readonly seenBytes: number }): string {
  const { declaredBytes, seenBytes } = outcome;
  return `the request body has ${seenBytes < declaredBytes ? 'only' : 'at least'} ${seenBytes} bytes, and ${declaredBytes} were declared`;
}
