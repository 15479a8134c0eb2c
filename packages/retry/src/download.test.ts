import { HttpRequest, HttpResponse, type HttpRequestInit } from '@roundtripper/core';
import { expect, test } from 'vitest';

import { parseContentRange } from './content-range.ts';
import { continueWith } from './continue-with.ts';
import { downloadOf, requestForRest, type Download } from './download.ts';

test.for([
  ['bytes 0-0/1', { first: 0, last: 0, total: 1 }],
  ['bytes 5-9/10', { first: 5, last: 9, total: 10 }],
  ['bytes 5-9/*', { first: 5, last: 9, total: undefined }],
  ['Bytes 05-9/10', { first: 5, last: 9, total: 10 }],
  ...[
    '',
    'bytes',
    'bytes 5-9',
    'bytes 9-5/10',
    'bytes 5-10/10',
    'bytes */10',
    'bytes 5-/10',
    'bytes -5/10',
    'bytes 5-9/10, bytes 5-9/10',
    'bytes=5-9/10',
    'bytes  5-9/10',
    'bytes 5-9/10 ',
    'items 5-9/10',
    'bytes 5.0-9/10',
    'bytes +5-9/10',
    'bytes 0x5-9/10',
    'bytes 5-9/-1',
    `bytes 5-9/${'9'.repeat(16)}`,
    'bytes ٥-9/10',
  ].map((text) => [text, undefined] as const),
] as const)('Content-Range %o: %o', ([text, range]) => expect(parseContentRange(text)).toEqual(range));

const LONG_AGO = { 'last-modified': 'Wed, 01 Jan 2025 00:00:00 GMT', 'date': 'Thu, 01 Jan 2026 00:00:00 GMT' };
const JUST_NOW = { 'last-modified': 'Wed, 31 Dec 2025 23:59:30 GMT', 'date': 'Thu, 01 Jan 2026 00:00:00 GMT' };

interface Row {
  readonly fact: string;
  readonly init?: HttpRequestInit;
  readonly status?: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly download: Partial<Download> | undefined;
}

const whole = { first: 0, last: 9, total: 10, coding: '' };

test.for<Row>([
  {
    fact: 'a whole under a strong tag',
    headers: { 'etag': '"a"', 'content-length': '10' },
    download: { ...whole, validator: { kind: 'etag', etag: '"a"' } },
  },
  { fact: 'an empty tag is a tag', headers: { 'etag': '""', 'content-length': '10' }, download: whole },
  { fact: 'a weak tag', headers: { 'etag': 'W/"a"', 'content-length': '10' }, download: undefined },
  { fact: 'a weak tag, whatever the date', headers: { 'etag': 'W/"a"', 'content-length': '10', ...LONG_AGO }, download: undefined },
  { fact: 'no tag in quotes', headers: { 'etag': 'a', 'content-length': '10' }, download: undefined },
  { fact: 'two tags', headers: { 'etag': '"a", "b"', 'content-length': '10' }, download: undefined },
  {
    fact: 'a date that is strong',
    headers: { 'content-length': '10', ...LONG_AGO },
    download: { validator: { kind: 'date', lastModified: LONG_AGO['last-modified'] } },
  },
  { fact: 'a date that is not', headers: { 'content-length': '10', ...JUST_NOW }, download: undefined },
  {
    fact: 'a date without that of the answer',
    headers: { 'content-length': '10', 'last-modified': LONG_AGO['last-modified'] },
    download: undefined,
  },
  { fact: 'no validator', headers: { 'content-length': '10' }, download: undefined },
  { fact: 'no length', headers: { etag: '"a"' }, download: undefined },
  { fact: 'nothing in it', headers: { 'etag': '"a"', 'content-length': '0' }, download: undefined },
  {
    fact: 'a coding',
    headers: { 'etag': '"a"', 'content-length': '10', 'content-encoding': 'gzip' },
    download: { ...whole, coding: 'gzip' },
  },
  {
    fact: 'a server that gives no parts',
    headers: { 'etag': '"a"', 'content-length': '10', 'accept-ranges': 'None' },
    download: undefined,
  },
  { fact: 'a server that does', headers: { 'etag': '"a"', 'content-length': '10', 'accept-ranges': 'bytes' }, download: whole },
  { fact: 'a POST', init: { method: 'POST' }, headers: { 'etag': '"a"', 'content-length': '10' }, download: undefined },
  { fact: 'a HEAD', init: { method: 'HEAD' }, headers: { 'etag': '"a"', 'content-length': '10' }, download: undefined },
  { fact: 'another status', status: 203, headers: { 'etag': '"a"', 'content-length': '10' }, download: undefined },
  {
    fact: 'a part',
    status: 206,
    headers: { 'etag': '"a"', 'content-length': '5', 'content-range': 'bytes 5-9/20' },
    download: { first: 5, last: 9, total: 20 },
  },
  {
    fact: 'a part of nobody knows how much',
    status: 206,
    headers: { 'etag': '"a"', 'content-length': '5', 'content-range': 'bytes 5-9/*' },
    download: { first: 5, last: 9, total: undefined },
  },
  {
    fact: 'a part of which a layer further in has taken the length off',
    status: 206,
    headers: { 'etag': '"a"', 'content-range': 'bytes 5-9/20' },
    download: undefined,
  },
  {
    fact: 'a part that is longer than it says',
    status: 206,
    headers: { 'etag': '"a"', 'content-length': '6', 'content-range': 'bytes 5-9/20' },
    download: undefined,
  },
  {
    fact: 'several parts',
    status: 206,
    headers: { 'etag': '"a"', 'content-length': '10', 'content-type': 'multipart/byteranges; boundary=x' },
    download: undefined,
  },
])('what can be resumed: $fact', ({ init = {}, status = 200, headers, download }) => {
  const found = downloadOf(new HttpRequest('http://a/', init), new HttpResponse('x', { status, headers }));
  if (download === undefined) expect(found).toBe(undefined);
  else expect(found).toMatchObject(download);
});

test('the request for the rest has the conditions of the download in place of the caller’s', () => {
  const { signal } = new AbortController();
  const headers = {
    'X-Own': '1',
    'If-None-Match': '"z"',
    'If-Modified-Since': 'x',
    'If-Match': '"z"',
    'If-Unmodified-Since': 'x',
    'Range': 'bytes=3-',
  };
  const request = new HttpRequest('http://a/', { headers });
  const rest = requestForRest(request, { validator: { kind: 'etag', etag: '"a"' }, first: 3, last: 9, total: 10, coding: '' }, 5, signal);
  expect([Object.fromEntries(rest.headers), rest.signal === signal]).toEqual([
    { 'x-own': '1', 'range': 'bytes=5-9', 'if-range': '"a"' },
    true,
  ]);
  const dated = requestForRest(
    request,
    { validator: { kind: 'date', lastModified: 'then' }, first: 3, last: 9, total: 10, coding: '' },
    5,
    signal,
  );
  expect(dated.headers.get('if-range')).toBe('then');
});

const download: Download = { validator: { kind: 'etag', etag: '"a"' }, first: 0, last: 9, total: 10, coding: '' };
const dated: Download = { ...download, validator: { kind: 'date', lastModified: LONG_AGO['last-modified'] } };
const part = { 'etag': '"a"', 'content-range': 'bytes 4-9/10' };

test.for<{ fact: string; status?: number; headers: Record<string, string>; of?: Download; found: object }>([
  { fact: 'the rest', headers: part, found: { kind: 'continue', last: 9 } },
  { fact: 'the rest, of nobody says how much', headers: { ...part, 'content-range': 'bytes 4-9/*' }, found: { kind: 'continue', last: 9 } },
  { fact: 'the rest, with its length', headers: { ...part, 'content-length': '6' }, found: { kind: 'continue', last: 9 } },
  { fact: 'a part of the rest', headers: { ...part, 'content-range': 'bytes 4-6/10' }, found: { kind: 'continue', last: 6 } },
  {
    fact: 'the same coding said again',
    headers: { ...part, 'content-encoding': 'br' },
    of: { ...download, coding: 'br' },
    found: { kind: 'continue' },
  },
  { fact: 'a coding not said again', headers: part, of: { ...download, coding: 'br' }, found: { kind: 'continue' } },
  { fact: 'by a date', headers: { 'content-range': 'bytes 4-9/10' }, of: dated, found: { kind: 'continue' } },
  { fact: 'by a date said again', headers: { ...LONG_AGO, 'content-range': 'bytes 4-9/10' }, of: dated, found: { kind: 'continue' } },
  { fact: 'no Content-Range', headers: { etag: '"a"' }, found: { code: 'resume-invalid' } },
  { fact: 'a Content-Range of no form', headers: { ...part, 'content-range': 'bytes 4-9' }, found: { code: 'resume-invalid' } },
  { fact: 'from before', headers: { ...part, 'content-range': 'bytes 3-9/10' }, found: { code: 'resume-invalid' } },
  { fact: 'from the beginning', headers: { ...part, 'content-range': 'bytes 0-9/10' }, found: { code: 'resume-invalid' } },
  { fact: 'from beyond: a gap', headers: { ...part, 'content-range': 'bytes 5-9/10' }, found: { code: 'resume-invalid' } },
  { fact: 'to beyond', headers: { ...part, 'content-range': 'bytes 4-10/*' }, found: { code: 'resume-invalid' } },
  { fact: 'of another length', headers: { ...part, 'content-range': 'bytes 4-9/11' }, found: { code: 'resume-changed' } },
  { fact: 'of another tag', headers: { ...part, etag: '"b"' }, found: { code: 'resume-changed' } },
  { fact: 'of the same tag, weak now', headers: { ...part, etag: 'W/"a"' }, found: { code: 'resume-changed' } },
  { fact: 'without a tag', headers: { 'content-range': 'bytes 4-9/10' }, found: { code: 'resume-changed' } },
  {
    fact: 'of another date',
    headers: { 'content-range': 'bytes 4-9/10', 'last-modified': 'Wed, 01 Jan 2025 00:00:01 GMT' },
    of: dated,
    found: { code: 'resume-changed' },
  },
  { fact: 'with a tag where there was a date', headers: part, of: dated, found: { code: 'resume-changed' } },
  { fact: 'of another coding', headers: { ...part, 'content-encoding': 'gzip' }, found: { code: 'resume-invalid' } },
  {
    fact: 'without the coding there was',
    headers: { ...part, 'content-encoding': '' },
    of: { ...download, coding: 'br' },
    found: { code: 'resume-invalid' },
  },
  { fact: 'of a length that is not its range’s', headers: { ...part, 'content-length': '7' }, found: { code: 'resume-invalid' } },
  { fact: 'several parts', headers: { ...part, 'content-type': 'Multipart/Byteranges; boundary=x' }, found: { code: 'resume-invalid' } },
  { fact: 'two Content-Ranges', headers: { ...part, 'content-range': 'bytes 4-9/10, bytes 4-9/10' }, found: { code: 'resume-invalid' } },
  { fact: 'the whole of something else', status: 200, headers: { etag: '"b"' }, found: { code: 'resume-changed' } },
  { fact: 'the whole again', status: 200, headers: { etag: '"a"' }, found: { code: 'resume-refused' } },
  { fact: '412', status: 412, headers: {}, found: { code: 'resume-changed' } },
  { fact: '416, and shorter than it was', status: 416, headers: { 'content-range': 'bytes */3' }, found: { code: 'resume-changed' } },
  { fact: '416, and as long as it was', status: 416, headers: { 'content-range': 'bytes */10' }, found: { code: 'resume-refused' } },
  { fact: '416', status: 416, headers: {}, found: { code: 'resume-refused' } },
  { fact: '503', status: 503, headers: {}, found: { kind: 'no-part' } },
  { fact: '404', status: 404, headers: {}, found: { kind: 'no-part' } },
  { fact: '204', status: 204, headers: part, found: { kind: 'no-part' } },
])('the answer: $fact', ({ status = 206, headers, of = download, found }) => {
  expect(continueWith(new HttpResponse(null, { status, headers }), of, 4)).toMatchObject(found);
});

test.for<{ fact: string; headers: Record<string, string>; of?: Download; kind: string }>([
  { fact: 'the same whole', headers: { 'etag': '"a"', 'content-length': '10' }, kind: 'continue' },
  { fact: 'of another length', headers: { 'etag': '"a"', 'content-length': '9' }, kind: 'failed' },
  { fact: 'of no length', headers: { etag: '"a"' }, kind: 'failed' },
  { fact: 'of another coding', headers: { 'etag': '"a"', 'content-length': '10', 'content-encoding': 'br' }, kind: 'failed' },
  { fact: 'of another tag', headers: { 'etag': '"b"', 'content-length': '10' }, kind: 'failed' },
  { fact: 'where a part was asked for', headers: { 'etag': '"a"', 'content-length': '10' }, of: { ...download, last: 4 }, kind: 'failed' },
])('where nothing was read yet, the whole: $fact', ({ headers, of = download, kind }) => {
  expect(continueWith(new HttpResponse(null, { headers }), of, 0).kind).toBe(kind);
});
