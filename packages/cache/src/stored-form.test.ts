import { HttpHeaders } from '@roundtripper/core';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { stored } from '../test/stored.ts';
import { parseStored, serialiseStored } from './index.ts';

const text = serialiseStored(
  stored({
    fields: { 'ETag': '"a"', 'Set-Cookie': ['a=1', 'b=2'], 'Cache-Groups': '"g"' },
    selecting: [['accept', null]],
    tags: ['t'],
    part: { start: 3, total: undefined },
  }),
);

test('what was written is read, but for the clock of the process that wrote it', () => {
  const one = stored({
    fields: { 'ETag': '"a"', 'Set-Cookie': ['a=1', 'b=2'], 'Cache-Groups': '"g"' },
    part: { start: 3, total: 20 },
    tags: ['t'],
  });
  const read = parseStored(serialiseStored(one));
  expect({ ...read, headers: undefined }).toEqual({ ...one, headers: undefined, receivedMonotonicMs: undefined });
  expect([...(read?.headers ?? new HttpHeaders()).fields()]).toEqual([...one.headers.fields()]);
});

test('any value in place of any other is refused or makes a response of the right types: nothing throws', () => {
  const paths = [
    'version',
    'id',
    'key',
    'url',
    'variant',
    'selecting',
    'status',
    'statusText',
    'proto',
    'fields',
    'part',
    'bodyBytes',
    'receivedAtMs',
    'initialAgeMs',
    'policy',
    'tags',
    'isInvalidated',
  ];
  fc.assert(
    fc.property(fc.constantFrom(...paths), fc.jsonValue(), (path, value) => {
      const head: unknown = JSON.parse(text);
      const changed = parseStored(JSON.stringify(Object.assign({}, head, { [path]: value })));
      if (changed === undefined) return;
      const again = parseStored(serialiseStored(changed));
      expect({ ...again, headers: undefined }).toEqual({ ...changed, headers: undefined });
      expect(Number.isFinite(changed.policy.lifetimeMs) && changed.bodyBytes >= 0 && changed.status >= 200).toBe(true);
    }),
  );
});

test.for<[string, (head: Record<string, unknown>) => unknown]>([
  ['a missing property', ({ policy: _policy, ...rest }) => rest],
  ['another version', (head) => ({ ...head, version: 2 })],
  ['a header name that is none', (head) => ({ ...head, fields: [['a b', '1']] })],
  ['a header value that would begin another field', (head) => ({ ...head, fields: [['a', '1\r\nSet-Cookie: x']] })],
  ['a URL that is none', (head) => ({ ...head, url: 'example.com' })],
  ['a URL in another form', (head) => ({ ...head, url: 'HTTP://example.com/a' })],
  ['a URL of another scheme', (head) => ({ ...head, url: 'file:///etc/passwd' })],
  ['an infinite lifetime', (head) => JSON.stringify(head).replace('60000', '1e999')],
  ['a negative length', (head) => ({ ...head, bodyBytes: -1 })],
  ['a part that begins nowhere', (head) => ({ ...head, part: { start: -1 } })],
  ['a prototype', (head) => JSON.stringify(head).replace('"id"', '"__proto__"')],
  ['no object', () => []],
  ['nothing', () => null],
])('%s is refused', ([, change]) => {
  const head: unknown = JSON.parse(text);
  const changed = change(Object.fromEntries(new Map<string, unknown>(Object.entries(head ?? {}))));
  expect(parseStored(typeof changed === 'string' ? changed : JSON.stringify(changed))).toBeUndefined();
});

test.for([undefined, null, 3, {}, '', '{', Buffer.from(text)])('%o is refused', (value) => expect(parseStored(value)).toBeUndefined());

test('text that was cut off, or in which a byte has changed, is refused or read without a failure', () => {
  fc.assert(
    fc.property(fc.nat(text.length - 1), fc.nat(255), (at, byte) => {
      expect(parseStored(text.slice(0, at))).toBeUndefined();
      const read = parseStored(`${text.slice(0, at)}${String.fromCharCode(byte)}${text.slice(at + 1)}`);
      expect(read === undefined || read.bodyBytes >= 0).toBe(true);
    }),
  );
});
