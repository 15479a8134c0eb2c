import { describe, expect, test } from 'vitest';

import { everySplit, readResponse } from '../../test/read-response.ts';

const OK = 'HTTP/1.1 200 OK\r\n';

describe('reads, however the bytes are split', () => {
  test.for([
    { fact: 'a length', bytes: `${OK}Content-Length: 5\r\n\r\nhello`, body: 'hello' },
    { fact: 'an empty body', bytes: `${OK}Content-Length: 0\r\n\r\n`, body: '' },
    { fact: 'chunks', bytes: `${OK}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n`, body: 'hello world' },
    {
      fact: 'chunk sizes in upper-case hex with zeros',
      bytes: `${OK}Transfer-Encoding: chunked\r\n\r\n000A\r\n0123456789\r\n000\r\n\r\n`,
      body: '0123456789',
    },
    {
      fact: 'a size padded to 22 digits',
      bytes: `${OK}Transfer-Encoding: chunked\r\n\r\n${'0'.repeat(21)}2\r\nok\r\n0\r\n\r\n`,
      body: 'ok',
    },
    { fact: 'chunk extensions', bytes: `${OK}Transfer-Encoding: chunked\r\n\r\n2;a=b;c="d\\"\\;e"\r\nok\r\n0;x\r\n\r\n`, body: 'ok' },
    { fact: 'whitespace around an extension', bytes: `${OK}Transfer-Encoding: chunked\r\n\r\n2 ; a = b\r\nok\r\n0\r\n\r\n`, body: 'ok' },
    { fact: 'no reason phrase and no space before it', bytes: 'HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok', body: 'ok' },
    { fact: 'a status that no class has', bytes: 'HTTP/1.1 799 Odd\r\nContent-Length: 2\r\n\r\nok', body: 'ok' },
    { fact: 'a later minor version', bytes: 'HTTP/1.2 200 OK\r\nContent-Length: 2\r\n\r\nok', body: 'ok' },
    { fact: 'whitespace around a value', bytes: `${OK}Content-Length:\t2\t \r\n\r\nok`, body: 'ok' },
    { fact: 'a folded field', bytes: `${OK}X-A: one\r\n two\r\n\tthree\r\nContent-Length: 2\r\n\r\nok`, body: 'ok' },
    {
      fact: 'an interim response first',
      bytes: `HTTP/1.1 103 Early Hints\r\nLink: x\r\nContent-Length: 9\r\n\r\n${OK}Content-Length: 2\r\n\r\nok`,
      body: 'ok',
    },
    {
      fact: 'more framing fields in an interim response than in the final one',
      bytes: `HTTP/1.1 103 Early Hints\r\nConnection: close\r\nKeep-Alive: max=1\r\nContent-Length: 9\r\n\r\n${OK}Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n`,
      body: 'ok',
    },
  ])('$fact', ({ bytes, body }) => {
    for (const pieces of everySplit(bytes)) {
      expect(readResponse(pieces)).toMatchObject({ body, isComplete: true, left: 0, error: undefined });
    }
  });

  test('a length beside chunks says nothing, and nobody is told of it (RFC 9112 §6.3)', () => {
    const { head, body } = readResponse([`${OK}Content-Length: 0\r\nTransfer-Encoding: chunked\r\nX: 1\r\n\r\n2\r\nok\r\n0\r\n\r\n`]);
    expect(body).toBe('ok');
    expect([...(head?.headers.keys() ?? [])]).toEqual(['transfer-encoding', 'x']);
    expect(() => head?.headers.append('A', 'b')).toThrow('read-only');
  });

  test('a head as it was sent', () => {
    const { head, interim } = readResponse([
      'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 404 Not here\r\nX-One: 1\r\nx-one:  two \r\nX-Fold: a\r\n  b\r\nX-Latin: caf\xe9\r\n',
      'Connection: close\r\nContent-Length: 0\r\n\r\n',
    ]);
    expect(interim).toEqual([100]);
    expect(head).toMatchObject({ minorVersion: 1, status: 404, statusText: 'Not here', connection: 'close' });
    expect([...(head?.headers.fields() ?? [])]).toEqual([
      ['X-One', '1'],
      ['x-one', 'two'],
      ['X-Fold', 'a b'],
      ['X-Latin', 'café'],
      ['Connection', 'close'],
      ['Content-Length', '0'],
    ]);
  });

  test('trailers, without those that may not be trailers', () => {
    const { trailers } = readResponse([
      `${OK}Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 1\r\nSet-Cookie: a=b\r\nContent-Length: 9\r\nX-Sum: 2\r\n\r\n`,
    ]);
    expect([...(trailers?.fields() ?? [])]).toEqual([
      ['X-Sum', '1'],
      ['X-Sum', '2'],
    ]);
  });

  test('a response without a body ends with its head', () => {
    expect(readResponse([`${OK}Content-Length: 5\r\n\r\n`], 'HEAD')).toMatchObject({ isComplete: true, body: '' });
    expect(readResponse(['HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n'])).toMatchObject({ isComplete: true, body: '' });
  });

  test('says how much of the bytes is not the response', () => {
    expect(readResponse([`${OK}Content-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n`])).toMatchObject({ body: 'ok', isComplete: true, left: 17 });
    expect(readResponse([`${OK}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\nxx`])).toMatchObject({ isComplete: true, left: 2 });
  });

  test('a body without a length goes on until the connection ends', () => {
    expect(readResponse([`${OK}\r\nab`, 'cd'])).toMatchObject({ body: 'abcd', isComplete: false, error: undefined });
  });
});

describe('refuses as malformed, however the bytes are split', () => {
  const chunked = `${OK}Transfer-Encoding: chunked\r\n\r\n`;
  test.for([
    { fact: 'LF alone after the status line', bytes: 'HTTP/1.1 200 OK\nA: b\r\n\r\n' },
    { fact: 'LF alone after a field', bytes: `${OK}A: b\nContent-Length: 0\r\n\r\n` },
    { fact: 'LF alone at the end of the head', bytes: `${OK}A: b\r\n\n` },
    { fact: 'CR alone in a value', bytes: `${OK}A: b\rc\r\n\r\n` },
    { fact: 'CR CR LF', bytes: `${OK}A: b\r\r\n\r\n` },
    { fact: 'CR alone in the reason', bytes: 'HTTP/1.1 200 OK\rContent-Length: 0\r\n\r\n' },
    { fact: 'CR LF CR and something', bytes: `${OK}\r\rok` },
    { fact: 'NUL in a value', bytes: `${OK}A: b\0c\r\n\r\n` },
    { fact: 'DEL in a value', bytes: `${OK}A: b\x7fc\r\n\r\n` },
    { fact: 'NUL in the reason', bytes: 'HTTP/1.1 200 O\0K\r\n\r\n' },
    { fact: 'NUL in a name', bytes: `${OK}A\0: b\r\n\r\n` },
    { fact: 'a space before the colon', bytes: `${OK}Content-Length : 0\r\n\r\n` },
    { fact: 'a space in a name', bytes: `${OK}X Y: b\r\n\r\n` },
    { fact: 'an empty name', bytes: `${OK}: b\r\n\r\n` },
    { fact: 'a line without a colon', bytes: `${OK}abc\r\n\r\n` },
    { fact: 'a byte beyond ASCII in a name', bytes: `${OK}\xe9: b\r\n\r\n` },
    { fact: 'a fold right after the status line', bytes: `${OK} A: b\r\n\r\n` },
    { fact: 'a folded Content-Length', bytes: `${OK}Content-Length: 1\r\n 0\r\n\r\n` },
    { fact: 'a folded Transfer-Encoding', bytes: `${OK}Transfer-Encoding:\r\n chunked\r\n\r\n` },
    { fact: 'a folded Set-Cookie', bytes: `${OK}Set-Cookie: a\r\n b\r\n\r\n` },
    { fact: 'a status of two digits', bytes: 'HTTP/1.1 20 OK\r\n\r\n' },
    { fact: 'a status of four digits', bytes: 'HTTP/1.1 2000 OK\r\n\r\n' },
    { fact: 'a status below 100', bytes: 'HTTP/1.1 099 OK\r\n\r\n' },
    { fact: 'a status that is no number', bytes: 'HTTP/1.1 2xx OK\r\n\r\n' },
    { fact: 'a signed status', bytes: 'HTTP/1.1 +20 OK\r\n\r\n' },
    { fact: 'two spaces before the status', bytes: 'HTTP/1.1  200 OK\r\n\r\n' },
    { fact: 'a tab before the status', bytes: 'HTTP/1.1\t200 OK\r\n\r\n' },
    { fact: 'HTTP/2.0', bytes: 'HTTP/2.0 200 OK\r\n\r\n' },
    { fact: 'HTTP/1.x of two digits', bytes: 'HTTP/1.10 200 OK\r\n\r\n' },
    { fact: 'lower-case http', bytes: 'http/1.1 200 OK\r\n\r\n' },
    { fact: 'ICY', bytes: 'ICY 200 OK\r\n\r\n' },
    { fact: 'HTML alone', bytes: '<html></html>' },
    { fact: 'an empty line first', bytes: `\r\n${OK}\r\n` },
    { fact: 'a space first', bytes: ` ${OK}\r\n` },
    { fact: 'a line without anything', bytes: 'HTTP/1.1\r\n\r\n' },
    { fact: 'an upgrade that nobody asked for', bytes: 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n' },
    { fact: 'two different lengths', bytes: `${OK}Content-Length: 2\r\nContent-Length: 5\r\n\r\nok` },
    { fact: 'two transfer codings', bytes: `${OK}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n` },
    { fact: 'a chunk size with 0x', bytes: `${chunked}0x2\r\nok\r\n0\r\n\r\n` },
    { fact: 'a signed chunk size', bytes: `${chunked}+2\r\nok\r\n` },
    { fact: 'no chunk size', bytes: `${chunked}\r\nok\r\n` },
    { fact: 'a chunk size that is no hex', bytes: `${chunked}g\r\n` },
    { fact: 'a space before a chunk size', bytes: `${chunked} 2\r\nok\r\n` },
    { fact: 'a space after a chunk size', bytes: `${chunked}2 \r\nok\r\n` },
    { fact: 'a chunk size of 2^53', bytes: `${chunked}20000000000000\r\n` },
    { fact: 'a chunk size beyond 2^64', bytes: `${chunked}1ffffffffffffffff\r\n` },
    { fact: 'LF alone after a chunk size', bytes: `${chunked}2\nok\r\n` },
    { fact: 'LF alone after an extension', bytes: `${chunked}2;a\nok\r\n` },
    { fact: 'NUL in an extension', bytes: `${chunked}2;\0\r\nok\r\n` },
    { fact: 'CRLF in a quoted extension', bytes: `${chunked}2;a="\r\n"\r\nok\r\n` },
    { fact: 'CR alone in an extension', bytes: `${chunked}2;a\rb\r\nok\r\n` },
    { fact: 'more data than the size says', bytes: `${chunked}2\r\nokXX\r\n` },
    { fact: 'LF alone after the data', bytes: `${chunked}2\r\nok\n0\r\n\r\n` },
    { fact: 'CR alone after the data', bytes: `${chunked}2\r\nok\r0\r\n\r\n` },
    { fact: 'LF alone at the end', bytes: `${chunked}0\n\n` },
    { fact: 'LF alone in a trailer', bytes: `${chunked}0\r\nA: b\n\r\n` },
    { fact: 'a trailer without a colon', bytes: `${chunked}0\r\nabc\r\n\r\n` },
  ])('$fact', ({ bytes }) => {
    for (const pieces of everySplit(bytes)) {
      const { error, isComplete } = readResponse(pieces);
      expect(isComplete).toBe(false);
      expect(error).toMatchObject({ code: 'malformed-response' });
      expect(error?.message).not.toMatch(/[\0\r\n]/);
    }
  });

  test.for([
    { fact: 'TLS', bytes: '\x15\x03\x01\x00\x02\x02\x46', says: 'TLS' },
    { fact: 'HTTP/2', bytes: '\x00\x00\x12\x04\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x64', says: 'HTTP/2' },
  ])('and says that the peer speaks $fact', ({ bytes, says }) => {
    expect(readResponse([bytes]).error?.message).toContain(says);
  });
});

describe('keeps its limits', () => {
  const fieldOf = (bytes: number): string => `A: ${'x'.repeat(bytes - 5)}\r\n`;
  const headOf = (bytes: number): string => `${OK}${fieldOf(bytes - OK.length - 2)}\r\n`;

  test.for([1, 2, 7])('a head of just as many bytes as are allowed, in %i pieces, and one more', (count) => {
    const cut = (text: string): string[] =>
      Array.from({ length: count }, (_, at) => text.slice((at * text.length) / count, ((at + 1) * text.length) / count));
    expect(headOf(2_000)).toHaveLength(2_000);
    expect(readResponse(cut(headOf(2_000)), 'GET', { maxHeadBytes: 2_000 }).head?.status).toBe(200);
    expect(readResponse(cut(headOf(2_001)), 'GET', { maxHeadBytes: 2_000 }).error?.code).toBe('response-limit');
  });

  test('a head that never ends is refused before it does', () => {
    const pieces = Array.from({ length: 100 }, () => fieldOf(100));
    expect(readResponse([OK, ...pieces], 'GET', { maxHeadBytes: 2_000 }).error?.code).toBe('response-limit');
    expect(readResponse([OK, `A: ${'x'.repeat(3_000)}`], 'GET', { maxHeadBytes: 2_000 }).error?.code).toBe('response-limit');
  });

  test('all heads of a response count together', () => {
    const interim = `HTTP/1.1 103 Early Hints\r\n${fieldOf(700)}\r\n`;
    expect(readResponse([interim, headOf(1_000)], 'GET', { maxHeadBytes: 2_000 }).error).toBeUndefined();
    expect(readResponse([interim, interim, headOf(1_000)], 'GET', { maxHeadBytes: 2_000 }).error).toMatchObject({
      code: 'response-limit',
      message: 'the interim and final heads are larger than 2000 bytes (maxResponseHeaderBytes)',
    });
  });

  test('1 000 fields', () => {
    expect(readResponse([OK, 'A: b\r\n'.repeat(1_000), '\r\n']).error).toBeUndefined();
    expect(readResponse([OK, 'A: b\r\n'.repeat(1_001), '\r\n']).error?.code).toBe('response-limit');
  });

  test('folds count as fields, and a long name is not read again for each', () => {
    expect(readResponse([OK, `A: b${'\r\n c'.repeat(999)}\r\n\r\n`]).error).toBeUndefined();
    expect(readResponse([OK, `A: b${'\r\n c'.repeat(1_000)}\r\n\r\n`]).error?.code).toBe('response-limit');
  });

  test('16 interim responses', () => {
    const interim = 'HTTP/1.1 103 Early Hints\r\n\r\n';
    expect(readResponse([interim.repeat(16), `${OK}\r\n`]).interim).toHaveLength(16);
    expect(readResponse([interim.repeat(17), `${OK}\r\n`]).error?.code).toBe('response-limit');
  });

  test('a status line of 8 KiB', () => {
    expect(readResponse([`HTTP/1.1 200 ${'x'.repeat(8_000)}\r\n\r\n`]).error).toBeUndefined();
    expect(readResponse([`HTTP/1.1 200 ${'x'.repeat(9_000)}\r\n\r\n`]).error?.code).toBe('response-limit');
    expect(readResponse(['HTTP/1.1 200 ', ...Array.from({ length: 90 }, () => 'x'.repeat(100))]).error?.code).toBe('response-limit');
  });

  test('chunk extensions and trailers', () => {
    const chunked = `${OK}Transfer-Encoding: chunked\r\n\r\n`;
    expect(readResponse([chunked, `2;${'x'.repeat(65_536)}\r\nok\r\n0\r\n\r\n`]).error?.code).toBe('response-limit');
    expect(readResponse([chunked, `1;${'x'.repeat(200)}\r\na\r\n`.repeat(100)]).error?.code).toBe('response-limit');
    expect(readResponse([chunked, '1\r\na\r\n'.repeat(20_000), '0\r\n\r\n'])).toMatchObject({ isComplete: true });
    expect(readResponse([chunked, '0\r\n', fieldOf(20_000), '\r\n']).error?.code).toBe('response-limit');
    expect(readResponse([chunked, '0\r\n', 'A: b\r\n'.repeat(101), '\r\n']).error?.code).toBe('response-limit');
  });

  test('a head of 64 KiB that comes byte by byte costs no more than its bytes', () => {
    const head = headOf(65_536);
    // Quadratic scanning would take minutes here, and the test its time limit.
    expect(readResponse(head.split('')).head?.status).toBe(200);
  });
});
