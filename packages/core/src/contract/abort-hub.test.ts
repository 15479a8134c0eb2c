import { getEventListeners } from 'node:events';

import { promotedBytes } from '@roundtripper/testing';
import { expect, test, vi } from 'vitest';

import { stopWatching, watch, type Abortable } from './abort-hub.ts';

function listeners(signal: AbortSignal): number {
  return getEventListeners(signal, 'abort').length;
}

function target(abort: (reason: unknown) => void = () => {}): Abortable & { readonly abort: ReturnType<typeof vi.fn> } {
  return { olderWatcher: undefined, newerWatcher: undefined, abort: vi.fn(abort) };
}

test('a thousand targets share one listener, which goes with the last of them', () => {
  const { signal } = new AbortController();
  const targets = Array.from({ length: 1000 }, () => target());
  for (const one of targets) watch(signal, one);
  expect(listeners(signal)).toBe(1);
  for (const one of targets.slice(1)) stopWatching(signal, one);
  expect(listeners(signal)).toBe(1);
  for (const one of targets) stopWatching(signal, one);
  expect(listeners(signal)).toBe(0);
});

test('no listener that came before keeps the news from those who watch', () => {
  const controller = new AbortController();
  controller.signal.addEventListener('abort', (event) => event.stopImmediatePropagation());
  const one = target();
  watch(controller.signal, one);
  controller.abort('why');
  expect(one.abort.mock.calls).toEqual([['why']]);
});

test('watching again after the last has gone listens again', () => {
  const controller = new AbortController();
  const one = target();
  watch(controller.signal, one);
  stopWatching(controller.signal, one);
  watch(controller.signal, one);
  controller.abort('why');
  expect(one.abort.mock.calls).toEqual([['why']]);
});

test('each target is told the reason once, and nothing is left listening', () => {
  const controller = new AbortController();
  const targets = [target(), target(), target()];
  for (const one of targets) {
    watch(controller.signal, one);
    watch(controller.signal, one);
  }
  const reason = new Error('mine');
  controller.abort(reason);
  for (const one of targets) {
    expect(one.abort).toHaveBeenCalledTimes(1);
    expect(one.abort.mock.calls[0]?.[0]).toBe(reason);
    stopWatching(controller.signal, one);
  }
  expect(listeners(controller.signal)).toBe(0);
});

test('a target that stops watching while others are told is not told', () => {
  const controller = new AbortController();
  const second = target();
  const first = target(() => stopWatching(controller.signal, second));
  watch(controller.signal, first);
  watch(controller.signal, second);
  controller.abort();
  expect(first.abort).toHaveBeenCalledTimes(1);
  expect(second.abort).not.toHaveBeenCalled();
});

test('a target that comes while others are told is told too', () => {
  const controller = new AbortController();
  const late = target();
  watch(
    controller.signal,
    target(() => watch(controller.signal, late)),
  );
  controller.abort();
  expect(late.abort).toHaveBeenCalledTimes(1);
  expect(listeners(controller.signal)).toBe(0);
});

test('what one target throws is reported and keeps no other from being told', async () => {
  const report = vi.spyOn(globalThis, 'queueMicrotask').mockImplementation(() => {});
  const controller = new AbortController();
  const other = target();
  const failure = new Error('broken target');
  watch(
    controller.signal,
    target(() => {
      throw failure;
    }),
  );
  watch(controller.signal, other);
  controller.abort();
  expect(other.abort).toHaveBeenCalledTimes(1);
  expect(report).toHaveBeenCalledTimes(1);
  expect(() => report.mock.calls[0]?.[0]()).toThrow(failure);
  report.mockRestore();
});

test('stopping what was never begun does nothing', () => {
  expect(() => stopWatching(new AbortController().signal, target())).not.toThrow();
});

test('on a signal that was aborted before nobody listens', () => {
  const signal = AbortSignal.abort();
  const one = target();
  watch(signal, one);
  expect(one.abort).not.toHaveBeenCalled();
  expect(listeners(signal)).toBe(0);
  stopWatching(signal, one);
});

test('who has left a signal that others share is not kept by who came before', () => {
  const { signal } = new AbortController();
  const watching: Abortable[] = [];
  const bytes = promotedBytes(() => {
    const payload = Array.from({ length: 100 }, () => 1.5);
    const one: Abortable = { olderWatcher: undefined, newerWatcher: undefined, abort: () => payload };
    watch(signal, one);
    watching.push(one);
    const [oldest] = watching;
    if (watching.length <= 50 || oldest === undefined) return;
    watching.shift();
    stopWatching(signal, oldest);
  });
  for (const one of watching) stopWatching(signal, one);
  expect(bytes).toBeLessThan(500_000);
});

test('the first who came is told first', () => {
  const controller = new AbortController();
  const told: string[] = [];
  for (const name of ['first', 'second', 'third']) {
    const one = target(() => told.push(name));
    watch(controller.signal, one);
  }
  controller.abort();
  expect(told).toEqual(['first', 'second', 'third']);
});
