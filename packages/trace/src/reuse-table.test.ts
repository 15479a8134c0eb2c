import { expect, test } from 'vitest';

import { reuseMeter } from './reuse-meter.ts';
import type { ReuseReport, RouteCounts } from './reuse-report.ts';
import { formatReuseTable } from './reuse-table.ts';

const quiet: ReuseReport = reuseMeter().report();

function route(origin: string, exchanges: number, counts: Partial<RouteCounts> = {}): RouteCounts {
  const { routes: _, warnings: __, ...nothing } = quiet;
  return { ...nothing, origin, exchanges, ...counts };
}

const routes = [
  route('http://rare.example', 3, { connectionsOpened: 3, connectionsClosed: 3, failed: 1 }),
  route('https://often.example:8443', 12_000, {
    reused: 11_990,
    connectionsOpened: 10,
    connectionsOpen: 10,
    connectionsIdle: 4,
    waited: 20,
  }),
  route('https://often.example:8443', 50, {
    proxy: 'http://proxy.example:3128',
    reused: 25,
    connectionsOpened: 25,
    connectionsClosed: 20,
    connectionsOpen: 5,
  }),
];

const report: ReuseReport = {
  ...quiet,
  routes,
  exchanges: 12_053,
  reused: 12_015,
  connectionsOpened: 38,
  connectionsClosed: 23,
  connectionsOpen: 15,
};

test('the busiest route first, each number below its title, and all of them last', () => {
  expect(formatReuseTable(report)).toBe(
    `
route                      exch. reused opened closed open idle waited failed
https://often.example:8443 12000 99.9 %     10      0   10    4     20      0
https://often.example:8443
  via http://proxy.example:3128
                              50 50.0 %     25     20    5    0      0      0
http://rare.example            3  0.0 %      3      3    0    0      0      1
all                        12053 99.7 %     38     23   15    0      0      0`.trimStart(),
  );
});

test('of more routes than are asked for the rest is one line', () => {
  const lines = formatReuseTable(report, { rows: 1 }).split('\n');
  expect(lines).toHaveLength(4);
  expect(lines[2]).toMatch(/^2 more +53 47\.2 % +28 +23 +5 +0 +0 +1$/);
});

test('of nothing there are titles, and a line for all', () => {
  expect(formatReuseTable(quiet)).toMatch(/^route exch\. .*\nall +0 +- +0 /);
});

test('what does not fit is said whole, on a line of its own', () => {
  const long = `https://${'a'.repeat(100)}.example`;
  const lines = formatReuseTable({ ...report, routes: [route(long, 1)] }, { columns: 60 }).split('\n');
  expect(lines[1]).toBe(long);
  expect(lines.filter((line) => line !== long && line.length > 60)).toEqual([]);
});

test.for([{ columns: 39 }, { columns: Number.NaN }, { rows: -1 }])('a table cannot be %o', (options) => {
  expect(() => formatReuseTable(report, options)).toThrow(RangeError);
});
