import { contextKey, HttpResponse, type ContextKey } from '@roundtripper/core';

/** One attempt of a request: what came of it, and what was decided then. */
export interface AttemptRecord {
  /** 1 for the first. */
  readonly attempt: number;
  /** Of its answer; absent where there was none. */
  readonly status?: number;
  /** Why there was no answer; absent where there was one. */
  readonly error?: unknown;
  /** The wait after it, in milliseconds; absent after the last. */
  readonly delayMs?: number;
  /** Why there was another attempt or, after the last, why there was none. */
  readonly reason: string;
}

/** Under this key the context of a response has the attempts that it took, in order: one where the first went well. */
export const attempts: ContextKey<readonly AttemptRecord[]> = contextKey('attempts');

const ofErrors = new WeakMap<object, readonly AttemptRecord[]>();

/**
 * The attempts behind what `retry()` has returned or thrown, in order; none for anything else, and for what is thrown and is no object. An error that several requests were ended with (a signal's reason) has those of
 * the last.
 */
export function attemptsOf(outcome: unknown): readonly AttemptRecord[] {
  if (outcome instanceof HttpResponse) return outcome.context.get(attempts) ?? [];
  return (isObject(outcome) ? ofErrors.get(outcome) : undefined) ?? [];
}

/** Has {@link attemptsOf} find `records` by `error`. */
export function rememberAttempts(error: unknown, records: readonly AttemptRecord[]): void {
  if (isObject(error)) ofErrors.set(error, records);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
