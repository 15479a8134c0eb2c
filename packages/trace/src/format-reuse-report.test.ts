import { expect, test } from 'vitest';

import { formatReuseReport } from './format-reuse-report.ts';
import type { ReuseReport } from './reuse-report.ts';

const report: ReuseReport = {
  requests: 1_000,
  failed: 2,
  exchanges: 1_010,
  reused: 990,
  reuseRate: 990 / 1_010,
  fromIdle: 400,
  meanIdleTime: 12.34,
  handedOver: 590,
  waited: 610,
  waitedForRoom: 600,
  resends: 10,
  connectionsOpened: 20,
  connectionsClosed: 15,
  closedUnused: 1,
  closeReasons: { 'response-close': 5, 'server-closed-idle': 10 },
  notKept: { 'response-close': 5 },
  origins: {},
};

test('aligns names to the left and numbers to the right, the most frequent reason first', () => {
  expect(formatReuseReport(report)).toBe(
    `
requests                  1000  2 without an answer
exchanges                 1010  10 of them again, on a fresh connection
  on a reused connection   990  98.0 %
  from the idle pool       400  idle for 12.3 ms on average
  handed over              590
  after a wait             610  600 because of maxConnsPerHost
connections opened          20
connections closed          15  1 never used
  server-closed-idle        10  the server closed it while it was idle
  response-close             5  the server asked for it (Connection: close)`.trimStart(),
  );
});

test('says nothing about what did not happen', () => {
  const quiet = { ...report, failed: 0, resends: 0, fromIdle: 0, waitedForRoom: 0, closedUnused: 0, closeReasons: {} };
  expect(formatReuseReport(quiet)).not.toMatch(/without|again|idle for|because|never|closed by|response-close/);
});

test('has a line for each origin where there are several, and none where there is one', () => {
  const origins = { 'http://a.example': { ...report, exchanges: 3 }, 'http://b.example:8080': report };
  expect(
    formatReuseReport({ ...report, origins })
      .split('\n')
      .slice(-2),
  ).toEqual([
    'http://a.example             3  exchanges on 20 new connections, 98.0 % reused',
    'http://b.example:8080     1010  exchanges on 20 new connections, 98.0 % reused',
  ]);
  expect(formatReuseReport({ ...report, origins: { 'http://a.example': report } })).not.toContain('a.example');
});

test('a reason that is newer than its table is shown by its name', () => {
  const closeReasons = Object.fromEntries([['from-the-future', 1]]);
  expect(formatReuseReport({ ...report, closeReasons })).toContain('  from-the-future            1');
});
