import { expect, test, vi } from 'vitest';

import { assertNever } from './assert-never.ts';
import { systemClock } from './clock.ts';

test('now is now, and durations do not go back', () => {
  expect(Math.abs(systemClock.nowMs() - Date.now())).toBeLessThan(1_000);
  const before = systemClock.monotonicMs();
  expect(systemClock.monotonicMs()).toBeGreaterThanOrEqual(before);
});

test('a call comes once, and not when it was cancelled', () => {
  vi.useFakeTimers();
  const called = vi.fn();
  const timer = systemClock.after(50, called);
  systemClock.after(50, vi.fn()).cancel();
  vi.advanceTimersByTime(49);
  expect(called).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  timer.cancel();
  timer.cancel();
  expect(called).toHaveBeenCalledTimes(1);
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

test.for([Infinity, 2 ** 31, 2 ** 40])('a call in %d ms does not come at once', async (delayMs) => {
  const called = vi.fn();
  const timer = systemClock.after(delayMs, called);
  timer.unref();
  // A timer too long for Node fires after 1 ms.
  await new Promise((resolve) => setTimeout(resolve, 5));
  timer.cancel();
  expect(called).not.toHaveBeenCalled();
});

test('a value that should not be is shown', () => {
  // @ts-expect-error -- only a value outside its union comes here
  expect(() => assertNever('surprise')).toThrow('"surprise"');
});
