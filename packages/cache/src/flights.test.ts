import { promotedBytes } from '@roundtripper/testing';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { flightName, Flights, type Flight, type FlightName } from './flights.ts';

const GENERATION = 0;

test('a fetch is found by what it is for until it ends, and by nothing else of the same hash', () => {
  const flights = new Flights();
  const [one, other]: readonly FlightName[] = [
    { key: 'one', hash: 7 },
    { key: 'other', hash: 7 },
  ];
  if (one === undefined || other === undefined) throw new Error('two names');
  const flight = flights.begin(one, GENERATION);
  expect([flights.find(one, GENERATION), flights.find(other, GENERATION)]).toEqual([flight, undefined]);
  const second = flights.begin(other, GENERATION);
  expect([flights.find(one, GENERATION), flights.find(other, GENERATION)]).toEqual([flight, second]);
  flight.end();
  flight.end();
  expect([flights.find(one, GENERATION), flights.find(other, GENERATION)]).toEqual([undefined, second]);
});

test('of two for the same the later one is found, and it stays when the earlier one ends', () => {
  const flights = new Flights();
  const name = flightName('a');
  const earlier = flights.begin(name, GENERATION);
  const later = flights.begin(name, GENERATION + 1);
  expect([flights.find(name, GENERATION), flights.find(name, GENERATION + 1)]).toEqual([undefined, later]);
  earlier.end();
  expect(flights.find(name, GENERATION + 1)).toBe(later);
});

test('whose answer nobody could share is remembered until it can be shared', () => {
  const flights = new Flights();
  const [name, other] = [flightName('a'), flightName('b')];
  flights.learn(name, false);
  expect([name, other].map((each) => flights.isKnownNotShareable(each))).toEqual([true, false]);
  flights.learn(other, true);
  expect(flights.isKnownNotShareable(name)).toBe(true);
  flights.learn(name, true);
  expect(flights.isKnownNotShareable(name)).toBe(false);
});

/** Few hashes for many names, and more fetches than there are rows at first. */
const step = fc.record({ text: fc.nat({ max: 200 }), isBegun: fc.nat({ max: 3 }).map((one) => one > 0) });

test('whatever begins and ends, in whatever order, the last that was begun and has not ended is found', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 600, maxLength: 1_000 }), (steps) => {
      const flights = new Flights();
      const under = new Map<number, Flight[]>();
      const nameOf = (text: number): FlightName => ({ key: `${text}`, hash: -(text % 17) * 31 });
      for (const { text, isBegun } of steps) {
        const flying = under.get(text) ?? [];
        under.set(text, flying);
        if (isBegun || flying.length === 0) flying.push(flights.begin(nameOf(text), GENERATION));
        else flying.splice(flying.length >> 1, 1)[0]?.end();
        expect(flights.find(nameOf(text), GENERATION)).toBe(flying.at(-1));
      }
      for (const [text, flying] of under) expect(flights.find(nameOf(text), GENERATION)).toBe(flying.at(-1));
    }),
    { numRuns: 30 },
  );
});

test('nothing of a fetch that has ended is kept by those before it', () => {
  const flights = new Flights();
  const flying: Flight[] = [];
  let count = 0;
  const bytes = promotedBytes(() => {
    count += 1;
    flying.push(flights.begin(flightName(`http://example.com/${count}`.repeat(20)), GENERATION));
    if (flying.length > 50) flying.shift()?.end();
  });
  expect(bytes).toBeLessThan(500_000);
});
