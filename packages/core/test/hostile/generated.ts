import * as fc from 'fast-check';

/** An answer put together from parts, most of which are as they should be. */
export interface Generated {
  readonly method: string;
  readonly bytes: string;
}

function oneOf(characters: string): fc.Arbitrary<string> {
  return fc.constantFrom(...characters.split(''));
}

const TOKEN = fc.string({ unit: oneOf("!#$%&'*+-.^_`|~09azAZ"), minLength: 1, maxLength: 8 });
const VALUE = fc.string({ unit: oneOf('abcXYZ019 \t,;="\\/:\x80\xff'), maxLength: 12 });
const BODY = fc.string({ unit: oneOf('ab\r\n0:;HT \0\xff'), maxLength: 30 });
const SPACE = fc.constantFrom('', '', ' ', ' ', '  ', '\t');

const STATUS_LINE = fc
  .record({
    version: fc.constantFrom('HTTP/1.1', 'HTTP/1.1', 'HTTP/1.1', 'HTTP/1.0', 'HTTP/1.2'),
    status: fc.oneof(fc.constantFrom('200', '204', '304', '205', '404', '500'), fc.integer({ min: 200, max: 999 }).map(String)),
    reason: fc.oneof(
      fc.constantFrom(' OK', ' ', ''),
      VALUE.map((value) => ` ${value}`),
    ),
  })
  .map(({ version, status, reason }) => `${version} ${status}${reason}`);

const FIELD = fc
  .record({ name: TOKEN, before: SPACE, value: VALUE, after: SPACE })
  .map(({ name, before, value, after }) => `${name}:${before}${value}${after}`);
const FOLDED = fc.tuple(FIELD, VALUE).map(([field, more]) => `${field}\r\n ${more}`);
const KNOWN = fc.constantFrom(
  'Connection: close',
  'Connection: keep-alive',
  'Keep-Alive: timeout=5',
  'Content-Type: text/plain',
  'Set-Cookie: a=b',
  'Set-Cookie: c=d',
  'Upgrade: h2c',
);
const FIELDS = fc.array(fc.oneof({ weight: 6, arbitrary: FIELD }, { weight: 3, arbitrary: KNOWN }, { weight: 1, arbitrary: FOLDED }), {
  maxLength: 5,
});

const EXTENSION = fc.constantFrom('', '', '', ';a', ';a=b', ';a="b;\\"c"', ' ; a=b', ';a = b');
const CHUNK = fc
  .record({ data: BODY, extension: EXTENSION, zeros: fc.constantFrom('', '', '0', '000'), isUpper: fc.boolean() })
  .filter(({ data }) => data.length > 0)
  .map(({ data, extension, zeros, isUpper }) => {
    const size = data.length.toString(16);
    return `${zeros}${isUpper ? size.toUpperCase() : size}${extension}\r\n${data}\r\n`;
  });
const CHUNKS = fc
  .record({ chunks: fc.array(CHUNK, { maxLength: 4 }), extension: EXTENSION, trailers: fc.array(FIELD, { maxLength: 3 }) })
  .map(({ chunks, extension, trailers }) => `${chunks.join('')}0${extension}\r\n${trailers.map((line) => `${line}\r\n`).join('')}\r\n`);

const FRAMED = fc.oneof(
  BODY.map((body) => ({ lines: [`Content-Length: ${body.length}`], body })),
  BODY.map((body) => ({ lines: [`content-length:${body.length}`], body: `${body}more` })),
  fc.tuple(BODY, fc.nat({ max: 40 })).map(([body, length]) => ({ lines: [`Content-Length: ${length}`], body })),
  CHUNKS.map((body) => ({ lines: ['Transfer-Encoding: chunked'], body })),
  CHUNKS.map((body) => ({ lines: ['TRANSFER-ENCODING:\tChunked'], body })),
  fc.tuple(CHUNKS, fc.nat({ max: 60 })).map(([body, cut]) => ({ lines: ['Transfer-Encoding: chunked'], body: body.slice(0, cut) })),
  CHUNKS.map((body) => ({ lines: ['Content-Length: 3', 'Transfer-Encoding: chunked'], body })),
  BODY.map((body) => ({ lines: [], body })),
);

const INTERIM = fc
  .tuple(fc.constantFrom('100 Continue', '102 Processing', '103 Early Hints', '199'), FIELDS)
  .map(([line, fields]) => `HTTP/1.1 ${line}\r\n${fields.map((field) => `${field}\r\n`).join('')}\r\n`);

/** Answers as servers may put them together. */
export const GENERATED: fc.Arbitrary<Generated> = fc
  .record({
    method: fc.constantFrom('GET', 'GET', 'GET', 'HEAD', 'POST'),
    interim: fc.oneof({ weight: 4, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: fc.array(INTERIM, { maxLength: 3 }) }),
    statusLine: STATUS_LINE,
    fields: FIELDS,
    framed: FRAMED,
  })
  .map(({ method, interim, statusLine, fields, framed }) => {
    const lines = [statusLine, ...fields, ...framed.lines].map((line) => `${line}\r\n`);
    return { method, bytes: `${interim.join('')}${lines.join('')}\r\n${framed.body}` };
  });
