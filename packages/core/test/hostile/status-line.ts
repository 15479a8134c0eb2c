import { malformed, taken, type HostileRow } from './row.ts';

const SETTINGS = '\0\0\x12\x04\0\0\0\0\0\0\x03\0\0\0\x64\0\x04\0\x01\0\0\0\x01\0\x01\0\0';
const REST = '\r\nContent-Length: 2\r\n\r\nok';

const REFUSED: readonly (readonly [fact: string, start: string])[] = [
  ...['099', '000', '1000', '20', '2xx', '-200', '+20', '2 00', '200x', '2\xb20'].map(
    (status) => [`the status ${status}`, `HTTP/1.1 ${status} OK`] as const,
  ),
  ['two spaces before the status', 'HTTP/1.1  200 OK'],
  ['a tab before the status', 'HTTP/1.1\t200 OK'],
  ['a tab after the status', 'HTTP/1.1 200\tOK'],
  ['NUL in the reason', 'HTTP/1.1 200 O\0K'],
  ['DEL in the reason', 'HTTP/1.1 200 O\x7fK'],
  ['HTTP/2.0', 'HTTP/2.0 200 OK'],
  ['HTTP/0.9', 'HTTP/0.9 200 OK'],
  ['HTTP/1.10', 'HTTP/1.10 200 OK'],
  ['HTTP/1', 'HTTP/1 200 OK'],
  ['HTTP/1.x', 'HTTP/1.x 200 OK'],
  ['a version and no more', 'HTTP/1.1'],
  ['RTSP/1.0', 'RTSP/1.0 200 OK'],
  ['http/1.1', 'http/1.1 200 OK'],
  ['ICY', 'ICY 200 OK'],
  ['a page and no head, as HTTP/0.9 has it', '<html>hello</html>'],
  ['the settings of HTTP/2', SETTINGS],
  ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ['a TLS alert', '\x15\x03\x01\0\x02\x02\x46'],
  ['garbage', '\0\xff\x16not HTTP\r\n\r\n'],
  ['a space before the status line', ' HTTP/1.1 200 OK'],
  ['garbage before the status line', 'xHTTP/1.1 200 OK'],
  ['an empty line before the status line', '\r\nHTTP/1.1 200 OK'],
  ['1000 empty lines before the status line', `${'\r\n'.repeat(1_000)}HTTP/1.1 200 OK`],
  ['an empty line of LF before the status line', '\nHTTP/1.1 200 OK'],
  ['a byte order mark', '\xef\xbb\xbfHTTP/1.1 200 OK'],
];

/** RFC 9112 §2.3, §4. */
export const STATUS_LINE: readonly HostileRow[] = [
  ...REFUSED.map(([fact, start]) => ({ fact, bytes: `${start}${REST}`, expected: malformed('head') })),
  { fact: 'no space after the status', bytes: `HTTP/1.1 200${REST}`, expected: taken('ok', undefined, { status: 200, statusText: '' }) },
  { fact: 'no reason', bytes: `HTTP/1.1 200 ${REST}`, expected: taken('ok', undefined, { status: 200, statusText: '' }) },
  {
    fact: 'a reason beyond ASCII',
    bytes: `HTTP/1.1 200 \xa1OK \t!${REST}`,
    expected: taken('ok', undefined, { statusText: '\xa1OK \t!' }),
  },
  { fact: 'the status 600', bytes: `HTTP/1.1 600 Odd${REST}`, expected: taken('ok', undefined, { status: 600 }) },
  { fact: 'the status 999', bytes: `HTTP/1.1 999 Odd${REST}`, expected: taken('ok', undefined, { status: 999 }) },
  { fact: 'HTTP/1.0', bytes: `HTTP/1.0 200 OK${REST}`, expected: taken('ok', 'http-1.0') },
  { fact: 'HTTP/1.0 that is kept', bytes: `HTTP/1.0 200 OK\r\nConnection: Keep-Alive${REST}`, expected: taken('ok') },
  {
    fact: 'HTTP/1.0 that is to be kept, without a length',
    bytes: 'HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\nok',
    ending: 'fin',
    expected: taken('ok', 'until-close'),
  },
  { fact: 'HTTP/1.2', bytes: `HTTP/1.2 200 OK${REST}`, expected: taken('ok', 'doubtful-framing') },
];
