import { expect, test, vi } from 'vitest';

import { emit, type TraceEvent } from './trace-event.ts';

const event: TraceEvent = { kind: 'queueEnd' };

test('the listener is told', () => {
  const listener = vi.fn();
  emit(listener, event);
  expect(listener.mock.calls).toEqual([[event]]);
});

test('without a listener nothing happens', () => expect(() => emit(undefined, event)).not.toThrow());

test('what a listener throws is dropped', () => {
  expect(() =>
    emit(() => {
      throw new Error('broken observer');
    }, event),
  ).not.toThrow();
});

test('what an async listener rejects with ends no process', async () => {
  const unhandled = vi.fn();
  process.on('unhandledRejection', unhandled);
  // oxlint-disable-next-line typescript/no-misused-promises -- the careless listener that this test is about
  emit(async () => {
    await Promise.resolve();
    throw new Error('broken observer');
  }, event);
  await new Promise((resolve) => setImmediate(resolve));
  process.off('unhandledRejection', unhandled);
  expect(unhandled).not.toHaveBeenCalled();
});
