import { promotedBytes } from '@roundtripper/testing';
import { expect, test } from 'vitest';

import { TestWant } from '../../test/pool-bench.ts';
import { WantQueue } from './want-queue.ts';

function queueOf(...wants: TestWant[]): WantQueue {
  const queue = new WantQueue();
  for (const want of wants) queue.add(want, undefined, undefined);
  return queue;
}

test('whoever leaves, the others keep their order', () => {
  const [first, second, third] = [new TestWant(), new TestWant(), new TestWant()];
  for (const [leaves, stay] of [
    [first, [second, third]],
    [second, [first, third]],
    [third, [first, second]],
  ] as const) {
    const queue = queueOf(first, second, third);
    expect([queue.delete(leaves), queue.delete(leaves), queue.size, [...queue]]).toEqual([true, false, 2, stay]);
    queue.add(leaves, undefined, undefined);
    expect([...queue]).toEqual([...stay, leaves]);
    for (const want of queue) queue.delete(want);
    expect([queue.size, queue.waitingCount, queue.firstWaiting()]).toEqual([0, 0, undefined]);
  }
});

test('who looks through it meets those that come meanwhile, and none that has left', () => {
  const [first, second, third, late] = [new TestWant(), new TestWant(), new TestWant(), new TestWant()];
  const queue = queueOf(first, second, third);
  const met: TestWant[] = [];
  for (const want of queue) {
    if (want instanceof TestWant) met.push(want);
    if (want !== first) continue;
    queue.delete(first);
    queue.delete(second);
    queue.add(late, undefined, undefined);
  }
  expect(met).toEqual([first, third, late]);
});

test('one that was emptied meanwhile and filled again is looked through on', () => {
  const [first, second, late] = [new TestWant(), new TestWant(), new TestWant()];
  const queue = queueOf(first, second);
  const met: unknown[] = [];
  for (const want of queue) {
    met.push(want);
    if (want === late) continue;
    for (const each of [first, second]) queue.delete(each);
    if (!queue.has(late)) queue.add(late, undefined, undefined);
  }
  expect(met).toEqual([first, late]);
});

test('nobody who has left is kept by who came before', () => {
  const queue = new WantQueue();
  const waiting: TestWant[] = [];
  const bytes = promotedBytes(() => {
    const want = new TestWant();
    want.error = Array.from({ length: 100 }, () => 1.5);
    queue.add(want, undefined, undefined);
    waiting.push(want);
    const [oldest] = waiting;
    if (waiting.length <= 50 || oldest === undefined) return;
    waiting.shift();
    queue.delete(oldest);
  });
  expect(bytes).toBeLessThan(500_000);
});
