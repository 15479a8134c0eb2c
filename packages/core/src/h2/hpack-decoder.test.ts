import { describe, expect, test } from 'vitest';

import { blockOf, huffman, raw, type HpackInstruction } from '../../test/hpack-instructions.ts';
import { HpackDecoder, type HpackDecoderOptions } from './hpack-decoder.ts';
import { ConnectionError } from './http2-error.ts';

interface List {
  readonly fields: readonly string[];
  readonly isTooLarge: boolean;
}

function decoderOf(options: Partial<HpackDecoderOptions<List>> = {}): HpackDecoder<List> {
  return new HpackDecoder({ maxListBytes: 65_536, interpret: (fields, isTooLarge) => ({ fields, isTooLarge }), ...options });
}

function fieldsOf(decoder: HpackDecoder<List>, block: Buffer | readonly HpackInstruction[]): readonly string[] {
  const bytes = Buffer.isBuffer(block) ? block : blockOf(block);
  // Somewhere in a larger buffer, as it comes.
  const buffer = Buffer.concat([Buffer.of(0xff, 0xff, 0xff), bytes, Buffer.of(0x82, 0x82)]);
  const { fields, isTooLarge } = decoder.decode(buffer, 3, 3 + bytes.byteLength);
  expect(isTooLarge).toBe(false);
  return fields;
}

/** An example of RFC 7541 Appendix C. */
interface Example {
  readonly hex: string;
  readonly fields: readonly string[];
  readonly tableBytes: number;
}

const REQUESTS = [
  [':method', 'GET', ':scheme', 'http', ':path', '/', ':authority', 'www.example.com'],
  [':method', 'GET', ':scheme', 'http', ':path', '/', ':authority', 'www.example.com', 'cache-control', 'no-cache'],
  [':method', 'GET', ':scheme', 'https', ':path', '/index.html', ':authority', 'www.example.com', 'custom-key', 'custom-value'],
] as const;

const LOCATION = 'https://www.example.com';
const [DATE_21, DATE_22] = ['Mon, 21 Oct 2013 20:13:21 GMT', 'Mon, 21 Oct 2013 20:13:22 GMT'];
const COOKIE = 'foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1';
const RESPONSES = [
  [':status', '302', 'cache-control', 'private', 'date', DATE_21, 'location', LOCATION],
  [':status', '307', 'cache-control', 'private', 'date', DATE_21, 'location', LOCATION],
  [':status', '200', 'cache-control', 'private', 'date', DATE_22, 'location', LOCATION, 'content-encoding', 'gzip', 'set-cookie', COOKIE],
] as const;

const EXAMPLES: readonly { fact: string; maxTableBytes?: number; blocks: readonly Example[] }[] = [
  {
    fact: 'C.2.1: a literal that is indexed',
    blocks: [
      {
        hex: '400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572',
        fields: ['custom-key', 'custom-header'],
        tableBytes: 55,
      },
    ],
  },
  {
    fact: 'C.2.2: a literal that is not',
    blocks: [{ hex: '040c 2f73 616d 706c 652f 7061 7468', fields: [':path', '/sample/path'], tableBytes: 0 }],
  },
  {
    fact: 'C.2.3: a literal that nobody may index',
    blocks: [{ hex: '1008 7061 7373 776f 7264 0673 6563 7265 74', fields: ['password', 'secret'], tableBytes: 0 }],
  },
  { fact: 'C.2.4: a field of the static table', blocks: [{ hex: '82', fields: [':method', 'GET'], tableBytes: 0 }] },
  {
    fact: 'C.3: requests',
    blocks: [
      { hex: '8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d', fields: REQUESTS[0], tableBytes: 57 },
      { hex: '8286 84be 5808 6e6f 2d63 6163 6865', fields: REQUESTS[1], tableBytes: 110 },
      { hex: '8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65', fields: REQUESTS[2], tableBytes: 164 },
    ],
  },
  {
    fact: 'C.4: requests with Huffman coding',
    blocks: [
      { hex: '8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff', fields: REQUESTS[0], tableBytes: 57 },
      { hex: '8286 84be 5886 a8eb 1064 9cbf', fields: REQUESTS[1], tableBytes: 110 },
      { hex: '8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf', fields: REQUESTS[2], tableBytes: 164 },
    ],
  },
  {
    fact: 'C.5: responses, and entries that go',
    maxTableBytes: 256,
    blocks: [
      {
        hex: `4803 3330 3258 0770 7269 7661 7465 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3120 474d 546e 1768
          7474 7073 3a2f 2f77 7777 2e65 7861 6d70 6c65 2e63 6f6d`,
        fields: RESPONSES[0],
        tableBytes: 222,
      },
      { hex: '4803 3330 37c1 c0bf', fields: RESPONSES[1], tableBytes: 222 },
      {
        hex: `88c1 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3220 474d 54c0 5a04 677a 6970 7738 666f 6f3d 4153
          444a 4b48 514b 425a 584f 5157 454f 5049 5541 5851 5745 4f49 553b 206d 6178 2d61 6765 3d33 3630 303b 2076 6572 7369 6f6e 3d31`,
        fields: RESPONSES[2],
        tableBytes: 215,
      },
    ],
  },
  {
    fact: 'C.6: responses with Huffman coding, and entries that go',
    maxTableBytes: 256,
    blocks: [
      {
        hex: `4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e 919d 29ad 1718 63c7 8f0b 97c8
          e9ae 82ae 43d3`,
        fields: RESPONSES[0],
        tableBytes: 222,
      },
      { hex: '4883 640e ffc1 c0bf', fields: RESPONSES[1], tableBytes: 222 },
      {
        hex: `88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab 77ad 94e7 821d d7f2 e6c7 b335 dfdf cd5b
          3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160 65c0 03ed 4ee5 b106 3d50 07`,
        fields: RESPONSES[2],
        tableBytes: 215,
      },
    ],
  },
];

describe('decodes the examples of RFC 7541 Appendix C', () => {
  test.for(EXAMPLES)('$fact', ({ maxTableBytes, blocks }) => {
    const decoder = decoderOf(maxTableBytes === undefined ? {} : { maxTableBytes });
    for (const { hex, fields, tableBytes } of blocks) {
      expect(fieldsOf(decoder, Buffer.from(hex.replaceAll(/\s/g, ''), 'hex'))).toEqual(fields);
      expect(decoder.tableBytes).toBe(tableBytes);
    }
  });
});

/** In the table at 62 and 63, with 44 bytes each. */
const TWO_ENTRIES: readonly HpackInstruction[] = [
  { kind: 'indexing', name: raw('x-old'), value: raw('old-one') },
  { kind: 'indexing', name: raw('x-new'), value: raw('new-one') },
];
const GET: HpackInstruction = { kind: 'indexed', index: 2 };

/** A block after {@link TWO_ENTRIES} that is an error. */
const REFUSED: readonly { fact: string; block: Buffer; message: RegExp }[] = [
  { fact: 'index 0', block: Buffer.of(0x80), message: /the index 0/ },
  { fact: 'an index beyond the tables', block: Buffer.of(0xc0), message: /the index 64, and the tables end at 63/ },
  { fact: 'an index far beyond them', block: blockOf([{ kind: 'indexed', index: 2 ** 31 - 1 }]), message: /the index 2147483647/ },
  {
    fact: 'a name beyond the tables, to be indexed',
    block: blockOf([{ kind: 'indexing', name: 64, value: raw('') }]),
    message: /the index 64/,
  },
  {
    fact: 'a name beyond the tables, not to be indexed',
    block: blockOf([{ kind: 'plain', name: 64, value: raw('') }]),
    message: /the index 64/,
  },
  {
    fact: 'a name beyond the tables, never to be indexed',
    block: blockOf([{ kind: 'never', name: 64, value: raw('') }]),
    message: /the index 64/,
  },
  { fact: 'a field after an entry that its block has driven out', block: evicting(), message: /the index 64, and the tables end at 63/ },
  { fact: 'an index that ends in its prefix', block: Buffer.of(0xff), message: /ends within a field/ },
  { fact: 'a table size that ends in its prefix', block: Buffer.of(0x3f), message: /ends within a field/ },
  { fact: 'an index of 2^31', block: Buffer.from('ff81ffffff07', 'hex'), message: /is 2147483648, more than 2\^31-1/ },
  { fact: 'an index of twelve bytes', block: Buffer.from(`ff${'80'.repeat(10)}01`, 'hex'), message: /goes on after 5 bytes/ },
  { fact: 'a length of twelve bytes', block: Buffer.from(`00ff${'80'.repeat(10)}01`, 'hex'), message: /goes on after 5 bytes/ },
  { fact: 'a literal of one byte', block: Buffer.of(0x41), message: /ends within a field/ },
  { fact: 'a literal without a value', block: Buffer.of(0x00, 0x01, 0x61), message: /ends within a field/ },
  {
    fact: 'a value longer than the block',
    block: Buffer.of(0x04, 0x03, 0x2f, 0x2f),
    message: /a string has 3 bytes, and the header block 2 more/,
  },
  {
    fact: 'a name longer than the block',
    block: Buffer.of(0x40, 0x02, 0x61),
    message: /a string has 2 bytes, and the header block 1 more/,
  },
  { fact: 'a coded value longer than the block', block: Buffer.of(0x04, 0x83, 0xff), message: /a string has 3 bytes/ },
  { fact: 'a string of 2 GiB', block: Buffer.from('00ff80ffffff07', 'hex'), message: /a string has 2147483647 bytes/ },
  { fact: 'Huffman padding of zeros', block: Buffer.of(0x04, 0x81, 0x18), message: /up to seven ones/ },
  { fact: 'Huffman padding of eight ones', block: Buffer.of(0x04, 0x82, 0xf8, 0xff), message: /up to seven ones/ },
  { fact: 'Huffman with EOS', block: Buffer.from('0485ffffffffff', 'hex'), message: /holds EOS/ },
  { fact: 'a bad name, not a bad value', block: Buffer.of(0x40, 0x81, 0x18, 0x00), message: /up to seven ones/ },
  { fact: 'a secret with bad padding', block: Buffer.of(0x14, 0x81, 0x18), message: /up to seven ones/ },
  {
    fact: 'a table size above the limit',
    block: blockOf([{ kind: 'update', bytes: 4_097 }, GET]),
    message: /of 4097 bytes, and the limit is 4096/,
  },
  { fact: 'a table size after a field', block: blockOf([GET, { kind: 'update', bytes: 0 }]), message: /after the first field/ },
  {
    fact: 'a table size after all fields, of what it is',
    block: blockOf([GET, { kind: 'update', bytes: 4_096 }]),
    message: /after the first field/,
  },
  { fact: 'three table sizes', block: blockOf(updates(3)), message: /more than 2 table size updates/ },
  { fact: '1 000 table sizes', block: blockOf(updates(1_000)), message: /more than 2 table size updates/ },
];

/** The new entry has the place of the oldest, which is asked for once more. */
function evicting(): Buffer {
  return blockOf([
    { kind: 'update', bytes: 88 },
    { kind: 'indexing', name: raw('x-two'), value: raw('two-two') },
    { kind: 'indexed', index: 64 },
  ]);
}

function updates(count: number): HpackInstruction[] {
  return Array.from({ length: count }, () => ({ kind: 'update', bytes: 100 }));
}

describe('is a compression error of the connection:', () => {
  test.for(REFUSED)('$fact', ({ block, message }) => {
    const decoder = decoderOf();
    fieldsOf(decoder, TWO_ENTRIES);
    const decode = (): unknown => decoder.decode(block, 0, block.byteLength);
    expect(decode).toThrow(ConnectionError);
    expect(decode).toThrow(expect.objectContaining({ code: 'COMPRESSION_ERROR' }));
    expect(decode).toThrow(message);
  });
});

test('what comes behind a block or before it is not read', () => {
  const decoder = decoderOf();
  // Its value would have a byte more, and that is there.
  const buffer = Buffer.of(0x04, 0x03, 0x2f, 0x2f, 0x2f);
  expect(() => decoder.decode(buffer, 0, 4)).toThrow('the header block 2 more');
  expect(decoderOf().decode(buffer, 0, 5).fields).toEqual([':path', '///']);
});

test('an error says nothing of a value', () => {
  const decoder = decoderOf();
  const block = Buffer.concat([blockOf([{ kind: 'never', name: 23, value: raw('Bearer s3cret') }]), Buffer.of(0x80)]);
  expect(() => decoder.decode(block, 0, block.byteLength)).toThrow(/^a field has the index 0$/);
});

test('a block of nothing is a list of nothing', () => {
  expect(fieldsOf(decoderOf(), Buffer.alloc(0))).toEqual([]);
  expect(fieldsOf(decoderOf(), [{ kind: 'update', bytes: 10 }])).toEqual([]);
});

test('every byte comes through, as a character each', () => {
  const every = String.fromCharCode(...Array.from({ length: 256 }, (_, byte) => byte));
  for (const coded of [raw, huffman]) {
    for (const kind of ['indexing', 'plain', 'never'] as const) {
      const block = blockOf([{ kind, name: coded(every), value: coded(every.repeat(20)) }]);
      expect(fieldsOf(decoderOf(), block)).toEqual([every, every.repeat(20)]);
    }
  }
});

describe('entries of the table', () => {
  test('the name of the entry that a new one drives out is still its name', () => {
    // RFC 7541 §4.4: there is room for one, and that is where the name comes from.
    const decoder = decoderOf({ maxTableBytes: 60 });
    fieldsOf(decoder, [{ kind: 'indexing', name: raw('x-name'), value: raw('one') }]);
    expect(
      fieldsOf(decoder, [
        { kind: 'indexing', name: 62, value: raw('two') },
        { kind: 'indexed', index: 62 },
      ]),
    ).toEqual(['x-name', 'two', 'x-name', 'two']);
  });

  test('one that is larger than the table empties it, and is a field all the same', () => {
    const decoder = decoderOf({ maxTableBytes: 100 });
    fieldsOf(decoder, TWO_ENTRIES);
    const long = 'v'.repeat(100);
    expect(fieldsOf(decoder, [{ kind: 'indexing', name: 62, value: raw(long) }])).toEqual(['x-new', long]);
    expect(decoder.tableBytes).toBe(0);
    expect(() => fieldsOf(decoder, [{ kind: 'indexed', index: 62 }])).toThrow('the tables end at 61');
  });

  test('a literal that is not indexed changes nothing', () => {
    const decoder = decoderOf();
    fieldsOf(decoder, TWO_ENTRIES);
    for (const kind of ['plain', 'never'] as const) {
      expect(fieldsOf(decoder, [{ kind, name: 62, value: raw('third') }])).toEqual(['x-new', 'third']);
    }
    expect(fieldsOf(decoder, [{ kind: 'indexed', index: 62 }])).toEqual(['x-new', 'new-one']);
  });
});

describe('the size of the table', () => {
  test('two updates may stand before the fields: what was the least, and what it is now', () => {
    const decoder = decoderOf();
    fieldsOf(decoder, TWO_ENTRIES);
    expect(
      fieldsOf(decoder, [
        { kind: 'update', bytes: 44 },
        { kind: 'update', bytes: 4_096 },
        { kind: 'indexed', index: 62 },
      ]),
    ).toEqual(['x-new', 'new-one']);
    expect(() => fieldsOf(decoder, [{ kind: 'indexed', index: 63 }])).toThrow('the tables end at 62');
  });

  test('a limit that grows needs no update, and allows one', () => {
    const decoder = decoderOf();
    decoder.setMaxTableBytes(8_192);
    fieldsOf(decoder, TWO_ENTRIES);
    fieldsOf(decoder, [{ kind: 'update', bytes: 8_192 }, GET]);
    expect(() => fieldsOf(decoder, [{ kind: 'update', bytes: 8_193 }])).toThrow('the limit is 8192');
  });

  test.for([
    { fact: 'no update at all', instructions: [GET] },
    { fact: 'an update above the new limit', instructions: [{ kind: 'update', bytes: 101 }, GET] },
    {
      fact: 'a conforming update after one that is not',
      instructions: [
        { kind: 'update', bytes: 101 },
        { kind: 'update', bytes: 100 },
      ],
    },
  ] as const)('after the limit was lowered $fact is an error', ({ instructions }) => {
    const decoder = decoderOf();
    fieldsOf(decoder, TWO_ENTRIES);
    fieldsOf(decoder, [GET]);
    fieldsOf(decoder, [GET]);
    decoder.setMaxTableBytes(100);
    expect(() => fieldsOf(decoder, instructions)).toThrow(expect.objectContaining({ code: 'COMPRESSION_ERROR' }));
  });

  test('an update to the lowered limit or below is asked for once', () => {
    const decoder = decoderOf();
    fieldsOf(decoder, TWO_ENTRIES);
    decoder.setMaxTableBytes(50);
    expect(
      fieldsOf(decoder, [
        { kind: 'update', bytes: 44 },
        { kind: 'indexed', index: 62 },
      ]),
    ).toEqual(['x-new', 'new-one']);
    expect(fieldsOf(decoder, [GET])).toEqual([':method', 'GET']);
    expect(() => fieldsOf(decoder, [{ kind: 'update', bytes: 51 }])).toThrow('the limit is 50');
  });

  test('a limit that was lowered and raised before the next block asks for the lowest first', () => {
    const lowered = (): HpackDecoder<List> => {
      const decoder = decoderOf();
      decoder.setMaxTableBytes(100);
      decoder.setMaxTableBytes(1_000);
      return decoder;
    };
    expect(() => fieldsOf(lowered(), [{ kind: 'update', bytes: 1_000 }])).toThrow('to 100 bytes or less');
    expect(fieldsOf(lowered(), [{ kind: 'update', bytes: 100 }, { kind: 'update', bytes: 1_000 }, GET])).toEqual([':method', 'GET']);
    expect(() =>
      fieldsOf(lowered(), [
        { kind: 'update', bytes: 100 },
        { kind: 'update', bytes: 1_001 },
      ]),
    ).toThrow('the limit is 1000');
  });

  test('an empty block need not say it yet: Go says it with the first field', () => {
    const decoder = decoderOf();
    decoder.setMaxTableBytes(100);
    expect(fieldsOf(decoder, [])).toEqual([]);
    expect(() => fieldsOf(decoder, [GET])).toThrow('to 100 bytes or less');
  });

  test('a peer that uses less than the lowered limit need not say so', () => {
    const decoder = decoderOf();
    fieldsOf(decoder, [{ kind: 'update', bytes: 0 }, GET]);
    decoder.setMaxTableBytes(100);
    expect(fieldsOf(decoder, [GET])).toEqual([':method', 'GET']);
  });
});

describe('a list beyond its limit', () => {
  test('is cut where it would be larger, and told so; the table goes on', () => {
    // 42 bytes each: `:method: GET`.
    const decoder = decoderOf({ maxListBytes: 100 });
    const block = blockOf([GET, GET, ...TWO_ENTRIES, GET]);
    expect(decoder.decode(block, 0, block.byteLength)).toEqual({ fields: [':method', 'GET', ':method', 'GET'], isTooLarge: true });
    expect(fieldsOf(decoder, [{ kind: 'indexed', index: 63 }])).toEqual(['x-old', 'old-one']);
    // Nor is it remembered that way.
    expect(decoder.decode(block, 0, block.byteLength).isTooLarge).toBe(true);
    expect(decoder.tableBytes).toBe(4 * 44);
  });

  test('counts 32 bytes a field', () => {
    const exact = decoderOf({ maxListBytes: 84 });
    expect(fieldsOf(exact, [GET, GET])).toHaveLength(4);
    const less = decoderOf({ maxListBytes: 83 });
    const block = blockOf([GET, GET]);
    expect(less.decode(block, 0, block.byteLength)).toEqual({ fields: [':method', 'GET'], isTooLarge: true });
  });

  test('takes no small field after the one that was too large', () => {
    const decoder = decoderOf({ maxListBytes: 100 });
    const block = blockOf([{ kind: 'plain', name: 4, value: raw('/'.repeat(100)) }, GET]);
    expect(decoder.decode(block, 0, block.byteLength)).toEqual({ fields: [], isTooLarge: true });
  });

  test('is read to its end, where an error is one', () => {
    const decoder = decoderOf({ maxListBytes: 0 });
    const block = blockOf([GET, { kind: 'plain', name: 4, value: huffman('/') }, { kind: 'indexed', index: 62 }]);
    expect(() => decoder.decode(block, 0, block.byteLength)).toThrow('the index 62');
  });
});

describe('a block that comes again', () => {
  test('has the section that it had', () => {
    let interpreted = 0;
    const decoder = new HpackDecoder({ maxListBytes: 65_536, interpret: (fields) => ({ fields, count: ++interpreted }) });
    const block = blockOf([GET, { kind: 'plain', name: 4, value: huffman('/one') }]);
    const first = decoder.decode(block, 0, block.byteLength);
    expect(decoder.decode(block, 0, block.byteLength)).toBe(first);
    expect(decoder.decode(Buffer.from(block), 0, block.byteLength)).toBe(first);
    expect(interpreted).toBe(1);
  });

  test('adds its entries to the table again', () => {
    const decoder = decoderOf();
    for (let time = 1; time <= 3; time++) {
      expect(fieldsOf(decoder, TWO_ENTRIES)).toEqual(['x-old', 'old-one', 'x-new', 'new-one']);
      expect(decoder.tableBytes).toBe(time * 88);
    }
    const indexed = Array.from({ length: 6 }, (_, at): HpackInstruction => ({ kind: 'indexed', index: 62 + at }));
    const [old, recent] = [
      ['x-old', 'old-one'],
      ['x-new', 'new-one'],
    ];
    expect(fieldsOf(decoder, indexed)).toEqual([recent, old, recent, old, recent, old].flat());
  });

  test('means what the table makes of it', () => {
    const decoder = decoderOf();
    fieldsOf(decoder, TWO_ENTRIES);
    const newest: readonly HpackInstruction[] = [GET, { kind: 'indexed', index: 62 }];
    for (let time = 0; time < 3; time++) expect(fieldsOf(decoder, newest)).toEqual([':method', 'GET', 'x-new', 'new-one']);
    fieldsOf(decoder, [{ kind: 'indexing', name: raw('x-newer'), value: raw('') }]);
    for (let time = 0; time < 3; time++) expect(fieldsOf(decoder, newest)).toEqual([':method', 'GET', 'x-newer', '']);
    fieldsOf(decoder, [{ kind: 'update', bytes: 0 }]);
    expect(() => fieldsOf(decoder, newest)).toThrow('the tables end at 61');
  });

  test('is interpreted anew where a field of it is secret', () => {
    let interpreted = 0;
    const decoder = decoderOf({ interpret: (fields) => ({ fields, isTooLarge: ++interpreted < 0 }) });
    const block: readonly HpackInstruction[] = [GET, { kind: 'never', name: 23, value: raw('Bearer x') }];
    for (let time = 1; time <= 3; time++) {
      fieldsOf(decoder, block);
      expect(interpreted).toBe(time);
    }
  });

  test('is not answered with what its interpreter has thrown, nor without it', () => {
    let throws = true;
    const decoder = decoderOf({
      interpret: (fields, isTooLarge) => {
        if (throws) throw new TypeError('no such section');
        return { fields, isTooLarge };
      },
    });
    expect(() => fieldsOf(decoder, TWO_ENTRIES)).toThrow('no such section');
    // The table has changed all the same.
    expect(decoder.tableBytes).toBe(88);
    throws = false;
    expect(fieldsOf(decoder, [{ kind: 'indexed', index: 62 }])).toEqual(['x-new', 'new-one']);
  });

  test('is found among many that do not come again, and after a rest', () => {
    const interpreted: string[] = [];
    const decoder = decoderOf({
      interpret: (fields, isTooLarge) => {
        interpreted.push(fields[1] ?? '');
        return { fields, isTooLarge };
      },
    });
    const pathBlock = (path: string): readonly HpackInstruction[] => [{ kind: 'plain', name: 4, value: raw(path) }];
    for (let time = 0; time < 1_000; time++) expect(fieldsOf(decoder, pathBlock(`/${time}`))).toEqual([':path', `/${time}`]);
    // At the latest when as many as it rests for have gone by.
    for (let time = 0; time < 300; time++) fieldsOf(decoder, pathBlock('/again'));
    expect(interpreted.filter((path) => path === '/again').length).toBeLessThan(300);
  });
});
