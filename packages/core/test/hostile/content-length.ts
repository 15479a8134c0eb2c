import { answer, malformed, taken, type HostileRow } from './row.ts';

const INVALID = ['-2', '+2', '0x2', '2e0', '2.0', '2_0', '2;x', '1 2', 'abc', '\xb2', '', '2,', ',2', '2, 5', '2\xa0', '"2"', 'Infinity'];

/** RFC 9112 §6.3 rule 5, RFC 9110 §8.6. */
export const CONTENT_LENGTH: readonly HostileRow[] = [
  {
    fact: 'Content-Length: 2 twice',
    bytes: answer('Content-Length: 2\r\nContent-Length: 2\r\n', 'ok'),
    expected: taken('ok', 'doubtful-framing'),
  },
  { fact: 'Content-Length: 2 and 5', bytes: answer('Content-Length: 2\r\nContent-Length: 5\r\n', 'ok'), expected: malformed('head') },
  { fact: 'Content-Length: 5 and 2', bytes: answer('Content-Length: 5\r\nContent-Length: 2\r\n', 'ok'), expected: malformed('head') },
  { fact: 'Content-Length: 2, 2', bytes: answer('Content-Length: 2, 2\r\n', 'ok'), expected: taken('ok', 'doubtful-framing') },
  ...INVALID.map((value) => ({
    fact: `Content-Length: ${JSON.stringify(value)}`,
    bytes: answer(`Content-Length: ${value}\r\n`, 'ok'),
    expected: malformed('head'),
  })),
  { fact: 'Content-Length with zeros before it', bytes: answer('Content-Length: 0000000002\r\n', 'ok'), expected: taken('ok') },
  { fact: 'Content-Length of 20 digits', bytes: answer(`Content-Length: ${'0'.repeat(19)}2\r\n`, 'ok'), expected: taken('ok') },
  { fact: 'Content-Length between tabs', bytes: answer('Content-Length:\t2\t\r\n', 'ok'), expected: taken('ok') },
  { fact: 'Content-Length of 2^53+1', bytes: answer('Content-Length: 9007199254740993\r\n', 'ok'), expected: malformed('head') },
  { fact: 'Content-Length of 2^63', bytes: answer('Content-Length: 9223372036854775808\r\n', 'ok'), expected: malformed('head') },
  { fact: 'Content-Length of 2^64+2', bytes: answer('Content-Length: 18446744073709551618\r\n', 'ok'), expected: malformed('head') },
  {
    fact: 'Content-Length: 5 and 6 to HEAD',
    bytes: answer('Content-Length: 5\r\nContent-Length: 6\r\n'),
    method: 'HEAD',
    expected: malformed('head'),
  },
  {
    fact: 'Content-Length: 5 and 6 on 304',
    bytes: 'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n',
    expected: malformed('head'),
  },
];
