/** The rules of a limit that finds itself. */
export interface AdaptiveRules {
  readonly min: number;
  readonly max: number;
  /** How many times the lowest latency is too long. Above 1. */
  readonly tolerance: number;
}

/** A limit that finds itself, after a round. Latencies are in milliseconds. */
export interface AdaptiveState {
  /** A whole number. */
  readonly limit: number;
  /** The lowest median of a round since the limit was cut last; `Infinity` before the first round. */
  readonly lowestMs: number;
  /** That of the time between the last two cuts. */
  readonly lowestBeforeMs: number;
  /** Rounds since the last look. */
  readonly rounds: number;
  /** Where a look began that is under way. */
  readonly look: Look | undefined;
}

/** A look at how quick the server is with fewer requests. */
export interface Look {
  /** The limit that it began with, and the median under it. */
  readonly limit: number;
  readonly medianMs: number;
  /** That of the round before. */
  readonly lastMs: number;
}

/** What was seen of the requests of a round: as many as the limit is, or some more, all begun after the limit was last set. */
export interface Round {
  /** To the answer's head, of answers that are not refusals; `undefined` where there were none. */
  readonly medianMs: number | undefined;
  /** How many were refused, or had no answer in time. */
  readonly refused: number;
  /** How many were under way at once. */
  readonly mostInFlight: number;
}

/** What a round has done to the limit. */
export type Adjustment =
  | 'cut-after-refusals'
  | 'cut-after-delay'
  | 'cut-after-look'
  | 'look'
  | 'restored'
  | 'raised'
  | 'not-used'
  | 'at-most';

interface Adjusted {
  readonly state: AdaptiveState;
  readonly adjustment: Adjustment;
}

/** After so many rounds there is a look: with the one or two rounds that it takes 2 to 4 % of them. */
const LOOK_AFTER = 50;

/** Where a limit begins. The first look comes soon: where that is beyond what the server can do, its latencies are those of a queue, and there is nothing to tell it by. */
export function adaptiveStart(limit: number): AdaptiveState {
  return { limit, lowestMs: Number.POSITIVE_INFINITY, lowestBeforeMs: Number.POSITIVE_INFINITY, rounds: LOOK_AFTER - 3, look: undefined };
}

/**
 * The limit of the next round: additive increase, multiplicative decrease, as TCP does, with delay as the sign (Vegas) besides refusals. The first row that applies:
 *
 * | the round                                           | the limit                                                                             |
 * | --------------------------------------------------- | ------------------------------------------------------------------------------------- |
 * | had a refusal                                       | is divided by `tolerance`, at least `min`                                             |
 * | was a look, and took less in proportion             | is divided again: what was taken away had only stood in a queue                       |
 * | was a look, and did not                             | is what it was or, where that took `tolerance` times as long, what does without a queue |
 * | took `tolerance` times as long as the fastest round | is divided by `tolerance`                                                             |
 * | did not use the limit                               | stays: nothing was learned of more                                                    |
 * | is the 50th since the last look                     | is divided by `tolerance`: a look                                                     |
 * | else                                                | is one more, at most `max`                                                            |
 *
 * A server that does `n` at a time without a queue takes `tolerance` times as long at `tolerance * n`: divided by `tolerance` the limit is at `n` again. So it moves between what
 * the server can do and that many times as much, and lets the queue run empty with each cut: the fastest round is seen anew, and need not be remembered for longer than from one
 * cut to the next. Where the server has become slower for good, two cuts are enough to forget that it was not. Looks find out where the fastest round that is known was one of a queue.
 */
export function adjust(state: AdaptiveState, { medianMs, refused, mostInFlight }: Round, rules: AdaptiveRules): Adjusted {
  if (refused > 0 || medianMs === undefined) return { state: cut(state, rules, medianMs), adjustment: 'cut-after-refusals' };
  if (state.look !== undefined) return afterLook(state, state.look, medianMs, rules);
  if (medianMs > rules.tolerance * Math.min(state.lowestMs, state.lowestBeforeMs)) {
    return { state: cut(state, rules, medianMs), adjustment: 'cut-after-delay' };
  }
  const known = { ...state, lowestMs: Math.min(state.lowestMs, medianMs), rounds: state.rounds + 1 };
  if (mostInFlight < state.limit) return { state: known, adjustment: 'not-used' };
  if (known.rounds >= LOOK_AFTER && state.limit > rules.min) {
    const look = { limit: state.limit, medianMs, lastMs: medianMs };
    return { state: { ...known, limit: divided(state.limit, rules), look }, adjustment: 'look' };
  }
  if (state.limit >= rules.max) return { state: known, adjustment: 'at-most' };
  return { state: { ...known, limit: state.limit + 1 }, adjustment: 'raised' };
}

function afterLook(state: AdaptiveState, look: Look, medianMs: number, rules: AdaptiveRules): Adjusted {
  // Half way between as long as before and as much less as there are fewer.
  const isInProportion = medianMs <= (look.lastMs * (1 + 1 / rules.tolerance)) / 2;
  if (isInProportion && state.limit > rules.min) {
    return { state: { ...state, limit: divided(state.limit, rules), look: { ...look, lastMs: medianMs } }, adjustment: 'look' };
  }
  const seen = { lowestMs: medianMs, lowestBeforeMs: medianMs, rounds: 0, look: undefined };
  if (look.medianMs <= rules.tolerance * medianMs) return { state: { ...seen, limit: look.limit }, adjustment: 'restored' };
  // Little's law: as many as it answers in the time that one takes.
  return {
    state: { ...seen, limit: Math.max(rules.min, Math.floor((look.limit * medianMs) / look.medianMs)) },
    adjustment: 'cut-after-look',
  };
}

function cut(state: AdaptiveState, rules: AdaptiveRules, medianMs = Number.POSITIVE_INFINITY): AdaptiveState {
  return {
    limit: divided(state.limit, rules),
    lowestMs: Number.POSITIVE_INFINITY,
    lowestBeforeMs: Math.min(state.lowestMs, medianMs),
    rounds: state.rounds + 1,
    look: undefined,
  };
}

function divided(limit: number, { min, tolerance }: AdaptiveRules): number {
  return Math.max(min, Math.floor(limit / tolerance));
}
