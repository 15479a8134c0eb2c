import type { HttpResponse } from '@roundtripper/core';
import { expect, test } from 'vitest';

import { origin, setUp, type Scripted } from '../test/set-up.ts';
import { cacheStatus } from './index.ts';
import { missingRange, parseContentRange, parseRange } from './ranges.ts';
import { HttpHeaders } from '@roundtripper/core';

const FIELDS = { 'Cache-Control': 'max-age=60', 'ETag': '"a"' };
const BODY = '0123456789';

const seen = async (response: HttpResponse): Promise<string> =>
  `${response.status} ${response.headers.get('content-range') ?? '-'} ${response.headers.get('content-length') ?? '-'} ${await response.text()}`.trim();

test.for<[string, string, string]>([
  ['bytes=0-4', '', '206 bytes 0-4/10 5 01234'],
  ['bytes=3-', '', '206 bytes 3-9/10 7 3456789'],
  ['bytes=-3', '', '206 bytes 7-9/10 3 789'],
  ['bytes=-30', '', '206 bytes 0-9/10 10 0123456789'],
  ['bytes=8-99', '', '206 bytes 8-9/10 2 89'],
  ['Bytes=0-0', '', '206 bytes 0-0/10 1 0'],
  ['bytes=10-', '', '416 bytes */10 0'],
  ['bytes=-0', '', '416 bytes */10 0'],
  ['bytes=0-4', '"a"', '206 bytes 0-4/10 5 01234'],
  ['bytes=0-4', '"b"', '200 - - 0123456789'],
  ['bytes=0-4', 'W/"a"', '200 - - 0123456789'],
  ['bytes=0-4', 'Thu, 01 Jan 2026 00:00:00 GMT', '200 - - 0123456789'],
])('RFC 9110 §14: %s of a stored whole, If-Range %s: %s', async ([range, ifRange, expected]) => {
  const next = origin({ headers: FIELDS, body: BODY });
  const { send } = setUp(next);
  await (await send()).text();
  const response = await send({ headers: { Range: range, ...(ifRange === '' ? {} : { 'If-Range': ifRange }) } });
  expect([await seen(response), response.context.get(cacheStatus), next.requests.length]).toEqual([expected, 'hit', 1]);
});

const part = (range: string, body: string, more: Record<string, string> = {}): Scripted => ({
  status: 206,
  statusText: 'Partial Content',
  headers: { ...FIELDS, 'Content-Range': `bytes ${range}`, ...more },
  body,
});

test('RFC 9111 §3.3: a part is stored, and serves what lies within it', async () => {
  const next = origin(part('4-8/10', '45678'));
  const { send } = setUp(next);
  await (await send({ headers: { Range: 'bytes=4-8' } })).text();
  const ranges = ['bytes=4-8', 'bytes=5-6', 'bytes=6-8'];
  const answers = await Promise.all(ranges.map(async (Range) => seen(await send({ headers: { Range } }))));
  expect(answers).toEqual(['206 bytes 4-8/10 5 45678', '206 bytes 5-6/10 2 56', '206 bytes 6-8/10 3 678']);
  expect(next.requests.length).toBe(1);
  await (await send({ headers: { Range: 'bytes=3-5' } })).text();
  expect(next.requests.length).toBe(2);
});

test.for<[string, Scripted, string]>([
  ['the rest', part('5-9/10', '56789'), '200 - 10 0123456789'],
  ['the whole, since it has changed', { headers: { ...FIELDS, ETag: '"b"' }, body: 'abc' }, '200 - - abc'],
  ['the rest of something else', part('5-9/10', '56789', { ETag: '"b"' }), '200 - - whole'],
  ['another part', part('6-9/10', '6789'), '200 - - whole'],
  ['a part of another length', part('5-9/11', '56789'), '200 - - whole'],
  ['a rest that is not as long as it says', part('5-9/10', '56789', { 'Content-Length': '4' }), '200 - - whole'],
  ['nothing', { status: 416, headers: { 'Content-Range': 'bytes */3' } }, '200 - - whole'],
])('RFC 9111 §3.4: the rest of a part is asked for, and answered by %s', async ([, answer, expected]) => {
  const next = origin(part('0-4/10', '01234'), answer, { headers: FIELDS, body: 'whole' });
  const { send } = setUp(next);
  await (await send({ headers: { Range: 'bytes=0-4' } })).text();
  const response = await send();
  expect(await seen(response)).toBe(expected);
  expect([next.requests[1]?.headers.get('range'), next.requests[1]?.headers.get('if-range')]).toEqual(['bytes=5-', '"a"']);
  const before = next.requests.length;
  expect(await (await send()).text()).toBe(expected.split(' ').at(-1));
  expect(next.requests.length).toBe(before);
});

test('RFC 9530 §2: a digest of the bytes that came is not said of others', async () => {
  const digest = { 'Content-Digest': 'sha-256=:AAAA:', 'Repr-Digest': 'sha-256=:BBBB:' };
  const next = origin(part('0-4/10', '01234', digest), part('5-9/10', '56789', digest));
  const { send } = setUp(next);
  const told: unknown[] = [];
  for (const headers of [{ Range: 'bytes=0-4' }, { Range: 'bytes=0-1' }, {}, { Range: 'bytes=5-' }, {}]) {
    const response = await send({ headers });
    told.push([await response.text(), response.headers.has('content-digest'), response.headers.has('repr-digest')]);
  }
  expect(told).toEqual([
    ['01234', true, true],
    ['01', false, true],
    [BODY, false, true],
    ['56789', false, true],
    [BODY, false, true],
  ]);
});

test('so is the beginning of one that goes to the end', async () => {
  const next = origin(part('5-9/10', '56789'), part('0-4/10', '01234'));
  const { send } = setUp(next);
  await (await send({ headers: { Range: 'bytes=-5' } })).text();
  expect([await (await send()).text(), next.requests[1]?.headers.get('range')]).toEqual([BODY, 'bytes=0-4']);
});

test('a body that is cut off while it is completed is stored by nobody', async () => {
  const next = origin(part('0-4/10', '01234'), part('5-9/10', '56'), { headers: FIELDS, body: 'whole' });
  const { send, decisions } = setUp(next);
  await (await send({ headers: { Range: 'bytes=0-4' } })).text();
  await expect((await send()).text()).rejects.toMatchObject({ code: 'truncated' });
  expect(decisions.at(-1)).toBe('not-stored body-failed');
});

test.for<[string, string, string]>([
  ['shorter', '567', 'truncated'],
  ['longer', '56789x', 'malformed-response'],
])('the rest of a part that is %s than its range says is no end of the whole', async ([, rest, code]) => {
  const chunked = { status: 206, headers: { ...FIELDS, 'Content-Range': 'bytes 5-9/10' }, body: rest };
  const { send, httpCache } = setUp(origin(part('0-4/10', '01234'), chunked));
  await (await send({ headers: { Range: 'bytes=0-4' } })).text();
  await expect((await send()).text()).rejects.toMatchObject({ name: 'RoundTripError', code, phase: 'response-body' });
  expect((await httpCache.stats()).entries).toBe(1);
});

test('the whole is as old as the rest of it was when it came', async () => {
  const next = origin(part('0-4/10', '01234'), part('5-9/10', '56789', { ...FIELDS, Age: '50' }), { headers: FIELDS, body: 'whole' });
  const { clock, send } = setUp(next);
  await (await send({ headers: { Range: 'bytes=0-4' } })).text();
  const whole = await send();
  expect([whole.headers.get('age'), await whole.text()]).toEqual(['50', '0123456789']);
  await clock.advance(15_000);
  await (await send()).text();
  expect(next.requests.length).toBe(3);
});

test('a part that lies about its length is not stored', async () => {
  const next = origin(part('0-5/10', '01234', {}));
  const { send, httpCache } = setUp(next);
  await (await send({ headers: { Range: 'bytes=0-5' } })).text();
  expect((await httpCache.stats()).entries).toBe(0);
});

test('a range of what is stale is asked for with the tag: the 304 is answered with the part', async () => {
  const next = origin({ headers: { ...FIELDS, 'Cache-Control': 'max-age=1' }, body: BODY }, { status: 304, headers: { ETag: '"a"' } });
  const { clock, send } = setUp(next);
  await (await send()).text();
  await clock.advance(2_000);
  const response = await send({ headers: { Range: 'bytes=0-1' } });
  expect([await seen(response), next.requests[1]?.headers.get('range')]).toEqual(['206 bytes 0-1/10 2 01', 'bytes=0-1']);
});

test.for<[string, unknown]>([
  ['bytes=0-4', { kind: 'from', first: 0, last: 4 }],
  ['bytes=4-', { kind: 'from', first: 4, last: undefined }],
  ['bytes=-4', { kind: 'suffix', bytes: 4 }],
  ['bytes=5-4', { kind: 'other', isBytes: true }],
  ['bytes=-', { kind: 'other', isBytes: true }],
  ['bytes=0x1-2', { kind: 'other', isBytes: true }],
  ['bytes=99999999999999999999-', { kind: 'from', first: 1e20, last: undefined }],
  ['pages=1-2', { kind: 'other', isBytes: false }],
])('Range: %s', ([text, expected]) => expect(parseRange(new HttpHeaders({ range: text }))).toEqual(expected));

test.for<[string, unknown]>([
  ['bytes 0-4/10', { start: 0, end: 5, total: 10 }],
  ['bytes 0-4/*', { start: 0, end: 5, total: undefined }],
  ['bytes 5-4/10', undefined],
  ['bytes 0-10/10', undefined],
  ['bytes */10', undefined],
  ['bytes 0-4/10, bytes 5-9/10', undefined],
  ['', undefined],
])('Content-Range: %s', ([text, expected]) => expect(parseContentRange(text)).toEqual(expected));

test('what is missing is one range or is not asked for', () => {
  const of = (start: number, bodyBytes: number, etag = '"a"'): unknown => missingRange({ part: { start, total: 10 }, bodyBytes, etag });
  expect([of(0, 5), of(5, 5), of(2, 5), of(0, 5, 'W/"a"')]).toEqual([{ start: 5, end: 10 }, { start: 0, end: 5 }, undefined, undefined]);
});
