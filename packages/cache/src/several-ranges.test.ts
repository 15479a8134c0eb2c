import { HttpHeaders, type HttpRequestInit, type HttpResponse } from '@roundtripper/core';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { BODY, FIELDS, storing } from '../test/ask-ranges.ts';
import { byteParts, type BytePart } from '../test/byte-parts.ts';
import { exampleBytes } from '../test/example-entry.ts';
import { origin, setUp, type Scripted } from '../test/set-up.ts';
import { stored } from '../test/stored.ts';
import { cacheResult } from './index.ts';
import { multipart } from './multipart.ts';
import { locateStored, parseRange } from './ranges.ts';

/** What came, its parts as `first-last/total text`. */
async function seen(response: HttpResponse): Promise<string> {
  const { status, headers } = response;
  if (headers.get('content-type')?.startsWith('multipart/byteranges') !== true) {
    return `${status} ${headers.get('content-range') ?? '-'} ${await response.text()}`.trim();
  }
  const parts = await byteParts(response);
  return [status, ...parts.map(({ start, end, total, bytes }) => `${start}-${end - 1}/${total} ${bytes.toString()}`)].join(', ');
}

test.for<[string, string]>([
  ['bytes=0-2,10-12', '206, 0-2/26 abc, 10-12/26 klm'],
  ['bytes=10-12,0-2', '206, 10-12/26 klm, 0-2/26 abc'],
  ['bytes=0-0, -1', '206, 0-0/26 a, 25-25/26 z'],
  ['bytes=20-,0-1', '206, 20-25/26 uvwxyz, 0-1/26 ab'],
  ['Bytes= 0-1 ,\t4-5', '206, 0-1/26 ab, 4-5/26 ef'],
  ['bytes=,0-1,,4-5,', '206, 0-1/26 ab, 4-5/26 ef'],
  // Those that touch become one, in the place of the first of them.
  ['bytes=0-3,2-5,10-11', '206, 0-5/26 abcdef, 10-11/26 kl'],
  ['bytes=0-1,2-3,10-11', '206, 0-3/26 abcd, 10-11/26 kl'],
  ['bytes=10-11,0-1,20-21,2-9', '206, 0-11/26 abcdefghijkl, 20-21/26 uv'],
  ['bytes=20-21,0-1,4-5,2-3', '206, 20-21/26 uv, 0-5/26 abcdef'],
  // What is left out, and what is left.
  ['bytes=0-1,26-30,4-5,-0', '206, 0-1/26 ab, 4-5/26 ef'],
  ['bytes=24-99,0-1', '206, 24-25/26 yz, 0-1/26 ab'],
  ['bytes=0-1,99999999999999999999-', '206 bytes 0-1/26 ab'],
  ['bytes=0-1,2-3', '206 bytes 0-3/26 abcd'],
  ['bytes=0-9,', '206 bytes 0-9/26 abcdefghij'],
  ['bytes=26-,30-40,-0', '416 bytes */26'],
  // RFC 9110 §17.15: who wants more than there is gets what there is.
  ['bytes=0-,0-', `200 - ${BODY}`],
  ['bytes=0-19,5-24', `200 - ${BODY}`],
  [`bytes=${Array.from({ length: 17 }, (_each, index) => `${index}-${index}`).join(',')}`, `200 - ${BODY}`],
  // §14.2: what is none is ignored.
  ['bytes=0-1,5-4', `200 - ${BODY}`],
  ['bytes=0-1,x', `200 - ${BODY}`],
  ['bytes=0-1;4-5', `200 - ${BODY}`],
  ['bytes=', `200 - ${BODY}`],
  ['bytes=,', `200 - ${BODY}`],
  ['bytes=-', `200 - ${BODY}`],
  ['bytes=5-4', `200 - ${BODY}`],
])('RFC 9110 §15.3.7.2: %s of a stored whole: %s', async ([range, expected]) => {
  const { next, ask } = await storing();
  const response = await ask(range);
  expect([await seen(response), response.context.get(cacheResult)?.status, next.requests.length]).toEqual([expected, 'hit', 1]);
});

test('each part has the type of the whole; the whole of them has a type of its own, and no Content-Range', async () => {
  const { ask } = await storing({ headers: { ...FIELDS, 'Content-Digest': 'sha-256=:AAAA:', 'Content-Range': 'bytes 0-25/26' } });
  const response = await ask('bytes=0-1,4-5');
  const { headers, statusText } = response;
  expect([statusText, headers.get('etag'), headers.has('age'), headers.get('cache-status')]).toEqual([
    'Partial Content',
    '"a"',
    true,
    'roundtripper; hit; ttl=600',
  ]);
  expect([headers.has('content-range'), headers.has('content-digest')]).toEqual([false, false]);
  const parts = await byteParts(response);
  expect(parts.map(({ contentType }) => contentType)).toEqual(['text/plain', 'text/plain']);
});

test('a part of what has no type has none', async () => {
  const { ask } = await storing({ headers: { 'Cache-Control': 'max-age=600' }, body: Buffer.from(BODY) });
  const parts = await byteParts(await ask('bytes=0-1,4-5'));
  expect(parts.map(({ contentType }) => contentType)).toEqual([undefined, undefined]);
});

test('the content is what RFC 9110 §14.6 has it', async () => {
  const { bytes, contentType, body } = multipart(
    stored({ bodyBytes: 8000, fields: { 'Content-Type': 'application/pdf' } }),
    [
      { start: 500, end: 1000 },
      { start: 7000, end: 8000 },
    ],
    'THIS_STRING_SEPARATES',
  );
  const chunks: Uint8Array[] = [];
  for await (const chunk of body([new Uint8Array(500).fill(97), new Uint8Array(1000).fill(98)])) chunks.push(chunk);
  expect(contentType).toBe('multipart/byteranges; boundary=THIS_STRING_SEPARATES');
  expect(bytes).toBe(Buffer.concat(chunks).byteLength);
  expect(Buffer.concat(chunks).toString().replace('a'.repeat(500), '<1>').replace('b'.repeat(1000), '<2>').split('\r\n')).toEqual([
    '--THIS_STRING_SEPARATES',
    'Content-Type: application/pdf',
    'Content-Range: bytes 500-999/8000',
    '',
    '<1>',
    '--THIS_STRING_SEPARATES',
    'Content-Type: application/pdf',
    'Content-Range: bytes 7000-7999/8000',
    '',
    '<2>',
    '--THIS_STRING_SEPARATES--',
    '',
  ]);
});

test('no two answers have the same boundary', async () => {
  const { ask } = await storing();
  const types = await Promise.all([1, 2].map(async () => (await ask('bytes=0-1,4-5')).headers.get('content-type')));
  expect(new Set(types).size).toBe(2);
});

test('a HEAD has no ranges', async () => {
  const { ask, next } = await storing();
  expect([await seen(await ask('bytes=0-1,4-5', { method: 'HEAD' })), next.requests.length]).toEqual(['200 -', 1]);
});

test('what is encoded is given whole: of parts its Content-Encoding would say something else', async () => {
  const { ask } = await storing({ headers: { ...FIELDS, 'Content-Encoding': 'br' } });
  expect([await seen(await ask('bytes=0-1,4-5')), await seen(await ask('bytes=0-1,2-3'))]).toEqual([
    `200 - ${BODY}`,
    '206 bytes 0-3/26 abcd',
  ]);
});

test.for<[HttpRequestInit['headers'], string]>([
  [{ 'If-Range': '"a"' }, '206, 0-1/26 ab, 4-5/26 ef'],
  [{ 'If-Range': '"b"' }, `200 - ${BODY}`],
  [{ 'If-Range': 'W/"a"' }, `200 - ${BODY}`],
  [{ 'If-None-Match': '"a"' }, '304 -'],
  [{ 'If-None-Match': '"b"' }, '206, 0-1/26 ab, 4-5/26 ef'],
])('conditions come before ranges: %j: %s', async ([headers, expected]) => {
  const { ask, next } = await storing();
  expect([await seen(await ask('bytes=0-1,4-5', { headers })), next.requests.length]).toEqual([expected, 1]);
});

test('several ranges of what is stale: the 304 is answered with the parts', async () => {
  const next = origin({ headers: { ...FIELDS, 'Cache-Control': 'max-age=1' }, body: BODY }, { status: 304, headers: { ETag: '"a"' } });
  const { clock, send } = setUp(next);
  await (await send()).text();
  await clock.advance(2_000);
  const response = await send({ headers: { Range: 'bytes=0-1,4-5' } });
  expect([await seen(response), response.context.get(cacheResult)?.status]).toEqual(['206, 0-1/26 ab, 4-5/26 ef', 'revalidated']);
});

test('on a miss the request goes to the server as it is; a multipart answer passes, and is not stored', async () => {
  const parts = multipart(stored({ bodyBytes: 26 }), [
    { start: 0, end: 2 },
    { start: 4, end: 6 },
  ]);
  const multi: Scripted = {
    status: 206,
    headers: { ...FIELDS, 'Content-Type': parts.contentType },
    body: parts.body([Buffer.from('ab'), Buffer.from('ef')]),
  };
  const next = origin(multi, { headers: FIELDS, body: BODY });
  const { send, decisions, httpCache } = setUp(next);
  const first = await send({ headers: { Range: 'bytes=0-1,4-5' } });
  expect([first.status, first.headers.get('content-type'), await first.text()]).toEqual([
    206,
    parts.contentType,
    expect.stringContaining('ef'),
  ]);
  expect([decisions, (await httpCache.stats()).entries]).toEqual([['miss nothing-stored', 'not-stored content-range'], 0]);
  // What a server gives whole, which it may, is stored, and serves the parts from then on.
  expect(await seen(await send({ headers: { Range: 'bytes=0-1,4-5' } }))).toBe(`200 - ${BODY}`);
  expect(await seen(await send({ headers: { Range: 'bytes=0-1,4-5' } }))).toBe('206, 0-1/26 ab, 4-5/26 ef');
  expect(next.requests.map(({ headers }) => headers.get('range'))).toEqual(['bytes=0-1,4-5', 'bytes=0-1,4-5']);
});

test('a single part that answers several ranges is stored as the part that it is', async () => {
  const part: Scripted = { status: 206, headers: { ...FIELDS, 'Content-Range': 'bytes 0-5/26' }, body: 'abcdef' };
  const next = origin(part, { headers: FIELDS, body: BODY });
  const { send } = setUp(next);
  await (await send({ headers: { Range: 'bytes=0-1,4-5' } })).text();
  expect(await seen(await send({ headers: { Range: 'bytes=0-1,4-5' } }))).toBe('206, 0-1/26 ab, 4-5/26 ef');
  expect(next.requests.length).toBe(1);
  // One of them is not in it, or there are more than are answered one by one: of a part nobody has the whole.
  for (const [index, range] of ['bytes=0-1,6-7', 'bytes=0-5,0-5'].entries()) {
    const { send: ask } = setUp(origin(part, { headers: FIELDS, body: BODY }));
    await (await ask({ headers: { Range: 'bytes=0-1,4-5' } })).text();
    expect([index, await seen(await ask({ headers: { Range: range } }))]).toEqual([index, `200 - ${BODY}`]);
  }
});

test.for(['pages=1-2', 'items=0-9', '0-9', 'bytes', 'bytes 0-9', ''])(
  'what is no range of bytes is for the server to know: %j passes, and nothing is stored of it',
  async (range) => {
    const { ask, decisions, httpCache, next } = await storing();
    expect(await seen(await ask(range))).toBe('299 - asked again');
    expect([decisions.at(-1), next.requests.length, (await httpCache.stats()).entries]).toEqual(['bypass request-range', 2, 1]);
  },
);

test('a range that cannot be read goes to the server with the request where nothing is stored; a part that it answers with is not stored', async () => {
  const part: Scripted = { status: 206, headers: { ...FIELDS, 'Content-Range': 'bytes 0-5/26' }, body: 'abcdef' };
  const next = origin(part, { headers: FIELDS, body: BODY });
  const { send, decisions } = setUp(next);
  expect(await seen(await send({ headers: { Range: 'bytes=5-4' } }))).toBe('206 bytes 0-5/26 abcdef');
  expect(decisions).toEqual(['miss nothing-stored', 'not-stored content-range']);
  for (let count = 0; count < 2; count++) expect(await seen(await send({ headers: { Range: 'bytes=5-4' } }))).toBe(`200 - ${BODY}`);
  expect(next.requests.length).toBe(2);
});

test('for all ranges: the parts have every byte that was asked for, once, and no other', async () => {
  const bytes = exampleBytes(60);
  const { ask } = await storing({ body: bytes });
  const position = fc.nat(70);
  const spec = fc.oneof(
    fc.tuple(position, position).map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`),
    position.map((first) => `${first}-`),
    position.map((count) => `-${count}`),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(spec, { minLength: 1, maxLength: 18 }), async (specs) => {
      const response = await ask(`bytes=${specs.join(',')}`);
      const wanted = new Set(specs.flatMap((each) => placesOf(each, bytes.byteLength)));
      expect(response.status === 416).toBe(wanted.size === 0);
      const parts = await partsOf(response);
      for (const part of parts) expect(part.bytes).toEqual(Buffer.from(bytes.subarray(part.start, part.end)));
      const given = parts.flatMap(({ start, end }) => Array.from({ length: end - start }, (_each, index) => start + index));
      const expected = response.status === 200 ? placesOf('0-', 60) : [...wanted];
      expect(given.toSorted(ascending)).toEqual(expected.toSorted(ascending));
    }),
    { numRuns: 300, seed: 7 },
  );
});

async function partsOf(response: HttpResponse): Promise<readonly Pick<BytePart, 'start' | 'end' | 'bytes'>[]> {
  const { status, headers } = response;
  if (status === 416) return [];
  if (headers.get('content-type') !== 'text/plain') return byteParts(response);
  const [, first = '0', last = '59'] = /^bytes (\d+)-(\d+)\/60$/.exec(headers.get('content-range') ?? '') ?? [];
  return [{ start: Number(first), end: Number(last) + 1, bytes: Buffer.from(await response.bytes()) }];
}

/** Which bytes of `total` one range is, by looking at each. */
function placesOf(spec: string, total: number): readonly number[] {
  const [first = '', last = ''] = spec.split('-');
  const all = Array.from({ length: total }, (_each, index) => index);
  if (first === '') return last === '0' ? [] : all.slice(-Number(last));
  return all.filter((place) => place >= Number(first) && (last === '' || place <= Number(last)));
}

function ascending(a: number, b: number): number {
  return a - b;
}

test.for<[string, unknown]>([
  ['bytes=0-1,4-', { kind: 'several', specs: [expect.objectContaining({ last: 1 }), expect.objectContaining({ first: 4 })] }],
  ['bytes=0-1,,-3', { kind: 'several', specs: [expect.objectContaining({ last: 1 }), { kind: 'suffix', bytes: 3 }] }],
  ['bytes=0-1,4', { kind: 'other', isBytes: true }],
  ['bytes=0-1, bytes=4-5', { kind: 'other', isBytes: true }],
])('Range: %s', ([text, expected]) => expect(parseRange(new HttpHeaders({ range: text }))).toEqual(expected));

test('of a part of something of which nobody knows the length, ranges to its end are unknown', () => {
  const part = stored({ part: { start: 10, total: undefined }, bodyBytes: 10 });
  const of = (text: string): unknown => {
    const range = parseRange(new HttpHeaders({ range: text }));
    return range === undefined || range.kind === 'other' ? undefined : locateStored(range, part).kind;
  };
  expect(['bytes=10-11,15-16', 'bytes=10-11,15-', 'bytes=10-11,-2', 'bytes=8-11,15-16'].map(of)).toEqual([
    'within',
    'unknown',
    'unknown',
    'unknown',
  ]);
});
