import { answer, beyondLimit, chunked, malformed, taken, TRUNCATED, type HostileRow } from './row.ts';

const CHUNKS = '2\r\nok\r\n0\r\n\r\n';

/** One row for each way in which an advisory’s attack can come. */
export interface AdvisoryRow extends HostileRow {
  readonly ids: string;
}

/** What parsers of others took, and what must come of it here. */
export const RESPONSE_ADVISORIES: readonly AdvisoryRow[] = [
  {
    ids: 'CVE-2025-23167',
    fact: 'CRLF CR does not end a head',
    bytes: 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\rok\r\n\r\nok',
    expected: malformed('head'),
  },
  ...['chunkedx', 'xchunked', '"chunked"'].map((coding) => ({
    ids: 'CVE-2022-32213, CVE-2022-32214, CVE-2022-32215, CVE-2022-35256',
    fact: `Transfer-Encoding: ${coding} is not chunked, and not none`,
    bytes: answer(`Transfer-Encoding: ${coding}\r\n`, CHUNKS),
    expected: malformed('head'),
  })),
  {
    ids: 'CVE-2022-32215',
    fact: 'a Transfer-Encoding over two lines is refused',
    bytes: answer('Transfer-Encoding: chunked\r\n , identity\r\n', CHUNKS),
    expected: malformed('head'),
  },
  {
    ids: 'CVE-2022-32214',
    fact: 'fields that end in LF are refused',
    bytes: answer('A: b\nTransfer-Encoding: chunked\r\n', CHUNKS),
    expected: malformed('head'),
  },
  {
    ids: 'CVE-2023-30589',
    fact: 'CR alone does not end a field',
    bytes: answer('Dummy: x\rContent-Length: 23\r\n', 'ok'),
    expected: malformed('head'),
  },
  {
    ids: 'CVE-2021-22959',
    fact: 'a space before the colon is refused',
    bytes: answer('Content-Length : 2\r\n', 'ok'),
    expected: malformed('head'),
  },
  {
    ids: 'CVE-2021-22960',
    fact: 'chunk extensions are looked at',
    bytes: chunked('2;\n\r\nok\r\n0\r\n\r\n'),
    expected: malformed('body'),
  },
  {
    ids: 'CVE-2020-8287, CVE-2021-21299, RUSTSEC-2021-0020',
    fact: 'two Transfer-Encoding fields are one list',
    bytes: answer('Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n', CHUNKS),
    expected: malformed('head'),
  },
  {
    ids: 'CVE-2020-8201',
    fact: 'CR in a name is refused',
    bytes: answer('Content\rLength: 5\r\n', 'ok'),
    expected: malformed('head'),
  },
  {
    ids: 'CVE-2019-15605',
    fact: 'a Transfer-Encoding with whitespace behind it is read without',
    bytes: answer('Transfer-Encoding: chunked\t \r\n', CHUNKS),
    expected: taken('ok'),
  },
  {
    ids: 'CVE-2019-15606',
    fact: 'whitespace behind a value is not part of it',
    bytes: answer('X: v \t\r\nContent-Length: 2\r\n', 'ok'),
    expected: taken('ok', undefined, {
      fields: [
        ['X', 'v'],
        ['Content-Length', '2'],
      ],
    }),
  },
  {
    ids: 'CVE-2018-7159',
    fact: 'spaces within a length are refused',
    bytes: answer('Content-Length: 1 2\r\n', 'hello, world'),
    expected: malformed('head'),
  },
  {
    ids: 'CVE-2024-27982',
    fact: 'a space before the first field is refused',
    bytes: answer(' Content-Length: 2\r\n', 'ok'),
    expected: malformed('head'),
  },
  {
    ids: 'CVE-2024-22019',
    fact: 'chunks of one byte with extensions of 16 KiB are refused',
    bytes: chunked(`1;${'x'.repeat(16_384)}\r\na\r\n`.repeat(4)),
    expected: beyondLimit('body'),
  },
  {
    ids: 'CVE-2023-39326',
    fact: 'chunks of one byte with extensions of 1 KiB are refused',
    bytes: chunked(`1;${'x'.repeat(1_024)}\r\na\r\n`.repeat(20)),
    expected: beyondLimit('body'),
  },
  {
    ids: 'CVE-2025-22871',
    fact: 'LF does not end the size of a chunk',
    bytes: chunked('2\nok\r\n0\r\n\r\n'),
    expected: malformed('body'),
  },
  {
    ids: 'CVE-2025-43859',
    fact: 'what stands behind the data of a chunk must be CRLF',
    bytes: chunked('2\r\nokXX0\r\n\r\n'),
    expected: malformed('body'),
  },
  ...['10000000000000002', 'ffffffffffffffff0', '20000000000000'].map((size) => ({
    ids: 'CVE-2021-32714, RUSTSEC-2021-0079',
    fact: `the chunk size ${size} is refused, and not rounded`,
    bytes: chunked(`${size}\r\nok\r\n0\r\n\r\n`),
    expected: malformed('body'),
  })),
  {
    ids: 'CVE-2021-32715, RUSTSEC-2021-0078',
    fact: 'a length with a sign is refused',
    bytes: answer('Content-Length: +2\r\n', 'ok'),
    expected: malformed('head'),
  },
  {
    ids: 'CVE-2022-1705',
    fact: 'a control character before chunked is refused',
    bytes: answer('Transfer-Encoding: \x0bchunked\r\n', CHUNKS),
    expected: malformed('head'),
  },
  {
    ids: 'CVE-2015-5739',
    fact: 'Content Length is no name',
    bytes: answer('Content Length: 5\r\n', 'hello'),
    expected: malformed('head'),
  },
  {
    ids: 'CVE-2019-16276',
    fact: 'Transfer-Encoding and a space is no name',
    bytes: answer('Transfer-Encoding : chunked\r\n', CHUNKS),
    expected: malformed('head'),
  },
  {
    ids: 'CVE-2026-25639, CVE-2026-21710',
    fact: 'fields that are called __proto__ and constructor are fields',
    bytes: answer('__proto__: a\r\nconstructor: b\r\nContent-Length: 2\r\n', 'ok'),
    expected: taken('ok', undefined, {
      fields: [
        ['__proto__', 'a'],
        ['constructor', 'b'],
        ['Content-Length', '2'],
      ],
    }),
  },
  {
    ids: 'CVE-2026-9679, GHSA-p88m-4jfj-68fv',
    fact: 'a Set-Cookie is not decoded',
    bytes: answer('Set-Cookie: a=%0D%0AX: y\r\nContent-Length: 2\r\n', 'ok'),
    expected: taken('ok', undefined, {
      fields: [
        ['Set-Cookie', 'a=%0D%0AX: y'],
        ['Content-Length', '2'],
      ],
    }),
  },
  {
    ids: 'CVE-2026-6733, GHSA-35p6-xmwp-9g52, CVE-2026-48931',
    fact: 'a second response behind the first is nobody’s',
    bytes: `${answer('Content-Length: 2\r\n', 'ok')}HTTP/1.1 299 Poison\r\nContent-Length: 6\r\n\r\npoison`,
    expected: taken('ok', 'unsolicited-data'),
  },
  {
    ids: 'CVE-2026-18149, GHSA-pmjh-fq2x-6v4x',
    fact: 'a body that is cut off fails who reads it',
    bytes: answer('Content-Length: 10\r\n', 'half'),
    ending: 'fin',
    expected: TRUNCATED,
  },
];
