import { OK, taken, type HostileRow } from './row.ts';

const NO_CONTENT = 'HTTP/1.1 204 No Content\r\n';
const NOT_MODIFIED = 'HTTP/1.1 304 Not Modified\r\n';
const CHUNKED = 'Transfer-Encoding: chunked\r\n';

/** RFC 9112 §6.3 rule 1. */
export const BODILESS: readonly HostileRow[] = [
  { fact: '204', bytes: `${NO_CONTENT}\r\n`, expected: taken('', undefined, { status: 204 }) },
  { fact: '204 with a length', bytes: `${NO_CONTENT}Content-Length: 5\r\n\r\n`, expected: taken('') },
  { fact: '204 with a body', bytes: `${NO_CONTENT}\r\nbody`, expected: taken('', 'unsolicited-data') },
  { fact: '204 with a length and a body', bytes: `${NO_CONTENT}Content-Length: 5\r\n\r\nhello`, expected: taken('', 'unsolicited-data') },
  { fact: '204 with a transfer coding', bytes: `${NO_CONTENT}${CHUNKED}\r\n`, expected: taken('', 'doubtful-framing') },
  { fact: '304 with a length', bytes: `${NOT_MODIFIED}Content-Length: 5\r\n\r\n`, expected: taken('', undefined, { status: 304 }) },
  { fact: '304 with a body', bytes: `${NOT_MODIFIED}Content-Length: 5\r\n\r\nhello`, expected: taken('', 'unsolicited-data') },
  { fact: '304 with a transfer coding', bytes: `${NOT_MODIFIED}${CHUNKED}\r\n`, expected: taken('', 'doubtful-framing') },
  { fact: 'HEAD with a length', bytes: 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n', method: 'HEAD', expected: taken('') },
  { fact: 'HEAD without one', bytes: 'HTTP/1.1 200 OK\r\n\r\n', method: 'HEAD', expected: taken('') },
  { fact: 'HEAD with chunked', bytes: `HTTP/1.1 200 OK\r\n${CHUNKED}\r\n`, method: 'HEAD', expected: taken('') },
  { fact: 'HEAD with a body', bytes: OK, method: 'HEAD', expected: taken('', 'unsolicited-data') },
  {
    fact: '205 with a length',
    bytes: 'HTTP/1.1 205 Reset Content\r\nContent-Length: 2\r\n\r\nok',
    expected: taken('ok', undefined, { status: 205 }),
  },
  { fact: '205 without a body', bytes: 'HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n\r\n', expected: taken('') },
  { fact: '205 until the end', bytes: 'HTTP/1.1 205 Reset Content\r\n\r\nok', ending: 'fin', expected: taken('ok', 'until-close') },
];
