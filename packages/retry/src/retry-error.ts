import type { Phase, Sent } from '@roundtripper/core';

/**
 * What ended a request, or its body, for a program to act on. These are API.
 *
 * `try-timeout` (an attempt took longer than `perTryTimeout`), `total-timeout` (all of them took longer than `totalTimeout`), `origin-on-hold` (the origin has asked to be
 * left alone, and `holdOrigin` says that others heed that). Of a download that was interrupted: `resume-changed` (what is there now is not what was begun), `resume-invalid`
 * (the answer is not the part that was asked for), `resume-refused` (the server does not give a part of it).
 * Not let through: `circuit-open` (too many requests to the origin have failed), `rate-limited` (its turn would come too late), `concurrency-limited` (too many wait already), `concurrency-timeout` (it has waited for too long).
 */
export type RetryErrorCode =
  | 'try-timeout'
  | 'total-timeout'
  | 'origin-on-hold'
  | 'resume-changed'
  | 'resume-invalid'
  | 'resume-refused'
  | 'circuit-open'
  | 'rate-limited'
  | 'concurrency-limited'
  | 'concurrency-timeout';

/** The facts of a failure. */
export interface RetryErrorInit {
  readonly code: RetryErrorCode;
  readonly phase: Phase;
  readonly sent: Sent;
  readonly timeout?: boolean;
  readonly origin?: string | undefined;
  readonly retryAfterMs?: number | undefined;
  readonly status?: number | undefined;
  readonly cause?: unknown;
}

/** Why this package gave up by itself: its one error class. What an attempt failed with is thrown as it is, and is no such error. */
export class RetryError extends Error {
  override readonly name: string = 'RetryError';
  readonly code: RetryErrorCode;
  readonly phase: Phase;
  /** How much of the request the server may have seen: after a timeout `'nothing'` where the Transport had no connection for it yet, else that is not known, and `'all'`. */
  readonly sent: Sent;
  /** Whether a time limit of ours ended it. */
  readonly timeout: boolean;
  /** Like `https://example.com:8443`. */
  readonly origin: string | undefined;
  /** With `origin-on-hold`, `circuit-open` and `rate-limited`: in how many milliseconds a request may go again. */
  readonly retryAfterMs: number | undefined;
  /** Of the answer that is the cause, where one is. */
  readonly status: number | undefined;

  constructor(message: string, init: RetryErrorInit) {
    super(message, init.cause === undefined ? undefined : { cause: init.cause });
    this.code = init.code;
    this.phase = init.phase;
    this.sent = init.sent;
    this.timeout = init.timeout ?? false;
    this.origin = init.origin;
    this.retryAfterMs = init.retryAfterMs;
    this.status = init.status;
  }
}
