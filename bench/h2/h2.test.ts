import { describe, expect, test } from 'vitest';

import { establishedTo } from './established.ts';
import { readH2load } from './h2load.ts';
import { blockedResult, idleOriginsResult, openStreamsResult } from './held-result.ts';

const MIB = 1_048_576;

describe('h2load', () => {
  const stdout = [
    'starting benchmark...',
    'progress: 100% done',
    '',
    'finished in 622.21ms, 160717.70 req/s, 161.40MB/s',
    'requests: 100000 total, 100000 started, 100000 done, 100000 succeeded, 0 failed, 0 errored, 0 timeout',
    'status codes: 100000 2xx, 0 3xx, 0 4xx, 0 5xx',
    'traffic: 100.42MB (105300120) total, 1.05MB (1100096) headers (space savings 92.95%), 97.66MB (102400000) data',
    '                     min         max         mean         sd        +/- sd',
  ].join('\n');

  test('is read by what it prints, and its CPU time by what bash does', () =>
    expect(readH2load(stdout, 'CPU 0.159 0.084\n')).toEqual({
      succeeded: 100_000,
      dataBytes: 102_400_000,
      wallMs: 622.21,
      cpuMicros: 243_000,
    }));

  test.for([
    { text: 'finished in 1.49s, 1', wallMs: 1_490 },
    { text: 'finished in 950us, 1', wallMs: 0.95 },
  ])('$text is $wallMs ms', ({ text, wallMs }) =>
    expect(readH2load(stdout.replace('finished in 622.21ms, 1', text), 'CPU 0.1 0.1').wallMs).toBeCloseTo(wallMs),
  );

  test('an answer of another status is not taken for one', () =>
    expect(() => readH2load(stdout.replace('100000 2xx, 0 3xx, 0 4xx', '99999 2xx, 0 3xx, 1 4xx'), 'CPU 0.1 0.1')).toThrow(
      'h2load has not said',
    ));

  test('a run that says nothing has failed', () => expect(() => readH2load('', 'CPU 0.1 0.1')).toThrow('h2load has not said'));
});

test('connections are counted by the port at the other end, and only those that are established', () => {
  const table = [
    '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode',
    '   0: 0100007F:46A2 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1 0 100 0 0 10 0',
    '   1: 0100007F:D2B6 0100007F:46A2 01 00000000:00000000 00:00000000 00000000     0        0 2 1 0 20 4 30 10 -1',
    '   2: 0100007F:46A2 0100007F:D2B6 01 00000000:00000000 00:00000000 00000000     0        0 3 1 0 20 4 30 10 -1',
    '   3: 0100007F:D2B8 0100007F:46A2 06 00000000:00000000 03:00000F9E 00000000     0        0 0 3 0',
    '   4: 0100007F:D2BA 0100007F:46A3 01 00000000:00000000 00:00000000 00000000     0        0 4 1 0 20 4 30 10 -1',
    '',
  ].join('\n');
  expect(establishedTo(new Set([0x46a2]), table)).toBe(1);
  expect(establishedTo(new Set([0x46a2, 0x46a3]), table)).toBe(2);
  expect(establishedTo(new Set(), table)).toBe(0);
});

describe('what is held', () => {
  type Client = 'transport' | 'go' | 'node:http2' | 'undici.request';
  const look = (kibibytes: number, before = 80) => ({ beforeBytes: before * MIB, heldBytes: (before + kibibytes) * MIB });
  const held = (client: Client, kibibytes: number) => ({ client, count: 1_024, looks: [look(kibibytes)] });
  const measured = [held('transport', 4), held('go', 2), held('undici.request', 16), held('node:http2', 4)];

  test.for([openStreamsResult(measured), idleOriginsResult(measured, true)])(
    'in "$table.title" undici and node:http2 are what is to be below',
    ({ table, verdicts }) => {
      expect(table.rows.map((row) => row.slice(0, 5))).toEqual([
        ['transport', '4.0', '–', '–', ''],
        ['go', '2.0', '2.00', '–', ''],
        ['undici.request', '16.0', '0.25', '< 1', '✓'],
        ['node:http2', '4.0', '1.00', '< 1', '✗'],
      ]);
      expect(verdicts).toHaveLength(2);
    },
  );

  test('several processes of each are compared by launch, and their middle is shown with the least and the most', () => {
    const { table, verdicts } = idleOriginsResult(
      [
        { client: 'transport', count: 1_024, looks: [look(4, 70), look(9, 90), look(8, 80)] },
        { client: 'undici.request', count: 1_024, looks: [look(8), look(6), look(16)] },
      ],
      false,
    );
    expect(table.headings.slice(0, 4)).toEqual(['client', 'KiB/connection', 'min–max', 'transport ÷ it']);
    expect(table.rows).toEqual([
      ['transport', '8.0', '4.0–9.0', '–', '–', '', '80', '88'],
      ['undici.request', '8.0', '6.0–16.0', '0.50', '< 1', '✓', '80', '88'],
    ]);
    expect(verdicts.map(({ found, isMet }) => ({ found, isMet }))).toEqual([{ found: 0.5, isMet: true }]);
  });

  test('of an upload that nobody takes a client may take a window and a chunk', () => {
    const blocked = (takenKibibytes: number) =>
      blockedResult([
        { client: 'transport', count: 1_024, ...look(1), takenBytes: takenKibibytes * MIB },
        { client: 'go', count: 1_024, ...look(1), takenBytes: MIB },
      ]);
    const { table, verdicts } = blocked(128);
    expect(table.rows.map((row) => row.slice(0, 5))).toEqual([
      ['transport', '128.0', '≤ 128', '✓', '1.0'],
      ['go', '1.0', '–', '', '1.0'],
    ]);
    expect(verdicts.map(({ isMet }) => isMet)).toEqual([true]);
    expect(blocked(129).verdicts.map(({ isMet }) => isMet)).toEqual([false]);
  });
});
