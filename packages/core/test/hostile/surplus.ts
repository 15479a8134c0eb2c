import { answer, chunked, OK, taken, type HostileRow } from './row.ts';

/** RFC 9112 §6.3, §9.2: what comes behind a response answers nothing. */
export const SURPLUS: readonly HostileRow[] = [
  { fact: 'bytes after a length', bytes: `${OK}more`, expected: taken('ok', 'unsolicited-data') },
  { fact: 'CRLF after a length', bytes: `${OK}\r\n`, expected: taken('ok', 'unsolicited-data') },
  { fact: 'bytes after the last chunk', bytes: `${chunked('2\r\nok\r\n0\r\n\r\n')}more`, expected: taken('ok', 'unsolicited-data') },
  {
    fact: 'a second response',
    bytes: `${OK}HTTP/1.1 299 Poison\r\nContent-Length: 6\r\n\r\npoison`,
    expected: taken('ok', 'unsolicited-data'),
  },
  { fact: 'bytes after an empty body', bytes: `${answer('Content-Length: 0\r\n')}x`, expected: taken('', 'unsolicited-data') },
];

/** RFC 9112 §9.3, §9.6. */
export const PERSISTENCE: readonly HostileRow[] = [
  ...['close', 'Close', 'CLOSE', 'x, close', 'close ,x', ',close,'].map((value) => ({
    fact: `Connection: ${value}`,
    bytes: answer(`Connection: ${value}\r\nContent-Length: 2\r\n`, 'ok'),
    expected: taken('ok', 'response-close'),
  })),
  {
    fact: 'Connection: close as the second of two',
    bytes: answer('Connection: x\r\nContent-Length: 2\r\nConnection: close\r\n', 'ok'),
    expected: taken('ok', 'response-close'),
  },
  ...['closed', 'un-close', 'keep-alive', '"close"'].map((value) => ({
    fact: `Connection: ${value}`,
    bytes: answer(`Connection: ${value}\r\nContent-Length: 2\r\n`, 'ok'),
    expected: taken('ok'),
  })),
  { fact: 'Proxy-Connection: close', bytes: answer('Proxy-Connection: close\r\nContent-Length: 2\r\n', 'ok'), expected: taken('ok') },
  {
    fact: 'Keep-Alive: max=0',
    bytes: answer('Keep-Alive: max=0\r\nContent-Length: 2\r\n', 'ok'),
    expected: taken('ok', 'server-max-requests'),
  },
  {
    fact: 'Keep-Alive with nonsense',
    bytes: answer('Keep-Alive: timeout=-1, max=x, =, ;\r\nContent-Length: 2\r\n', 'ok'),
    expected: taken('ok'),
  },
  {
    fact: 'a content coding that the body is not in',
    bytes: answer('Content-Encoding: gzip\r\nContent-Length: 2\r\n', 'ok'),
    expected: taken('ok'),
  },
  {
    fact: '50 content codings',
    bytes: answer(`Content-Encoding: ${Array.from({ length: 50 }, () => 'gzip').join(', ')}\r\nContent-Length: 2\r\n`, 'ok'),
    expected: taken('ok'),
  },
];
