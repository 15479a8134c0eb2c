import { addressText } from '../address-text.ts';
import type { ExchangeRecord } from '../exchange-record.ts';
import { PHASES, type Phase } from '../waterfall/page-data.ts';
import { failureOf, type Failure } from './failure.ts';
import { LatencyTally } from './latency-tally.ts';
import { phaseSpans, phaseTimes } from './phase-spans.ts';

/** A failure, and how often it came. */
export interface CountedFailure extends Failure {
  readonly count: number;
}

/** So many kinds of something are counted by themselves. Codes and phases are fewer, and the rest is what a peer can choose. */
const MAX_KINDS = 100;
const OTHERS = 'others';

/** Counts what became of the requests, in memory that does not grow with their number. */
export class RunTally {
  /** With a whole answer, whatever its status. */
  answered = 0;
  failed = 0;
  /** Cut off with the command. */
  interrupted = 0;
  /** Of response bodies, as they came. */
  bodyBytes = 0;
  /** Answers with a status of 400 or above. */
  badStatuses = 0;
  /** Of requests that were answered, from their beginning to the end of the body. */
  readonly latency: LatencyTally = new LatencyTally();
  readonly #phases = new Map<Phase, LatencyTally>();
  readonly #statuses = new Map<number, number>();
  readonly #protocols = new Map<string, number>();
  readonly #addresses = new Map<string, number>();
  readonly #failures = new Map<string, CountedFailure>();

  /** How many requests are over. */
  get ended(): number {
    return this.answered + this.failed + this.interrupted;
  }

  /** @param record One that is over. */
  add(record: ExchangeRecord): void {
    const last = record.attempts.at(-1);
    this.bodyBytes += last?.bodyBytes ?? 0;
    const failure = failureOf(record);
    if (failure === 'interrupted') {
      this.interrupted += 1;
      return;
    }
    if (last?.connection !== undefined) {
      const { remoteAddress, remotePort } = last.connection;
      increment(this.#addresses, remoteAddress === undefined ? 'unknown' : addressText(remoteAddress, remotePort));
    }
    if (failure === undefined) this.#addAnswer(record);
    else this.#addFailure(failure);
  }

  /** Of the phases that came, in their order. */
  phases(): readonly (readonly [Phase, LatencyTally])[] {
    return PHASES.flatMap((phase) => {
      const tally = this.#phases.get(phase);
      return tally === undefined ? [] : [[phase, tally] as const];
    });
  }

  /** In ascending order. */
  statuses(): readonly (readonly [status: number, count: number])[] {
    return [...this.#statuses].toSorted(([a], [b]) => a - b);
  }

  /** Of answers, like `HTTP/1.1`; the most frequent first. */
  protocols(): readonly (readonly [proto: string, count: number])[] {
    return mostFrequentFirst(this.#protocols);
  }

  /** Remote addresses by how many requests went there; the most frequent first. */
  addresses(): readonly (readonly [address: string, count: number])[] {
    return mostFrequentFirst(this.#addresses);
  }

  /** The most frequent first. */
  failures(): readonly CountedFailure[] {
    return [...this.#failures.values()].toSorted((a, b) => b.count - a.count);
  }

  #addAnswer(record: ExchangeRecord): void {
    this.answered += 1;
    const { status, proto, startMs, endMs = startMs } = record;
    this.latency.add(endMs - startMs);
    for (const [phase, ms] of phaseTimes(phaseSpans(record))) this.#tallyOf(phase).add(ms);
    if (proto !== undefined) increment(this.#protocols, proto);
    if (status === undefined) return;
    this.#statuses.set(status, (this.#statuses.get(status) ?? 0) + 1);
    if (status >= 400) this.badStatuses += 1;
  }

  #addFailure(failure: Failure): void {
    this.failed += 1;
    // The first message stands for its kind: others may differ in nothing but a port.
    const key = `${failure.code} ${failure.phase}`;
    const before = this.#failures.get(key);
    if (before !== undefined) this.#failures.set(key, { ...before, count: before.count + 1 });
    else this.#failures.set(key, { ...failure, count: 1 });
  }

  #tallyOf(phase: Phase): LatencyTally {
    const before = this.#phases.get(phase);
    if (before !== undefined) return before;
    const tally = new LatencyTally();
    this.#phases.set(phase, tally);
    return tally;
  }
}

function increment(counts: Map<string, number>, kind: string): void {
  const key = counts.has(kind) || counts.size < MAX_KINDS ? kind : OTHERS;
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function mostFrequentFirst(counts: ReadonlyMap<string, number>): readonly (readonly [string, number])[] {
  return [...counts].toSorted(([, a], [, b]) => b - a);
}
