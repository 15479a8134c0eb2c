import { expect, test } from 'vitest';

import { formatReuseReport } from './format-reuse-report.ts';
import { reuseMeter } from './reuse-meter.ts';
import type { Distribution, ReuseReport } from './reuse-report.ts';

function of(count: number, mean: number, max: number): Distribution {
  return { count, sum: count * mean, mean, max, bounds: [], counts: [count] };
}

const quiet: ReuseReport = reuseMeter().report();

const report: ReuseReport = {
  ...quiet,
  requests: 1_000,
  failed: 2,
  exchanges: 1_010,
  reused: 990,
  reuseRate: 990 / 1_010,
  fromIdle: 400,
  idleTime: of(400, 12.34, 1_500),
  handedOver: 590,
  dialledByAnother: 3,
  waited: 610,
  waitTime: { 'room': of(600, 35, 100), 'own-dial': of(10, 2, 3) },
  mostWaiting: 40,
  resends: 10,
  connectionsOpened: 20,
  connectionsClosed: 15,
  connectionsOpen: 5,
  connectionsIdle: 4,
  mostOpen: 8,
  closedUnused: 1,
  closeReasons: { 'surplus': 5, 'server-closed-idle': 10 },
  lifetime: of(15, 2_000, 9_000),
  exchangesPerConnection: of(15, 60, 100),
};

test('aligns names to the left and numbers to the right, the most frequent reason first', () => {
  expect(formatReuseReport(report)).toBe(
    `
requests                        1000  2 without an answer
exchanges                       1010  10 of them again
  on a reused connection         990  98.0 %
  from the idle pool             400  idle for 12.3 ms on average, at most 1.5 s
  handed over                    590
  late bound                       3  on a new connection that another request
                                      had dialled
  after a wait                   610  0 wait now, at most 40 at once
    for its own dial              10  2.0 ms on average, at most 3.0 ms
    for room (maxConnsPerHost)   600  35.0 ms on average, at most 100.0 ms
connections opened                20
connections open now               5  4 idle; at most 8 at once
connections closed                15  after 60.0 exchanges and 2.0 s on average
  never used                       1
  server-closed-idle              10  the server closed it while it was idle
  surplus                          5  the request it was opened for was served
                                      by another, which serves all there are`.trimStart(),
  );
});

test('says nothing about what did not happen', () => {
  expect(formatReuseReport(quiet)).not.toMatch(/without|again|idle for|another|wait now|for |average|at most|!/);
});

test('fits a terminal, whatever was counted', () => {
  const many = Object.fromEntries(Object.entries(report).map(([name, value]) => [name, typeof value === 'number' ? 9_999_999 : value]));
  const routes = [
    { ...report, origin: 'https://a.example' },
    { ...report, origin: `https://${'long.'.repeat(10)}example`, proxy: 'http://proxy:1' },
  ];
  const warnings = [{ kind: 'http-1.0', origin: 'https://a.example', count: 1, exchanges: 1, text: 'word '.repeat(40).trim() }] as const;
  const lines = formatReuseReport({ ...report, ...many, routes, warnings }).split('\n');
  expect(lines.filter(({ length }) => length > 80)).toEqual([]);
  expect(lines.some((line) => line.startsWith('! https://a.example: word'))).toBe(true);
});

test('has a table of the routes where there are several, and none where there is one', () => {
  const [first, second] = [
    { ...report, origin: 'http://a.example' },
    { ...report, origin: 'http://b.example:8080' },
  ];
  expect(formatReuseReport({ ...report, routes: [first, second] })).toMatch(/^http:\/\/b\.example:8080 +1010 98\.0 %/m);
  expect(formatReuseReport({ ...report, routes: [first] })).not.toContain('a.example');
});

test('a warning has its route with it where there are several', () => {
  const warning = {
    kind: 'http-1.0',
    origin: 'http://a',
    proxy: 'http://p',
    count: 9,
    exchanges: 10,
    text: '9 connections closed',
  } as const;
  expect(formatReuseReport({ ...report, warnings: [warning] })).toMatch(/\n\n! 9 connections closed$/);
  const routes = [
    { ...report, origin: 'http://a', proxy: 'http://p' },
    { ...report, origin: 'http://b' },
  ];
  expect(formatReuseReport({ ...report, routes, warnings: [warning] })).toMatch(/\n\n! http:\/\/a via http:\/\/p: 9 connections closed$/);
});

test('a reason that is newer than its table is shown by its name', () => {
  const closeReasons = Object.fromEntries([['from-the-future', 1]]);
  expect(formatReuseReport({ ...report, closeReasons })).toMatch(/^ {2}from-the-future +1$/m);
});
