import type { HttpRequest, HttpResponse } from '@roundtripper/core';

/** What came of one attempt. */
export type Outcome = { readonly kind: 'response'; readonly response: HttpResponse } | { readonly kind: 'error'; readonly error: unknown };

/** An attempt that is over, in what a policy may want to know of it. */
export interface Attempt {
  /** 1 for the first. */
  readonly number: number;
  /** How long was waited before it, in milliseconds: 0 for the first. */
  readonly waitedMs: number;
  /** How much of `totalTimeout` is left, in milliseconds; `Infinity` where there is no such limit. */
  readonly remainingMs: number;
  /** From 0 to 1, drawn anew for each attempt: with it a policy is a function of values, jitter and all. */
  readonly random: number;
  /** Whether the connection it went out on was to be a fresh one. */
  readonly isOnFreshConnection: boolean;
}

/** What is to be done after an attempt, and why: hand its outcome over as it is, or wait and repeat. */
export type RetryDecision =
  | { readonly kind: 'stop'; readonly reason: string }
  | {
      readonly kind: 'again';
      /** How long to wait before, in milliseconds from now. */
      readonly afterMs: number;
      readonly reason: string;
      /** Whether it is to go out on a connection that carried nothing before. */
      readonly onFreshConnection?: boolean | undefined;
    };

/**
 * Decides what is to be done after an attempt: a pure function, which neither reads the response nor keeps anything. It is asked after each attempt, also one that
 * went well. What it says is still held to `retries`, `totalTimeout`, the budget and to what can be sent again at all.
 * @param nowMs Wall-clock time.
 */
export type RetryPolicy = (attempt: Attempt, request: HttpRequest, outcome: Outcome, nowMs: number) => RetryDecision;
