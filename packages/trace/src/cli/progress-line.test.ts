import { TestClock } from '@roundtripper/testing';
import { expect, test } from 'vitest';

import { LiveProgress } from './live-progress.ts';
import { progressLine } from './progress-line.ts';

const progress = { requests: 10_000, ended: 2_745, failed: 3, inFlight: 50, perSecond: 6_123, p50Ms: 1.234, p99Ms: 8 };

test.for([
  { columns: 100, line: '███▎░░░░░░░░ 2 745/10 000 · 3 failed · 6 123/s · 50 in flight · p50 1.23 ms · p99 8.00 ms' },
  { columns: 80, line: '███▎░░░░░░░░ 2 745/10 000 · 3 failed · 6 123/s · 50 in flight · p50 1.23 ms' },
  { columns: 40, line: '███▎░░░░░░░░ 2 745/10 000 · 3 failed' },
])('fits into $columns columns', ({ columns, line }) => {
  expect(progressLine(progress, columns)).toBe(line);
});

test('before the first answer there is no latency, and nothing has failed', () => {
  const line = progressLine({ ...progress, ended: 0, failed: 0, perSecond: 0, p50Ms: 0, p99Ms: 0 }, 80);
  expect(line).toBe('░░░░░░░░░░░░ 0/10 000 · 0.00/s · 50 in flight');
});

test('the line is redrawn with the rate of the last second, and erased at the end', async () => {
  const clock = new TestClock();
  const written: string[] = [];
  let ended = 0;
  const live = new LiveProgress({ columns: 80, write: (text) => written.push(text) }, clock, () => ({ ...progress, ended }));
  for (let tick = 1; tick <= 10; tick++) {
    ended += tick <= 5 ? 10 : 40;
    await clock.advance(200);
  }
  const rates = written.map((text) => /(\d+)\.?\d*\/s/.exec(text)?.[1]);
  expect(rates).toEqual(['50', '50', '50', '50', '50', '80', '110', '140', '170', '200']);
  live.end();
  live.end();
  expect(written.slice(10)).toEqual(['\r\u001B[2K']);
  expect(clock.pendingTimers).toBe(0);
});
