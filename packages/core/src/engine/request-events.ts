import { emit, type TraceListener } from '../contract/trace-event.ts';
import type { RequestPort } from './request-port.ts';

/** That an exchange has failed, and by what: that may be undefined. */
export interface Failed {
  readonly error: unknown;
}

/** Tells the listener of a request how it is written: made where there is one only. What has begun has one end. */
export class RequestEvents {
  readonly #trace: TraceListener;
  #state: 'unwritten' | 'head' | 'body' | 'ended' = 'unwritten';

  constructor(trace: TraceListener) {
    this.#trace = trace;
  }

  head(port: RequestPort): void {
    this.#state = 'head';
    const { streamId } = port;
    const fieldNames = (): readonly string[] => port.fieldNames();
    emit(this.#trace, streamId === undefined ? { kind: 'wroteHeaders', fieldNames } : { kind: 'wroteHeaders', fieldNames, streamId });
  }

  held(): void {
    emit(this.#trace, { kind: 'wait100Continue' });
  }

  /** The first of the body is written. */
  body(): void {
    if (this.#state !== 'head') return;
    this.#state = 'body';
    emit(this.#trace, { kind: 'requestBodyStart' });
  }

  /** Nothing more is written. @param failed Where that is not as it should be. */
  end(bodyBytes: number, failed?: Failed): void {
    if (this.#state === 'unwritten' || this.#state === 'ended') return;
    this.#state = 'ended';
    emit(this.#trace, failed === undefined ? { kind: 'wroteRequest', bodyBytes } : { kind: 'wroteRequest', bodyBytes, ...failed });
  }
}
