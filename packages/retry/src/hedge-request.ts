import { emit, type HttpRequest, type HttpResponse, type RoundTripper, type Timer } from '@roundtripper/core';

import type { HedgeSettings } from './hedge-options.ts';
import { hedged, type HedgeRecord } from './hedge-record.ts';
import { preferred, stepAfter, withheldBecause, worthOf } from './hedge-rule.ts';
import type { HedgeState } from './hedge-state.ts';
import { LinkedSignal } from './linked-signal.ts';
import type { Outcome } from './retry-policy.ts';

/** One of a request's tries. */
interface Try {
  /** 1 is the first. */
  readonly number: number;
  readonly controller: AbortController;
  readonly startedMs: number;
  isUnderWay: boolean;
}

/** One request and its tries. It is settled once; what comes after that is disposed of. */
export class HedgedRequest {
  readonly #request: HttpRequest;
  readonly #next: RoundTripper;
  readonly #settings: HedgeSettings;
  readonly #state: HedgeState;
  readonly #origin: string;
  readonly #tries: Try[] = [];
  readonly #result = Promise.withResolvers<HttpResponse>();
  readonly #onAbort = (): void => this.#cancel();
  #delayMs: number | undefined;
  #timer: Timer | undefined;
  /** A failure that waits for those that are under way. */
  #held: { readonly outcome: Outcome; readonly from: Try } | undefined;
  #isSettled = false;

  constructor(request: HttpRequest, next: RoundTripper, settings: HedgeSettings, state: HedgeState) {
    this.#request = request;
    this.#next = next;
    this.#settings = settings;
    this.#state = state;
    this.#origin = request.target.origin.key;
  }

  run(): Promise<HttpResponse> {
    const { clock, budget, deposits } = this.#settings;
    const nowMs = clock.monotonicMs();
    if (deposits) budget?.deposit(this.#origin, nowMs);
    this.#delayMs = this.#state.delayMs(this.#origin, nowMs);
    this.#request.signal?.addEventListener('abort', this.#onAbort);
    this.#begin();
    return this.#result.promise;
  }

  #begin(): void {
    const begun: Try = {
      number: this.#tries.length + 1,
      controller: new AbortController(),
      startedMs: this.#settings.clock.monotonicMs(),
      isUnderWay: true,
    };
    this.#tries.push(begun);
    if (this.#delayMs !== undefined && begun.number < this.#settings.max) this.#waitForNext(this.#delayMs);
    void this.#follow(begun);
  }

  #waitForNext(delayMs: number): void {
    const { clock } = this.#settings;
    this.#timer = clock.after(delayMs, () => {
      // What came in time may not have been looked at yet: a program that was busy for longer finds the timer due first.
      this.#timer = clock.after(0, () => this.#hedge(delayMs));
    });
  }

  #hedge(delayMs: number): void {
    const { budget, clock } = this.#settings;
    const nowMs = clock.monotonicMs();
    const withheld = withheldBecause({
      heldMs: this.#state.heldMs(this.#origin, nowMs),
      withdraw: () => budget?.withdraw(this.#origin, nowMs) ?? true,
    });
    const attempt = this.#tries.length + 1;
    emit(this.#request.trace, { kind: 'hedge', attempt, delayMs, ...(withheld === undefined ? {} : { withheld }) });
    if (withheld === undefined) this.#begin();
  }

  /** Never rejects. */
  async #follow(followed: Try): Promise<void> {
    let outcome: Outcome;
    try {
      const request = this.#request.with({ signal: followed.controller.signal });
      outcome = { kind: 'response', response: await this.#next.roundTrip(request) };
    } catch (error) {
      outcome = { kind: 'error', error };
    }
    followed.isUnderWay = false;
    if (this.#isSettled) drop(outcome);
    else this.#onOutcome(followed, outcome);
  }

  #onOutcome(from: Try, outcome: Outcome): void {
    const worth = worthOf(outcome, this.#settings.rules);
    if (worth === 'good' && from.number === 1) this.#recordLatency(from);
    if (worth === 'failed') this.#state.heed(this.#origin, outcome);
    const step = stepAfter(worth, this.#tries.filter(({ isUnderWay }) => isUnderWay).length);
    const kept = worth === 'failed' ? this.#keep(from, outcome) : { outcome, from };
    if (step === 'take') this.#settle(kept.from, kept.outcome);
  }

  /** Of failures the one to hand on, should nothing better come. */
  #keep(from: Try, outcome: Outcome): { readonly outcome: Outcome; readonly from: Try } {
    const before = this.#held;
    const isBetter = before === undefined || preferred(before.outcome, outcome) === outcome;
    const kept = isBetter ? { outcome, from } : before;
    if (before !== undefined) this.#drop(isBetter ? before.outcome : outcome);
    this.#held = kept;
    return kept;
  }

  /** A failure that nobody is told of counts for the budget all the same. */
  #drop(outcome: Outcome): void {
    this.#settings.budget?.record(this.#origin, 'failure');
    drop(outcome);
  }

  #settle(winner: Try, outcome: Outcome): void {
    this.#end(lost);
    if (this.#held !== undefined && this.#held.outcome !== outcome) this.#drop(this.#held.outcome);
    this.#held = undefined;
    const record = { tries: this.#tries.length, won: winner.number };
    if (record.tries > 1) emit(this.#request.trace, { kind: 'hedgeEnd', ...record });
    this.#unlink();
    if (outcome.kind === 'error') this.#result.reject(outcome.error);
    else this.#result.resolve(this.#handOn(outcome.response, winner, record));
  }

  /** The caller's signal counts to the end of the body, for the try that is handed on: this request holds the response, and must not be what the signal holds. */
  #handOn(response: HttpResponse, { controller }: Try, record: HedgeRecord): HttpResponse {
    const link = new LinkedSignal(this.#request.signal, controller);
    return link.untilBodyEnds(response, this.#request).with({ context: response.context.with(hedged, record) });
  }

  /** The caller wants no answer any more. */
  #cancel(): void {
    const reason: unknown = this.#request.signal?.reason;
    this.#unlink();
    for (const { controller } of this.#tries) controller.abort(reason);
    if (this.#isSettled) return;
    this.#end(() => reason);
    if (this.#held !== undefined) drop(this.#held.outcome);
    this.#held = undefined;
    this.#result.reject(reason);
  }

  /** Nothing more is begun, and what is under way is given up. */
  #end(reason: () => unknown): void {
    this.#isSettled = true;
    this.#timer?.cancel();
    for (const each of this.#tries) {
      if (!each.isUnderWay) continue;
      if (each.number === 1) this.#recordAtLeast(each);
      each.controller.abort(reason());
    }
  }

  #unlink(): void {
    this.#request.signal?.removeEventListener('abort', this.#onAbort);
  }

  /**
   * One latency for each request, that of its first try: those of further tries are only known where the first was slow. One that lost would have taken longer than it had,
   * which was longer than the delay; left out, the percentile would sink with each hedge that won.
   */
  #recordLatency({ startedMs }: Try): void {
    const nowMs = this.#settings.clock.monotonicMs();
    this.#state.recordLatency(this.#origin, nowMs - startedMs, nowMs);
  }

  #recordAtLeast(first: Try): void {
    const waitedMs = this.#settings.clock.monotonicMs() - first.startedMs;
    // What was cancelled before says nothing.
    if (this.#delayMs !== undefined && waitedMs >= this.#delayMs) this.#recordLatency(first);
  }
}

/** What the tries that lost are aborted with. Nobody is told: their outcomes are dropped. */
function lost(): DOMException {
  return new DOMException('another try of the request was answered first', 'AbortError');
}

/** What goes wrong while an answer is disposed of is no matter to who has another. */
function drop(outcome: Outcome): void {
  if (outcome.kind === 'response') outcome.response.dispose().catch(ignore);
}

function ignore(): void {}
