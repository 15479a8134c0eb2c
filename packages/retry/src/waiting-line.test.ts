import { getEventListeners } from 'node:events';

import { TestClock } from '@roundtripper/testing';
import { expect, test } from 'vitest';

import { WaitingLine } from './waiting-line.ts';

function lineOf(limitMs?: number) {
  const clock = new TestClock();
  const line = new WaitingLine();
  const done: string[] = [];
  const wait = (name: string, signal?: AbortSignal): void => {
    const limit = limitMs === undefined ? undefined : { ms: limitMs, makeError: () => new Error('too long') };
    line.wait({ signal, clock, limit, onLeave: () => done.push(`${name} left`) }).then(
      () => done.push(name),
      (error: unknown) => done.push(`${name}: ${error instanceof Error ? error.message : String(error)}`),
    );
  };
  return { clock, line, done, wait };
}

test('first come, first served', async () => {
  const { clock, line, done, wait } = lineOf();
  for (const name of ['a', 'b', 'c']) wait(name);
  expect([line.size, line.letIn(), line.letIn(), line.size]).toEqual([3, true, true, 1]);
  await clock.advance(0);
  expect([done, line.letIn(), line.letIn()]).toEqual([['a', 'b'], true, false]);
  await clock.advance(0);
  expect([done, line.size]).toEqual([['a', 'b', 'c'], 0]);
});

test('who is cancelled leaves at once, from the middle too, and takes nobody’s turn', async () => {
  const { clock, line, done, wait } = lineOf();
  const controller = new AbortController();
  wait('a');
  wait('b', controller.signal);
  wait('c');
  controller.abort(new Error('enough'));
  await clock.advance(0);
  expect([line.size, line.letIn(), line.letIn()]).toEqual([2, true, true]);
  await clock.advance(0);
  expect(done).toEqual(['b left', 'b: enough', 'a', 'c']);
});

test('who has waited for too long leaves, and not before', async () => {
  const { clock, line, done, wait } = lineOf(50);
  wait('a');
  await clock.advance(20);
  wait('b');
  await clock.advance(29);
  expect([done, line.size]).toEqual([[], 2]);
  await clock.advance(1);
  expect([done, line.size, line.letIn()]).toEqual([['a left', 'a: too long'], 1, true]);
  await clock.advance(1_000);
  expect([done.at(-1), clock.pendingTimers]).toEqual(['b', 0]);
});

test('who was let in hears of neither its signal nor its limit any more', async () => {
  const { clock, line, done, wait } = lineOf(50);
  const controller = new AbortController();
  wait('a', controller.signal);
  line.letIn();
  expect([getEventListeners(controller.signal, 'abort').length, clock.pendingTimers]).toEqual([0, 0]);
  controller.abort();
  await clock.advance(100);
  expect(done).toEqual(['a']);
});
