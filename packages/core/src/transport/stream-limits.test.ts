import { describe, expect, test } from 'vitest';

import { StreamLimits } from './stream-limits.ts';

describe('how many streams a new connection may open before its server has spoken', () => {
  test.for([
    { fact: 'a server that was never heard: 100', told: [], assumed: 100 },
    { fact: 'what it said last', told: [7, 5], assumed: 5 },
    { fact: 'no more than of one that was never heard', told: [1_000], assumed: 100 },
    { fact: 'one that was small once and is not any more', told: [5, 100], assumed: 100 },
    { fact: 'one where it took none, which it may do by now', told: [0], assumed: 1 },
  ])('$fact', ({ told, assumed }) => {
    const limits = new StreamLimits();
    for (const streams of told) limits.learn('a', streams);
    expect(limits.assumedFor('a')).toBe(assumed);
    expect(limits.assumedFor('b')).toBe(100);
  });

  test('a thousand routes are remembered, the latest', () => {
    const limits = new StreamLimits();
    for (let route = 0; route < 1_001; route++) limits.learn(String(route), 5);
    expect([limits.assumedFor('0'), limits.assumedFor('1'), limits.assumedFor('1000')]).toEqual([100, 5, 5]);
  });
});
