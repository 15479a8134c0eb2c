import { HeaderDecoder } from '@roundtripper/testing';
import { describe, expect, test } from 'vitest';

import { ByteWriter } from './byte-writer.ts';
import { HpackEncoder, type HpackEncoderOptions } from './hpack-encoder.ts';

/** An encoder, and a decoder that is none of ours, at the other end. */
class Line {
  readonly encoder: HpackEncoder;
  readonly #decoder = new HeaderDecoder();
  /** The bytes of the last block. */
  block: Buffer = Buffer.alloc(0);
  neverIndexed: readonly string[] = [];
  isRepeatable = false;

  constructor(options?: HpackEncoderOptions) {
    this.encoder = new HpackEncoder(options);
  }

  /** Sends fields, which arrive as they are. @returns their block in hex. */
  send(fields: readonly string[]): string {
    const writer = new ByteWriter();
    this.isRepeatable = this.encoder.encode(fields, writer);
    this.block = writer.take();
    const decoded = this.#decoder.decode(this.block);
    expect(decoded.fields.flat()).toEqual(fields);
    this.neverIndexed = decoded.neverIndexed;
    return this.block.toString('hex');
  }
}

/** What the first byte of a block with a single field says. */
function formOf(block: Buffer): string {
  const first = block[0] ?? 0;
  if (first >= 0x80) return 'indexed';
  if (first >= 0x40) return 'indexing';
  if (first >= 0x20) return 'update';
  return first >= 0x10 ? 'never' : 'plain';
}

/** The form of each value's field, sent one after the other. */
function formsOf(name: string, values: readonly string[], line: Line = new Line()): string[] {
  return values.map((value) => {
    line.send([name, value]);
    return formOf(line.block);
  });
}

test('encodes the requests of RFC 7541 C.4 as they are there', () => {
  const line = new Line();
  const common = [':method', 'GET', ':scheme', 'http', ':path', '/', ':authority', 'www.example.com'];
  expect(line.send(common)).toBe('828684418cf1e3c2e5f23a6ba0ab90f4ff');
  expect(line.send([...common, 'cache-control', 'no-cache'])).toBe('828684be5886a8eb10649cbf');
  const last = [
    ':method',
    'GET',
    ':scheme',
    'https',
    ':path',
    '/index.html',
    ':authority',
    'www.example.com',
    'custom-key',
    'custom-value',
  ];
  expect(line.send(last)).toBe('828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf');
});

test('a request that comes again is indices only', () => {
  const line = new Line();
  const fields = [':method', 'POST', ':scheme', 'https', ':authority', 'a.example', 'accept', '*/*', 'x-client', 'billing'];
  expect(line.send(fields).length / 2).toBeGreaterThan(20);
  expect(line.isRepeatable).toBe(false);
  const { revision } = line.encoder;
  expect(line.send(fields)).toBe('8387c0bfbe');
  expect(line.isRepeatable).toBe(true);
  expect(line.encoder.revision).toBe(revision);
  // As long as nothing changes the table the same bytes may be sent.
  line.send(['x-other', 'one']);
  expect(line.encoder.revision).toBeGreaterThan(revision);
});

test('strings are Huffman-coded only where that is shorter', () => {
  const line = new Line();
  expect(line.send(['range', 'bytes=0-1'])).toContain('88');
  expect(line.send(['range', '\\\\\\\\'])).toBe('0f23045c5c5c5c');
  // As long as it is.
  expect(line.send(['date', '&'])).toBe('0f120126');
});

test('every character of one byte arrives', () => {
  const every = String.fromCharCode(...Array.from({ length: 256 }, (_, byte) => byte));
  const line = new Line();
  for (const value of [every, '', every.repeat(10)]) {
    for (const name of ['x', every, 'range', 'authorization']) for (let time = 0; time < 2; time++) line.send([name, value]);
  }
});

describe('a secret is never to be indexed', () => {
  const token = 'Bearer abcdefghijklmnopqrstuvwxyz';
  test.for([
    { fact: 'a token', name: 'authorization', value: token, form: 'never' },
    { fact: 'a token of nothing, which the static table has', name: 'authorization', value: '', form: 'never' },
    { fact: 'a token for a proxy', name: 'proxy-authorization', value: token, form: 'never' },
    { fact: 'a cookie of 19 characters', name: 'cookie', value: 'a=78901234567890123', form: 'never' },
    { fact: 'a cookie of 20 characters', name: 'cookie', value: 'a=789012345678901234', form: 'indexing' },
  ])('$fact: $form', ({ name, value, form }) => {
    const line = new Line();
    expect(formsOf(name, [value], line)).toEqual([form]);
    line.send([name, value]);
    expect(formOf(line.block)).toBe(form === 'never' ? 'never' : 'indexed');
    expect(line.neverIndexed).toEqual(form === 'never' ? [name] : []);
  });

  test('where the caller says so, however often it comes', () => {
    const line = new Line({ sensitiveNames: new Set(['x-api-key']) });
    for (let time = 0; time < 3; time++) {
      line.send(['x-api-key', 'k1', 'accept', '*/*']);
      expect([formOf(line.block), line.neverIndexed]).toEqual(['never', ['x-api-key']]);
      expect(line.block.toString('latin1')).toContain('k1');
    }
    expect(line.isRepeatable).toBe(true);
  });

  test.for([
    { fact: 'a value that the static table has', name: 'accept-encoding', value: 'gzip, deflate' },
    { fact: 'a cookie of any length', name: 'cookie', value: 'a=789012345678901234567890' },
    { fact: 'an empty value', name: 'x-api-key', value: '' },
  ])('where the caller says so: $fact', ({ name, value }) => {
    const line = new Line({ sensitiveNames: new Set([name]) });
    expect(formsOf(name, [value, value], line)).toEqual(['never', 'never']);
    expect(line.encoder.revision).toBe(0);
  });
});

describe('what differs from request to request is kept out of the table', () => {
  test.for(['content-length', 'if-none-match', 'if-modified-since', 'range', 'date', 'idempotency-key', 'traceparent'])('%s', (name) => {
    const line = new Line();
    expect(formsOf(name, ['one', 'two', 'two', 'two'], line)).toEqual(['plain', 'plain', 'plain', 'plain']);
    expect(line.isRepeatable).toBe(true);
  });

  test('a path goes into the table when it comes a second time', () => {
    const line = new Line();
    expect(formsOf(':path', ['/a', '/a', '/a', '/b', '/a', '/b'], line).join(' ')).toBe('plain indexing indexed plain indexed indexing');
  });

  test('a block with a path that comes for the first time is not one to repeat', () => {
    const line = new Line();
    line.send([':path', '/a']);
    expect(line.isRepeatable).toBe(false);
    line.send([':path', '/a']);
    expect(line.isRepeatable).toBe(false);
    line.send([':path', '/a']);
    expect(line.isRepeatable).toBe(true);
  });

  test('dozens of paths by turns are in it from the third turn on', () => {
    const line = new Line();
    const paths = Array.from({ length: 40 }, (_, at) => `/v1/users/${1_000 + at}/items`);
    expect(new Set(formsOf(':path', paths, line))).toEqual(new Set(['plain']));
    expect(new Set(formsOf(':path', paths, line))).toEqual(new Set(['indexing']));
    expect(new Set(formsOf(':path', paths, line))).toEqual(new Set(['indexed']));
  });

  test('paths that never come again drive nothing out', () => {
    const line = new Line();
    const others = [':authority', 'a.example', 'user-agent', 'roundtripper'];
    line.send(others);
    const { revision } = line.encoder;
    for (let at = 0; at < 5_000; at++) line.send([':path', `/items/${at}`]);
    expect(line.encoder.revision).toBe(revision);
    expect(line.send(others)).toBe('bfbe');
  });

  test('a path too long is left out however often it comes', () => {
    const path = `/${'x'.repeat(300)}`;
    const line = new Line();
    expect(formsOf(':path', [path, path, path], line)).toEqual(['plain', 'plain', 'plain']);
    expect(line.isRepeatable).toBe(true);
  });

  test('a name of which no value has come again must show one twice', () => {
    const line = new Line();
    expect(formsOf('x-trace', ['1', '2', '3', '4', '5', '5', '5'], line).join(' ')).toBe(
      'indexing indexing indexing plain plain indexing indexed',
    );
    // From then on it may have others again.
    expect(formsOf('x-trace', ['7', '8'], line)).toEqual(['indexing', 'indexing']);
  });

  test('a value that is most of the table is left out', () => {
    const line = new Line({ maxTableBytes: 200 });
    line.send([]);
    expect(formsOf('accept', ['v'.repeat(62), 'w'.repeat(63)], line)).toEqual(['indexing', 'plain']);
  });
});

describe('the size of the table', () => {
  test('a smaller one of our own is said at the beginning', () => {
    const line = new Line({ maxTableBytes: 100 });
    expect(line.send(['accept', '*/*'])).toMatch(/^3f45/);
    expect(line.isRepeatable).toBe(false);
    expect(line.send(['accept', '*/*'])).toBe('be');
  });

  test('without a table there are literals', () => {
    const line = new Line({ maxTableBytes: 0 });
    expect(line.send([])).toBe('20');
    expect(formsOf('accept', ['*/*', '*/*'], line)).toEqual(['plain', 'plain']);
    expect(line.isRepeatable).toBe(true);
  });

  test('what the peer allows is used up to our own cap', () => {
    const line = new Line({ maxTableBytes: 10_000 });
    line.encoder.setPeerTableBytes(8_192);
    // 8192 - 31 = 8161
    expect(line.send([])).toBe('3fe13f');
    line.encoder.setPeerTableBytes(100_000);
    expect(line.send([])).toBe('3ff14d');
    line.encoder.setPeerTableBytes(200_000);
    expect(line.send([])).toBe('');
  });

  test('the default size, said again, changes nothing', () => {
    const line = new Line();
    line.encoder.setPeerTableBytes(4_096);
    expect(line.encoder.revision).toBe(0);
    expect(line.send([])).toBe('');
  });

  test('a peer that lowers its limit is answered with an update, and the table is empty if it must be', () => {
    const line = new Line();
    line.send(['accept', '*/*', 'x-client', 'billing']);
    const { revision } = line.encoder;
    line.encoder.setPeerTableBytes(60);
    expect(line.encoder.revision).toBeGreaterThan(revision);
    expect(line.send(['x-client', 'billing'])).toBe('3f1dbe');
    line.encoder.setPeerTableBytes(0);
    expect(line.send([])).toBe('20');
    expect(formsOf('x-client', ['billing', 'billing'], line)).toEqual(['plain', 'plain']);
  });

  test('a limit lowered and raised between two blocks is said as both', () => {
    const line = new Line();
    line.send(['accept', '*/*', 'x-client', 'billing']);
    line.encoder.setPeerTableBytes(60);
    line.encoder.setPeerTableBytes(10);
    line.encoder.setPeerTableBytes(200);
    expect(line.send(['x-client', 'billing'])).toMatch(/^2a3fa901/);
    expect(line.send(['x-client', 'billing'])).toBe('be');
  });

  test('a limit lowered to what is used already is answered with an update too', () => {
    const line = new Line({ maxTableBytes: 1_000 });
    line.send([]);
    line.encoder.setPeerTableBytes(2_000);
    expect(line.send(['accept', '*/*'])).toMatch(/^3fc907/);
    expect(line.send(['accept', '*/*'])).toBe('be');
  });
});

test('names that are all different are not remembered longer than their entries', () => {
  const line = new Line();
  for (let at = 0; at < 2_000; at++) line.send([`x-${at}`, 'v']);
  line.encoder.setPeerTableBytes(0);
  expect(line.send([])).toBe('20');
  line.encoder.setPeerTableBytes(4_096);
  expect(formsOf('x-1999', ['v', 'v'], line)).toEqual(['update', 'indexed']);
});
