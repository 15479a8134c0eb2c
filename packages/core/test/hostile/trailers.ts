import { beyondLimit, chunked, malformed, taken, type HostileRow } from './row.ts';

const DROPPED = [
  'Transfer-Encoding',
  'Content-Length',
  'Content-Encoding',
  'Content-Type',
  'Content-Range',
  'Trailer',
  'Host',
  'Connection',
  'Upgrade',
  'TE',
  'Location',
  'Authorization',
  'Proxy-Authorization',
  'WWW-Authenticate',
  'Set-Cookie',
  'Cookie',
];

function withTrailers(lines: string): string {
  return chunked(`2\r\nok\r\n0\r\n${lines}\r\n`);
}

/** RFC 9112 §7.1.2, RFC 9110 §6.5. */
export const TRAILERS: readonly HostileRow[] = [
  {
    fact: 'trailers',
    bytes: withTrailers('X-Sum: 1\r\nx-sum:\t2 \r\n'),
    expected: taken('ok', undefined, {
      trailers: [
        ['X-Sum', '1'],
        ['x-sum', '2'],
      ],
    }),
  },
  {
    fact: 'a folded trailer',
    bytes: withTrailers('X-Sum: 1\r\n 2\r\n'),
    expected: taken('ok', undefined, { trailers: [['X-Sum', '1 2']] }),
  },
  ...DROPPED.map((name) => ({
    fact: `${name} as a trailer`,
    bytes: withTrailers(`${name}: 9\r\nX-Sum: 1\r\n`),
    expected: taken('ok', undefined, { trailers: [['X-Sum', '1']] }),
  })),
  { fact: 'a space in the name of a trailer', bytes: withTrailers('X T: 1\r\n'), expected: malformed('body') },
  { fact: 'a space before the colon of a trailer', bytes: withTrailers('X-T : 1\r\n'), expected: malformed('body') },
  { fact: 'a trailer without a colon', bytes: withTrailers('abc\r\n'), expected: malformed('body') },
  { fact: 'a trailer without a name', bytes: withTrailers(': 1\r\n'), expected: malformed('body') },
  { fact: 'whitespace before the first trailer', bytes: withTrailers(' X-T: 1\r\n'), expected: malformed('body') },
  { fact: 'LF ends a trailer', bytes: withTrailers('X-T: 1\n'), expected: malformed('body') },
  { fact: 'NUL in a trailer', bytes: withTrailers('X-T: \0\r\n'), expected: malformed('body') },
  { fact: 'a folded Content-Length as a trailer', bytes: withTrailers('Content-Length: 1\r\n 2\r\n'), expected: malformed('body') },
  { fact: 'a trailer of 1 MiB', bytes: withTrailers(`A: ${'x'.repeat(1_048_576)}\r\n`), expected: beyondLimit('body') },
];
