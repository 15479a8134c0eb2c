import { describe, expect, test } from 'vitest';

import { DEFAULT_GLITCH_LIMITS, GlitchBudget, type Glitch } from './glitch-budget.ts';

/** How many of so many are let pass before one is too much. */
function passing(count: number, isTooMuch: () => boolean): number {
  for (let passed = 0; passed < count; passed++) if (isTooMuch()) return passed;
  return count;
}

const KINDS: readonly Glitch[] = ['ignored-frame', 'late-frame', 'window-update', 'ping-ack', 'goaway'];

describe('by the figures of nghttp2', () => {
  test.for(KINDS)('10,000 of %s at once, and no more', (glitch) => {
    const budget = new GlitchBudget(DEFAULT_GLITCH_LIMITS, 5);
    expect(passing(400_000, () => budget.spend(glitch, 5))).toBe(10_000);
    expect(budget.spend(glitch, 5)).toBe(true);
  });

  test('of all kinds together', () => {
    const budget = new GlitchBudget(DEFAULT_GLITCH_LIMITS, 0);
    let count = 0;
    expect(passing(400_000, () => budget.spend(KINDS[count++ % KINDS.length] ?? 'goaway', 0))).toBe(10_000);
  });

  test('330 come free in a second, and never more than 10,000', () => {
    const budget = new GlitchBudget(DEFAULT_GLITCH_LIMITS, 0);
    passing(400_000, () => budget.spend('late-frame', 0));
    expect(passing(1_000, () => budget.spend('late-frame', 1_000))).toBe(330);
    expect(passing(1_000, () => budget.spend('late-frame', 1_500))).toBe(165);
    expect(passing(400_000, () => budget.spend('late-frame', 10_000_000))).toBe(10_000);
    expect(passing(400_000, () => budget.spend('late-frame', 20_000_000))).toBe(10_000);
  });

  test('300 a second can go on for ever', () => {
    const budget = new GlitchBudget(DEFAULT_GLITCH_LIMITS, 0);
    let count = 0;
    expect(passing(100_000, () => budget.spend('late-frame', (count++ / 300) * 1_000))).toBe(100_000);
  });

  test('1,000 resets at once, 33 in a second, besides the others', () => {
    const budget = new GlitchBudget(DEFAULT_GLITCH_LIMITS, 0);
    expect(passing(10_000, () => budget.spend('reset', 0))).toBe(1_000);
    expect(passing(10_000, () => budget.spend('reset', 1_000))).toBe(33);
    expect(passing(20_000, () => budget.spend('late-frame', 1_000))).toBe(10_000);
  });
});

test('100 empty DATA frames one after the other', () => {
  const budget = new GlitchBudget(DEFAULT_GLITCH_LIMITS, 0);
  expect(passing(400_000, () => budget.receivedData(true))).toBe(100);
  expect(budget.receivedData(false)).toBe(false);
  expect(passing(400_000, () => budget.receivedData(true))).toBe(100);
});

describe('a window update', () => {
  test('by 1 again and again is a glitch', () => {
    const budget = new GlitchBudget(DEFAULT_GLITCH_LIMITS, 0);
    expect(passing(400_000, () => budget.receivedWindowUpdate(1, 0))).toBe(10_000);
  });

  test('that gives back what was sent is none, of either window, in pieces of any size', () => {
    const budget = new GlitchBudget({ ...DEFAULT_GLITCH_LIMITS, burst: 0, perSecond: 0 }, 0);
    for (let sent = 0; sent < 1_000; sent++) {
      budget.sentData(16_384);
      expect(passing(64, () => budget.receivedWindowUpdate(256, 0))).toBe(64);
      expect(budget.receivedWindowUpdate(16_384, 0)).toBe(false);
    }
    expect(budget.receivedWindowUpdate(1, 0)).toBe(true);
  });

  test('that enlarges the window leaves what was sent to be given back', () => {
    const budget = new GlitchBudget({ ...DEFAULT_GLITCH_LIMITS, burst: 1, perSecond: 0 }, 0);
    budget.sentData(10);
    expect(budget.receivedWindowUpdate(2 ** 20, 0)).toBe(false);
    expect(passing(30, () => budget.receivedWindowUpdate(1, 0))).toBe(20);
  });
});

describe('what comes of a stream once', () => {
  test('is no glitch: four late frames and a reset for each that is opened', () => {
    const budget = new GlitchBudget({ ...DEFAULT_GLITCH_LIMITS, perSecond: 0, resetsPerSecond: 0 }, 0);
    for (let streams = 0; streams < 5_000; streams++) {
      budget.openedStream();
      expect(passing(4, () => budget.spend('late-frame', 0))).toBe(4);
      expect(budget.spend('reset', 0)).toBe(false);
    }
  });

  test('and no more than that', () => {
    const budget = new GlitchBudget({ ...DEFAULT_GLITCH_LIMITS, perSecond: 0, resetsPerSecond: 0 }, 0);
    passing(10_000, () => budget.spend('late-frame', 0));
    passing(1_000, () => budget.spend('reset', 0));
    budget.openedStream();
    expect(passing(9, () => budget.spend('late-frame', 0))).toBe(4);
    expect(passing(9, () => budget.spend('reset', 0))).toBe(1);
  });

  test('nor can more be saved up than there is at first', () => {
    const budget = new GlitchBudget(DEFAULT_GLITCH_LIMITS, 0);
    for (let streams = 0; streams < 5_000; streams++) budget.openedStream();
    expect(passing(20_000, () => budget.spend('late-frame', 0))).toBe(10_000);
    expect(passing(20_000, () => budget.spend('reset', 0))).toBe(1_000);
  });
});

describe('DATA of a stream that we have reset', () => {
  const NONE = { ...DEFAULT_GLITCH_LIMITS, burst: 0, perSecond: 0 };

  test('is no glitch as far as its window went', () => {
    const budget = new GlitchBudget(NONE, 0);
    expect(budget.receivedLateData(1, 0)).toBe(true);
    budget.sentReset(100, 1_000);
    expect(passing(20, () => budget.receivedLateData(9, 0))).toBe(11);
    expect(budget.receivedLateData(1, 0)).toBe(false);
    expect(budget.receivedLateData(1, 0)).toBe(true);
  });

  test('of all such streams together as far as the window of the connection went', () => {
    const budget = new GlitchBudget(NONE, 0);
    for (let streams = 0; streams < 50; streams++) budget.sentReset(100, 1_000);
    expect(passing(20, () => budget.receivedLateData(100, 0))).toBe(10);
  });

  test('and nothing else on it', () => {
    const budget = new GlitchBudget(NONE, 0);
    budget.sentReset(100, 1_000);
    expect(budget.receivedLateData(0, 0)).toBe(true);
  });
});

test('the figures can be others', () => {
  const budget = new GlitchBudget({ burst: 2, perSecond: 1, resetBurst: 1, resetsPerSecond: 0, maxEmptyData: 0 }, 0);
  expect([passing(9, () => budget.spend('goaway', 0)), passing(9, () => budget.spend('reset', 1e9)), budget.receivedData(true)]).toEqual([
    2,
    1,
    true,
  ]);
});
