import { HttpHeaders } from '@roundtripper/core';
import { expect, test } from 'vitest';

import { currentAge, initialAge } from './age.ts';
import { dateOf } from './freshness.ts';
import { responseFields } from './response-fields.ts';
import type { Moment } from './stored-response.ts';

const NOW = Date.UTC(2026, 0, 1);
const moment = (wallMs: number, monotonicMs: number = wallMs): Moment => ({ wallMs: NOW + wallMs, monotonicMs });
const at = (ms: number): string => new Date(NOW + ms).toUTCString();

test.for<[string, Record<string, string | string[]>, Moment, number]>([
  ['just made and at once here', { date: at(0) }, moment(0), 0],
  ['no Date', {}, moment(0), 0],
  ['the way here counts', { date: at(3_000) }, moment(3_000), 3_000],
  ['by Date', { date: at(-60_000) }, moment(0), 60_000],
  ['a Date of the future is no negative age', { date: at(3_600_000) }, moment(0), 0],
  ['by Age', { date: at(0), age: '60' }, moment(0), 60_000],
  ['Age and the way here', { date: at(0), age: '60' }, moment(2_000), 62_000],
  ['the larger of both', { date: at(-90_000), age: '60' }, moment(0), 90_000],
  ['the first of several', { date: at(0), age: ['7', '60'] }, moment(0), 7_000],
  ['a negative Age says nothing', { date: at(0), age: '-60' }, moment(0), 0],
  ['nor does another that is no number', { date: at(0), age: '1.5' }, moment(0), 0],
  ['a huge Age is 68 years', { date: at(0), age: '9'.repeat(40) }, moment(0), 2 ** 31 * 1_000],
  ['a wall clock that was set back on the way', { age: '1' }, moment(-3_600_000, 2_000), 3_000],
])('on arrival: %s', ([, said, receivedAt, expected]) => {
  const fields = responseFields(new HttpHeaders(said));
  const dateMs = dateOf(fields, receivedAt.wallMs);
  expect(initialAge(fields, dateMs, { requestedAtMs: 0, receivedAt })).toBe(expected);
});

test.for<[string, Moment, number]>([
  ['at once', moment(0), 5_000],
  ['later', moment(10_000), 15_000],
  ['the machine slept', moment(3_600_000, 10), 3_605_000],
  ['the wall clock was set back', moment(-3_600_000, 10_000), 15_000],
  ['both clocks went back', moment(-10_000, -10_000), 5_000],
])('in the store: %s', ([, now, expected]) => {
  expect(currentAge({ initialAgeMs: 5_000, receivedAtMs: NOW, receivedMonotonicMs: 0 }, now)).toBe(expected);
});

test.for<[string, number, number]>([
  ['later', 10_000, 15_000],
  ['a clock that is a little behind', -30_000, 5_000],
  ['a clock that was set back: nobody knows', -3_600_000, Number.POSITIVE_INFINITY],
])('stored by another process: %s', ([, wallMs, expected]) => {
  expect(currentAge({ initialAgeMs: 5_000, receivedAtMs: NOW, receivedMonotonicMs: undefined }, moment(wallMs, 7))).toBe(expected);
});
