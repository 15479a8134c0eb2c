import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';

import { HttpHeaders, HttpRequest, type RequestBodyInit } from '@roundtripper/core';
import { expect, test } from 'vitest';

import { contentOf, isKept, postDataOf, type BodyPolicy } from './har-content.ts';
import { readRedaction } from './har-redaction.ts';

const policy: BodyPolicy = { bodies: 'text', maxBodyBytes: 1_000, redaction: readRedaction(undefined) };
const text = 'ab'.repeat(100);

function content(
  bytes: Uint8Array,
  headers: Readonly<Record<string, string>>,
  totalBytes: number = bytes.byteLength,
): ReturnType<typeof contentOf> {
  return contentOf(new HttpHeaders({ 'content-type': 'text/plain', ...headers }), { bytes, totalBytes }, policy);
}

test.for([
  ['gzip', gzipSync(text)],
  ['x-gzip', gzipSync(text)],
  ['deflate', deflateSync(text)],
  ['br', brotliCompressSync(text)],
  ['zstd', zstdCompressSync(text)],
  ['gzip, identity, br', brotliCompressSync(gzipSync(text))],
  ['GZIP', gzipSync(text)],
] as const)('%s is undone', async ([coding, bytes]) => {
  const { byteLength } = bytes;
  expect(await content(bytes, { 'content-encoding': coding })).toEqual({
    size: 200,
    compression: 200 - byteLength,
    mimeType: 'text/plain',
    text,
  });
});

test('what was cut off is undone as far as it goes', async () => {
  const bytes = gzipSync(text + 'c'.repeat(100));
  const kept = await content(bytes.subarray(0, bytes.byteLength - 9), { 'content-encoding': 'gzip' }, bytes.byteLength);
  expect(kept).toMatchObject({ size: bytes.byteLength, comment: `of the first ${bytes.byteLength - 9} bytes of ${bytes.byteLength}` });
  expect(kept.text).toMatch(/^(?:ab){100}/);
});

test.for([
  ['a coding that nobody knows', 'magic', Buffer.from(text)],
  ['what is not what it says', 'gzip', Buffer.from(text)],
  ['what is larger than a body may be', 'gzip', gzipSync('a'.repeat(1_001))],
  ['one coding over the other, too often', 'gzip,gzip,gzip,gzip,gzip,gzip', Buffer.from(text)],
] as const)('%s is not kept', async ([, coding, bytes]) => {
  const kept = await content(bytes, { 'content-encoding': coding });
  const comment = `not kept: ${coding.replaceAll(',', ', ')} could not be undone within maxBodyBytes (1000)`;
  expect(kept).toEqual({ size: bytes.byteLength, mimeType: 'text/plain', comment });
});

test.for([
  ['text/plain; charset=iso-8859-1', [0xe4], 'ä'],
  ['text/plain; charset="utf-8"', [0xc3, 0xa4], 'ä'],
  ['text/plain', [0xe4], undefined],
  ['text/plain; charset=nobody-knows', [0x61], undefined],
] as const)('bytes of %s: %o are the text %o', async ([type, bytes, is]) => {
  expect((await content(Uint8Array.from(bytes), { 'content-type': type })).text).toBe(is);
});

test.for([
  ['text/html', true],
  ['application/json; charset=utf-8', true],
  ['application/problem+json', true],
  ['image/svg+xml', true],
  ['application/x-www-form-urlencoded', true],
  ['image/png', false],
  ['application/octet-stream', false],
  ['multipart/form-data; boundary=a', false],
  ['', false],
] as const)('whether %s is text: %o', ([type, is]) => {
  const headers = new HttpHeaders({ 'content-type': type });
  expect([isKept(headers, 'text'), isKept(headers, 'all'), isKept(headers, false)]).toEqual([is, true, false]);
});

const NOT_TEXT = 'not kept: it is not text, or not in its charset';

test.for<readonly [string, RequestBodyInit, Readonly<Record<string, string>>, object]>([
  ['text', 'abc', {}, { mimeType: 'text/plain;charset=UTF-8', text: 'abc' }],
  ['a long text', 'ä'.repeat(501), {}, { text: 'ä'.repeat(500), comment: 'the first 1000 bytes of 1002' }],
  ['bytes', new Uint8Array([1]), {}, { mimeType: '', text: '', comment: NOT_TEXT }],
  ['compressed text', 'abc', { 'content-encoding': 'gzip' }, { text: '', comment: NOT_TEXT }],
  ['bytes that are not what they say', new Uint8Array([0xff]), { 'content-type': 'text/plain' }, { text: '', comment: NOT_TEXT }],
  ['a stream', new ReadableStream(), {}, { text: '', comment: 'not kept: it was streamed' }],
])('of a request with %s', ([, body, headers, expected]) => {
  const request = new HttpRequest('http://h/', { method: 'POST', body, headers });
  expect(postDataOf(request, policy)).toMatchObject(expected);
  expect(postDataOf(request, { ...policy, bodies: false })).toBeUndefined();
  request.body?.release();
});
