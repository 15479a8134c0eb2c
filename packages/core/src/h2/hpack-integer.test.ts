import { describe, expect, test } from 'vitest';

import { ByteWriter } from './byte-writer.ts';
import { BlockCursor, writeInteger } from './hpack-integer.ts';
import { ConnectionError } from './http2-error.ts';

function written(value: number, mask: number): string {
  const writer = new ByteWriter();
  writeInteger(value, 0, mask, writer);
  return writer.take().toString('hex');
}

function read(hex: string, mask: number): number {
  const bytes = Buffer.from(hex, 'hex');
  const cursor = new BlockCursor();
  cursor.open(bytes, 0, bytes.length);
  const value = cursor.integer(cursor.byte(), mask);
  expect(cursor.at).toBe(bytes.length);
  return value;
}

test.for([
  { fact: 'RFC 7541 C.1.1: 10 in a prefix of five bits', value: 10, mask: 0x1f, hex: '0a' },
  { fact: 'RFC 7541 C.1.2: 1 337 in a prefix of five bits', value: 1_337, mask: 0x1f, hex: '1f9a0a' },
  { fact: 'RFC 7541 C.1.3: 42 at the beginning of a byte', value: 42, mask: 0xff, hex: '2a' },
  { fact: 'the largest that fits the prefix', value: 30, mask: 0x1f, hex: '1e' },
  { fact: 'the smallest that does not', value: 31, mask: 0x1f, hex: '1f00' },
  { fact: 'the largest of one byte more', value: 158, mask: 0x1f, hex: '1f7f' },
  { fact: 'the smallest of two bytes more', value: 159, mask: 0x1f, hex: '1f8001' },
  { fact: 'the largest that is taken', value: 2 ** 31 - 1, mask: 0x7f, hex: '7f80ffffff07' },
])('$fact', ({ value, mask, hex }) => {
  expect(written(value, mask)).toBe(hex);
  expect(read(hex, mask)).toBe(value);
});

test('zeros may follow an integer, up to five bytes', () => {
  expect(read('7f8080808000', 0x7f)).toBe(127);
});

describe('an integer is refused', () => {
  test.for([
    { fact: 'when its prefix is all that there is', hex: 'ff', message: 'ends within a field' },
    { fact: 'when it ends in a byte that says that more follow', hex: 'ff80', message: 'ends within a field' },
    { fact: 'of 2^31', hex: 'ff81ffffff07', message: 'is 2147483648, more than' },
    { fact: 'of the most that five bytes hold', hex: 'ffffffffff7f', message: 'more than' },
    { fact: 'of six bytes', hex: 'ff808080808000', message: 'goes on after 5 bytes' },
    { fact: 'of twelve bytes', hex: `ff${'80'.repeat(11)}01`, message: 'goes on after 5 bytes' },
    { fact: 'that never ends', hex: `ff${'ff'.repeat(1_000)}`, message: 'goes on after 5 bytes' },
  ])('$fact', ({ hex, message }) => {
    expect(() => read(hex, 0x7f)).toThrow(ConnectionError);
    expect(() => read(hex, 0x7f)).toThrow(message);
  });
});
