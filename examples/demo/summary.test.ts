import type { RouteStats } from '@roundtripper/core';
import { reuseMeter } from '@roundtripper/trace';
import { expect, test } from 'vitest';

import { Results } from './results.ts';
import { progressLine, summaryTable, type Facts } from './summary.ts';

function factsOf(results: Results): Facts {
  const report = {
    ...reuseMeter().report(),
    exchanges: 1_200,
    reused: 1_100,
    connectionsOpened: 100,
    connectionsClosed: 60,
    closeReasons: { 'response-close': 10, 'server-closed-idle': 50 },
  } as const;
  const NOTHING = { busy: 0, dialing: 0, waiting: 0, opened: 0, exchanges: 0, reused: 0, closed: {} };
  const stats: readonly RouteStats[] = [
    { ...NOTHING, origin: 'http://a', open: 30, idle: 20 },
    { ...NOTHING, origin: 'http://b', open: 10, idle: 1 },
  ];
  return { results, report, stats, elapsedMs: 2_000 };
}

test('the line fits a terminal of 80 columns', () => {
  const results = new Results();
  for (let count = 0; count < 1_500; count++) results.answered(200, 1, count % 3 === 0);
  const line = progressLine(factsOf(results), 1_000_000);
  expect(line).toBe('1 500/1 000 000  750/s  cache 33.3 %  reuse 91.7 %  40 open  0 failed');
  expect(line.length).toBeLessThan(80);
});

test('the table has a row for everything, and the most frequent reason first', () => {
  const results = new Results();
  results.answered(200, 12, false);
  results.answered(200, 0.008, true);
  results.answered(503, 40, false);
  results.failedWith('odd');
  results.retried({ status: 503 });
  const table = summaryTable(factsOf(results));
  for (const row of [
    /^requests +4 {2}2 a second for 2\.0 s$/m,
    /^ {2}succeeded +2 {2}50\.0 %$/m,
    /^ {2}failed +2 {2}1 x 503, 1 x odd$/m,
    /^ {2}answered by the cache +1 {2}25\.0 %$/m,
    /^retries +1 {2}1 x 503$/m,
    /^latency, network +12\.0 ms {2}p50; p99 is 40\.0 ms/m,
    /^latency, cache +8 µs {2}p50; p99 is 8 µs$/m,
    /^ {2}on a reused connection +1 100 {2}91\.7 %$/m,
    /^connections opened +100$/m,
    /^connections closed +60 {2}because of\n +50 {2}server-closed-idle\n +10 {2}response-close$/m,
    /^connections open now +40 {2}of which 21 are idle$/m,
  ]) {
    expect(table).toMatch(row);
  }
});

test('of nothing there are no rates', () => {
  const facts: Facts = { results: new Results(), report: reuseMeter().report(), stats: [], elapsedMs: 0 };
  expect(progressLine(facts, 10)).toBe('0/10  0/s  cache -  reuse -  0 open  0 failed');
  expect(summaryTable(facts)).toMatch(/^latency, cache +- {2}p50; p99 is -$/m);
});
