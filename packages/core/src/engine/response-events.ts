import type { HttpHeaders } from '../contract/http-headers.ts';
import { emit, type TraceListener } from '../contract/trace-event.ts';

/** Tells the listener of a request how its response comes: made where there is one only. Its body has one start, and one end. */
export class ResponseEvents {
  readonly #trace: TraceListener;
  #hasBodyStarted = false;

  constructor(trace: TraceListener) {
    this.#trace = trace;
  }

  firstByte(): void {
    emit(this.#trace, { kind: 'gotFirstResponseByte' });
  }

  /** The body of the request was asked for: {@link interim} comes after it. */
  asked(): void {
    emit(this.#trace, { kind: 'got100Continue' });
  }

  interim(status: number, headers: HttpHeaders, abort: (reason: unknown) => void): void {
    emit(this.#trace, { kind: 'got1xxResponse', status, headers, abort });
  }

  head(status: number, proto: string): void {
    emit(this.#trace, { kind: 'gotResponse', status, proto });
  }

  /** Some of the body came. */
  body(): void {
    if (this.#hasBodyStarted) return;
    this.#hasBodyStarted = true;
    emit(this.#trace, { kind: 'bodyStart' });
  }

  bodyEnd(bodyBytes: number): void {
    this.body();
    emit(this.#trace, { kind: 'bodyEnd', bodyBytes });
  }

  bodyFailed(bodyBytes: number, error: unknown): void {
    this.body();
    emit(this.#trace, { kind: 'bodyEnd', bodyBytes, error });
  }
}
