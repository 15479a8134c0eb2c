import { describe, expect, test } from 'vitest';

import { everySplit, readResponse } from '../../test/read-response.ts';
import type { ResponseLimits } from './http1-options.ts';

const OK = 'HTTP/1.1 200 OK\r\n';
const CHUNKED = `${OK}Transfer-Encoding: chunked\r\n\r\n`;
const INTERIM = 'HTTP/1.1 103 Early Hints\r\n\r\n';
const END = 'Content-Length: 2\r\n\r\nok';

/** Heads of just so many bytes together, and a body. */
function headsOf(bytes: number, first: string): string {
  return `${first}A: ${'x'.repeat(bytes - first.length - 'A: \r\n'.length - END.length + 'ok'.length)}\r\n${END}`;
}

interface Row {
  readonly fact: string;
  readonly limits: Partial<ResponseLimits>;
  /** Of just so much. */
  readonly bytesOf: (size: number) => string;
  readonly limit: number;
  /** In these words, with the option by which it is set. */
  readonly says: string;
}

const rows: readonly Row[] = [
  {
    fact: 'a head',
    limits: { maxHeadBytes: 100 },
    bytesOf: (size) => headsOf(size, OK),
    limit: 100,
    says: 'the response head is larger than 100 bytes (maxResponseHeaderBytes)',
  },
  {
    fact: 'heads together',
    limits: { maxHeadBytes: 100 },
    bytesOf: (size) => headsOf(size, INTERIM + OK),
    limit: 100,
    says: 'the interim and final heads are larger than 100 bytes (maxResponseHeaderBytes)',
  },
  {
    fact: 'a status line',
    limits: { maxStatusLineBytes: 50 },
    bytesOf: (size) => `HTTP/1.1 200 ${'x'.repeat(size - 13)}\r\n${END}`,
    limit: 50,
    says: 'the status line is longer than 50 bytes (maxStatusLineBytes)',
  },
  {
    fact: 'a status line, of an interim response too',
    limits: { maxStatusLineBytes: 50 },
    bytesOf: (size) => `HTTP/1.1 103 ${'x'.repeat(size - 13)}\r\n\r\n${OK}${END}`,
    limit: 50,
    says: 'the status line is longer than 50 bytes (maxStatusLineBytes)',
  },
  {
    fact: 'fields of a head',
    limits: { maxFields: 3 },
    bytesOf: (size) => `${OK}${'A: b\r\n'.repeat(size - 1)}${END}`,
    limit: 3,
    says: 'there are more than 3 header fields (maxResponseHeaderCount)',
  },
  {
    fact: 'interim responses',
    limits: { maxInterimResponses: 2 },
    bytesOf: (size) => `${INTERIM.repeat(size)}${OK}${END}`,
    limit: 2,
    says: 'there are more than 2 interim responses (maxInterimResponses)',
  },
  {
    fact: 'chunk extensions, beyond 16 bytes for the line and one for each byte of data',
    limits: { maxChunkOverheadBytes: 10 },
    bytesOf: (size) => `${CHUNKED}2;${'x'.repeat(size + 16 - '2;\r\n'.length)}\r\nok\r\n0\r\n\r\n`,
    limit: 10,
    says: 'chunk sizes and extensions take more than 10 bytes beyond what the data justifies (maxChunkOverheadBytes)',
  },
  {
    fact: 'zeros before a chunk size, which are overhead where their number has no limit',
    limits: { maxChunkOverheadBytes: 10, maxChunkSizeDigits: Infinity },
    bytesOf: (size) => `${CHUNKED}${'0'.repeat(size + 16 - '2\r\n'.length)}2\r\nok\r\n0\r\n\r\n`,
    limit: 10,
    says: 'chunk sizes and extensions take more than 10 bytes beyond what the data justifies (maxChunkOverheadBytes)',
  },
  {
    fact: 'digits of a chunk size, zeros included',
    limits: { maxChunkSizeDigits: 16 },
    bytesOf: (size) => `${CHUNKED}${'0'.repeat(size - 1)}2\r\nok\r\n0\r\n\r\n`,
    limit: 16,
    says: "a chunk's size has more than 16 digits (maxChunkSizeDigits)",
  },
  {
    fact: 'zeros that end the body',
    limits: { maxChunkSizeDigits: 16 },
    bytesOf: (size) => `${CHUNKED}2\r\nok\r\n${'0'.repeat(size)}\r\n\r\n`,
    limit: 16,
    says: "a chunk's size has more than 16 digits (maxChunkSizeDigits)",
  },
  {
    fact: 'bytes of trailers, the empty line included',
    limits: { maxTrailerBytes: 50 },
    bytesOf: (size) => `${CHUNKED}2\r\nok\r\n0\r\nA: ${'x'.repeat(size - 'A: \r\n\r\n'.length)}\r\n\r\n`,
    limit: 50,
    says: 'the trailers are larger than 50 bytes (maxTrailerBytes)',
  },
  {
    fact: 'trailers',
    limits: { maxTrailerFields: 3 },
    bytesOf: (size) => `${CHUNKED}2\r\nok\r\n0\r\n${'A: b\r\n'.repeat(size)}\r\n`,
    limit: 3,
    says: 'there are more than 3 trailers (maxTrailerCount)',
  },
];

describe('as much as a limit says is read, and one more refused, however the bytes are split', () => {
  test.for(rows)('$fact', ({ limits, bytesOf, limit, says }) => {
    for (const pieces of everySplit(bytesOf(limit))) {
      expect(readResponse(pieces, 'GET', limits)).toMatchObject({ body: 'ok', isComplete: true, left: 0, error: undefined });
    }
    for (const pieces of everySplit(bytesOf(limit + 1))) {
      expect(readResponse(pieces, 'GET', limits)).toMatchObject({ isComplete: false, error: { code: 'response-limit', message: says } });
    }
  });
});

test('fields of a head and trailers are counted apart', () => {
  const bytes = `${OK}A: b\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n${'A: b\r\n'.repeat(3)}\r\n`;
  expect(readResponse([bytes], 'GET', { maxFields: 2, maxTrailerFields: 3 })).toMatchObject({ isComplete: true, error: undefined });
  expect(readResponse([bytes], 'GET', { maxFields: 3, maxTrailerFields: 2 }).error?.code).toBe('response-limit');
});

test('where a limit is infinite, those that remain hold', () => {
  const unlimited = { maxStatusLineBytes: Infinity, maxFields: Infinity, maxTrailerFields: Infinity };
  const bytes = `HTTP/1.1 200 ${'x'.repeat(20_000)}\r\n${'A: b\r\n'.repeat(2_000)}Transfer-Encoding: chunked\r\n\r\n0\r\n${'A: b\r\n'.repeat(2_000)}\r\n`;
  expect(readResponse([bytes], 'GET', unlimited)).toMatchObject({ isComplete: true, error: undefined });
  expect(readResponse([bytes], 'GET', { ...unlimited, maxHeadBytes: 30_000 }).error?.message).toContain('maxResponseHeaderBytes');
  expect(readResponse([bytes], 'GET', { ...unlimited, maxTrailerBytes: 10_000 }).error?.message).toContain('maxTrailerBytes');
});

test('a chunk size of 2^53 is malformed, however many digits it may have', () => {
  for (const maxChunkSizeDigits of [14, Infinity]) {
    const read = readResponse([`${CHUNKED}20000000000000\r\n`], 'GET', { maxChunkSizeDigits });
    expect(read.error?.code).toBe('malformed-response');
    expect(readResponse([`${CHUNKED}1fffffffffffff\r\nok`], 'GET', { maxChunkSizeDigits })).toMatchObject({ body: 'ok', error: undefined });
  }
});
