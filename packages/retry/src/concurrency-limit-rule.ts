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
export type Adjustment = 'cut-after-refusals' | 'cut-after-delay' | 'raised' | 'not-used' | 'at-most';

/** Where a limit begins. */
export function adaptiveStart(limit: number): AdaptiveState {
  return { limit, lowestMs: Number.POSITIVE_INFINITY, lowestBeforeMs: Number.POSITIVE_INFINITY };
}

/**
 * The limit of the next round: additive increase, multiplicative decrease, as TCP does, with delay as the sign (Vegas) besides refusals.
 *
 * | the round                                                      | the limit                                     |
 * | -------------------------------------------------------------- | --------------------------------------------- |
 * | had a refusal                                                  | is divided by `tolerance`, at least `min`     |
 * | took `tolerance` times as long as the fastest round            | the same                                      |
 * | did not use the limit                                          | stays: nothing was learned of more            |
 * | else                                                           | is one more, at most `max`                    |
 *
 * A server that does `n` at a time without a queue takes `tolerance` times as long at `tolerance * n`: divided by `tolerance` the limit is at `n` again. So it moves between what
 * the server can do and that many times as much, never leaves the server idle, and lets the queue run empty with each cut: the fastest round is seen anew, and need not be
 * remembered for longer than from one cut to the next. Where the server has become slower for good, two cuts are enough to forget that it was not.
 */
export function adjust(
  state: AdaptiveState,
  round: Round,
  rules: AdaptiveRules,
): { readonly state: AdaptiveState; readonly adjustment: Adjustment } {
  const medianMs = round.medianMs ?? Number.POSITIVE_INFINITY;
  const fastestMs = Math.min(state.lowestMs, state.lowestBeforeMs);
  if (round.refused > 0) return { state: cut(state, rules, medianMs), adjustment: 'cut-after-refusals' };
  if (round.medianMs !== undefined && medianMs > rules.tolerance * fastestMs) {
    return { state: cut(state, rules, medianMs), adjustment: 'cut-after-delay' };
  }
  const known = { ...state, lowestMs: Math.min(state.lowestMs, medianMs) };
  if (round.mostInFlight < state.limit) return { state: known, adjustment: 'not-used' };
  if (state.limit >= rules.max) return { state: known, adjustment: 'at-most' };
  return { state: { ...known, limit: state.limit + 1 }, adjustment: 'raised' };
}

function cut({ limit, lowestMs }: AdaptiveState, { min, tolerance }: AdaptiveRules, medianMs: number): AdaptiveState {
  return {
    limit: Math.max(min, Math.floor(limit / tolerance)),
    lowestMs: Number.POSITIVE_INFINITY,
    lowestBeforeMs: Math.min(lowestMs, medianMs),
  };
}
