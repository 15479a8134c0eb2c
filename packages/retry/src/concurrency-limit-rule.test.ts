import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { adaptiveStart, adjust, type AdaptiveRules, type AdaptiveState, type Look, type Round } from './concurrency-limit-rule.ts';

const rules: AdaptiveRules = { min: 2, max: 50, tolerance: 2 };
const state: AdaptiveState = { limit: 20, lowestMs: 10, lowestBeforeMs: 12, rounds: 5, look: undefined };
/** Under way, after one cut from 20 to 10. */
const look: Look = { limit: 20, medianMs: 40, lastMs: 40 };
const full: Round = { medianMs: 11, refused: 0, mostInFlight: 20 };

test.for<{ fact: string; state?: Partial<AdaptiveState>; round: Partial<Round>; becomes: Partial<AdaptiveState>; adjustment: string }>([
  { fact: 'a round that used the limit raises it by one', round: {}, becomes: { limit: 21, lowestMs: 10 }, adjustment: 'raised' },
  { fact: 'one that did not leaves it', round: { mostInFlight: 19 }, becomes: { limit: 20 }, adjustment: 'not-used' },
  { fact: 'at max it stays', state: { limit: 50 }, round: { mostInFlight: 50 }, becomes: { limit: 50 }, adjustment: 'at-most' },
  { fact: 'a faster round than any is remembered', round: { medianMs: 8 }, becomes: { limit: 21, lowestMs: 8 }, adjustment: 'raised' },
  { fact: 'just tolerance times the fastest is not too long', round: { medianMs: 20 }, becomes: { limit: 21 }, adjustment: 'raised' },
  {
    fact: 'longer is: the limit is divided, and the fastest of before is remembered as that',
    round: { medianMs: 21 },
    becomes: { limit: 10, lowestMs: Number.POSITIVE_INFINITY, lowestBeforeMs: 10 },
    adjustment: 'cut-after-delay',
  },
  {
    fact: 'between two cuts that of before the last one counts, too',
    state: { lowestMs: 30, lowestBeforeMs: 10 },
    round: { medianMs: 21 },
    becomes: { limit: 10, lowestBeforeMs: 21 },
    adjustment: 'cut-after-delay',
  },
  {
    fact: 'a refusal cuts it, however quick the others were',
    round: { refused: 1 },
    becomes: { limit: 10 },
    adjustment: 'cut-after-refusals',
  },
  {
    fact: 'also where the limit was not used',
    round: { refused: 1, mostInFlight: 1 },
    becomes: { limit: 10 },
    adjustment: 'cut-after-refusals',
  },
  { fact: 'nothing but refusals', round: { refused: 9, medianMs: undefined }, becomes: { limit: 10 }, adjustment: 'cut-after-refusals' },
  { fact: 'it is never below min', state: { limit: 3 }, round: { refused: 1 }, becomes: { limit: 2 }, adjustment: 'cut-after-refusals' },
  {
    fact: 'the 50th round since the last look begins one',
    state: { rounds: 49 },
    round: { medianMs: 15 },
    becomes: { limit: 10, look: { limit: 20, medianMs: 15, lastMs: 15 } },
    adjustment: 'look',
  },
  {
    fact: 'not where the limit was not used',
    state: { rounds: 49 },
    round: { mostInFlight: 3 },
    becomes: { limit: 20 },
    adjustment: 'not-used',
  },
  {
    fact: 'nor where there is nothing to take away',
    state: { rounds: 49, limit: 2 },
    round: { mostInFlight: 2 },
    becomes: { limit: 3 },
    adjustment: 'raised',
  },
  {
    fact: 'a look at what takes half as long goes on',
    state: { limit: 10, look },
    round: { medianMs: 20 },
    becomes: { limit: 5, look: { limit: 20, medianMs: 40, lastMs: 20 } },
    adjustment: 'look',
  },
  {
    fact: 'one at what takes as long ends it, and where all that took long was the queue the limit is what does without one',
    state: { limit: 5, look: { ...look, lastMs: 10 } },
    round: { medianMs: 10 },
    becomes: { limit: 5, lowestMs: 10, lowestBeforeMs: 10, rounds: 0, look: undefined },
    adjustment: 'cut-after-look',
  },
  {
    fact: 'where it was quick enough the limit is what it was',
    state: { limit: 10, look: { ...look, medianMs: 12, lastMs: 12 } },
    round: { medianMs: 10 },
    becomes: { limit: 20, lowestMs: 10, rounds: 0, look: undefined },
    adjustment: 'restored',
  },
  {
    fact: 'a look ends at min',
    state: { limit: 2, look: { limit: 4, medianMs: 40, lastMs: 40 } },
    round: { medianMs: 19 },
    becomes: { limit: 2, look: undefined },
    adjustment: 'cut-after-look',
  },
  {
    fact: 'a refusal ends a look',
    state: { look },
    round: { refused: 1 },
    becomes: { limit: 10, look: undefined },
    adjustment: 'cut-after-refusals',
  },
  {
    fact: 'the first round has nothing to be compared with',
    state: adaptiveStart(20),
    round: { medianMs: 500 },
    becomes: { limit: 21, lowestMs: 500 },
    adjustment: 'raised',
  },
])('$fact', ({ state: given, round, becomes, adjustment }) => {
  const after = adjust({ ...state, ...given }, { ...full, ...round }, rules);
  expect(after.adjustment).toBe(adjustment);
  expect(after.state).toMatchObject(becomes);
});

test('a server that has become slower for good costs two cuts', () => {
  let current = state;
  const adjustments = Array.from({ length: 4 }, () => {
    const { state: next, adjustment } = adjust(current, { medianMs: 40, refused: 0, mostInFlight: current.limit }, rules);
    current = next;
    return adjustment;
  });
  expect(adjustments).toEqual(['cut-after-delay', 'cut-after-delay', 'raised', 'raised']);
});

test('whatever comes, the limit is a whole number from min to max, one round moves it by one up or by tolerance down, or ends a look', () => {
  const round = fc.record({
    medianMs: fc.option(fc.double({ min: 0.1, max: 1e5, noNaN: true }), { nil: undefined }),
    refused: fc.integer({ min: 0, max: 3 }),
    mostInFlight: fc.integer({ min: 0, max: 100 }),
  });
  fc.assert(
    fc.property(fc.array(round, { maxLength: 100 }), (rounds) => {
      let current = adaptiveStart(20);
      for (const each of rounds) {
        const { state: next } = adjust(current, each, rules);
        expect(Number.isInteger(next.limit) && next.limit >= rules.min && next.limit <= rules.max).toBe(true);
        if (current.look === undefined) {
          expect([current.limit, current.limit + 1, Math.max(rules.min, Math.floor(current.limit / 2))]).toContain(next.limit);
        } else expect(next.limit).toBeLessThanOrEqual(current.look.limit);
        current = next;
      }
    }),
  );
});
