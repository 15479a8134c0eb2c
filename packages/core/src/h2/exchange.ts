import { stopWatching, watch, type Abortable } from '../contract/abort-hub.ts';
import type { ExchangeOutcome, Lease } from '../contract/connection.ts';
import type { HttpHeaders } from '../contract/http-headers.ts';
import type { HttpRequest } from '../contract/http-request.ts';
import { HttpResponse } from '../contract/http-response.ts';
import type { HttpResponseInit, ResponseConnection } from '../contract/http-response-init.ts';
import { IncomingBody, type BodyProducer } from '../contract/incoming-body.ts';
import { isRepeatable } from '../contract/repeatable.ts';
import type { RoundTripError } from '../contract/round-trip-error.ts';
import { giveUpWhenUnreachable } from '../contract/unreachable.ts';
import { errorOf, type Failure } from '../engine/exchange-failures.ts';
import { isMisdirected } from '../engine/is-misdirected.ts';
import type { Failed } from '../engine/request-events.ts';
import { RequestWriter, type WriterEvents } from '../engine/request-writer.ts';
import { ResponseEvents } from '../engine/response-events.ts';
import { ByteDuplex } from '../wire/byte-duplex.ts';
import { BodyCount } from './body-count.ts';
import type { Http2ErrorCode } from './error-code.ts';
import { ExchangeTimers } from './exchange-timers.ts';
import { Intake } from './intake.ts';
import { InterimBudget } from './interim-budget.ts';
import { asHead, asTrailers, expectedBytes, type Malformed, type ResponseHead, type ResponseSection } from './response-head.ts';
import type { ResponseState } from './response-state.ts';
import {
  malformedMessage,
  peerFault,
  resetByPeer,
  sectionFault,
  tooManyInterim,
  whyNotSent,
  type StreamFault,
  type StreamPosition,
} from './stream-failures.ts';
import type { StreamHost } from './stream-host.ts';
import { StreamSender } from './stream-sender.ts';
import { afterSending, isClosed, type StreamState } from './stream-state.ts';

/** One request and its response on a stream: it sends the one, is told the other, and settles what the caller waits for, once. */
export class Http2Exchange implements BodyProducer, Abortable, WriterEvents {
  readonly request: HttpRequest;
  readonly lease: Lease;
  readonly sender: StreamSender;
  /** 0 until its head is written. */
  streamId = 0;
  state: StreamState = 'idle';
  /** Where its connection finds it by its number. */
  nextInRow: Http2Exchange | undefined;
  /** Those of its connection that began before it and after it. */
  older: Http2Exchange | undefined;
  newer: Http2Exchange | undefined;
  olderWatcher: Abortable | undefined;
  newerWatcher: Abortable | undefined;
  /** How often something had come on the connection when its head was written. */
  readsBefore = 0;
  readonly #host: StreamHost;
  readonly #connection: ResponseConnection;
  readonly #writer: RequestWriter;
  #response: ResponseState;
  readonly #intake: Intake;
  readonly #timers: ExchangeTimers;
  readonly #told: ResponseEvents | undefined;
  #hasHeard = false;
  #interim: InterimBudget | undefined;
  #unread: HttpResponse | undefined;
  /** What a CONNECT has opened. */
  #tunnel: ByteDuplex | undefined;

  constructor(host: StreamHost, request: HttpRequest, lease: Lease, outcome: ExchangeOutcome) {
    this.request = request;
    this.lease = lease;
    this.#host = host;
    this.#connection = host.infoFor(lease);
    this.#response = { kind: 'awaited', outcome };
    if (request.trace !== undefined) this.#told = new ResponseEvents(request.trace);
    this.#intake = new Intake(host.options.streamWindowBytes);
    this.#timers = new ExchangeTimers(host.options, this);
    this.sender = new StreamSender(host, this, request);
    this.#writer = new RequestWriter(request, this.sender, this, host.options);
  }

  /** Sends the request; one that could not be sent again only after a look whether the connection, which was idle, is still there. */
  start(): void {
    const { request } = this;
    if (request.signal !== undefined) watch(request.signal, this);
    if (request.protocol !== undefined) this.#host.whenSettled(() => this.#begin());
    else if (this.lease.wasIdle && !isRepeatable(request)) this.#host.options.afterPoll(() => this.#begin());
    else this.#begin();
  }

  #begin(): void {
    if (this.#response.kind !== 'awaited') return;
    const failure = whyNotSent(this.#host, this.request.protocol);
    try {
      if (failure === undefined) this.#writer.start();
      else this.fail(failure);
    } catch (error) {
      // Nothing was written, and the other streams have nothing to do with it.
      this.#settle(error, 'INTERNAL_ERROR');
    }
  }

  /** Its head was written. */
  onOpened(streamId: number, isEndStream: boolean, readsBefore: number): void {
    this.streamId = streamId;
    this.readsBefore = readsBefore;
    this.state = isEndStream ? 'half-closed-local' : 'open';
  }

  /** All of the request was written. */
  onLocalEnd(): void {
    this.state = afterSending(this.state, 'data-end') ?? this.state;
    // A tunnel whose other half has ended before.
    if (this.#tunnel === undefined || this.#response.kind !== 'complete') return;
    this.#letGo(undefined);
    this.#finish();
  }

  /** All that was to be sent of the body was. */
  onRoom(): void {
    this.#writer.onDrain();
    this.#tunnel?.onRoom();
  }

  onBegin(): void {}

  onSent(_bodyBytes: number): void {
    if (this.#response.kind === 'awaited') this.#timers.awaitHead();
    else this.#awaitBody();
  }

  onBlocked(isBlocked: boolean): void {
    this.#timers.requestBlocked(isBlocked);
  }

  onRequestFailed(code: 'request-body-failed' | 'request-body-length', message: string, cause: unknown): void {
    this.#settle(this.#error({ code, closeReason: 'request-body-failed', message, phase: 'request', cause }), 'CANCEL');
  }

  /** A header block came. @param isEnd Whether nothing follows. @param bytes Of the block. */
  onSection(section: ResponseSection, isEnd: boolean, bytes: number): void {
    if (this.#response.kind === 'reading') this.#onTrailers(section, isEnd);
    else if (this.#response.kind === 'awaited') this.#onHead(section, isEnd, bytes);
  }

  #onHead(section: ResponseSection, isEnd: boolean, bytes: number): void {
    if (!this.#hasHeard) this.#told?.firstByte();
    this.#hasHeard = true;
    const awaited = this.#response;
    if (awaited.kind !== 'awaited') return;
    const head = asHead(section, isEnd);
    if (head.kind !== 'head') this.#failBy(sectionFault(head, this.#host.options.maxHeadBytes));
    else if (head.status < 200) this.#onInterim(head, bytes);
    else this.#onFinalHead(head, isEnd, awaited);
  }

  #onInterim({ status, headers }: ResponseHead, bytes: number): void {
    const { options } = this.#host;
    this.#interim ??= new InterimBudget();
    if (this.#interim.spend(bytes, options)) {
      this.fail(tooManyInterim(options.maxInterimResponses, options.maxHeadBytes), 'ENHANCE_YOUR_CALM');
      return;
    }
    const isContinue = status === 100 && this.#writer.isHeld;
    if (isContinue) this.#told?.asked();
    if (this.#isAwaited()) this.#told?.interim(status, headers, (reason) => this.#abortAwaited(reason));
    // The listener may have aborted the request.
    if (isContinue && this.#isAwaited()) this.#writer.release();
  }

  #isAwaited(): boolean {
    return this.#response.kind === 'awaited';
  }

  #onFinalHead(head: ResponseHead, isEnd: boolean, awaited: Extract<ResponseState, { readonly kind: 'awaited' }>): void {
    this.#timers.gotHead();
    const { request } = this;
    this.#told?.head(head.status, 'HTTP/2.0');
    if (isMisdirected(head.status, request, false)) this.#host.onMisdirected();
    // The listener may have aborted the request: it is told of that, and of no response.
    if (this.#response !== awaited) return;
    const length = expectedBytes(request.method, head);
    const count = new BodyCount(length, this.#host.options.maxBodyBytes);
    // Nobody is given a response whose body is known not to come.
    if (isEnd && count.endFault !== undefined) return this.#failBy(count.endFault);
    const body = new IncomingBody(this, length, this.#host.options);
    this.#response = { kind: 'reading', body, count };
    if (this.#writer.isHeld) this.#decideHeld(head);
    else if (head.status > 299) this.#stopSending(undefined);
    const init = { status: head.status, headers: head.headers, proto: 'HTTP/2.0', request, connection: this.#connection };
    if (request.method === 'CONNECT' && head.status < 300) {
      this.#openTunnel(body, init, awaited.outcome);
      return isEnd ? this.#onEnd() : undefined;
    }
    if (request.method === 'CONNECT') this.sender.endBody();
    const response = new HttpResponse(isEnd || length === 0 ? undefined : body, init);
    this.#unread = response;
    if (isEnd) this.#onEnd();
    // Before its caller is told, what came with the head is in order: the stream closed where nothing follows.
    awaited.outcome.answered(response);
    if (this.#isReading() && count.declaredFault !== undefined) this.#failBy(count.declaredFault);
    else this.#awaitBody();
  }

  /** RFC 9113 §8.5: DATA is the tunnel's from now on, both ways. */
  #openTunnel(body: IncomingBody, init: HttpResponseInit, outcome: ExchangeOutcome): void {
    this.#tunnel = new ByteDuplex(body, this.sender, (error) => this.#closeTunnel(error));
    outcome.answered(new HttpResponse(undefined, { ...init, socket: this.#tunnel.duplex }));
  }

  #closeTunnel(error: unknown): void {
    if (this.#response.kind !== 'complete' || !isClosed(this.state)) this.#settle(error, 'CANCEL');
  }

  /** Go: a server that is content still expects the body; one that is not will not have it. */
  #decideHeld({ status }: ResponseHead): void {
    return status > 299 ? this.#writer.skip() : this.#writer.release();
  }

  #isReading(): boolean {
    return this.#response.kind === 'reading';
  }

  /** It is the server's turn to go on with its body: while it may wait for the rest of the request it is not. */
  #awaitBody(): void {
    if (this.#isReading() && !this.#intake.isFull && this.#writer.isOver) this.#timers.awaitBody();
  }

  #onTrailers(section: ResponseSection, isEnd: boolean): void {
    const trailers = this.#tunnel === undefined ? asTrailers(section, isEnd) : IN_TUNNEL;
    if (trailers.kind === 'trailers') this.#onEnd(trailers.trailers);
    else this.#failBy(sectionFault(trailers, this.#host.options.maxHeadBytes));
  }

  /** A DATA frame of so many bytes begins, padding included. */
  onDataFrame(flowBytes: number): void {
    const isAllowed = this.#intake.arrive(flowBytes);
    if (!isAllowed) this.fail(peerFault('the server sent more than the window of the stream allows'), 'FLOW_CONTROL_ERROR');
    else if (this.#response.kind === 'awaited') this.fail(malformedMessage('DATA before the head'), 'PROTOCOL_ERROR');
  }

  /** Part of the body. @returns how many of the bytes are not held any more. */
  onBody(buffer: Buffer, start: number, end: number): number {
    const bytes = end - start;
    const response = this.#response;
    if (response.kind !== 'reading') return bytes;
    const fault = response.count.add(bytes);
    if (fault !== undefined) {
      this.#failBy(fault);
      return bytes;
    }
    this.#timers.moved();
    this.#told?.body();
    return response.body.pushRange(buffer, start, end) && !this.#intake.isFull ? bytes : this.#hold(bytes);
  }

  /** The reader of the body has enough for now: the peer may fill the window, and no more. */
  #hold(bytes: number): number {
    // Within the push it may have left, and what it held was given back.
    if (!this.#isReading()) return bytes;
    this.#intake.hold(bytes);
    this.#timers.rest();
    return 0;
  }

  /** So many of the bytes that came are not held any more. @returns by how much to update the stream's window; mostly 0. */
  giveBack(bytes: number): number {
    const update = this.#intake.giveBack(bytes);
    // Nothing more comes on it otherwise.
    return this.state === 'open' || this.state === 'half-closed-local' ? update : 0;
  }

  /** END_STREAM came with DATA. */
  onDataEnd(): void {
    if (this.#response.kind === 'reading') this.#onEnd();
  }

  /** All that came in the turn in which the response began was taken, and who read it has come mostly. */
  onTurnEnd(): void {
    const response = this.#response;
    if (this.#unread !== undefined && response.kind === 'reading' && !response.body.isClaimed) {
      giveUpWhenUnreachable(this.#unread, response.body);
    }
    this.#unread = undefined;
  }

  #onEnd(trailers?: HttpHeaders): void {
    const response = this.#response;
    if (response.kind !== 'reading') return;
    const { endFault, bytes: bodyBytes } = response.count;
    if (endFault !== undefined) return this.#failBy(endFault);
    this.#told?.body();
    if (this.#response !== response) return;
    this.#response = { kind: 'complete' };
    const isTunnelOpen = this.#tunnel !== undefined && this.state === 'open';
    const isSent = this.#writer.sent === 'all' && !isTunnelOpen;
    this.state = isSent ? 'ended' : 'half-closed-remote';
    this.#told?.bodyEnd(bodyBytes);
    if (isTunnelOpen) return response.body.end();
    this.#letGo(undefined);
    // RFC 9113 §8.1: what is missing of the request is not wanted any more.
    if (!isSent) this.#reset('NO_ERROR');
    // The stream first: whoever sees the end of the body may count on it.
    this.#finish();
    response.body.end(trailers);
  }

  resumeBody(): void {
    if (!this.#intake.isFull) return;
    this.#host.giveBack(this, this.#intake.letGo());
    this.#awaitBody();
  }

  /** The reader of the body wants no more of it. Its own promises are settled by the body. */
  cancelBody(reason: unknown): void {
    this.#settle(reason, 'CANCEL');
  }

  /** The request's signal was aborted. */
  abort(reason: unknown): void {
    if (this.#tunnel === undefined) this.#settle(reason, 'CANCEL', true);
    else this.#tunnel.fail(reason);
  }

  #abortAwaited(reason: unknown): void {
    if (this.#response.kind === 'awaited') this.#settle(reason, 'CANCEL', true);
  }

  /** RST_STREAM came. */
  onReset(code: Http2ErrorCode): void {
    this.state = 'reset-received';
    this.fail(resetByPeer(code, this.#isReading()));
  }

  /** The connection has ended. */
  onClosed(failureOf: (position: StreamPosition) => Failure): void {
    if (!isClosed(this.state)) this.state = 'forgotten';
    const { isReused, wasIdle } = this.lease;
    this.fail(failureOf({ hasHeard: this.#hasHeard, isReading: this.#isReading(), wasThereBefore: isReused || wasIdle }));
  }

  #failBy({ failure, code }: StreamFault): void {
    this.fail(failure, code);
  }

  /** @param code What the peer is told, where the stream is still there. */
  fail(failure: Failure, code?: Http2ErrorCode): void {
    this.#settle(this.#error(failure), code);
  }

  /** The stream first, then the caller, once. Of a tunnel there may be our half left when the peer's has ended. */
  #settle(error: unknown, code: Http2ErrorCode | undefined, isAborted = false): void {
    const response = this.#response;
    if (response.kind === 'failed' || (response.kind === 'complete' && this.#tunnel === undefined)) return;
    this.#response = { kind: 'failed' };
    this.#unread = undefined;
    this.#letGo({ error });
    if (response.kind === 'reading') this.#told?.bodyFailed(response.count.bytes, error);
    if (code !== undefined) this.#reset(code);
    this.#finish();
    if (response.kind === 'awaited') response.outcome.failed(error, isAborted);
    else if (response.kind === 'reading') response.body.fail(error);
    else this.#tunnel?.fail(error);
  }

  #reset(code: Http2ErrorCode): void {
    if (this.state === 'idle' || isClosed(this.state)) return;
    this.state = 'reset-sent';
    this.#host.reset(this, code);
  }

  /** What was read and not given back is, so that the others have their window. */
  #finish(): void {
    if (this.#intake.isFull) this.#host.giveBack(this, this.#intake.letGo());
    this.#host.finish(this);
  }

  #letGo(failed: Failed | undefined): void {
    if (this.request.signal !== undefined) stopWatching(this.request.signal, this);
    this.#timers.stop();
    this.#stopSending(failed);
  }

  #stopSending(failed: Failed | undefined): void {
    this.#writer.stop(failed);
    this.sender.stop();
  }

  #error(failure: Failure): RoundTripError {
    return errorOf(failure, {
      origin: this.request.target.origin,
      isReading: this.#isReading(),
      sent: this.#writer.sent,
      connection: this.#connection,
      isReused: this.lease.isReused,
    });
  }
}

const IN_TUNNEL: Malformed = { kind: 'malformed', reason: 'HEADERS in a tunnel, where DATA alone may come (RFC 9113 §8.5)' };
