import { HttpHeaders } from '@roundtripper/core';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { exampleBytes } from '../test/example-entry.ts';
import { stored, STORED_AT } from '../test/stored.ts';
import { BodyMemory } from './body-memory.ts';
import type { StoredResponse } from './index.ts';
import { packedBody, packedKey, packedUrl, packResponse, unpackHead } from './packed-response.ts';

const ascii = fc.string({ unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)) });
const fields = fc.dictionary(
  fc.constantFrom('Date', 'ETag', 'Last-Modified', 'X-A', 'x-b', 'Content-Type'),
  fc.oneof(ascii, fc.constant('Thu, 01 Jan 2026 00:00:00 GMT')),
);
const milliseconds = fc.double({ min: 0, max: 1e13, noNaN: true });

const head = fc
  .record({
    path: fc.webPath(),
    fields,
    status: fc.integer({ min: 200, max: 599 }),
    statusText: ascii,
    proto: fc.constantFrom('HTTP/1.1', 'HTTP/2.0', ''),
    receivedAtMs: milliseconds,
    receivedMonotonicMs: milliseconds,
    initialAgeMs: milliseconds,
    id: fc.oneof(ascii, fc.constant('a\nb\n')),
  })
  .map(({ path, ...changes }) => stored({ ...changes, url: `http://example.com/${path}` }));

test('what is unpacked is what was packed, wherever it lies', () => {
  fc.assert(
    fc.property(fc.array(head, { minLength: 1, maxLength: 20 }), (messages) => {
      const memory = new BodyMemory();
      const heads = messages.map((each, at) => ({ ...each, bodyBytes: at % 2 === 0 ? at * 100 : 0 }));
      const packed = heads.map((each, at) => packResponse(each, at % 2 === 0 ? exampleBytes(at * 100, at) : undefined, memory));
      const unpacked = packed.map((block, at) =>
        block === undefined || heads[at] === undefined ? undefined : unpackHead(block, heads[at].policy),
      );
      packed.forEach((block, at) => {
        const body = at % 2 === 0 ? exampleBytes(at * 100, at) : new Uint8Array(0);
        expect(block !== undefined && Buffer.compare(packedBody(block), body) === 0).toBe(true);
      });
      expect(unpacked).toEqual(heads);
      expect(unpacked.map((each) => each?.headers.toText())).toEqual(heads.map(({ headers }) => headers.toText()));
      const names = packed.map((block) => (block === undefined ? undefined : [packedKey(block), packedUrl(block)]));
      expect(names).toEqual(heads.map(({ key, url }) => [key, url]));
    }),
  );
});

test('fields stay as they came', () => {
  const memory = new BodyMemory();
  for (const headers of [
    HttpHeaders.fromText('date:Thu, 01 Jan 2026 00:00:00 GMT\r\nx: \t1 \r\nX:\r\n'),
    HttpHeaders.fromText(''),
    HttpHeaders.fromFields([':status', '200', 'etag', '"a"']),
  ]) {
    const one: StoredResponse = { ...stored(), headers };
    const block = packResponse(one, undefined, memory);
    const again = block === undefined ? undefined : unpackHead(block, one.policy);
    expect([again?.headers.toText(), [...(again?.headers.fields() ?? [])]]).toEqual([headers.toText(), [...headers.fields()]]);
  }
});

test.each<[string, Partial<StoredResponse>]>([
  ['a variant', { variant: '[["accept","a"]]' }],
  ['one that was made stale', { isInvalidated: true }],
  ['one that another process has stored', { receivedMonotonicMs: undefined }],
  ['one whose URL may differ', { noVarySearch: { isOrderIgnored: true, ignored: { kind: 'only', names: new Set() } } }],
  ['a key that is not ASCII', { key: 'private http://example.com/\u{100}' }],
  ['a status text that is not ASCII', { statusText: '\u{2713}' }],
  ['a field that is not ASCII', { headers: HttpHeaders.fromText('Date: Thu, 01 Jan 2026 00:00:00 GMT\r\nX: \u{e4}\r\n') }],
  ['a status text of several lines', { statusText: 'OK\n' }],
  ['a protocol of several lines', { proto: 'HTTP/1.1\n' }],
  ['one that the program has given a tag', { tags: ['a'] }],
  ['one of a group', { groups: ['a'] }],
])('%s is not packed', (_what, changes) => {
  expect(packResponse({ ...stored({ receivedAtMs: STORED_AT }), ...changes }, undefined, new BodyMemory())).toBeUndefined();
});

test('a key is packed if, and only if, it is ASCII', () => {
  const memory = new BodyMemory();
  const unit = fc.oneof({ weight: 9, arbitrary: ascii }, fc.constantFrom('\u{e4}', '\u{100}', '\u{ffff}', '\u{1f600}', '\u{d800}'));
  const key = fc.array(unit).map((texts) => `private http://example.com/${texts.join('')}`);
  fc.assert(
    fc.property(key, (one) => {
      const block = packResponse({ ...stored({ receivedAtMs: STORED_AT }), key: one }, undefined, memory);
      const isAscii = /^[\0-\x7f]*$/.test(one);
      expect(block === undefined ? undefined : packedKey(block)).toBe(isAscii ? one : undefined);
    }),
  );
});
