import { lost, malformed, OK, taken, type HostileRow } from './row.ts';

/** RFC 9110 §15.2. */
export const INTERIM: readonly HostileRow[] = [
  {
    fact: 'a 100 that nobody waits for',
    bytes: `HTTP/1.1 100 Continue\r\n\r\n${OK}`,
    expected: taken('ok', undefined, { interim: [100] }),
  },
  {
    fact: '100, 103 and 199',
    bytes: `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 199\r\n\r\n${OK}`,
    expected: taken('ok', undefined, { interim: [100, 103, 199] }),
  },
  {
    fact: '103 with a length',
    bytes: `HTTP/1.1 103 Early Hints\r\nContent-Length: 5\r\n\r\n${OK}`,
    expected: taken('ok', undefined, { interim: [103] }),
  },
  {
    fact: '103 with a length that is none',
    bytes: `HTTP/1.1 103 Early Hints\r\nContent-Length: x\r\n\r\n${OK}`,
    expected: taken('ok', undefined, { interim: [103] }),
  },
  {
    fact: '103 with a transfer coding',
    bytes: `HTTP/1.1 103 Early Hints\r\nTransfer-Encoding: chunked\r\n\r\n${OK}`,
    expected: taken('ok', undefined, { interim: [103] }),
  },
  {
    fact: '103 that says close',
    bytes: `HTTP/1.1 103 Early Hints\r\nConnection: close\r\n\r\n${OK}`,
    expected: taken('ok', undefined, { interim: [103] }),
  },
  {
    fact: '101 that nobody asked for',
    bytes: `HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n${OK}`,
    expected: malformed('head'),
  },
  { fact: '101 without an Upgrade', bytes: `HTTP/1.1 101 Switching Protocols\r\n\r\n${OK}`, expected: malformed('head') },
  { fact: 'garbage after an interim response', bytes: `HTTP/1.1 103 Early Hints\r\n\r\nok${OK}`, expected: malformed('head') },
  { fact: 'an interim response and the end', bytes: 'HTTP/1.1 103 Early Hints\r\n\r\n', ending: 'fin', expected: lost('fin') },
  { fact: 'an interim response and a reset', bytes: 'HTTP/1.1 103 Early Hints\r\n\r\n', ending: 'rst', expected: lost('rst') },
];
