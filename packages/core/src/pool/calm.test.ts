import { describe, expect, test } from 'vitest';

import { afterAsking, afterExchange, afterOpening, afterTurningAway, isUntried, pauseLeftMs, pauseMs, type Calm } from './calm.ts';

const holding = (asked: number, untilMs: number): Calm => ({ kind: 'holding', asked, untilMs });
const trying = (asked: number, untilMs: number): Calm => ({ kind: 'trying', asked, untilMs });
const served = (asked: number, sinceMs: number): Calm => ({ kind: 'served', asked, sinceMs });

test.for([
  { asked: 1, least: 125, most: 250 },
  { asked: 2, least: 250, most: 500 },
  { asked: 3, least: 500, most: 1_000 },
  { asked: 5, least: 2_000, most: 4_000 },
  { asked: 6, least: 4_000, most: 8_000 },
  { asked: 7, least: 4_000, most: 8_000 },
  { asked: 5_000, least: 4_000, most: 8_000 },
])('a server that asks for the $asked. time has $least to $most ms', ({ asked, least, most }) => {
  expect([pauseMs(asked, 0), pauseMs(asked, 1)]).toEqual([least, most]);
});

describe('the server asks for calm', () => {
  test.for<{ fact: string; before: Calm | undefined; nowMs: number; after: Calm }>([
    { fact: 'for the first time', before: undefined, nowMs: 1_000, after: holding(1, 1_250) },
    { fact: 'in the pause: once more, and the same pause from now on', before: holding(1, 1_250), nowMs: 1_249, after: holding(1, 1_499) },
    { fact: 'in a pause that ends later', before: holding(1, 1_500), nowMs: 1_000, after: holding(1, 1_500) },
    { fact: 'after the pause', before: holding(1, 1_250), nowMs: 1_250, after: holding(2, 1_750) },
    { fact: 'as soon as it is tried', before: trying(2, 9_000), nowMs: 1_000, after: holding(3, 2_000) },
    { fact: 'although it has served', before: served(3, 0), nowMs: 1_000, after: holding(4, 3_000) },
  ])('$fact', ({ before, nowMs, after }) => {
    expect(afterAsking(before, nowMs, 1)).toEqual(after);
  });
});

describe('a connection turns away what it was to serve', () => {
  test.for<{ fact: string; before: Calm | undefined; nowMs: number; after: Calm }>([
    { fact: 'for the first time: one is opened at once', before: undefined, nowMs: 1_000, after: holding(0, 1_000) },
    { fact: 'and others do, that were there before', before: holding(0, 1_000), nowMs: 1_200, after: holding(0, 1_000) },
    { fact: 'in a pause that the server has asked for', before: holding(2, 1_500), nowMs: 1_000, after: holding(2, 1_500) },
    { fact: 'and the one that was opened then does, too', before: trying(0, 1_250), nowMs: 1_001, after: holding(1, 1_251) },
    { fact: 'and the next', before: trying(1, 1_500), nowMs: 1_300, after: holding(2, 1_800) },
    { fact: 'after others have served: one is opened at once', before: served(2, 0), nowMs: 1_000, after: holding(2, 1_000) },
  ])('$fact', ({ before, nowMs, after }) => {
    expect(afterTurningAway(before, nowMs, 1)).toEqual(after);
  });
});

describe('a connection is opened', () => {
  test.for<{ fact: string; before: Calm; after: Calm }>([
    { fact: 'that was dialled before the pause: it goes on', before: holding(2, 1_001), after: holding(2, 1_001) },
    { fact: 'after the pause: the next has to wait', before: holding(2, 1_000), after: trying(2, 1_500) },
    { fact: 'after another: the next has to wait', before: trying(2, 1_000), after: trying(2, 1_500) },
    { fact: 'after one was turned away: the next has to wait', before: holding(0, 1_000), after: trying(0, 1_250) },
    { fact: 'once it has served: as ever', before: served(2, 0), after: served(2, 0) },
  ])('$fact', ({ before, after }) => {
    expect(afterOpening(before, 1_000, 1)).toEqual(after);
  });
});

describe('an exchange comes to its end', () => {
  test.for<{ fact: string; before: Calm; nowMs: number; after: Calm | undefined }>([
    { fact: 'in the pause, which goes on: it began before', before: holding(1, 250), nowMs: 249, after: holding(1, 250) },
    { fact: 'after the pause', before: holding(1, 250), nowMs: 250, after: served(1, 250) },
    { fact: 'on a connection that was opened since', before: trying(1, 500), nowMs: 300, after: served(1, 300) },
    { fact: 'like others for half a minute', before: served(1, 300), nowMs: 30_299, after: served(1, 300) },
    { fact: 'after that: all is forgotten', before: served(1, 300), nowMs: 30_300, after: undefined },
  ])('$fact', ({ before, nowMs, after }) => {
    expect(afterExchange(before, nowMs)).toEqual(after);
  });
});

test.for<{ calm: Calm | undefined; isSo: boolean; leftMs: number }>([
  { calm: undefined, isSo: false, leftMs: 0 },
  { calm: holding(1, 150), isSo: true, leftMs: 50 },
  { calm: holding(1, 99), isSo: true, leftMs: 0 },
  { calm: trying(1, 150), isSo: true, leftMs: 50 },
  { calm: served(1, 0), isSo: false, leftMs: 0 },
])('$calm: untried $isSo, and nothing is opened for $leftMs ms', ({ calm, isSo, leftMs }) => {
  expect([isUntried(calm), pauseLeftMs(calm, 100)]).toEqual([isSo, leftMs]);
});
