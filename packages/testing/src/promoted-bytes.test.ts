import { expect, test } from 'vitest';

import { promotedBytes } from './promoted-bytes.ts';

const payload = (): object => Array.from({ length: 100 }, () => 1.5);

test('of what comes and goes nothing is promoted', () => {
  const last = { payload: payload() };
  const bytes = promotedBytes(() => {
    last.payload = payload();
  });
  expect(bytes).toBeLessThan(500_000);
});

test('of what something keeps, all of it is', () => {
  const kept: object[] = [];
  const bytes = promotedBytes(() => kept.push(payload()));
  expect(bytes).toBeGreaterThan(2_000_000);
});
