import { TestClock } from '@roundtripper/testing';
import { expect, test } from 'vitest';

import { systemClock } from './clock.ts';
import { deadline } from './deadline.ts';

test('calls back once the time is over', async () => {
  const clock = new TestClock();
  let calls = 0;
  deadline(clock, 100, () => void (calls += 1));
  await clock.advance(99);
  expect(calls).toBe(0);
  await clock.advance(1);
  expect([calls, clock.pendingTimers]).toEqual([1, 0]);
});

test('can be cancelled before, at and after its time', async () => {
  const clock = new TestClock();
  let calls = 0;
  const early = deadline(clock, 100, () => void (calls += 1));
  early.cancel();
  const late = deadline(clock, 100, () => void (calls += 1));
  await clock.advance(100);
  late.cancel();
  expect([calls, clock.pendingTimers]).toEqual([1, 0]);
});

test('what was due meanwhile comes first, however late the timer is', async () => {
  const order: string[] = [];
  await new Promise<void>((resolve) => {
    deadline(systemClock, 1, () => {
      order.push('deadline');
      resolve();
    });
    // Stands for input that is there when the busy program comes back to its event loop.
    setImmediate(() => order.push('input'));
    const untilMs = performance.now() + 20;
    while (performance.now() < untilMs);
  });
  expect(order).toEqual(['input', 'deadline']);
});
