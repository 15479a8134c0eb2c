import { HttpHeaders } from '@roundtripper/core';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { stored, STORED_AT } from '../test/stored.ts';
import { BodyMemory } from './body-memory.ts';
import type { StoredResponse } from './index.ts';
import { packedKey, packedUrl, packHead, unpackHead } from './packed-head.ts';

const oneByte = fc.string({ unit: fc.integer({ min: 0x20, max: 0xff }).map((code) => String.fromCharCode(code === 0x7f ? 0x20 : code)) });
const fields = fc.dictionary(
  fc.constantFrom('Date', 'ETag', 'Last-Modified', 'X-A', 'x-b', 'Content-Type'),
  fc.oneof(oneByte, fc.constant('Thu, 01 Jan 2026 00:00:00 GMT')),
);
const milliseconds = fc.double({ min: 0, max: 1e13, noNaN: true });

const head = fc
  .record({
    path: fc.webPath(),
    fields,
    status: fc.integer({ min: 200, max: 599 }),
    statusText: oneByte,
    proto: fc.constantFrom('HTTP/1.1', 'HTTP/2.0', ''),
    receivedAtMs: milliseconds,
    receivedMonotonicMs: milliseconds,
    initialAgeMs: milliseconds,
    bodyBytes: fc.nat(),
  })
  .map(({ path, ...changes }) => stored({ ...changes, url: `http://example.com/${path}` }));

test('what is unpacked is what was packed, wherever it lies', () => {
  fc.assert(
    fc.property(fc.array(head, { minLength: 1, maxLength: 20 }), (heads) => {
      const memory = new BodyMemory();
      const packed = heads.map((each) => packHead(each, memory));
      const unpacked = packed.map((block, at) =>
        block === undefined || heads[at] === undefined ? undefined : unpackHead(block, heads[at]),
      );
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
    const block = packHead(one, memory);
    const again = block === undefined ? undefined : unpackHead(block, one);
    expect([again?.headers.toText(), [...(again?.headers.fields() ?? [])]]).toEqual([headers.toText(), [...headers.fields()]]);
  }
});

test.each<[string, Partial<StoredResponse>]>([
  ['a variant', { variant: '[["accept","a"]]' }],
  ['one that was made stale', { isInvalidated: true }],
  ['one that another process has stored', { receivedMonotonicMs: undefined }],
  ['one whose URL may differ', { noVarySearch: { isOrderIgnored: true, ignored: { kind: 'only', names: new Set() } } }],
  ['a key of more than a byte a character', { key: 'private http://example.com/\u{100}' }],
  ['a status text of more than a byte a character', { statusText: '\u{2713}' }],
  ['a protocol of several lines', { proto: 'HTTP/1.1\n' }],
  ['an id of several lines', { id: '\n' }],
  ['one that the program has given a tag', { tags: ['a'] }],
  ['one of a group', { groups: ['a'] }],
])('%s is not packed', (_what, changes) => {
  expect(packHead({ ...stored({ receivedAtMs: STORED_AT }), ...changes }, new BodyMemory())).toBeUndefined();
});
