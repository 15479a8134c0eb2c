/** How many failures open a circuit. */
export type TripRule =
  /** So many in a row. */
  | { readonly kind: 'consecutive'; readonly failures: number }
  /** `share` (0 to 1) of the requests of the last `windowMs`, where there were at least `minRequests`. */
  | { readonly kind: 'rate'; readonly share: number; readonly windowMs: number; readonly minRequests: number };

/** The rules of a circuit. Durations are in milliseconds. */
export interface CircuitRules {
  readonly trip: TripRule;
  /** How long it is open the first time; each time in a row twice as long as before. */
  readonly openForMs: number;
  readonly maxOpenForMs: number;
  /** How many requests a half-open circuit lets through, and how many must go well for it to close. */
  readonly probes: number;
}

/**
 * Where a circuit stands. Times are of a monotonic clock, in milliseconds.
 *
 * `closed`: requests pass, and their failures are counted. `open`: none pass until `untilMs`. `half-open`: a few pass to see how it goes; a probe that is not answered
 * by `nextProbeMs` stands in nobody's way any more.
 */
export type Circuit =
  | { readonly kind: 'closed'; readonly counts: FailureCounts }
  | { readonly kind: 'open'; readonly untilMs: number; readonly timesInRow: number }
  | {
      readonly kind: 'half-open';
      readonly underWay: number;
      readonly succeeded: number;
      readonly nextProbeMs: number;
      readonly timesInRow: number;
    };

/** Failures in a row, and those of the window: counted in two halves that move on, so that there is no list of what came when. */
export interface FailureCounts {
  readonly inRow: number;
  readonly windowStartMs: number;
  readonly failures: number;
  readonly requests: number;
  readonly failuresBefore: number;
  readonly requestsBefore: number;
}

/** How a request that was let through ended. `ignored`: it says nothing of the server, as when the caller cancelled it. */
export type CircuitVerdict = 'success' | 'failure' | 'ignored';

/** What happens to a circuit. */
export type CircuitEvent = { readonly kind: 'ask' } | { readonly kind: 'end'; readonly verdict: CircuitVerdict };

/** What becomes of it. */
export interface Transition {
  readonly circuit: Circuit;
  /** Of a request that asks: whether it may pass. */
  readonly isAdmitted: boolean;
}

const NO_COUNTS: FailureCounts = {
  inRow: 0,
  windowStartMs: Number.NEGATIVE_INFINITY,
  failures: 0,
  requests: 0,
  failuresBefore: 0,
  requestsBefore: 0,
};

/** Where every circuit begins. */
export const CLOSED: Circuit = { kind: 'closed', counts: NO_COUNTS };

/**
 * The whole rule of a circuit. The end of a request that was let through before the circuit last changed its kind must not be told to it: that is its caller's to see to.
 *
 * | circuit     | event          | becomes                                                                       |
 * | ----------- | -------------- | ----------------------------------------------------------------------------- |
 * | `closed`    | ask            | itself; the request passes                                                    |
 * | `closed`    | success        | itself, none in a row                                                         |
 * | `closed`    | failure        | `open` where that is one too many, else itself                                |
 * | `open`      | ask            | itself, refused; from `untilMs` on `half-open`, and the request is a probe    |
 * | `half-open` | ask            | itself; the request is a probe where there are fewer than `probes`, or the last has had its time; else it is refused |
 * | `half-open` | success        | `closed` with the last of `probes`                                            |
 * | `half-open` | failure        | `open`, for twice as long as before                                           |
 * | `half-open` | ignored        | itself, with room for another probe                                           |
 */
export function transition(circuit: Circuit, event: CircuitEvent, rules: CircuitRules, nowMs: number): Transition {
  switch (circuit.kind) {
    case 'closed':
      return event.kind === 'ask' ? { circuit, isAdmitted: true } : refused(countEnd(circuit, event.verdict, rules, nowMs));
    case 'open':
      return event.kind === 'ask' && nowMs >= circuit.untilMs ? probe(halfOpen(circuit.timesInRow), rules, nowMs) : refused(circuit);
    case 'half-open':
      if (event.kind === 'end') return refused(endProbe(circuit, event.verdict, rules, nowMs));
      return mayProbe(circuit, rules, nowMs) ? probe(circuit, rules, nowMs) : refused(circuit);
  }
}

type ClosedCircuit = Extract<Circuit, { readonly kind: 'closed' }>;
type HalfOpenCircuit = Extract<Circuit, { readonly kind: 'half-open' }>;

function refused(circuit: Circuit): Transition {
  return { circuit, isAdmitted: false };
}

function countEnd(circuit: ClosedCircuit, verdict: CircuitVerdict, rules: CircuitRules, nowMs: number): Circuit {
  if (verdict === 'ignored') return circuit;
  // A server that is well is the normal case, and costs nothing.
  if (verdict === 'success' && rules.trip.kind === 'consecutive' && circuit.counts.inRow === 0) return circuit;
  const counted = count(circuit.counts, verdict === 'failure', rules.trip, nowMs);
  return verdict === 'failure' && isTooMuch(counted, rules.trip, nowMs) ? open(1, rules, nowMs) : { kind: 'closed', counts: counted };
}

function count(counts: FailureCounts, isFailure: boolean, trip: TripRule, nowMs: number): FailureCounts {
  const inRow = isFailure ? counts.inRow + 1 : 0;
  if (trip.kind === 'consecutive') return { ...NO_COUNTS, inRow };
  const moved = moveWindow(counts, trip.windowMs, nowMs);
  return { ...moved, inRow, failures: moved.failures + (isFailure ? 1 : 0), requests: moved.requests + 1 };
}

function moveWindow(counts: FailureCounts, windowMs: number, nowMs: number): FailureCounts {
  const windowStartMs = Math.floor(nowMs / windowMs) * windowMs;
  if (windowStartMs <= counts.windowStartMs) return counts;
  const isNext = windowStartMs - counts.windowStartMs === windowMs;
  return {
    inRow: counts.inRow,
    windowStartMs,
    failures: 0,
    requests: 0,
    failuresBefore: isNext ? counts.failures : 0,
    requestsBefore: isNext ? counts.requests : 0,
  };
}

function isTooMuch(counts: FailureCounts, trip: TripRule, nowMs: number): boolean {
  if (trip.kind === 'consecutive') return counts.inRow >= trip.failures;
  // Of the half before as much as the window still covers, as if it had come evenly.
  const share = 1 - (nowMs - counts.windowStartMs) / trip.windowMs;
  const requests = counts.requests + counts.requestsBefore * share;
  const failures = counts.failures + counts.failuresBefore * share;
  return requests >= trip.minRequests && failures >= trip.share * requests;
}

function open(timesInRow: number, { openForMs, maxOpenForMs }: CircuitRules, nowMs: number): Circuit {
  return { kind: 'open', untilMs: nowMs + openTime(timesInRow, openForMs, maxOpenForMs), timesInRow };
}

function openTime(timesInRow: number, openForMs: number, maxOpenForMs: number): number {
  return Math.min(Math.max(openForMs, maxOpenForMs), openForMs * 2 ** (timesInRow - 1));
}

function halfOpen(timesInRow: number): HalfOpenCircuit {
  return { kind: 'half-open', underWay: 0, succeeded: 0, nextProbeMs: 0, timesInRow };
}

function mayProbe({ underWay, succeeded, nextProbeMs }: HalfOpenCircuit, { probes }: CircuitRules, nowMs: number): boolean {
  return underWay + succeeded < probes || nowMs >= nextProbeMs;
}

/** A probe that is never answered must not keep the circuit half-open for ever: after as long as the circuit was open, another may go. */
function probe(circuit: HalfOpenCircuit, { openForMs, maxOpenForMs }: CircuitRules, nowMs: number): Transition {
  const nextProbeMs = nowMs + openTime(circuit.timesInRow, openForMs, maxOpenForMs);
  return { circuit: { ...circuit, underWay: circuit.underWay + 1, nextProbeMs }, isAdmitted: true };
}

function endProbe(circuit: HalfOpenCircuit, verdict: CircuitVerdict, rules: CircuitRules, nowMs: number): Circuit {
  const underWay = circuit.underWay - 1;
  switch (verdict) {
    case 'failure':
      return open(circuit.timesInRow + 1, rules, nowMs);
    case 'success':
      return circuit.succeeded + 1 >= rules.probes ? CLOSED : { ...circuit, underWay, succeeded: circuit.succeeded + 1 };
    case 'ignored':
      return { ...circuit, underWay };
  }
}
