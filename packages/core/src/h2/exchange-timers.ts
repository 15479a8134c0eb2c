import type { Timer } from '../contract/clock.ts';
import { deadline } from '../contract/deadline.ts';
import { noHeadInTime, stalled, type Failure } from '../engine/exchange-failures.ts';
import { StallTimer } from '../engine/stall-timer.ts';
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
  #stall: StallTimer | undefined;
  #isReading = false;

  constructor(options: Http2Options, exchange: Timed) {
    this.#options = options;
    this.#exchange = exchange;
  }

  /** The request is sent: its response is to come. */
  awaitHead(): void {
    const { clock, responseHeaderTimeoutMs: timeoutMs } = this.#options;
    if (timeoutMs > 0) this.#head = deadline(clock, timeoutMs, () => this.#exchange.fail(noHeadInTime(timeoutMs), 'CANCEL'));
  }

  /** It has come. */
  gotHead(): void {
    this.#head?.cancel();
    this.#isReading = true;
  }

  /** It is the peer's turn to send of its body, or to take of ours. */
  awaitBody(): void {
    const { bodyIdleTimeoutMs: timeoutMs, clock } = this.#options;
    if (timeoutMs === 0) return;
    this.#stall ??= new StallTimer(clock, timeoutMs, () => this.#exchange.fail(stalled(timeoutMs, this.#isReading), 'CANCEL'));
    this.#stall.start();
  }

  /** Something moved. */
  moved(): void {
    this.#stall?.moved();
  }

  /** It is not the peer's turn. */
  rest(): void {
    this.#stall?.stop();
  }

  stop(): void {
    this.#head?.cancel();
    this.#stall?.stop();
  }
}
