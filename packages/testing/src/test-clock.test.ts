import { expect, test } from 'vitest';

import { TestClock } from './test-clock.ts';

test('time stands still until it is moved, and then both clocks move', async () => {
  const clock = new TestClock(1_000);
  expect([clock.nowMs(), clock.monotonicMs()]).toEqual([1_000, 0]);
  await clock.advance(250);
  expect([clock.nowMs(), clock.monotonicMs()]).toEqual([1_250, 250]);
});

test('a call is made at its time, not before', async () => {
  const clock = new TestClock(0);
  const calls: number[] = [];
  clock.after(10, () => calls.push(clock.monotonicMs()));
  await clock.advance(9);
  expect(calls).toEqual([]);
  await clock.advance(50);
  expect(calls).toEqual([10]);
  expect(clock.nowMs()).toBe(59);
});

test('calls come in the order in which they are due, and of two at once the first asked for comes first', async () => {
  const clock = new TestClock();
  const calls: string[] = [];
  clock.after(20, () => calls.push('later'));
  clock.after(10, () => calls.push('first'));
  clock.after(10, () => calls.push('second'));
  clock.after(0, () => calls.push('at once'));
  await clock.advance(20);
  expect(calls).toEqual(['at once', 'first', 'second', 'later']);
});

test('a call that a call asks for is made in the same move where it is due by its end', async () => {
  const clock = new TestClock();
  const calls: number[] = [];
  const again = (): void => {
    calls.push(clock.monotonicMs());
    clock.after(10, again);
  };
  clock.after(10, again);
  await clock.advance(35);
  expect(calls).toEqual([10, 20, 30]);
  expect(clock.pendingTimers).toBe(1);
});

test('whatever a call sets going by promises is done before the next call', async () => {
  const clock = new TestClock();
  const steps: string[] = [];
  clock.after(1, () => {
    void (async () => {
      for (let step = 0; step < 50; step++) await Promise.resolve();
      await new Promise((resolve) => {
        process.nextTick(resolve);
      });
      await Promise.resolve();
      steps.push('reactions');
    })();
  });
  clock.after(2, () => steps.push('next call'));
  await clock.advance(2);
  expect(steps).toEqual(['reactions', 'next call']);
});

test('what was set going before the move asks for its calls first', async () => {
  const clock = new TestClock();
  const calls: number[] = [];
  void Promise.resolve().then(() => clock.after(5, () => calls.push(clock.monotonicMs())));
  await clock.advance(10);
  expect(calls).toEqual([5]);
});

test('a cancelled call is not made, and cancelling it late or twice does no harm', async () => {
  const clock = new TestClock();
  let calls = 0;
  const timer = clock.after(10, () => calls++);
  const made = clock.after(5, () => calls++);
  timer.unref();
  timer.cancel();
  timer.cancel();
  expect(clock.pendingTimers).toBe(1);
  await clock.advance(10);
  made.cancel();
  expect([calls, clock.pendingTimers]).toEqual([1, 0]);
});

test('a jump of the wall clock moves nothing else', async () => {
  const clock = new TestClock(0);
  let calls = 0;
  clock.after(1_000, () => calls++);
  clock.jumpWallClock(3_600_000);
  await clock.advance(0);
  expect([clock.nowMs(), clock.monotonicMs(), calls]).toEqual([3_600_000, 0, 0]);
  clock.jumpWallClock(-7_200_000);
  await clock.advance(1_000);
  expect([clock.nowMs(), calls]).toEqual([-3_599_000, 1]);
});

test('what a call throws fails the move, and the rest stays pending', async () => {
  const clock = new TestClock();
  const calls: string[] = [];
  clock.after(1, () => {
    throw new Error('the call failed');
  });
  clock.after(2, () => calls.push('rest'));
  await expect(clock.advance(5)).rejects.toThrow('the call failed');
  expect([clock.monotonicMs(), clock.pendingTimers]).toEqual([1, 1]);
  await clock.advance(5);
  expect(calls).toEqual(['rest']);
});

test.for([-1, Number.NaN, Number.POSITIVE_INFINITY])('time does not move by %s', async (ms) => {
  await expect(new TestClock().advance(ms)).rejects.toThrow(RangeError);
});

test('two moves at once are refused', async () => {
  const clock = new TestClock();
  const first = clock.advance(1);
  await expect(clock.advance(1)).rejects.toThrow('await the first');
  await first;
});

test('a call that asks for itself without a delay is found out', async () => {
  const clock = new TestClock();
  const again = (): void => void clock.after(0, again);
  again();
  await expect(clock.advance(1)).rejects.toThrow('without a delay');
});
