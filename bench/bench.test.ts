import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';

import { answerFor, headFor, SIZES, type SizeName } from './answers.ts';
import { costBar, cpuBar, heldBar, judge, throughputBar } from './bars.ts';
import { HTTP1_CLIENT_NAMES, HTTP2_CLIENT_NAMES } from './client-names.ts';
import { costResult } from './cost-result.ts';
import { environmentLine } from './environment.ts';
import { exchangeResult } from './exchange-result.ts';
import { jsonOf } from './exchanges.ts';
import { parseFlags, UsageError } from './flags.ts';
import { pooled, type Measured, type Window } from './turns.ts';
import { idleResult, slowResult } from './memory-result.ts';
import { withFigures } from './page.ts';
import { clientsAble, defaultClients, GROUP_NAMES, PART_NAMES, partsNamed, partsOfSection, SECTION_NAMES, sectionOf } from './parts.ts';
import { RequestScanner } from './request-scanner.ts';
import { missedBars } from './result.ts';
import { medianRatio, spreadOf } from './statistics.ts';
import { markdownTable, textTable } from './table.ts';
import { topFiles, topFunctions } from './top-functions.ts';

const MIB = 1_048_576;

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
  test('without any: everything, with what each part has of its own', () => {
    expect(parseFlags([])).toEqual({
      parts: PART_NAMES,
      clients: undefined,
      concurrency: undefined,
      connections: 10_000,
      launches: undefined,
      rounds: undefined,
      effort: 'default',
      profile: undefined,
      output: 'table',
    });
  });

  test('each changes what it says', () => {
    const args = '--launches 2 --rounds 4 --concurrency=8 --connections 500 --work post,get-64k --clients transport,floor --full --json';
    expect(parseFlags(args.split(' '))).toEqual({
      parts: ['get-64k', 'post-1k'],
      clients: ['floor', 'transport'],
      concurrency: 8,
      connections: 500,
      launches: 2,
      rounds: 4,
      effort: 'full',
      profile: undefined,
      output: 'json',
    });
  });

  test.for([
    { args: ['--work', 'tls'], parts: ['tls-get-1k', 'tls-get-64k', 'tls-post-1k', 'tls-upload-1m'] },
    { args: ['--work', 'idle'], parts: ['idle', 'tls-idle'] },
    { args: ['--work', 'cost,slow'], parts: ['slow', 'cost'] },
    { args: ['--work', 'http1'], parts: partsOfSection('http1') },
    { args: ['--work', 'http2'], parts: partsOfSection('http2') },
    { args: ['--work', 'http2,http1', '--page'], parts: [...partsOfSection('http1'), ...partsOfSection('http2')] },
    { args: ['--work', 'http2', '--page'], parts: partsOfSection('http2') },
    { args: ['--work', 'cache', '--page'], parts: partsOfSection('cache') },
    { args: ['--work', 'cache-hit'], parts: ['cache-hit-1k', 'cache-hit-64k'] },
    { args: ['--work', 'cache-memory,get', '--clients', 'go'], parts: ['get-1k', 'get-64k'] },
    { args: ['--page'], parts: PART_NAMES },
    { args: ['--work', 'h2-get'], parts: ['h2-get-1k', 'h2-get-64k', 'h2c-get-1k', 'h2c-get-64k'] },
    { args: ['--work', 'h2-memory'], parts: ['h2c-blocked', 'h2c-open', 'h2c-idle', 'h2-idle'] },
    { args: ['--size', '64k'], parts: ['get-64k', 'tls-get-64k', 'h2-get-64k', 'h2c-get-64k', 'cache-hit-64k'] },
    {
      args: ['--work', 'get,h2-get,cost', '--clients', 'node:http2'],
      parts: ['cost', 'h2-get-1k', 'h2-get-64k', 'h2c-get-1k', 'h2c-get-64k'],
    },
    { args: ['--work', 'h2-streams,slow', '--clients', 'floor'], parts: ['slow'] },
    { args: ['--profile', 'node:http2'], parts: ['h2-get-1k'] },
    { args: ['--work', 'download', '--size', '1m'], parts: ['download-1m'] },
    { args: ['--profile', 'transport'], parts: ['get-1k'] },
    { args: ['--profile', 'transport', '--work', 'get'], parts: ['get-1k', 'get-64k'] },
  ])('$args is $parts', ({ args, parts }) => expect(parseFlags(args).parts).toEqual(parts));

  test.for([
    { args: ['--round', '3'], message: '--round' },
    { args: ['fast'], message: 'fast' },
    { args: ['--rounds'], message: '--rounds' },
    { args: ['--rounds', '0'], message: '--rounds 0' },
    { args: ['--launches', '0'], message: '--launches 0' },
    { args: ['--concurrency', 'many'], message: '--concurrency many' },
    { args: ['--connections', '100000'], message: '--connections 100000' },
    { args: ['--size', '2k'], message: '--size 2k' },
    { args: ['--size', '64k', '--work', 'post'], message: '--size 64k: no such body' },
    { args: ['--work', 'get,put'], message: '--work put' },
    { args: ['--clients', 'floor,curl'], message: '--clients curl' },
    { args: ['--profile', 'go'], message: '--profile go' },
    { args: ['--json', '--markdown'], message: '--json and --markdown' },
    { args: ['--page', '--json'], message: '--json and --page' },
    { args: ['--full', '--quick'], message: '--full and --quick' },
    { args: ['--page', '--work', 'get'], message: '--page' },
    { args: ['--page', '--work', 'http2,get'], message: '--page' },
    { args: ['--page', '--size', '1k'], message: '--page' },
    { args: ['--page', '--work', 'cache-hit'], message: '--page' },
    { args: ['--clients', 'transport', '--work', 'cache'], message: '--clients transport: none of them' },
    { args: ['--page', '--clients', 'go'], message: '--page' },
    { args: ['--clients', 'floor', '--work', 'http2'], message: '--clients floor: none of them' },
    { args: ['--profile', 'h2load'], message: '--profile h2load' },
  ])('$args is refused', ({ args, message }) => {
    expect(() => parseFlags(args)).toThrow(UsageError);
    expect(() => parseFlags(args)).toThrow(message);
  });

  test('every client is measured with GET, and the bare sockets with everything', () => {
    expect(defaultClients('get-1k')).toEqual(HTTP1_CLIENT_NAMES);
    for (const part of partsOfSection('http1')) expect(defaultClients(part).slice(0, 3)).toEqual(['floor', 'transport', 'go']);
  });

  test('the clients of a part are in its own order, whatever the order asked for', () => {
    expect(clientsAble('h2-get-1k', [...HTTP2_CLIENT_NAMES].toReversed())).toEqual(HTTP2_CLIENT_NAMES);
    expect(clientsAble('get-1k', ['node:http2', 'go', 'floor'])).toEqual(['floor', 'go']);
  });

  test('every client for HTTP/2 is measured with GET over TLS, h2load at every work, and peers with everything', () => {
    for (const part of partsOfSection('http2')) {
      expect(defaultClients(part)).toEqual(expect.arrayContaining(['go', 'undici.request', 'node:http2']));
    }
    expect(defaultClients('h2-upload-1m')[0]).toBe('h2load');
    expect(defaultClients('h2c-open')).not.toContain('h2load');
    expect(defaultClients('h2c-get-1k')).not.toContain('fetch');
  });

  test('caches are measured, and not clients, where it is about caches', () => {
    for (const part of partsOfSection('cache')) expect(defaultClients(part)).toEqual([]);
  });

  test('every part is of one section, and every name stands for some', () => {
    expect(PART_NAMES).toEqual([...partsOfSection('http1'), ...partsOfSection('http2'), ...partsOfSection('cache')]);
    expect(new Set(PART_NAMES).size).toBe(PART_NAMES.length);
    for (const section of SECTION_NAMES) for (const part of partsOfSection(section)) expect(sectionOf(part)).toBe(section);
    for (const name of GROUP_NAMES) expect(partsNamed(name)).not.toEqual([]);
  });
});

describe('bars', () => {
  test.for([
    { bar: cpuBar('get-1k', 'go'), found: 0.7, isMet: true },
    { bar: cpuBar('get-1k', 'go'), found: 0.71, isMet: false },
    { bar: cpuBar('get-64k', 'go'), found: 0.99, isMet: true },
    { bar: cpuBar('get-64k', 'go'), found: 1, isMet: false },
    { bar: throughputBar('go'), found: 1, isMet: true },
    { bar: throughputBar('go'), found: 0.99, isMet: false },
    { bar: costBar('own signal'), found: 1.11, isMet: false },
    { bar: cpuBar('h2-get-1k', 'node:http2'), found: 0.31, isMet: false },
    { bar: cpuBar('h2c-get-1k', 'undici.request'), found: 0.25, isMet: true },
    { bar: cpuBar('h2c-get-64k', 'go'), found: 0.6, isMet: true },
    { bar: cpuBar('h2-streams', 'fetch'), found: 1, isMet: false },
    { bar: heldBar('undici.request'), found: 0.99, isMet: true },
  ])('$bar is met by $found: $isMet', ({ bar, found, isMet }) =>
    expect(bar === undefined ? undefined : judge(bar, found).isMet).toBe(isMet),
  );

  test('there is no being ahead of bare sockets or of oneself', () => {
    expect(cpuBar('post-1k', 'floor')).toBeUndefined();
    expect(cpuBar('get-1k', 'transport')).toBeUndefined();
    expect(throughputBar('floor')).toBeUndefined();
    expect(cpuBar('h2-get-1k', 'h2load')).toBeUndefined();
    expect(heldBar('transport')).toBeUndefined();
  });
});

describe('results', () => {
  const window = (cpuMicros: number): Window => ({
    requests: 100,
    wallMs: 50,
    cpuMicros,
    peakRssBytes: 64 * MIB,
    allocatedBytes: 100 * 2_560,
    serverBusy: 0.5,
  });
  const measured: readonly Measured[] = [
    { client: 'floor', windows: [window(1_000), window(1_100), window(1_050)] },
    { client: 'transport', windows: [window(1_500), window(1_650), window(1_575)] },
    { client: 'go', windows: [window(2_000), window(2_200), window(2_100)] },
  ];

  test('the windows of all launches count alike', () => {
    const [floor] = pooled([measured, [{ client: 'floor', windows: [window(2_000)] }]]);
    expect(floor?.windows.map(({ cpuMicros }) => cpuMicros)).toEqual([1_000, 1_100, 1_050, 2_000]);
  });

  test('CPU time is by request, against the floor, and with the bar beside it', () => {
    const { table, verdicts } = exchangeResult('get-1k', measured);
    expect(textTable(table)).toBe(
      [
        'GET, body of 1 KiB as text',
        'client     CPU µs/request    min–max  × floor  transport ÷ it    bar     requests/s  server busy  peak RSS, MiB  KiB to collect',
        'floor                10.5  10.0–11.0        –            1.50  ≤ 1.5  ✓        2000         50 %             64             2.5',
        'transport            15.8  15.0–16.5     1.50               –      –           2000         50 %             64             2.5',
        'go                   21.0  20.0–22.0     2.00            0.75  ≤ 0.7  ✗        2000         50 %             64             2.5',
      ].join('\n'),
    );
    expect(verdicts.map(({ title, isMet }) => ({ title, isMet }))).toEqual([
      { title: 'GET, body of 1 KiB as text, against floor', isMet: true },
      { title: 'GET, body of 1 KiB as text, against go', isMet: false },
    ]);
  });

  test('a download is judged by its bytes a second', () => {
    const { table } = exchangeResult('download-1m', measured);
    expect(markdownTable(table)).toBe(
      [
        '### GET, 1 MiB streamed',
        '',
        '| client    | MB/s |   min–max | CPU s/GB | transport ÷ it | bar |     | requests/s | server busy | peak RSS, MiB | KiB to collect |',
        '| --------- | ---: | --------: | -------: | -------------: | --: | --: | ---------: | ----------: | ------------: | -------------: |',
        '| floor     | 2097 | 2097–2097 |     0.01 |           1.00 |   – |     |       2000 |        50 % |            64 |            2.5 |',
        '| transport | 2097 | 2097–2097 |     0.02 |              – |   – |     |       2000 |        50 % |            64 |            2.5 |',
        '| go        | 2097 | 2097–2097 |     0.02 |           1.00 | ≥ 1 |   ✓ |       2000 |        50 % |            64 |            2.5 |',
      ].join('\n'),
    );
  });

  test('without a Transport nothing is judged', () =>
    expect(
      exchangeResult(
        'get-1k',
        measured.filter(({ client }) => client !== 'transport'),
      ).verdicts,
    ).toEqual([]));

  test('an idle connection is judged by what it takes', () => {
    const idle = (client: Measured['client'], kibibytes: number) => ({
      client,
      connections: 1_024,
      beforeBytes: 80 * MIB,
      idleBytes: (80 + kibibytes) * MIB,
    });
    const { table, verdicts } = idleResult([idle('transport', 12), idle('go', 24), idle('node:http', 6)], false);
    expect(table.rows).toEqual([
      ['transport', '12.0', '–', '–', '', '80', '92'],
      ['go', '24.0', '0.50', '< 1', '✓', '80', '104'],
      ['node:http', '6.0', '2.00', '–', '', '80', '86'],
    ]);
    expect(verdicts).toHaveLength(1);
  });

  test('a slow reader may have the Transport hold 16 MiB', () => {
    const slow = (grownBytes: number) => slowResult([{ client: 'transport', grownBytes, readBytes: MIB }]).verdicts[0]?.isMet;
    expect(slow(16 * MIB)).toBe(true);
    expect(slow(16 * MIB + 1)).toBe(false);
  });

  test('what something costs is against the same round without it', () => {
    const sample = (cpuMicros: number) => ({ requests: 100, wallMs: 1, cpuMicros, peakRssBytes: 0 });
    const pair = (plain: number, variant: number) => ({ plain: sample(plain), variant: sample(variant) });
    const { table, verdicts } = costResult([
      { variant: 'plain', pairs: [pair(1_000, 1_010)] },
      { variant: 'own signal', pairs: [pair(1_000, 1_100), pair(2_000, 2_200), pair(1_200, 1_500)] },
      { variant: 'timings', pairs: [pair(1_000, 1_290), pair(1_000, 1_310), pair(1_000, 1_320)] },
      { variant: 'retry', pairs: [pair(1_000, 1_300)] },
    ]);
    expect(table.rows.map((row) => row.slice(1))).toEqual([
      ['10.1', '10.0', '+0.1', '1.01', '–', ''],
      ['15.0', '12.0', '+2.0', '1.10', '≤ 1.1', '✓'],
      ['13.1', '10.0', '+3.1', '1.31', '≤ +3 µs', '✗'],
      ['13.0', '10.0', '+3.0', '1.30', '≤ +3 µs', '✓'],
    ]);
    expect(verdicts).toHaveLength(3);
  });

  test('over HTTP/2 CPU time is against h2load, whose memory is not known', () => {
    const over = (client: Measured['client'], cpuMicros: number, memory: Partial<Window>): Measured => ({
      client,
      windows: [{ ...window(cpuMicros), ...memory }],
    });
    const { table, verdicts } = exchangeResult('h2-get-1k', [
      over('h2load', 200, { peakRssBytes: 0, allocatedBytes: undefined }),
      over('transport', 600, { peakRssBytes: MIB }),
      over('node:http2', 2_400, { peakRssBytes: MIB }),
    ]);
    expect(table.headings[3]).toBe('× h2load');
    expect(table.rows).toEqual([
      ['h2load', '2.0', '2.0–2.0', '–', '3.00', '–', '', '2000', '50 %', '–', '–'],
      ['transport', '6.0', '6.0–6.0', '3.00', '–', '–', '', '2000', '50 %', '1', '2.5'],
      ['node:http2', '24.0', '24.0–24.0', '12.00', '0.25', '≤ 0.3', '✓', '2000', '50 %', '1', '2.5'],
    ]);
    expect(verdicts).toHaveLength(1);
  });

  test('the bars that are not met are shown together', () => {
    const table = missedBars([exchangeResult('get-1k', measured)]);
    expect(table.title).toBe('Bars: 1 of 2 met. Not met:');
    expect(table.rows).toEqual([['GET, body of 1 KiB as text, against go', '≤ 0.7', '0.75']]);
  });
});

describe('the page', () => {
  const page = [
    'Above.',
    '<!-- The figures of HTTP/1.1, as npm run bench writes them, from here … -->',
    'Old.',
    '<!-- … to here. -->',
    'Between.',
    '<!-- The figures of HTTP/2, as npm run bench writes them, from here … -->',
    'Older.',
    '<!-- … to here. -->',
    '<!-- The figures of the cache, as npm run bench writes them, from here … -->',
    'Oldest.',
    '<!-- … to here. -->',
    'Below.',
  ].join('\n\n');

  test('has figures in the place of those before them, and the other sections’ as they were', () => {
    expect(withFigures(page, 'http1', 'New.')).toBe(page.replace('Old.', 'New.'));
    expect(withFigures(page, 'http2', 'New.')).toBe(page.replace('Older.', 'New.'));
    expect(withFigures(page, 'cache', 'New.')).toBe(page.replace('Oldest.', 'New.'));
  });

  test('must have a place for them', () => {
    expect(() => withFigures('Above.\n', 'http1', 'New.')).toThrow('docs/performance.md: expected a line');
    expect(() => withFigures(page.slice(0, page.lastIndexOf('<!--')), 'cache', 'New.')).toThrow('docs/performance.md: expected a line');
  });

  test('the page that there is has a place for each section', async () => {
    const there = await readFile(new URL('../docs/performance.md', import.meta.url), 'utf8');
    for (const section of SECTION_NAMES) expect(withFigures(there, section, 'New.')).toContain('New.');
  });

  test('says below the figures with what, where, when and how they were found', () => {
    const environment = {
      date: '2031-05-17',
      commit: 'commit 1a2b3c4',
      versions: ['Node v30.0.0', 'go1.19'],
      machine: 'A CPU; not pinned',
      effort: 'full',
      tookMs: 61_400,
    } as const;
    const rest = 'Node v30.0.0, go1.19; A CPU; not pinned; full effort, 61 s. Medians.';
    expect(environmentLine(environment)).toBe(`Measured on 2031-05-17 at commit 1a2b3c4. ${rest}`);
    expect(environmentLine({ ...environment, commit: undefined })).toBe(`Measured on 2031-05-17. ${rest}`);
  });
});

describe('the server', () => {
  const messages = [
    'GET /1k HTTP/1.1\r\nHost: a\r\n\r\n',
    'POST /64k HTTP/1.1\r\nContent-Length: 5\r\nHost: a\r\n\r\n\r\n\r\nx',
    'POST /1m HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n4\r\nGET \r\nA;x=y\r\n0123456789\r\n0\r\n\r\n',
    'GET /1g HTTP/1.1\r\n\r\n',
  ].join('');
  const requests = [
    { path: '/1k', bodyBytes: 0 },
    { path: '/64k', bodyBytes: 5 },
    { path: '/1m', bodyBytes: 14 },
    { path: '/1g', bodyBytes: 0 },
  ];

  test('finds several requests in one read', () => expect(new RequestScanner().feed(Buffer.from(messages))).toEqual(requests));

  test('finds requests wherever the reads fall apart', () => {
    for (let at = 0; at <= messages.length; at++) {
      const scanner = new RequestScanner();
      const parts = [messages.slice(0, at), messages.slice(at)];
      expect(parts.flatMap((part) => scanner.feed(Buffer.from(part)))).toEqual(requests);
    }
  });

  test('finds requests that come byte by byte', () => {
    const scanner = new RequestScanner();
    expect(messages.split('').flatMap((byte) => scanner.feed(Buffer.from(byte)))).toEqual(requests);
  });

  test('finds the same again in the same bytes, and not where they are part of a body', () => {
    const scanner = new RequestScanner();
    for (let count = 0; count < 3; count++) expect(scanner.feed(Buffer.from(messages))).toEqual(requests);
    const get = Buffer.from('GET /1k HTTP/1.1\r\n\r\n');
    const head = Buffer.from(`POST /64k HTTP/1.1\r\nContent-Length: ${get.byteLength}\r\n\r\n`);
    const found = [get, get, head, get, get].map((bytes) => scanner.feed(bytes).map(({ path }) => path));
    expect(found).toEqual([['/1k'], ['/1k'], [], ['/64k'], ['/1k']]);
  });

  test('declares the length that its bodies have', () => {
    const sizes: readonly SizeName[] = ['1k', '64k', '1m'];
    for (const size of sizes) {
      const head = headFor(SIZES[size]);
      expect(head.toString()).toContain(`\r\nContent-Length: ${SIZES[size]}\r\n`);
      expect(answerFor(size)).toHaveLength(head.byteLength + SIZES[size]);
    }
  });

  test('is sent JSON of the length that it expects', () => {
    expect(jsonOf(1_024)).toHaveLength(1_024);
    expect(() => void JSON.parse(jsonOf(1_024))).not.toThrow();
  });
});

test('a profile is summed by function and by file, without the time that was idle or the profiler’s', () => {
  const node = (id: number, functionName: string, url: string) => ({ id, callFrame: { functionName, url, lineNumber: 9 } });
  const profile = {
    nodes: [
      node(1, '(idle)', ''),
      node(2, 'read', 'file:///a/b/c/wire.ts'),
      node(3, 'read', 'file:///a/b/c/wire.ts'),
      node(4, '', 'file:///a/b/c/wire.ts'),
      node(5, 'write', ''),
      node(6, 'post', 'node:inspector'),
    ],
    samples: [1, 2, 3, 4, 2, 5, 6],
    timeDeltas: [1_000, 20, 10, 10, 20, 40, 5_000],
  };
  expect(topFunctions(profile, 5)).toEqual([
    { name: 'read, b/c/wire.ts:10', share: 0.5 },
    { name: 'write', share: 0.4 },
    { name: '(anonymous), b/c/wire.ts:10', share: 0.1 },
  ]);
  expect(topFiles(profile, 5)).toEqual([
    { name: 'b/c/wire.ts', share: 0.6 },
    { name: 'write', share: 0.4 },
  ]);
  expect(topFunctions(profile, 1)).toHaveLength(1);
});
