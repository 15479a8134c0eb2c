import { emit, type HttpRequest } from '@roundtripper/core';

import type { AttemptRecord } from './attempts.ts';
import { RetryError } from './retry-error.ts';
import type { RetrySettings } from './retry-options.ts';
import type { Attempt, Outcome, RetryDecision } from './retry-policy.ts';
import { withinLimits } from './within-limits.ts';

/** What a decision about one request's attempts is made with. */
export type JudgeSettings = Pick<RetrySettings, 'policy' | 'retries' | 'budget' | 'random' | 'clock'>;

/** Decides after each attempt of one request: by the policy, the limits and the budget, in this order. It keeps the record of it, and tells the request's listener. */
export class Judge {
  readonly records: AttemptRecord[] = [];
  readonly #request: HttpRequest;
  readonly #settings: JudgeSettings;
  #waitedMs = 0;
  #isOnFreshConnection = false;

  constructor(request: HttpRequest, settings: JudgeSettings) {
    this.#request = request;
    this.#settings = settings;
  }

  /**
   * What is to be done after the attempt that had this outcome.
   * @param remainingMs How much of the time for all attempts is left.
   * @throws what the policy throws; TypeError when what it returns is no decision.
   */
  decide(outcome: Outcome, remainingMs: number): RetryDecision {
    const attempt: Attempt = {
      number: this.records.length + 1,
      waitedMs: this.#waitedMs,
      remainingMs,
      random: this.#settings.random(),
      isOnFreshConnection: this.#isOnFreshConnection,
    };
    const decision = this.#decisionAfter(attempt, outcome);
    this.records.push(recordOf(attempt.number, outcome, decision));
    if (decision.kind === 'again') {
      this.#waitedMs = decision.afterMs;
      this.#isOnFreshConnection = decision.onFreshConnection === true;
    }
    if (this.#request.trace !== undefined) this.#tell(attempt.number, outcome, decision);
    return decision;
  }

  #decisionAfter(attempt: Attempt, outcome: Outcome): RetryDecision {
    const { policy, retries, budget, clock } = this.#settings;
    const { signal, target } = this.#request;
    const origin = target.origin.key;
    if (saysSomething(outcome, signal)) budget?.record(origin, isFailure(outcome) ? 'failure' : 'success');
    const wanted = policy(attempt, this.#request, outcome, clock.nowMs());
    const decision = withinLimits(wanted, attempt, this.#request, retries);
    const isPaidFor = decision.kind === 'stop' || budget === undefined || budget.withdraw(origin, clock.monotonicMs());
    return isPaidFor ? decision : { kind: 'stop', reason: 'budget-exhausted' };
  }

  #tell(number: number, outcome: Outcome, decision: RetryDecision): void {
    const { trace } = this.#request;
    const { reason } = decision;
    const cause = outcome.kind === 'response' ? { status: outcome.response.status } : { error: outcome.error };
    if (decision.kind === 'again') {
      emit(trace, { kind: 'retry', attempt: number + 1, delayMs: decision.afterMs, reason, ...cause });
    } else if (outcome.kind === 'error' || outcome.response.status >= 400) {
      emit(trace, { kind: 'retryStopped', attempt: number, reason, ...cause });
    }
  }
}

/** Whether the outcome says anything of the origin: not where the caller has cancelled the request, and not where a layer further in has refused it by itself. */
function saysSomething(outcome: Outcome, signal: AbortSignal | undefined): boolean {
  if (outcome.kind === 'response') return true;
  const { error } = outcome;
  const isRefusedHere = error instanceof RetryError && error.code !== 'try-timeout' && error.code !== 'total-timeout';
  return !isRefusedHere && signal?.aborted !== true;
}

/** Whether an attempt ended as it does when there is too much to do. */
function isFailure(outcome: Outcome): boolean {
  return outcome.kind === 'error' || outcome.response.status >= 500 || outcome.response.status === 429;
}

function recordOf(attempt: number, outcome: Outcome, decision: RetryDecision): AttemptRecord {
  const { reason } = decision;
  if (outcome.kind === 'response' && decision.kind === 'stop') return { attempt, status: outcome.response.status, reason };
  const cause = outcome.kind === 'response' ? { status: outcome.response.status } : { error: outcome.error };
  return decision.kind === 'again' ? { attempt, ...cause, delayMs: decision.afterMs, reason } : { attempt, ...cause, reason };
}
