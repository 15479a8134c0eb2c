import { expect, test } from 'vitest';

import { ipBytes, withoutMapping } from './ip-address.ts';

test.for([
  ['127.0.0.1', '7f000001'],
  ['255.255.255.255', 'ffffffff'],
  ['::', '00000000000000000000000000000000'],
  ['::1', '00000000000000000000000000000001'],
  ['1::', '00010000000000000000000000000000'],
  ['2001:db8::52:0:1', '20010db8000000000000005200000001'],
  ['1:2:3:4:5:6:7:8', '00010002000300040005000600070008'],
  ['1:2:3:4:5:6:7::', '00010002000300040005000600070000'],
  ['::FFFF:7f00:1', '00000000000000000000ffff7f000001'],
] as const)('%s is %s', ([text, hex]) => {
  expect(Buffer.from(ipBytes(text) ?? []).toString('hex')).toBe(hex);
});

test.for([
  '',
  'localhost',
  '1.2.3',
  '1.2.3.4.5',
  '1.2.3.256',
  '1.2.3.x',
  '1..2.3',
  ':',
  ':::',
  '1::2::3',
  '1:2',
  '1:2:3:4:5:6:7:8:9',
  '1:2:3:4:5:6:7:8::',
  '::g',
  '::1%25.example.com',
  '12345::',
])('"%s" is none', (text) => {
  expect(ipBytes(text)).toBe(undefined);
});

test('only an IPv4 address in IPv6 clothes is undressed', () => {
  const bytes = (text: string): Uint8Array => ipBytes(text) ?? new Uint8Array();
  expect(withoutMapping(bytes('::ffff:7f00:1'))).toEqual(bytes('127.0.0.1'));
  for (const other of ['::7f00:1', '::fffe:7f00:1', '1::ffff:7f00:1', '127.0.0.1']) {
    expect(withoutMapping(bytes(other))).toEqual(bytes(other));
  }
});
