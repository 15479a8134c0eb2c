import { getEventListeners } from 'node:events';

import type { Clock } from '@roundtripper/core';
import { TestClock } from '@roundtripper/testing';
import { expect, test } from 'vitest';

import { itself } from '../test/scripted.ts';
import { wait } from './wait.ts';

/** A clock whose timers come so much too early, or after so long at the latest. */
function hasty(clock: TestClock, earlyMs: number, mostMs = Number.POSITIVE_INFINITY): Clock {
  return {
    nowMs: () => clock.nowMs(),
    monotonicMs: () => clock.monotonicMs(),
    after: (delayMs, callback) => clock.after(Math.min(mostMs, Math.max(0.25, delayMs - earlyMs)), callback),
  };
}

test.for([
  { fact: 'as it should', earlyMs: 0, mostMs: 1e9 },
  { fact: 'a little too early', earlyMs: 0.5, mostMs: 1e9 },
  { fact: 'after 100 ms at the latest', earlyMs: 0, mostMs: 100 },
])('a timer that comes $fact is no reason to come back early', async ({ earlyMs, mostMs }) => {
  const clock = new TestClock();
  let endedMs = -1;
  const pending = wait(1_000, hasty(clock, earlyMs, mostMs), undefined).then(() => (endedMs = clock.monotonicMs()));
  await clock.advance(2_000);
  await pending;
  expect(endedMs).toBeGreaterThanOrEqual(1_000);
  expect(endedMs).toBeLessThan(1_002);
});

test('a signal ends it, also where the timer was set anew, and nothing is left', async () => {
  const clock = new TestClock();
  const controller = new AbortController();
  const thrown = wait(1_000, hasty(clock, 0, 100), controller.signal).catch(itself);
  await clock.advance(550);
  controller.abort('why');
  expect([await thrown, clock.pendingTimers, getEventListeners(controller.signal, 'abort').length]).toEqual(['why', 0, 0]);
});

test('a signal that was aborted before ends it at once', async () => {
  const clock = new TestClock();
  expect([await wait(1_000, clock, AbortSignal.abort('why')).catch(itself), clock.pendingTimers]).toEqual(['why', 0]);
});
