import { HttpRequest, RoundTripError } from '@roundtripper/core';
import { expect, test } from 'vitest';

import type { AttemptRecord, ExchangeRecord } from '../exchange-record.ts';
import { reuseMeter } from '../reuse-meter.ts';
import type { ReuseReport, RouteCounts } from '../reuse-report.ts';
import { connectionInfo } from '../../test/scripted-events.ts';
import { formatFiles } from './format-files.ts';
import { formatMany } from './format-many.ts';
import { coloured, plain } from './paint.ts';
import { parseArguments } from './parse-arguments.ts';
import type { RunReport } from './run-report.ts';
import { RunTally } from './run-tally.ts';

const url = 'http://127.0.0.1:8080/items';

/** A request that took `ms`; the first twenty opened their connection. */
function recordOf(at: number, ms: number, status: number): ExchangeRecord {
  const connectMs = at < 20 ? 2 : 0;
  const attempt: AttemptRecord = {
    cause: 'first',
    hostPort: '127.0.0.1:8080',
    startMs: 0,
    connectTries: connectMs === 0 ? 0 : 1,
    ...(connectMs === 0 ? {} : { dialStartMs: 0, connectStartMs: 0, connectEndMs: connectMs, dialled: connectionInfo(at) }),
    gotConnMs: connectMs,
    connection: connectionInfo(at),
    wroteRequestMs: connectMs + 0.02,
    firstByteMs: connectMs + ms,
    gotResponseMs: connectMs + ms,
    bodyBytes: 2_000,
    endMs: connectMs + ms + 0.5,
  };
  const ended = { startMs: 0, endMs: connectMs + ms + 0.5, attempts: [attempt], status, proto: 'HTTP/1.1' };
  return { id: at, method: 'GET', url, origin: 'http://127.0.0.1:8080', startedAtMs: 0, ...ended };
}

function failedRecord(at: number, code: 'dial-failed' | 'header-timeout', error?: unknown): ExchangeRecord {
  const phase = code === 'dial-failed' ? 'connect' : 'response-head';
  const failure = error ?? new RoundTripError(`http://127.0.0.1:8080: number ${at}`, { code, phase, sent: 'nothing' });
  return { ...recordOf(at, 10, 200), status: undefined, proto: undefined, attempts: [], error: failure };
}

const { routes: _, warnings: __, ...nothing } = reuseMeter().report();
const route: RouteCounts = {
  ...nothing,
  origin: 'http://127.0.0.1:8080',
  exchanges: 1_000,
  reused: 980,
  dials: 22,
  dialsFailed: 2,
  connectionsOpened: 20,
  connectionsClosed: 15,
  connectionsOpen: 5,
  connectionsIdle: 5,
  mostOpen: 20,
  closeReasons: { 'server-closed-idle': 3, 'max-idle-conns-per-host': 12 },
  failed: 3,
  resends: 1,
};
const reuse: ReuseReport = {
  ...route,
  routes: [route],
  warnings: [
    {
      kind: 'max-idle-conns-per-host',
      origin: route.origin,
      count: 12,
      exchanges: 1_000,
      text: '12 connections closed because maxIdleConnsPerHost is 2: raise it, since as many as 20 were of use at the same time',
    },
  ],
};

function reportOf(tally: RunTally, ...args: readonly string[]): RunReport {
  const parsed = parseArguments([url, '-n', '1010', '-c', '20', ...args]);
  if (parsed.kind !== 'run') throw new Error(parsed.kind);
  const ended = { startedAtMs: 0, durationMs: 1_500, stoppedBy: undefined, single: undefined, har: undefined, html: undefined };
  return { plan: parsed.plan, request: new HttpRequest(url), tally, reuse, ...ended };
}

function fullTally(): RunTally {
  const tally = new RunTally();
  for (let at = 0; at < 1_000; at++) tally.add(recordOf(at, 1 + at / 100, at % 100 === 99 ? 503 : 200));
  for (let at = 0; at < 3; at++) tally.add(failedRecord(at, at === 0 ? 'header-timeout' : 'dial-failed'));
  return tally;
}

test('many requests in 80 columns', () => {
  const text = formatMany(reportOf(fullTally()), { paint: plain, columns: 80 });
  expect(text).toMatchInlineSnapshot(`
    "GET http://127.0.0.1:8080/items

      requests    1 000 of 1 010 answered · 3 failed · 20 at a time
      time        1.50 s · 667/s
      status      200 × 990 · 503 × 10
      bodies      1.91 MiB · 1.27 MiB/s
      protocol    HTTP/1.1
      address     127.0.0.1:443

    Latency
      min                 1.70 ms  ███████▏
      p50                 6.49 ms  ███████████████████████████▏
      p90                 10.5 ms  ███████████████████████████████████████████▉
      p99                 11.4 ms  ███████████████████████████████████████████████▋
      p99.9               11.5 ms  ████████████████████████████████████████████████
      max                 11.5 ms  ████████████████████████████████████████████████
      mean                6.54 ms

    Phases               requests      mean       p50       p99       max  share
      TCP connection           20   2.00 ms   2.00 ms   2.00 ms   2.00 ms  ▏
      Request sent          1 000  0.020 ms  0.020 ms  0.020 ms  0.020 ms  ▏
      Server processing     1 000   5.98 ms   5.97 ms   10.9 ms   11.0 ms  ████████▎
      Content transfer      1 000   0.50 ms   0.50 ms   0.50 ms   0.50 ms  ▊

    Connections
      route                 exch. reused opened closed open idle waited failed
      http://127.0.0.1:8080  1000 98.0 %     20     15    5    5      0      3
      20 connections opened, at most 20 at once · 50.0 requests each · 2 dials
      failed or given up · 1 sent again
      closed
        max-idle-conns-per-host  12  more idle to one host than maxIdleConnsPerHost
        server-closed-idle        3  the server closed it while it was idle

    ! 12 connections closed because maxIdleConnsPerHost is 2: raise it, since as
      many as 20 were of use at the same time
    "
  `);
  expect(text.split('\n').filter((line) => line.length > 80)).toEqual([]);
});

test('colours change nothing but colours', () => {
  const [without, withThem] = [plain, coloured].map((paint) => formatMany(reportOf(fullTally()), { paint, columns: 80 }));
  // oxlint-disable-next-line no-control-regex -- that is what is looked for
  expect(withThem?.replaceAll(/\x1B\[\d+m/g, '')).toBe(without);
  expect(withThem).toContain('\x1B[31m503\x1B[0m');
});

test('of requests without an answer there are no latencies', () => {
  const tally = new RunTally();
  tally.add(failedRecord(0, 'dial-failed'));
  tally.add(failedRecord(1, 'dial-failed', new DOMException('stopped', 'AbortError')));
  const report = { ...reportOf(tally, '--no-keepalive'), stoppedBy: 'SIGINT' as const, reuse: reuseMeter().report() };
  expect(formatMany(report, { paint: plain, columns: 80 })).toMatchInlineSnapshot(`
    "GET http://127.0.0.1:8080/items

      requests    0 of 1 010 answered · 1 failed · 1 cut off · 20 at a time
      time        1.50 s · stopped by SIGINT
      protocol    no keep-alive
    "
  `);
});

test('failures of one kind are counted together, under what the first one said', () => {
  expect(fullTally().failures()).toEqual([
    { code: 'dial-failed', phase: 'connect', message: 'http://127.0.0.1:8080: number 1', count: 2 },
    { code: 'header-timeout', phase: 'response-head', message: 'http://127.0.0.1:8080: number 0', count: 1 },
  ]);
});

test('what a peer can choose is counted in a hundred kinds and the others', () => {
  const tally = new RunTally();
  for (let at = 0; at < 1_000; at++) {
    const record = recordOf(at, 1, 200);
    const [attempt] = record.attempts;
    if (attempt === undefined) throw new Error('there is no attempt');
    tally.add({ ...record, attempts: [{ ...attempt, connection: { ...connectionInfo(at), remotePort: at } }] });
  }
  expect(tally.addresses()).toHaveLength(101);
  expect(tally.addresses()[0]).toEqual(['others', 900]);
});

test('files that were written are told, with what is missing', () => {
  const har = { file: 'a.har', requests: 63_229, missing: 36_771, error: undefined };
  const html = { file: 'a.html', requests: 1, missing: 0, error: undefined };
  const text = formatFiles({ har, html }, { paint: plain, columns: 80 });
  expect(text).toBe('\nwritten  a.har, 63 229 requests; 36 771 left out, see --help\nwritten  a.html, 1 request\n');
  expect(formatFiles({ har: { ...har, error: 'ENOSPC' }, html: undefined }, { paint: plain, columns: 80 })).toBe('');
});
