export { attempts, attemptsOf, type AttemptRecord } from './attempts.ts';
export type { Jitter } from './backoff.ts';
export { resumeDownloads } from './resume-downloads.ts';
export { retry } from './retry.ts';
export { retryBudget, type RetryBudget, type RetryBudgetOptions } from './retry-budget.ts';
export { RetryError, type RetryErrorCode, type RetryErrorInit } from './retry-error.ts';
export type { RepeatOptions, RetryOptions } from './retry-options.ts';
export type { Attempt, Outcome, RetryDecision, RetryPolicy } from './retry-policy.ts';
export { tokenThrottle, type TokenThrottleOptions } from './token-throttle.ts';
