import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { ByteWriter } from './byte-writer.ts';
import { decodeHuffman, huffmanLength, mostHuffmanDecoded, writeHuffman } from './hpack-huffman.ts';
import { HUFFMAN_CODE_BITS } from './hpack-huffman-code.ts';
import { ConnectionError } from './http2-error.ts';

function encoded(text: string): Buffer {
  const writer = new ByteWriter();
  writer.byte(0xaa);
  writeHuffman(text, huffmanLength(text), writer);
  const [before, ...bytes] = writer.take();
  expect(before).toBe(0xaa);
  return Buffer.from(bytes);
}

function decoded(bytes: Uint8Array): string {
  const target = Buffer.alloc(mostHuffmanDecoded(bytes.byteLength));
  return target.toString('latin1', 0, decodeHuffman(bytes, 0, bytes.byteLength, target));
}

/** Bits, filled up with ones. */
function bitsOf(bits: string): Buffer {
  const full = bits.padEnd(Math.ceil(bits.length / 8) * 8, '1');
  return Buffer.from(full.match(/.{8}/g)?.map((byte) => Number.parseInt(byte, 2)) ?? []);
}

const EVERY_BYTE = String.fromCharCode(...Array.from({ length: 256 }, (_, byte) => byte));

test.for([
  { text: '', hex: '' },
  { text: 'www.example.com', hex: 'f1e3c2e5f23a6ba0ab90f4ff' },
  { text: 'no-cache', hex: 'a8eb10649cbf' },
  { text: 'custom-key', hex: '25a849e95ba97d7f' },
  { text: '302', hex: '6402' },
  { text: 'Mon, 21 Oct 2013 20:13:21 GMT', hex: 'd07abe941054d444a8200595040b8166e082a62d1bff' },
])('codes "$text" as the examples of RFC 7541 do', ({ text, hex }) => {
  expect(encoded(text).toString('hex')).toBe(hex);
  expect(huffmanLength(text)).toBe(hex.length / 2);
  expect(decoded(Buffer.from(hex, 'hex'))).toBe(text);
});

test.for([
  { byte: 0x30, code: '00000' },
  { byte: 0x61, code: '00011' },
  { byte: 0x3a, code: '1011100' },
  { byte: 0x26, code: '11111000' },
  { byte: 0x21, code: '1111111000' },
  { byte: 0x5c, code: '1111111111111110000' },
  { byte: 0xc7, code: '1111111111111111111101100' },
  { byte: 0xff, code: '11111111111111111111101110' },
  { byte: 0x02, code: '1111111111111111111111100010' },
  { byte: 0x16, code: '111111111111111111111111111110' },
])('the code of byte $byte is that of RFC 7541 Appendix B', ({ byte, code }) => {
  expect(encoded(String.fromCharCode(byte))).toEqual(bitsOf(code));
});

test('the code leaves no gap: Kraft’s sum is one', () => {
  expect(HUFFMAN_CODE_BITS).toHaveLength(257);
  expect(HUFFMAN_CODE_BITS.reduce((sum, bits) => sum + 2 ** -bits, 0)).toBe(1);
});

test('every byte comes back, after any other', () => {
  expect(decoded(encoded(EVERY_BYTE))).toBe(EVERY_BYTE);
  for (const first of EVERY_BYTE) {
    const text = Array.from(EVERY_BYTE, (second) => first + second).join('');
    expect(decoded(encoded(text))).toBe(text);
  }
});

test('any text comes back', () => {
  const text = fc.array(fc.nat({ max: 255 }), { maxLength: 200 }).map((bytes) => String.fromCharCode(...bytes));
  fc.assert(
    fc.property(text, (each) => decoded(encoded(each)) === each),
    { seed: 20_260_101, numRuns: 500 },
  );
});

test('decoding stays within the bytes it is given, and writes no more than it says', () => {
  const bytes = Buffer.concat([Buffer.of(0xff), encoded('no-cache'), Buffer.of(0xff)]);
  const target = Buffer.alloc(20, 0xee);
  expect(decodeHuffman(bytes, 1, bytes.byteLength - 1, target)).toBe(8);
  expect(target.toString('latin1')).toBe(`no-cache${'\xee'.repeat(12)}`);
});

describe('a string is refused', () => {
  const EOS = '1'.repeat(30);
  test.for([
    { fact: 'with EOS in it', bytes: bitsOf(`00011${EOS}00011`), message: 'holds EOS' },
    { fact: 'that is EOS and more ones', bytes: bitsOf(`${EOS}11`), message: 'holds EOS' },
    { fact: 'with much after EOS', bytes: bitsOf(EOS + '00011'.repeat(100)), message: 'holds EOS' },
    { fact: 'padded with zeros', bytes: bitsOf('00011000'), message: 'up to seven ones' },
    { fact: 'padded with a zero among ones', bytes: bitsOf('00011101'), message: 'up to seven ones' },
    { fact: 'padded with eight ones', bytes: bitsOf(`11111000${'1'.repeat(8)}`), message: 'up to seven ones' },
    { fact: 'padded with eleven ones', bytes: bitsOf(`00011${'1'.repeat(11)}`), message: 'up to seven ones' },
    { fact: 'of padding only, a byte', bytes: bitsOf('11111111'), message: 'up to seven ones' },
    { fact: 'of padding only, three bytes', bytes: bitsOf('1'.repeat(24)), message: 'up to seven ones' },
    { fact: 'that ends within a code', bytes: bitsOf('1111111111111110'), message: 'up to seven ones' },
  ])('$fact', ({ bytes, message }) => {
    expect(() => decoded(bytes)).toThrow(ConnectionError);
    expect(() => decoded(bytes)).toThrow(message);
  });
});

test('up to seven ones are padding', () => {
  expect(decoded(bitsOf('00011111'))).toBe('a');
  expect(decoded(bitsOf('11111000'))).toBe('&');
  expect(decoded(bitsOf(`1111111000${'1'.repeat(6)}`))).toBe('!');
  expect(decoded(bitsOf('00011'.repeat(5)))).toBe('aaaaa');
});
