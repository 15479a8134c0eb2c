import { answer, malformed, taken, type HostileRow } from './row.ts';

const BODY = '2\r\nok\r\n0\r\n\r\n';

/** Other codings, and chunked where it is not alone: we did not ask for any, so nobody has reason to send them. */
const REFUSED = [
  'identity',
  'xchunked',
  'chunkedx',
  '"chunked"',
  'chunked;q=1',
  'chunked, identity',
  'identity, chunked',
  'gzip, chunked',
  'gzip',
  'chunked, chunked',
  '',
  ',',
  '\x0bchunked',
  '\x0cchunked',
  '\xa0chunked',
  'chun ked',
  'chunked\0',
];

const LEGAL = ['chunked', 'ChUnKeD', '\tchunked', 'chunked \t', ',chunked', 'chunked,', ' , chunked ,,'];

function withCoding(value: string, more = ''): string {
  return answer(`Transfer-Encoding:${value}\r\n${more}`, BODY);
}

/** RFC 9112 §6.1, §6.3 rule 4. */
export const TRANSFER_ENCODING: readonly HostileRow[] = [
  {
    fact: 'Transfer-Encoding: chunked, then a length',
    bytes: withCoding('chunked', 'Content-Length: 2\r\n'),
    expected: taken('ok', 'doubtful-framing'),
  },
  {
    fact: 'a length, then Transfer-Encoding: chunked',
    bytes: answer('Content-Length: 9\r\nTransfer-Encoding: chunked\r\n', BODY),
    expected: taken('ok', 'doubtful-framing'),
  },
  {
    fact: 'Transfer-Encoding: chunked and a length that is none',
    bytes: withCoding('chunked', 'Content-Length: x\r\n'),
    expected: malformed('head'),
  },
  ...REFUSED.flatMap((value) => [
    { fact: `Transfer-Encoding: ${JSON.stringify(value)}`, bytes: withCoding(value), expected: malformed('head') },
    {
      fact: `Transfer-Encoding: ${JSON.stringify(value)} and a length`,
      bytes: answer(`Transfer-Encoding:${value}\r\nContent-Length: 2\r\n`, 'ok'),
      expected: malformed('head'),
    },
  ]),
  ...LEGAL.map((value) => ({ fact: `Transfer-Encoding: ${JSON.stringify(value)}`, bytes: withCoding(value), expected: taken('ok') })),
  {
    fact: 'Transfer-Encoding: chunked in two fields',
    bytes: answer('Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n', BODY),
    expected: malformed('head'),
  },
  {
    fact: 'Transfer-Encoding: chunked, then identity in another field',
    bytes: answer('Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n', BODY),
    expected: malformed('head'),
  },
  {
    fact: 'a second Transfer-Encoding without a value',
    bytes: answer('Transfer-Encoding: chunked\r\nTransfer-Encoding:\r\n', BODY),
    expected: taken('ok'),
  },
  {
    fact: 'a space before the colon of Transfer-Encoding',
    bytes: answer('Transfer-Encoding : chunked\r\n', BODY),
    expected: malformed('head'),
  },
  { fact: 'a folded Transfer-Encoding', bytes: answer('Transfer-Encoding:\r\n chunked\r\n', BODY), expected: malformed('head') },
  {
    fact: 'a Transfer-Encoding that is folded later',
    bytes: answer('Transfer-Encoding: chunked\r\n ,identity\r\n', BODY),
    expected: malformed('head'),
  },
  {
    fact: 'Transfer-Encoding over HTTP/1.0',
    bytes: `HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: keep-alive\r\n\r\n${BODY}`,
    expected: taken('ok', 'doubtful-framing'),
  },
  {
    fact: 'Transfer-Encoding: gzip to HEAD',
    bytes: answer('Transfer-Encoding: gzip\r\n'),
    method: 'HEAD',
    expected: malformed('head'),
  },
];
