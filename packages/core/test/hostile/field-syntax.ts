import { answer, malformed, OK, taken, type HostileRow } from './row.ts';

const REFUSED: readonly (readonly [fact: string, bytes: string])[] = [
  ['LF ends the status line', 'HTTP/1.1 200 OK\nContent-Length: 2\r\n\r\nok'],
  ['LF ends a field', answer('A: b\nContent-Length: 2\r\n', 'ok')],
  ['LF ends the head', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\nok'],
  ['LF in every place', OK.replaceAll('\r', '')],
  ['CR alone in a value', answer('A: b\rc\r\nContent-Length: 2\r\n', 'ok')],
  ['CR CR LF ends a field', answer('A: b\r\r\nContent-Length: 2\r\n', 'ok')],
  ['a field behind a CR alone', answer('Dummy: x\rContent-Length: 23\r\n', 'ok')],
  ['a field behind a CR alone in the reason', 'HTTP/1.1 200 OK\rContent-Length: 2\r\n\r\nok'],
  ['a field behind two CR in the reason', 'HTTP/1.1 200 OK\r\rContent-Length: 2\r\n\r\nok'],
  ['CRLF CR ends the head', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\rok'],
  ['NUL in a value', answer('A: b\0c\r\nContent-Length: 2\r\n', 'ok')],
  ['NUL in a name', answer('A\0b: c\r\nContent-Length: 2\r\n', 'ok')],
  ['0x01 in a value', answer('A: b\u0001c\r\nContent-Length: 2\r\n', 'ok')],
  ['DEL in a value', answer('A: b\x7fc\r\nContent-Length: 2\r\n', 'ok')],
  ['CR in a name', answer('Content\rLength: 5\r\n', 'ok')],
  ['a byte beyond ASCII in a name', answer('\xe9: b\r\nContent-Length: 2\r\n', 'ok')],
  ['brackets in a name', answer('X(y): b\r\nContent-Length: 2\r\n', 'ok')],
  ['a space in a name', answer('X y: b\r\nContent-Length: 2\r\n', 'ok')],
  ['a space for the hyphen of Content-Length', answer('Content Length: 5\r\n', 'ok')],
  ['an empty name', answer(': b\r\nContent-Length: 2\r\n', 'ok')],
  ['a line without a colon', answer('abc\r\nContent-Length: 2\r\n', 'ok')],
  ['a space before the colon', answer('A : b\r\nContent-Length: 2\r\n', 'ok')],
  ['a tab before the colon', answer('A\t: b\r\nContent-Length: 2\r\n', 'ok')],
  ['a space before the colon of Content-Length', answer('Content-Length : 2\r\n', 'ok')],
  ['a space before the first field', answer(' A: b\r\nContent-Length: 2\r\n', 'ok')],
  ['a space before the first field, which is Content-Length', answer(' Content-Length: 2\r\n', 'ok')],
  ['a line of spaces after the status line', answer('  \r\nContent-Length: 2\r\n', 'ok')],
];

const NEVER_FOLDED = [
  ['Content-Length', ' 2'],
  ['Content-Length', '2'],
  ['Transfer-Encoding', 'chunked'],
  ['Connection', 'close'],
  ['Upgrade', 'x'],
  ['Location', '/x'],
  ['Set-Cookie', 'a=b'],
] as const;

/** RFC 9112 §2.2, §5. */
export const FIELD_SYNTAX: readonly HostileRow[] = [
  ...REFUSED.map(([fact, bytes]) => ({ fact, bytes, expected: malformed('head') })),
  ...NEVER_FOLDED.map(([name, value]) => ({
    fact: `a fold in ${name}: ${JSON.stringify(value)}`,
    bytes: answer(`${name}:\r\n ${value}\r\nX: y\r\n`, 'ok'),
    expected: malformed('head'),
  })),
  {
    fact: 'bytes beyond ASCII in a value',
    bytes: answer('A: caf\xe9 \x80\xff\r\nContent-Length: 2\r\n', 'ok'),
    expected: taken('ok', undefined, {
      fields: [
        ['A', 'caf\xe9 \x80\xff'],
        ['Content-Length', '2'],
      ],
    }),
  },
  {
    fact: 'a folded field',
    bytes: answer('A: one\r\n two\r\n\t three\r\nContent-Length: 2\r\n', 'ok'),
    expected: taken('ok', undefined, {
      fields: [
        ['A', 'one two three'],
        ['Content-Length', '2'],
      ],
    }),
  },
  {
    fact: 'a fold that holds what looks like a field',
    bytes: answer('A: one\r\n Content-Length: 9\r\nContent-Length: 2\r\n', 'ok'),
    expected: taken('ok', undefined, {
      fields: [
        ['A', 'one Content-Length: 9'],
        ['Content-Length', '2'],
      ],
    }),
  },
  {
    fact: 'fields that are called as properties of objects are',
    bytes: answer('__proto__: a\r\nconstructor: b\r\ntoString: c\r\nContent-Length: 2\r\n', 'ok'),
    expected: taken('ok', undefined, {
      fields: [
        ['__proto__', 'a'],
        ['constructor', 'b'],
        ['toString', 'c'],
        ['Content-Length', '2'],
      ],
    }),
  },
  {
    fact: 'values without a space before them, and whitespace behind them',
    bytes: answer('A:b\r\nB: c \t\r\nC:\r\nContent-Length:2\r\n', 'ok'),
    expected: taken('ok', undefined, {
      fields: [
        ['A', 'b'],
        ['B', 'c'],
        ['C', ''],
        ['Content-Length', '2'],
      ],
    }),
  },
];
