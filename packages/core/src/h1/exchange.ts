import { stopWatching, watch, type Abortable } from '../contract/abort-hub.ts';
import type { Timer } from '../contract/clock.ts';
import type { ExchangeOutcome, Lease } from '../contract/connection.ts';
import { deadline } from '../contract/deadline.ts';
import type { HttpHeaders } from '../contract/http-headers.ts';
import type { HttpRequest } from '../contract/http-request.ts';
import { HttpResponse } from '../contract/http-response.ts';
import type { ResponseConnection } from '../contract/http-response-init.ts';
import { IncomingBody, type BodyProducer } from '../contract/incoming-body.ts';
import { isRepeatable } from '../contract/repeatable.ts';
import type { RoundTripError } from '../contract/round-trip-error.ts';
import type { CloseReason } from '../contract/trace-event.ts';
import { giveUpWhenUnreachable } from '../contract/unreachable.ts';
import { authenticatesConnection } from './authenticates-connection.ts';
import { mayDrain } from './drain.ts';
import { asksToClose } from '../engine/asks-to-close.ts';
import {
  bodyTooLarge,
  closedFor,
  errorOf,
  noHeadInTime,
  notTakenIn,
  stalled,
  switchedTooEarly,
  wireEnded,
  type EndOfInput,
  type Failure,
} from '../engine/exchange-failures.ts';
import { isMisdirected } from '../engine/is-misdirected.ts';
import type { ExchangeHost } from './exchange-host.ts';
import { reasonToClose } from './keep-alive.ts';
import type { ProtocolError } from './protocol-error.ts';
import { asksForUpgrade } from './request-head.ts';
import { Http1RequestPort } from './request-port.ts';
import { RequestWriter, type WriterEvents } from '../engine/request-writer.ts';
import type { Failed } from '../engine/request-events.ts';
import { ResponseEvents } from '../engine/response-events.ts';
import type { ResponseHead, ResponseReceiver } from './response-reader.ts';
import { COMPLETE, FAILED, type ResponseState } from './response-state.ts';
import { BodyStalls } from '../engine/stall-timer.ts';

/** Go's maxWriteWaitBeforeConnReuse: how long a request may take to be sent after its response is complete. */
const UNFINISHED_REQUEST_MS = 50;

/** One request and its response on a connection: it sends the one, is told the other, and settles what the caller waits for, once. */
export class Http1Exchange implements ResponseReceiver, BodyProducer, Abortable, WriterEvents {
  readonly request: HttpRequest;
  readonly lease: Lease;
  olderWatcher: Abortable | undefined;
  newerWatcher: Abortable | undefined;
  readonly #host: ExchangeHost;
  readonly #connection: ResponseConnection;
  readonly #writer: RequestWriter;
  readonly #told: ResponseEvents | undefined;
  readonly #isClosing: boolean;
  #response: ResponseState;
  #isBegun = false;
  #timer: Timer | undefined;
  readonly #stalls: BodyStalls | undefined;
  #trailers: HttpHeaders | undefined;
  #bodyBytes = 0;
  #isFull = false;
  /** The response whose head has come, until all that came with it was taken. */
  #unread: HttpResponse | undefined;
  #isPaused = false;

  constructor(host: ExchangeHost, request: HttpRequest, lease: Lease, outcome: ExchangeOutcome) {
    this.request = request;
    this.lease = lease;
    this.#host = host;
    this.#connection = host.infoFor(lease);
    this.#response = { kind: 'awaited', outcome };
    if (request.trace !== undefined) this.#told = new ResponseEvents(request.trace);
    // Go: a request for another protocol does not ask to close, though its connection is used once all the same.
    this.#isClosing = asksToClose(request) || (host.options.isKeepAliveDisabled && !asksForUpgrade(request));
    const { wire, options } = host;
    const { bodyIdleTimeoutMs: stallMs, clock } = options;
    if (stallMs > 0) this.#stalls = new BodyStalls(clock, stallMs, (isResponse) => this.#fail(stalled(stallMs, isResponse)));
    const port = new Http1RequestPort(wire, request, options, this.#isClosing);
    this.#writer = new RequestWriter(request, port, this, options);
  }

  /**
   * Sends the request. One that could not be sent again waits, where the connection was there before, until the sockets were looked at: if the server has closed
   * it, that is known by then, and nothing was sent that might have had an effect. Where the connection was idle for more than a moment each of them waits: what the server has sent meanwhile would be
   * taken for its answer.
   */
  start(): void {
    const { request } = this;
    if (request.signal !== undefined) watch(request.signal, this);
    if (this.lease.needsLook || (this.#wasThereBefore() && !isRepeatable(request))) this.#host.options.afterPoll(() => this.#begin());
    else this.#begin();
  }

  /** Whether the server may have closed the connection without having seen the request. */
  #wasThereBefore(): boolean {
    return this.lease.isReused || this.lease.wasIdle;
  }

  #begin(): void {
    if (this.#response.kind !== 'awaited') return;
    try {
      this.#writer.start();
    } catch (error) {
      // Nobody above could settle this exchange, or the one before it on the connection.
      this.onRequestFailed('request-body-failed', 'the request could not be written', error);
    }
  }

  /** The connection's wire has room again. */
  onDrain(): void {
    this.#writer.onDrain();
  }

  onBegin(): void {
    this.#isBegun = true;
    this.#host.beginResponse(this.request);
  }

  onSent(_bodyBytes: number): void {
    this.#awaitBody();
    if (this.#response.kind === 'complete') {
      this.#finish(this.#response.reason);
      return;
    }
    const timeoutMs = this.#host.options.responseHeaderTimeoutMs;
    if (timeoutMs > 0 && this.#response.kind === 'awaited') {
      this.#timer = deadline(this.#host.options.clock, timeoutMs, () => this.#fail(noHeadInTime(timeoutMs)));
    }
  }

  onBlocked(isBlocked: boolean): void {
    if (isBlocked) this.#stalls?.request.start();
    else this.#stalls?.request.stop();
  }

  onInterim(status: number, headers: HttpHeaders): void {
    const isContinue = status === 100 && this.#writer.isHeld;
    if (isContinue) this.#told?.asked();
    if (this.#isAwaited()) this.#told?.interim(status, headers, (reason) => this.#abortAwaited(reason));
    // The listener may have aborted the request.
    if (isContinue && this.#isAwaited()) this.#writer.release();
  }

  #isAwaited(): boolean {
    return this.#response.kind === 'awaited';
  }

  onHead(head: ResponseHead): void {
    const awaited = this.#response;
    if (awaited.kind !== 'awaited') return;
    this.#timer?.cancel();
    if (head.framing.kind === 'tunnel' && this.#writer.sent !== 'all') return this.#fail(switchedTooEarly());
    const { request } = this;
    const proto = head.minorVersion === 1 ? 'HTTP/1.1' : `HTTP/1.${head.minorVersion}`;
    this.#told?.head(head.status, proto);
    // The listener may have aborted the request: it is told of that, and of no response.
    if (this.#response !== awaited) return;
    const length = head.framing.kind === 'length' ? head.framing.bytes : undefined;
    const body = new IncomingBody(this, length, this.#host.options);
    this.#response = { kind: 'reading', body, head };
    if (this.#writer.isHeld) this.#decideHeld(head);
    const { status, statusText, headers } = head;
    const init = { status, statusText, headers, proto, request, connection: this.#connection };
    if (head.framing.kind === 'tunnel') this.#handOver(awaited.outcome, init);
    else {
      this.#unread = new HttpResponse(head.framing.kind === 'none' ? undefined : body, init);
      awaited.outcome.answered(this.#unread);
    }
    this.#watchBody(length);
  }

  /** Go: a server that answers without having asked for the body still expects it, unless it closes. */
  #decideHeld(head: ResponseHead): void {
    if (this.#reasonToClose(head) === undefined) this.#writer.release();
    else this.#writer.skip();
  }

  /** RFC 9110 §7.8: what follows is the other protocol's. */
  #handOver(outcome: ExchangeOutcome, init: ConstructorParameters<typeof HttpResponse>[1]): void {
    this.#told?.body();
    // The listener may have aborted the request: then its stream is closed when it comes.
    if (this.#response.kind === 'reading') {
      this.#response = { kind: 'complete', reason: 'upgraded' };
      this.#letGo(undefined);
      this.#told?.bodyEnd(0);
    }
    const { duplex } = this.#host.handOver();
    outcome.answered(new HttpResponse(undefined, { ...init, socket: duplex }));
  }

  #watchBody(length: number | undefined): void {
    if (this.#response.kind !== 'reading') return;
    if (length !== undefined && length > this.#host.options.maxBodyBytes) this.#fail(bodyTooLarge(this.#host.options.maxBodyBytes));
    else if (length !== 0) this.#awaitBody();
  }

  onBody(buffer: Buffer, start: number, end: number): void {
    const response = this.#response;
    this.#bodyBytes += end - start;
    if (response.kind === 'reading') {
      const { maxBodyBytes } = this.#host.options;
      if (this.#bodyBytes > maxBodyBytes) {
        this.#fail(bodyTooLarge(maxBodyBytes));
        return;
      }
      this.#stalls?.response.moved();
      this.#told?.body();
      this.#isFull = !response.body.pushRange(buffer, start, end);
    } else if (response.kind === 'draining' && this.#bodyBytes > response.endsAtBytes) {
      this.#giveUp('body-abandoned');
    }
  }

  /** All that one read brought was taken: where there is more to come, its reader may have enough for now. */
  onFed(): void {
    if (this.#unread !== undefined && this.#response.kind === 'reading') giveUpWhenUnreachable(this.#unread, this.#response.body);
    this.#unread = undefined;
    if (!this.#isFull || this.#isPaused || this.#response.kind !== 'reading') return;
    this.#isPaused = true;
    this.#stalls?.response.stop();
    this.#host.wire.pause();
  }

  onComplete(trailers: HttpHeaders | undefined): void {
    this.#trailers = trailers;
  }

  /** The response was read to its end. @param hasMore Whether bytes follow it that nobody asked for. */
  onResponseEnd(hasMore: boolean): void {
    const response = this.#response;
    if (response.kind !== 'reading' && response.kind !== 'draining') return;
    if (response.kind === 'reading') this.#told?.body();
    if (this.#response !== response) return;
    const reason = hasMore ? 'unsolicited-data' : this.#reasonToClose(response.head);
    this.#response = reason === undefined ? COMPLETE : { kind: 'complete', reason };
    this.#unread = undefined;
    this.#resume();
    this.#stalls?.stop();
    this.#timer?.cancel();
    if (response.kind === 'reading') this.#told?.bodyEnd(this.#bodyBytes);
    // The connection first: whoever sees the end of the body may count on it.
    if (this.#writer.sent === 'all') this.#finish(reason);
    else if (this.#writer.isSkipped) this.#finish(reason ?? 'request-unfinished');
    else this.#timer = this.#host.options.clock.after(UNFINISHED_REQUEST_MS, () => this.#giveUp('request-unfinished'));
    if (response.kind === 'reading') response.body.end(this.#trailers);
  }

  resumeBody(): void {
    const wasPaused = this.#isPaused;
    this.#resume();
    if (wasPaused) this.#awaitBody();
  }

  /** It is the server's turn to go on with its body: while it may wait for the rest of the request it is not. */
  #awaitBody(): void {
    if (this.#response.kind === 'reading' && !this.#isPaused && this.#writer.isOver) this.#stalls?.response.start();
  }

  #resume(): void {
    this.#isFull = false;
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#host.wire.resume();
  }

  /** The reader of the body wants no more of it. Its own promises are settled by the body. */
  cancelBody(reason: unknown): void {
    const response = this.#response;
    if (response.kind !== 'reading' || !this.#isWorthDraining(response.head)) {
      this.#settle('body-abandoned', reason);
      return;
    }
    const { maxDrainBytes, maxDrainTimeMs, clock } = this.#host.options;
    this.#response = { kind: 'draining', head: response.head, endsAtBytes: this.#bodyBytes + maxDrainBytes };
    this.#letGo({ error: reason });
    this.#told?.bodyFailed(this.#bodyBytes, reason);
    // The listener may have closed the Transport.
    if (this.#response.kind !== 'draining') return;
    this.#timer = clock.after(maxDrainTimeMs, () => this.#giveUp('body-abandoned'));
    this.#resume();
  }

  #isWorthDraining(head: ResponseHead): boolean {
    return mayDrain({
      framing: head.framing,
      receivedBytes: this.#bodyBytes,
      isRequestSent: this.#writer.sent === 'all',
      reasonToClose: this.#reasonToClose(head),
      maxDrainBytes: this.#host.options.maxDrainBytes,
    });
  }

  /** The request's signal was aborted. */
  abort(reason: unknown): void {
    if (this.#response.kind === 'complete') this.#giveUp('aborted', { error: reason });
    else this.#settle('aborted', reason);
  }

  #abortAwaited(reason: unknown): void {
    if (this.#response.kind === 'awaited') this.#settle('aborted', reason);
  }

  /** The response could not be taken in: there is no memory for it, for one. */
  onReadError(cause: unknown): void {
    this.#fail(notTakenIn(cause));
  }

  /** The peer broke the protocol or met a limit. */
  onProtocolError({ code, message }: ProtocolError): void {
    this.#fail({ code, closeReason: code, message });
  }

  /** The wire ended: in order, or with `error`. */
  onWireEnd(end: EndOfInput, error: Error | undefined): void {
    if (this.#response.kind === 'complete') {
      this.#giveUp('connection-lost');
      return;
    }
    const wasThereBefore = this.#wasThereBefore();
    const isInBody = this.#response.kind === 'reading' || this.#response.kind === 'draining';
    const at = isInBody ? 'in-body-of-response' : end;
    this.#fail(wireEnded({ at: this.#isBegun ? at : 'before-request', wasThereBefore, error }));
  }

  /** The connection was closed from above, or because the server said something before it was asked. */
  onClosed(reason: CloseReason): void {
    if (this.#response.kind === 'complete') this.#giveUp(reason);
    else this.#fail(closedFor(reason));
  }

  onRequestFailed(code: 'request-body-failed' | 'request-body-length', message: string, cause: unknown): void {
    const error = this.#error({ code, closeReason: 'request-body-failed', message, phase: 'request', cause });
    if (this.#response.kind === 'complete') this.#giveUp('request-body-failed', { error });
    else this.#settle('request-body-failed', error);
  }

  /** The caller has what it wants; the connection is not worth the wait. */
  #giveUp(reason: CloseReason, failed?: Failed): void {
    this.#response = FAILED;
    this.#letGo(failed);
    this.#host.close(reason);
  }

  #finish(reason: CloseReason | undefined): void {
    this.#letGo(undefined);
    this.#host.finish(reason);
  }

  #fail(failure: Failure): void {
    if (this.#response.kind === 'draining') this.#giveUp(failure.closeReason);
    else if (this.#response.kind === 'awaited' || this.#response.kind === 'reading') {
      this.#settle(failure.closeReason, this.#error(failure));
    }
  }

  /** The connection first, then the caller, once. */
  #settle(reason: CloseReason, error: unknown): void {
    const response = this.#response;
    if (response.kind !== 'awaited' && response.kind !== 'reading') return;
    this.#response = FAILED;
    this.#letGo({ error });
    if (response.kind === 'reading') this.#told?.bodyFailed(this.#bodyBytes, error);
    this.#host.close(reason);
    if (response.kind === 'awaited') response.outcome.failed(error, reason === 'aborted');
    else response.body.fail(error);
  }

  #letGo(failed: Failed | undefined): void {
    if (this.request.signal !== undefined) stopWatching(this.request.signal, this);
    this.#timer?.cancel();
    this.#stalls?.stop();
    this.#writer.stop(failed);
  }

  #error(failure: Failure): RoundTripError {
    return errorOf(failure, {
      origin: this.request.target.origin,
      isReading: this.#response.kind === 'reading',
      sent: this.#writer.sent,
      connection: this.#connection,
      isReused: this.lease.isReused,
    });
  }

  #reasonToClose(head: ResponseHead): CloseReason | undefined {
    return reasonToClose(head, {
      isKeepAliveDisabled: this.#host.options.isKeepAliveDisabled,
      isCloseRequested: this.#isClosing,
      isAuthenticated: authenticatesConnection(head.status, this.request.headers, head.headers),
      isMisdirected: isMisdirected(head.status, this.request, this.#host.options.forward !== undefined),
    });
  }
}
