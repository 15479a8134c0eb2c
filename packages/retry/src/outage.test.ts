import { readFileSync } from 'node:fs';

import { expect, test } from 'vitest';

import { drawOutage } from '../test/draw-outage.ts';
import { CLIENTS, OUTAGE, SECONDS, simulateOutage, type Load, type Strategy } from '../test/outage.ts';

const SEED = 20_260_101;
const IMAGE = new URL('../../../docs/guide/images/retry-budget.svg', import.meta.url);
const loads = new Map<Strategy, Load>();

async function loadOf(strategy: Strategy): Promise<Load> {
  const load = loads.get(strategy) ?? (await simulateOutage(strategy, SEED));
  loads.set(strategy, load);
  return load;
}

function sum(counts: readonly number[], from: number = OUTAGE.fromSecond, to: number = OUTAGE.toSecond): number {
  return counts.slice(from, to).reduce((total, count) => total + count, 0);
}

test('a thousand clients without a budget send a server that fails four times what they want', async () => {
  const { requests, attempts } = await loadOf('no budget');
  expect(sum(requests)).toBe(CLIENTS * (OUTAGE.toSecond - OUTAGE.fromSecond));
  expect(sum(attempts) / sum(requests)).toBeGreaterThan(3.9);
});

test('with one budget they add a fifth of their requests, and 10 a second', async () => {
  const { requests, attempts } = await loadOf('one budget');
  const seconds = OUTAGE.toSecond - OUTAGE.fromSecond;
  const added = sum(attempts) - sum(requests);
  // What was earned in the window before can be spent, too.
  expect(added).toBeLessThanOrEqual(0.2 * sum(requests, OUTAGE.fromSecond - 10) + 10 * (seconds + 10));
  expect(added).toBeGreaterThan(0.2 * sum(requests));
});

test('in no 10 seconds they add more than the budget has', async () => {
  const { requests, attempts } = await loadOf('one budget');
  for (let second = 10; second <= SECONDS; second++) {
    const added = sum(attempts, second - 10, second) - sum(requests, second - 10, second);
    // What was saved in the window before can be spent in this one, too.
    expect(added).toBeLessThanOrEqual(0.2 * sum(requests, Math.max(0, second - 20), second) + 200);
  }
});

test('what was saved is spent at the beginning, and after that no second has more than its share', async () => {
  const { requests, attempts } = await loadOf('one budget');
  for (let second = OUTAGE.fromSecond + 2; second < OUTAGE.toSecond; second++) {
    const added = (attempts[second] ?? 0) - (requests[second] ?? 0);
    // A retry is sent up to some hundred milliseconds after it was paid for: a few of one second come in the next.
    expect(added).toBeLessThanOrEqual((0.2 * CLIENTS + 10) * 1.05);
  }
});

test('a thousand processes with a throttle of their own each stop after a few failures', async () => {
  const { requests, attempts } = await loadOf('own throttles');
  // The first request fails four times, with its three retries; the fifth failure is that of the second, and no retry follows that or any after it.
  expect(sum(attempts) - sum(requests)).toBe(3 * CLIENTS);
});

test('before the outage nothing is added, and after it everything ends well', async () => {
  for (const strategy of ['no budget', 'one budget', 'own throttles'] as const) {
    const { requests, attempts, answered } = await loadOf(strategy);
    expect(sum(attempts, 0, OUTAGE.fromSecond)).toBe(sum(requests, 0, OUTAGE.fromSecond));
    expect(sum(answered, OUTAGE.toSecond, SECONDS)).toBe(sum(requests, OUTAGE.toSecond, SECONDS));
  }
});

test('the same seed makes the same load', async () => {
  expect(await simulateOutage('one budget', SEED)).toEqual(await loadOf('one budget'));
});

test('the picture in the guide shows these figures', async () => {
  const svg = drawOutage({ none: await loadOf('no budget'), shared: await loadOf('one budget'), own: await loadOf('own throttles') });
  expect(readFileSync(IMAGE, 'utf8')).toBe(svg);
});
