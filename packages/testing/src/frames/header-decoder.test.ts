import { once } from 'node:events';
import { connect, sensitiveHeaders, type OutgoingHttpHeaders } from 'node:http2';
import { describe, expect, test } from 'vitest';

import { FramePeer } from '../frame-peer.ts';
import { HeaderDecoder } from './header-decoder.ts';
import { encodeFields } from './header-encoder.ts';
import { HUFFMAN_LENGTHS, STATIC_TABLE } from './hpack-tables.ts';

function hex(text: string): Buffer {
  return Buffer.from(text.replaceAll(' ', ''), 'hex');
}

describe('RFC 7541, Appendix C', () => {
  test('three requests in a row, with and without Huffman', () => {
    const plain = [
      '8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d',
      '8286 84be 5808 6e6f 2d63 6163 6865',
      '8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65',
    ];
    const huffman = [
      '8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff',
      '8286 84be 5886 a8eb 1064 9cbf',
      '8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf',
    ];
    const common = [
      [':method', 'GET'],
      [':scheme', 'http'],
      [':path', '/'],
      [':authority', 'www.example.com'],
    ];
    const expected = [
      common,
      [...common, ['cache-control', 'no-cache']],
      [
        [':method', 'GET'],
        [':scheme', 'https'],
        [':path', '/index.html'],
        [':authority', 'www.example.com'],
        ['custom-key', 'custom-value'],
      ],
    ];
    for (const blocks of [plain, huffman]) {
      const decoder = new HeaderDecoder();
      expect(blocks.map((block) => decoder.decode(hex(block)).fields)).toEqual(expected);
    }
  });

  test('fields by their representation', () => {
    const decoder = new HeaderDecoder();
    expect(decoder.decode(hex('040c 2f73 616d 706c 652f 7061 7468'))).toEqual({ fields: [[':path', '/sample/path']], neverIndexed: [] });
    expect(decoder.decode(hex('1008 7061 7373 776f 7264 0673 6563 7265 74'))).toEqual({
      fields: [['password', 'secret']],
      neverIndexed: ['password'],
    });
  });

  test('a table that is too small for what comes keeps what came last', () => {
    const decoder = new HeaderDecoder();
    decoder.decode(hex('3f 61 4001 61 01 31 4001 62 01 32 4001 63 01 33'));
    expect(decoder.decode(hex('be bf')).fields).toEqual([
      ['c', '3'],
      ['b', '2'],
    ]);
    expect(decoder.decode(hex('3f 03 be')).fields).toEqual([['c', '3']]);
    expect(() => decoder.decode(hex('bf'))).toThrow('no field with the index 63');
    expect(() => decoder.decode(hex('20 be'))).toThrow('no field with the index 62');
  });
});

test.for([
  { fact: 'index 0', block: '80', says: 'index 0' },
  { fact: 'an index beyond the tables', block: 'be', says: 'index 62' },
  { fact: 'a field that ends in its middle', block: '4001', says: 'longer than its block' },
  { fact: 'a block that ends before a value', block: '04', says: 'in the middle' },
  { fact: 'an integer without an end', block: '7f80 8080 8080 8080 8080 8080', says: 'in the middle' },
  { fact: 'an integer beyond all measure', block: '7fff ffff ffff ff0f', says: 'beyond all measure' },
  { fact: 'a change of the table after a field', block: '8220', says: 'after a field' },
  { fact: 'padding of zeros', block: '0481 18', says: 'not padded' },
  { fact: 'padding of a whole byte', block: '0482 1fff', says: 'not padded' },
  { fact: 'the end of a string in a string', block: '0484 ffff ffff', says: 'the end of the string' },
])('$fact is an error', ({ block, says }) => {
  expect(() => new HeaderDecoder().decode(hex(block))).toThrow(says);
});

test('what is encoded here is read here, however long and whatever bytes', () => {
  const every = Array.from({ length: 256 }, (_, code) => String.fromCodePoint(code)).join('');
  for (const length of [0, 1, 126, 127, 128, 254, 255, 256, 16_511, 70_000]) {
    const fields = [
      ['x'.repeat(length), every],
      ['a', 'y'.repeat(length)],
    ] as const;
    expect(new HeaderDecoder().decode(encodeFields(fields)).fields).toEqual(fields);
  }
  expect(encodeFields({ a: 'b' })).toEqual(Buffer.from([0, 1, 0x61, 1, 0x62]));
});

test('what node:http2 encodes is read: each byte in Huffman, each entry of the static table, and all of it again from the dynamic one', async () => {
  await using server = await FramePeer.listen();
  const client = connect(server.url);
  client.on('error', () => {});
  const peer = await server.connection();
  await peer.handshake();
  // Between letters that are short, so that Huffman is the shorter way to write any of them.
  const bytes = Array.from({ length: 256 }, (_, code) => code).filter((code) => code >= 0x20 && code !== 0x7f);
  const fields: OutgoingHttpHeaders = {};
  for (const code of bytes) fields[`x-${code}`] = `${'aeiost'.repeat(8)}${String.fromCodePoint(code)}aeiost`;
  for (const [name, value] of STATIC_TABLE) {
    if (!name.startsWith(':') && name !== 'transfer-encoding' && name !== 'host') fields[name] = value === '' ? 'one' : value;
  }
  fields['x-secret'] = 'password';
  for (let count = 0; count < 2; count++) {
    const stream = client.request({ ':path': '/index.html', ...fields, [sensitiveHeaders]: ['x-secret'] });
    stream.on('error', () => {});
    const { fields: read, neverIndexed, block } = await peer.next('HEADERS');
    expect(Object.fromEntries(read.filter(([name]) => !name.startsWith(':')))).toEqual(fields);
    expect(neverIndexed).toContain('x-secret');
    expect(block.length).toBeLessThan(Object.entries(fields).join('').length);
    await peer.reset(1 + count * 2, 'CANCEL');
    await once(stream, 'close');
  }
  client.destroy();
  await peer.closed;
});

test('the code of each byte has its length, and they fill the space of codes', () => {
  expect(HUFFMAN_LENGTHS).toHaveLength(257);
  expect(HUFFMAN_LENGTHS.reduce((sum, length) => sum + 2 ** -length, 0)).toBe(1);
  expect(STATIC_TABLE).toHaveLength(61);
});
