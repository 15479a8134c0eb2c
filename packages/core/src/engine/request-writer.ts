import { assertNever } from '../contract/assert-never.ts';
import { bodyLength, type BodyLength } from '../contract/body-length.ts';
import type { Clock, Timer } from '../contract/clock.ts';
import type { HttpRequest } from '../contract/http-request.ts';
import type { RequestBody } from '../contract/request-body.ts';
import type { Sent } from '../contract/round-trip-error.ts';
import { BodySender, type ProbeOutcome } from './body-sender.ts';
import { RequestEvents, type Failed } from './request-events.ts';
import type { RequestPort } from './request-port.ts';

/** How requests are written. Durations in milliseconds. */
export interface WriterOptions {
  readonly clock: Clock;
  /** How long a body waits for `100 Continue`; 0 sends it at once. */
  readonly expectContinueTimeoutMs: number;
  /** 0 for no limit. */
  readonly bodyIdleTimeoutMs: number;
}

/** Who is told how the writing goes. */
export interface WriterEvents {
  /** The first byte is about to be written: what comes from now on answers it. */
  onBegin(): void;
  /** All of the request was given to the wire, which has taken it. */
  onSent(bodyBytes: number): void;
  onRequestFailed(code: 'request-body-failed' | 'request-body-length', message: string, cause: unknown): void;
  /** Whether the wire takes no more of the body for now. */
  onBlocked(isBlocked: boolean): void;
}

type State =
  | { readonly kind: 'unsent' }
  /** The head is written, and the body waits for the server's word. */
  | { readonly kind: 'held'; readonly sender: BodySender; readonly timer: Timer }
  | { readonly kind: 'streaming'; readonly sender: BodySender }
  /** All was written at once, and the wire has not taken it yet. */
  | { readonly kind: 'flushing' }
  | { readonly kind: 'sent' }
  /** The server answered without having asked for the body. */
  | { readonly kind: 'skipped' }
  | { readonly kind: 'stopped' };

/** Go's 200 ms: for how long a body whose length is not known may turn out to be empty before the head is sent. */
const PROBE_MS = 200;

/** Writes one request: its head, and its body with it, after it, or when the server asks for it. */
export class RequestWriter {
  readonly #request: HttpRequest;
  readonly #port: RequestPort;
  readonly #events: WriterEvents;
  readonly #options: WriterOptions;
  readonly #told: RequestEvents | undefined;
  #state: State = { kind: 'unsent' };
  #sent: Sent = 'nothing';

  constructor(request: HttpRequest, port: RequestPort, events: WriterEvents, options: WriterOptions) {
    this.#request = request;
    this.#port = port;
    this.#events = events;
    this.#options = options;
    if (request.trace !== undefined) this.#told = new RequestEvents(request.trace);
  }

  /** How much was handed to the wire. */
  get sent(): Sent {
    return this.#sent;
  }

  /** Whether the body waits for the server's word. */
  get isHeld(): boolean {
    return this.#state.kind === 'held';
  }

  /** Whether nothing more of the request will be written, although not all was. */
  get isSkipped(): boolean {
    return this.#state.kind === 'skipped';
  }

  /** Begins. Head and body at once where the bytes are at hand; else the head first, since the server may want to answer to it alone (Go issue 22088). */
  start(): void {
    const request = this.#request;
    const length = bodyLength(request);
    const { body } = request;
    if (body === undefined) {
      this.#writeHead(length);
      if (this.#isStopped()) return;
      this.#onSent(0);
      return;
    }
    const isHeld = this.#options.expectContinueTimeoutMs > 0 && expectsContinue(request);
    const whole = request.trailers === undefined && !isHeld ? (body.ascii ?? body.bytes) : undefined;
    if (whole !== undefined && !this.#isSliced(whole)) {
      this.#writeWhole(whole, length);
      return;
    }
    const sender = new BodySender(this.#port, request, length, {
      events: this.#events,
      told: this.#told,
      isSliced: this.#isProgressWatched(),
    });
    if (isHeld) this.#hold(sender, length);
    else if (length.kind === 'unknown' && mayHaveNoBody(request)) {
      void this.#lookFirst(sender.probe(this.#options.clock, PROBE_MS), sender, length);
    } else if (isMadeByFunction(body)) void this.#lookFirst(sender.open(), sender, length);
    else {
      this.#writeHead(length);
      if (!this.#isStopped()) this.#stream(sender);
    }
  }

  /** The wire has room again. */
  onDrain(): void {
    if (this.#state.kind === 'flushing') {
      this.#events.onBlocked(false);
      this.#onSent(this.#request.body?.length ?? 0);
    } else if (this.#state.kind === 'streaming') this.#state.sender.onDrain();
  }

  /** Whether it is the server's turn: all was written, or nothing more will be. */
  get isOver(): boolean {
    return this.#sent === 'all' || this.isSkipped;
  }

  /** The server asked for the body, or will take it. */
  release(): void {
    if (this.#state.kind !== 'held') return;
    this.#state.timer.cancel();
    this.#stream(this.#state.sender);
  }

  /** The server has answered and will not take the body. */
  skip(): void {
    if (this.#state.kind !== 'held') return;
    this.#state.timer.cancel();
    this.#state = { kind: 'skipped' };
    this.#request.body?.release();
    this.#told?.end(0);
  }

  /** Nothing more is written, and the caller's stream is given up. @param failed Why, unless what is left is of no use to anybody: the response is there. */
  stop(failed: Failed | undefined): void {
    const state = this.#state;
    if (state.kind === 'sent' || state.kind === 'skipped' || state.kind === 'stopped') return;
    const bodyBytes = this.#givenBytes();
    this.#state = { kind: 'stopped' };
    if (state.kind === 'held') state.timer.cancel();
    if ('sender' in state) state.sender.stop(failed?.error);
    this.#told?.end(bodyBytes, failed);
  }

  /** Of the body, to the wire. */
  #givenBytes(): number {
    if (this.#state.kind === 'flushing') return this.#request.body?.length ?? 0;
    return 'sender' in this.#state ? this.#state.sender.sentBytes : 0;
  }

  #isStopped(): boolean {
    return this.#state.kind === 'stopped';
  }

  /** With a limit on how long the wire may take nothing, it is given no more at a time than it can be seen to take. */
  #isProgressWatched(): boolean {
    return this.#options.bodyIdleTimeoutMs > 0;
  }

  #isSliced(whole: Uint8Array | string): boolean {
    return this.#isProgressWatched() && whole.length > BodySender.sliceBytes;
  }

  #writeHead(length: BodyLength): void {
    this.#port.prepare(length);
    this.#begin();
    this.#port.writeHead();
    this.#told?.head(this.#port);
  }

  #begin(): void {
    this.#sent = 'partial';
    this.#events.onBegin();
  }

  #writeWhole(whole: Uint8Array | string, length: BodyLength): void {
    const bodyBytes = whole.length;
    if (length.kind === 'known' && bodyBytes !== length.bytes) {
      // Its memory was transferred or resized since the request was made.
      this.#fail('request-body-length', wrongLength({ declaredBytes: length.bytes, seenBytes: bodyBytes }), undefined);
      return;
    }
    this.#port.prepare(length);
    this.#begin();
    const hasRoom = this.#port.writeWhole(whole);
    this.#state = { kind: 'flushing' };
    this.#told?.head(this.#port);
    // A listener may have aborted the request: it is told of the end then, and of nothing more.
    if (bodyBytes > 0) this.#told?.body();
    if (this.#isStopped()) return;
    if (hasRoom) this.#onSent(bodyBytes);
    else this.#events.onBlocked(true);
  }

  #hold(sender: BodySender, length: BodyLength): void {
    const timer = this.#options.clock.after(this.#options.expectContinueTimeoutMs, () => this.release());
    this.#state = { kind: 'held', sender, timer };
    this.#writeHead(length);
    if (this.isHeld) this.#told?.held();
  }

  /**
   * The head only when something is known of the body. Go's probeRequestBody: a GET with a stream that has nothing in it is a GET without a body. And where the function that makes
   * the body fails, nothing was sent.
   */
  async #lookFirst(look: Promise<ProbeOutcome>, sender: BodySender, length: BodyLength): Promise<void> {
    this.#state = { kind: 'streaming', sender };
    const outcome = await look;
    if (this.#isStopped()) return;
    if (outcome.kind === 'body-failed') {
      this.#fail('request-body-failed', 'the request body failed before it was sent', outcome.error);
      return;
    }
    try {
      this.#writeHead(outcome.kind === 'empty' ? { kind: 'none' } : length);
    } catch (error) {
      this.#fail('request-body-failed', 'the request could not be written', error);
    }
    if (this.#isStopped()) return;
    if (outcome.kind === 'empty') this.#onSent(0);
    else this.#stream(sender);
  }

  #stream(sender: BodySender): void {
    this.#state = { kind: 'streaming', sender };
    void this.#sendBody(sender);
  }

  async #sendBody(sender: BodySender): Promise<void> {
    const outcome = await sender.send();
    switch (outcome.kind) {
      case 'sent':
        this.#onSent(sender.sentBytes);
        break;
      case 'body-failed':
        this.#fail('request-body-failed', 'the request body failed while it was sent', outcome.error);
        break;
      case 'wrong-length':
        this.#fail('request-body-length', wrongLength(outcome), undefined);
        break;
      case 'stopped':
        break;
      default:
        assertNever(outcome);
    }
  }

  #onSent(bodyBytes: number): void {
    this.#state = SENT;
    this.#sent = 'all';
    this.#told?.end(bodyBytes);
    this.#events.onSent(bodyBytes);
  }

  #fail(code: 'request-body-failed' | 'request-body-length', message: string, cause: unknown): void {
    if (!this.#isStopped()) this.#events.onRequestFailed(code, message, cause);
  }
}

const SENT: State = { kind: 'sent' };

/** RFC 9110 §10.1.1: the one expectation there is. */
function expectsContinue(request: HttpRequest): boolean {
  return request.headers.size > 0 && request.headers.get('expect')?.toLowerCase().includes('100-continue') === true;
}

/** With a stream that may be empty these are not to say that a body comes. Trailers need one to come after. */
function mayHaveNoBody({ method, trailers }: HttpRequest): boolean {
  return trailers === undefined && METHODS_WITHOUT_BODY.has(method);
}

/** What can be opened again has a length, but for what a function makes. */
function isMadeByFunction({ isReplayable, length }: RequestBody): boolean {
  return isReplayable && length === undefined;
}

/** Go's requestMethodUsuallyLacksBody. */
const METHODS_WITHOUT_BODY: ReadonlySet<string> = new Set(['GET', 'HEAD', 'DELETE', 'OPTIONS', 'PROPFIND', 'SEARCH']);

function wrongLength(outcome: { readonly declaredBytes: number; readonly seenBytes: number }): string {
  const { declaredBytes, seenBytes } = outcome;
  return `the request body has ${seenBytes < declaredBytes ? 'only' : 'at least'} ${seenBytes} bytes, and ${declaredBytes} were declared`;
}
