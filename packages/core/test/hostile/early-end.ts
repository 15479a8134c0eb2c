import { lost, taken, TRUNCATED, type Ending, type HostileRow } from './row.ts';

const ENDINGS: readonly Ending[] = ['fin', 'rst'];

const IN_HEAD: readonly (readonly [where: string, bytes: string])[] = [
  ['in the version', 'HTT'],
  ['in the status', 'HTTP/1.1 20'],
  ['in the reason', 'HTTP/1.1 200 O'],
  ['after the CR of the status line', 'HTTP/1.1 200 OK\r'],
  ['after the status line', 'HTTP/1.1 200 OK\r\n'],
  ['in a name', 'HTTP/1.1 200 OK\r\nContent-'],
  ['in a value', 'HTTP/1.1 200 OK\r\nContent-Length: 2'],
  ['before the empty line', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n'],
  ['in the empty line', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r'],
];

const CHUNKED = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';

const IN_BODY: readonly (readonly [where: string, bytes: string])[] = [
  ['before the body', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n'],
  ['in the body', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhal'],
  ['before the first chunk', CHUNKED],
  ['in a size', `${CHUNKED}5`],
  ['in an extension', `${CHUNKED}5;a="`],
  ['in the CRLF of a size', `${CHUNKED}5\r`],
  ['before the data', `${CHUNKED}5\r\n`],
  ['in the data', `${CHUNKED}5\r\nhal`],
  ['before the CRLF of the data', `${CHUNKED}2\r\nok`],
  ['in the CRLF of the data', `${CHUNKED}2\r\nok\r`],
  ['in the last chunk', `${CHUNKED}2\r\nok\r\n0`],
  ['in the name of a trailer', `${CHUNKED}2\r\nok\r\n0\r\nX-`],
  ['in the value of a trailer', `${CHUNKED}2\r\nok\r\n0\r\nX-Sum: 1`],
  ['after a trailer', `${CHUNKED}2\r\nok\r\n0\r\nX-Sum: 1\r\n`],
  ['in the last CRLF', `${CHUNKED}2\r\nok\r\n0\r\n\r`],
];

/** RFC 9112 §8: an answer that is not whole is no answer. */
export const EARLY_END: readonly HostileRow[] = [
  ...ENDINGS.flatMap((ending) => [
    ...IN_HEAD.map(([where, bytes]) => ({ fact: `${ending} ${where}`, bytes, ending, expected: lost(ending) })),
    ...IN_BODY.map(([where, bytes]) => ({ fact: `${ending} ${where}`, bytes, ending, expected: TRUNCATED })),
  ]),
  { fact: 'fin after a body without a length', bytes: 'HTTP/1.1 200 OK\r\n\r\nok', ending: 'fin', expected: taken('ok', 'until-close') },
  {
    fact: 'fin where a body without a length could be',
    bytes: 'HTTP/1.1 200 OK\r\n\r\n',
    ending: 'fin',
    expected: taken('', 'until-close'),
  },
  { fact: 'rst in a body without a length', bytes: 'HTTP/1.1 200 OK\r\n\r\nwho knows', ending: 'rst', expected: TRUNCATED },
  {
    fact: 'fin after a whole answer',
    bytes: 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
    ending: 'fin',
    expected: taken('ok', 'server-closed-idle'),
  },
];

/** No byte at all: on a connection that was used before, the request goes out again. */
export const NO_ANSWER: readonly HostileRow[] = ENDINGS.map((ending) => ({
  fact: `${ending} without an answer`,
  bytes: '',
  ending,
  expected: lost(ending),
}));
