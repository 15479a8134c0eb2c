import { describe, expect, test } from 'vitest';

import { answerFor, SIZES } from './answers.ts';
import { Child } from './child.ts';
import { CLIENT_NAMES } from './client-list.ts';
import { parseFlags, UsageError } from './flags.ts';
import { CLIENT, measureSize, startServer, type Measured, type Place } from './measure.ts';
import type { Sample } from './messages.ts';
import { RequestScanner } from './request-scanner.ts';
import { medianRatio, spreadOf } from './statistics.ts';
import { pooled, summarise } from './summary.ts';
import { markdownTable, textTable } from './table.ts';

const NOT_PINNED: Place['pinning'] = { client: [], server: [], note: 'not pinned' };

describe('figures', () => {
  test.for([
    { fact: 'of an odd number of values the middle one', values: [9, 1, 5], spread: { median: 5, min: 1, max: 9 } },
    { fact: 'of an even number half way between the two in the middle', values: [4, 1, 2, 9], spread: { median: 3, min: 1, max: 9 } },
    { fact: 'of one value that value', values: [7], spread: { median: 7, min: 7, max: 7 } },
    { fact: 'by number, not by text', values: [10, 9, 100], spread: { median: 10, min: 9, max: 100 } },
  ])('the median is, $fact', ({ values, spread }) => expect(spreadOf(values)).toEqual(spread));

  test('no values have no median', () => expect(() => spreadOf([])).toThrow(RangeError));

  test('a ratio is taken within each round, so that a slow round counts for both', () => {
    // The machine was ten times slower in the second round; the ratio of the medians would be 1.1.
    expect(medianRatio([20, 220, 22], [10, 100, 11])).toBe(2);
  });

  test('rounds that do not match have no ratio', () =>
    expect(() => medianRatio([1, 2], [1])).toThrow('2 rounds of one and 1 of the other'));
});

describe('flags', () => {
  test('without any: everything, three launches of three rounds, fifty in flight', () => {
    expect(parseFlags([])).toEqual({
      launches: 3,
      rounds: 3,
      concurrency: 50,
      sizes: ['1k', '64k'],
      clients: CLIENT_NAMES,
      isQuick: false,
      output: 'table',
    });
  });

  test('each changes what it says', () => {
    expect(
      parseFlags(['--launches', '2', '--rounds', '4', '--concurrency=8', '--size', '64k', '--clients', 'transport,floor', '--json']),
    ).toEqual({
      launches: 2,
      rounds: 4,
      concurrency: 8,
      sizes: ['64k'],
      clients: ['floor', 'transport'],
      isQuick: false,
      output: 'json',
    });
  });

  test('a quick run has one launch and fewer rounds, unless told', () => {
    expect(parseFlags(['--quick'])).toMatchObject({ launches: 1, rounds: 2 });
    expect(parseFlags(['--quick', '--rounds', '5']).rounds).toBe(5);
  });

  test.for([
    { args: ['--round', '3'], message: '--round' },
    { args: ['fast'], message: 'fast' },
    { args: ['--rounds'], message: '--rounds' },
    { args: ['--rounds', '0'], message: '--rounds 0' },
    { args: ['--launches', '0'], message: '--launches 0' },
    { args: ['--concurrency', 'many'], message: '--concurrency many' },
    { args: ['--size', '2k'], message: '--size 2k' },
    { args: ['--clients', 'floor,curl'], message: '--clients curl' },
    { args: ['--json', '--markdown'], message: '--json and --markdown' },
  ])('$args is refused', ({ args, message }) => {
    expect(() => parseFlags(args)).toThrow(UsageError);
    expect(() => parseFlags(args)).toThrow(message);
  });
});

describe('results', () => {
  const sample = (cpuMicros: number): Sample => ({ requests: 100, wallMs: 50, cpuMicros, peakRssBytes: 64 * 1_048_576 });
  const measured: readonly Measured[] = [
    { client: 'floor', samples: [sample(1_000), sample(1_100), sample(1_050)] },
    { client: 'transport', samples: [sample(1_500), sample(1_650), sample(1_575)] },
  ];

  test('CPU time is by request and against the floor', () => {
    const [, transport] = summarise('1k', measured).rows;
    expect(transport).toEqual({
      client: 'transport',
      cpuMicrosPerRequest: { median: 15.75, min: 15, max: 16.5 },
      timesFloor: 1.5,
      timesTransport: 1,
      requestsPerSecond: { median: 2_000, min: 2_000, max: 2_000 },
      peakRssBytes: 64 * 1_048_576,
    });
  });

  test('the windows of all launches count alike', () => {
    const [floor] = pooled([measured, [{ client: 'floor', samples: [sample(2_000)] }]]);
    expect(floor?.samples.map(({ cpuMicros }) => cpuMicros)).toEqual([1_000, 1_100, 1_050, 2_000]);
  });

  test('the table for a terminal is aligned', () => {
    expect(textTable(summarise('1k', measured))).toBe(
      [
        'GET, body of 1 KiB',
        'client     CPU µs/request    min–max  × floor  × transport  requests/s  peak RSS, MiB',
        'floor                10.5  10.0–11.0     1.00         0.67        2000             64',
        'transport            15.8  15.0–16.5     1.50         1.00        2000             64',
      ].join('\n'),
    );
  });

  test('without a floor there is nothing to compare with', () => {
    expect(markdownTable(summarise('64k', measured.slice(1)))).toBe(
      [
        '### GET, body of 64 KiB',
        '',
        '| client | CPU µs/request | min–max | × floor | × transport | requests/s | peak RSS, MiB |',
        '| --- | --: | --: | --: | --: | --: | --: |',
        '| transport | 15.8 | 15.0–16.5 | – | 1.00 | 2000 | 64 |',
      ].join('\n'),
    );
  });
});

describe('the server', () => {
  const heads = 'GET /1k HTTP/1.1\r\nHost: a\r\n\r\nGET /64k HTTP/1.1\r\nHost: a\r\n\r\n';

  test('finds several requests in one read', () => expect(new RequestScanner().feed(Buffer.from(heads))).toEqual(['/1k', '/64k']));

  test('finds requests wherever the reads fall apart', () => {
    for (let at = 0; at <= heads.length; at++) {
      const scanner = new RequestScanner();
      const parts = [heads.slice(0, at), heads.slice(at)];
      expect(parts.flatMap((part) => scanner.feed(Buffer.from(part)))).toEqual(['/1k', '/64k']);
    }
  });

  test('declares the length that its bodies have', () => {
    for (const size of ['1k', '64k'] as const) {
      const [head = '', body = ''] = answerFor(size).toString().split('\r\n\r\n');
      expect(body).toHaveLength(SIZES[size]);
      expect(head).toContain(`\r\nContent-Length: ${SIZES[size]}\r\n`);
    }
  });
});

test('measures the Transport against the server', async () => {
  const { server, port } = await startServer(NOT_PINNED);
  await using _server = server;
  const steps: string[] = [];
  const plan = { clients: ['transport'], concurrency: 10, rounds: 2, warmUpMs: 10, windowMs: 10 } as const;
  const [result] = await measureSize('64k', plan, { port, pinning: NOT_PINNED, onProgress: (text) => steps.push(text) });
  expect(steps).toEqual(['64k: warming up transport', '64k: round 1 of 2', '64k: round 2 of 2']);
  expect(result?.samples).toHaveLength(2);
  for (const sample of result?.samples ?? []) expect(sample.requests).toBeGreaterThan(0);
});

test('stops at the first wrong answer', async () => {
  const { server, port } = await startServer(NOT_PINNED);
  await using _server = server;
  await using child = new Child([], CLIENT, ['transport', `http://127.0.0.1:${port}/1k`, '2048', '1']);
  await child.first();
  await expect(child.ask({ kind: 'measure', requests: 1 })).rejects.toThrow(
    'transport: Error: wrong answer: status 200 with 1024 characters, expected 200 with 2048',
  );
});

test('tells of a process that cannot start', async () => {
  await using child = new Child([], CLIENT, ['curl', 'http://127.0.0.1/', '1', '1']);
  await expect(child.first()).rejects.toThrow('curl: Error: there is no client curl');
});
