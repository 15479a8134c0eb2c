import { HttpHeaders, HttpRequest, RoundTripError } from '@roundtripper/core';
import { expect, test } from 'vitest';

import type { AttemptRecord, ExchangeRecord } from '../exchange-record.ts';
import { reuseMeter } from '../reuse-meter.ts';
import { connectionInfo } from '../../test/scripted-events.ts';
import { formatSingle } from './format-single.ts';
import { coloured, plain } from './paint.ts';
import { parseArguments } from './parse-arguments.ts';
import type { RunReport } from './run-report.ts';
import { RunTally } from './run-tally.ts';

const url = 'https://user:pass@example.com/search?q=a&token=abc#part';
const tls = { protocol: 'TLSv1.3', cipher: 'TLS_AES_128_GCM_SHA256', alpnProtocol: 'http/1.1', authorized: true, resumed: false };
const connection = { ...connectionInfo(1), tls };

const cold: AttemptRecord = {
  cause: 'first',
  hostPort: 'example.com:443',
  startMs: 1_000.2,
  dialStartMs: 1_000.3,
  dnsStartMs: 1_000.3,
  dnsEndMs: 1_012.6,
  connectStartMs: 1_012.6,
  connectEndMs: 1_032.7,
  connectedAddress: '127.0.0.1',
  connectTries: 2,
  tlsStartMs: 1_032.7,
  tlsEndMs: 1_073.9,
  dialEndMs: 1_074,
  dialled: connection,
  gotConnMs: 1_074,
  connection,
  reused: false,
  wroteRequestMs: 1_074.2,
  firstByteMs: 1_154.2,
  gotResponseMs: 1_154.3,
  bodyStartMs: 1_154.4,
  bodyEndMs: 1_197.4,
  bodyBytes: 300_000,
  endMs: 1_197.4,
};

const record: ExchangeRecord = {
  id: 1,
  method: 'GET',
  url: 'https://example.com/search?q=a&token=REDACTED',
  origin: 'https://example.com',
  startedAtMs: Date.UTC(2026, 0, 1),
  startMs: 1_000,
  endMs: 1_197.5,
  attempts: [cold],
  status: 200,
  proto: 'HTTP/1.1',
  responseHeaders: new HttpHeaders({
    'Server': 'nginx\x9B2J',
    'Content-Type': 'text/html',
    'Set-Cookie': 'sid=secret; Path=/',
    'X-Api-Key': 'secret',
    'Location': 'https://u:p@example.com/?access_token=secret',
    'Server-Timing': 'db;dur=53.2;desc="Data base", miss',
  }),
};

function reportOf(single: ExchangeRecord, ...args: readonly string[]): RunReport {
  const parsed = parseArguments([url, ...args]);
  if (parsed.kind !== 'run') throw new Error(parsed.kind);
  const tally = new RunTally();
  tally.add(single);
  return {
    plan: parsed.plan,
    request: new HttpRequest(url),
    tally,
    reuse: reuseMeter().report(),
    startedAtMs: 0,
    durationMs: 200,
    stoppedBy: undefined,
    single,
    har: undefined,
    html: undefined,
  };
}

test('one request in 80 columns', () => {
  const text = formatSingle(reportOf(record), record, { paint: plain, columns: 80 });
  expect(text).toMatchInlineSnapshot(`
    "GET https://example.com/search?q=a&token=REDACTED

      status      200 · HTTP/1.1 · body of 293 KiB at 6.65 MiB/s
      connection  new · 127.0.0.1:443 · from 127.0.0.1:40000 · 2 addresses tried
      tls         TLSv1.3 · TLS_AES_128_GCM_SHA256 · ALPN http/1.1

      Server: nginx\\u{9b}2J
      Content-Type: text/html
      Location: https://example.com/?access_token=REDACTED

                              took      until
      Queued               0.40 ms    74.0 ms  ▏             ▏
      DNS lookup           12.3 ms    12.6 ms  ██▎
      TCP connection       20.1 ms    32.7 ms    ███▊
      TLS handshake        41.2 ms    73.9 ms        ███████▊
      Request sent         0.20 ms    74.2 ms                ▏
      Server processing    80.0 ms     154 ms                ███████████████
      Content transfer     43.3 ms     198 ms                              ████████▏
      Total                 198 ms

      Server-Timing
      Data base            53.2 ms             ██████████
      miss
    "
  `);
  expect(text.split('\n').filter((line) => line.length > 80)).toEqual([]);
});

test('all fields, without their secrets', () => {
  const text = formatSingle(reportOf(record, '-i'), record, { paint: plain, columns: 80 });
  const fields = text.split('\n').filter((line) => /^ {2}[\w-]+: /.test(line));
  expect(fields).toMatchInlineSnapshot(`
    [
      "  Server: nginx\\u{9b}2J",
      "  Content-Type: text/html",
      "  Set-Cookie: sid=REDACTED; Path=/",
      "  X-Api-Key: REDACTED",
      "  Location: https://example.com/?access_token=REDACTED",
      "  Server-Timing: db;dur=53.2;desc="Data base", miss",
    ]
  `);
});

test('colours change nothing but colours', () => {
  const [without, withThem] = [plain, coloured].map((paint) => formatSingle(reportOf(record), record, { paint, columns: 80 }));
  // oxlint-disable-next-line no-control-regex -- that is what is looked for
  expect(withThem?.replaceAll(/\x1B\[\d+m/g, '')).toBe(without);
  expect(withThem).toContain('\x1B[32m200\x1B[0m');
});

test('a dial that failed, marked where it did', () => {
  const error = new RoundTripError('https://example.com: connecting failed', { code: 'dial-failed', phase: 'connect', sent: 'nothing' });
  const attempt: AttemptRecord = {
    cause: 'first',
    hostPort: 'example.com:443',
    startMs: 1_000,
    dialStartMs: 1_000,
    dnsStartMs: 1_000,
    dnsEndMs: 1_010,
    connectStartMs: 1_010,
    connectEndMs: 1_040,
    connectTries: 1,
    dialEndMs: 1_040,
    endMs: 1_040,
    error,
  };
  const failed: ExchangeRecord = {
    ...record,
    status: undefined,
    proto: undefined,
    responseHeaders: undefined,
    endMs: 1_040,
    attempts: [attempt],
    error,
  };
  expect(formatSingle(reportOf(failed), failed, { paint: plain, columns: 80 })).toMatchInlineSnapshot(`
    "GET https://example.com/search?q=a&token=REDACTED

      failed      dial-failed

                              took      until
      DNS lookup           10.0 ms    10.0 ms  █████████▎
      TCP connection       30.0 ms    40.0 ms          ██████████████████████████▎ ✗
      Total                40.0 ms
    "
  `);
});

test('a request sent again over a Unix domain socket', () => {
  const unix = { ...connectionInfo(2), remoteAddress: undefined, remotePort: undefined, localPort: undefined };
  const stale: AttemptRecord = {
    cause: 'first',
    hostPort: 'a:80',
    startMs: 1_000,
    connectTries: 0,
    gotConnMs: 1_000,
    wroteRequestMs: 1_010,
    endMs: 1_020,
  };
  const again: AttemptRecord = {
    ...stale,
    cause: 'resend',
    startMs: 1_020,
    dialStartMs: 1_020,
    connectStartMs: 1_020,
    connectEndMs: 1_030,
    dialled: unix,
    gotConnMs: 1_030,
    connection: unix,
    reused: false,
    wroteRequestMs: 1_040,
    firstByteMs: 1_060,
    gotResponseMs: 1_060,
    endMs: 1_080,
  };
  const resent: ExchangeRecord = { ...record, responseHeaders: undefined, attempts: [stale, again], endMs: 1_080, status: 503 };
  expect(formatSingle(reportOf(resent, '--unix', '/run/app.sock'), resent, { paint: plain, columns: 80 })).toMatchInlineSnapshot(`
    "GET https://example.com/search?q=a&token=REDACTED

      status      503 · HTTP/1.1
      connection  new · /run/app.sock
      attempts    first, resend

                              took      until
      Connection           10.0 ms    30.0 ms           ████▋
      Request sent         20.0 ms    40.0 ms  ████▋         ████▋
      Server processing    30.0 ms    60.0 ms       ████▋         █████████▎
      Content transfer     20.0 ms    80.0 ms                             █████████▎
      Total                80.0 ms
    "
  `);
});
