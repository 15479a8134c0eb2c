import type { Timer } from '../contract/clock.ts';
import { deadline } from '../contract/deadline.ts';
import { noHeadInTime, stalled, type Failure } from '../engine/exchange-failures.ts';
import { BodyStalls } from '../engine/stall-timer.ts';
import type { Http2ErrorCode } from './error-code.ts';
import type { Http2Options } from './http2-options.ts';

/** What a limit is for. */
interface Timed {
  fail(failure: Failure, code: Http2ErrorCode): void;
}

/** The limits of time of one exchange. */
export class ExchangeTimers {
  readonly #options: Http2Options;
  readonly #exchange: Timed;
  #head: Timer | undefined;
  readonly #stalls: BodyStalls | undefined;

  constructor(options: Http2Options, exchange: Timed) {
    this.#options = options;
    this.#exchange = exchange;
    const { bodyIdleTimeoutMs: timeoutMs, clock } = options;
    const onStall = (isResponse: boolean): void => exchange.fail(stalled(timeoutMs, isResponse), 'CANCEL');
    if (timeoutMs > 0) this.#stalls = new BodyStalls(clock, timeoutMs, onStall);
  }

  /** The request is sent: its response is to come. */
  awaitHead(): void {
    const { clock, responseHeaderTimeoutMs: timeoutMs } = this.#options;
    if (timeoutMs > 0) this.#head = deadline(clock, timeoutMs, () => this.#exchange.fail(noHeadInTime(timeoutMs), 'CANCEL'));
  }

  /** It has come. */
  gotHead(): void {
    this.#head?.cancel();
  }

  /** Whether the peer is to take of our body. */
  requestBlocked(isBlocked: boolean): void {
    if (isBlocked) this.#stalls?.request.start();
    else this.#stalls?.request.stop();
  }

  /** It is the peer's turn to send of its body. */
  awaitBody(): void {
    this.#stalls?.response.start();
  }

  /** It has. */
  moved(): void {
    this.#stalls?.response.moved();
  }

  /** It is not the peer's turn to send. */
  rest(): void {
    this.#stalls?.response.stop();
  }

  stop(): void {
    this.#head?.cancel();
    this.#stalls?.stop();
  }
}
