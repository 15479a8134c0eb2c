import { describe, expect, test } from 'vitest';

import { RESPONSE_ADVISORIES } from '../../test/hostile/advisories.ts';
import { carry } from '../../test/hostile/carry.ts';
import { cpuRatio } from '../../test/hostile/cpu-ratio.ts';
import { answer, chunked, OK } from '../../test/hostile/row.ts';
import { endless, swallowed } from '../../test/hostile/swallowed.ts';
import { splitsOf } from '../../test/hostile/splits.ts';
import { HttpHeaders } from '../contract/http-headers.ts';
import { HttpRequest } from '../contract/http-request.ts';
import { responseFraming } from './framing.ts';
import { keepAliveHint } from './keep-alive.ts';
import { asksToClose } from '../engine/asks-to-close.ts';

test.for(RESPONSE_ADVISORIES)('$ids: $fact', async ({ bytes, ending = 'open', expected }) => {
  for (const pieces of [[bytes], ...splitsOf(bytes)]) {
    expect(await carry({ pieces, ending })).toMatchObject(expected);
  }
});

test('CVE-2026-48931, its mending: a server that closes right behind the last chunk has sent a whole answer, 10 000 times', async () => {
  const bytes = chunked('5\r\nhello\r\n0\r\n\r\n');
  for (let run = 0; run < 10_000; run++) {
    const cut = run % bytes.length;
    const outcome = await carry({ pieces: [bytes.slice(0, cut), bytes.slice(cut)], ending: 'fin' });
    if (outcome.kind !== 'taken' || outcome.body !== 'hello') expect({ cut, outcome }).toBe('a whole answer');
  }
});

/** What a peer can have us read before we give up, of something that does not end. */
describe('endless input is refused once it is beyond its limit', () => {
  const HEAD = 'HTTP/1.1 200 OK\r\n';
  test.for([
    {
      ids: 'CVE-2023-38039',
      fact: 'fields',
      start: HEAD,
      more: 'A: bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\r\n',
      limit: 65_700,
    },
    { ids: 'CVE-2023-38039', fact: 'small fields', start: HEAD, more: 'A: b\r\n', limit: 6_100 },
    { ids: 'CVE-2023-24534, CVE-2021-31525', fact: 'one value', start: `${HEAD}A: `, more: 'x'.repeat(100), limit: 65_700 },
    { ids: 'CVE-2021-31525', fact: 'one name', start: HEAD, more: 'x'.repeat(100), limit: 65_700 },
    { ids: 'CVE-2021-31525', fact: 'one fold after the other', start: `${HEAD}A: b`, more: '\r\n c', limit: 4_100 },
    { ids: 'CVE-2023-38039', fact: 'the reason', start: 'HTTP/1.1 200 ', more: 'x'.repeat(100), limit: 8_400 },
    { ids: 'CVE-2023-38039', fact: 'interim responses', start: '', more: 'HTTP/1.1 103 Early Hints\r\n\r\n', limit: 500 },
    { ids: 'CVE-2024-22019', fact: 'a chunk extension', start: chunked('1;'), more: 'x'.repeat(100), limit: 16_700 },
    { ids: 'CVE-2024-22019', fact: 'chunk extensions', start: chunked(''), more: `1;${'x'.repeat(100)}\r\na\r\n`, limit: 21_000 },
    { ids: 'CVE-2023-39326', fact: 'zeros of a chunk size', start: chunked(''), more: '0', limit: 200 },
    { ids: 'CVE-2023-38039', fact: 'trailers', start: chunked('0\r\n'), more: `A: ${'x'.repeat(500)}\r\n`, limit: 17_100 },
    { ids: 'CVE-2023-38039', fact: 'small trailers', start: chunked('0\r\n'), more: 'A: b\r\n', limit: 800 },
    { ids: 'CVE-2023-38039', fact: 'one trailer', start: chunked('0\r\nA: '), more: 'x'.repeat(100), limit: 16_700 },
  ])('$ids: $fact', ({ start, more, limit }) => {
    const { bytes, closed } = swallowed(endless(start, more));
    expect(closed).toMatch(/^response-limit|^malformed-response/);
    expect(bytes).toBeLessThanOrEqual(limit);
  });
});

/** CPU time for eight times as much, an eighth of it: 1 where it is linear, 8 where it is quadratic. */
describe('time is linear in what comes', () => {
  const byByte = (bytes: string) => (): void => void swallowed(bytes.split(''));

  test('CVE-2025-61724, CVE-2018-12121: a head that comes byte by byte', () => {
    const head = (length: number): string => answer(`A: ${'x'.repeat(length)}\r\nContent-Length: 0\r\n`);
    expect(cpuRatio((length) => byByte(head(length)), 8_000)).toBeLessThan(4);
  });

  test('CVE-2025-61724, CVE-2018-12121: fields that come byte by byte', () => {
    const head = (fields: number): string => answer(`${'Connection: x\r\n'.repeat(fields)}Content-Length: 0\r\n`);
    expect(cpuRatio((fields) => byByte(head(fields)), 120)).toBeLessThan(4);
  });

  test('CVE-2018-12121: chunks of one byte', () => {
    const body = (chunks: number) => (): void => void swallowed([chunked(`${'1\r\na\r\n'.repeat(chunks)}0\r\n\r\n`)]);
    expect(cpuRatio(body, 20_000)).toBeLessThan(4);
  });

  test('CVE-2018-12121: chunks of one byte that come byte by byte', () => {
    expect(cpuRatio((chunks) => byByte(chunked(`${'1\r\na\r\n'.repeat(chunks)}0\r\n\r\n`)), 3_000)).toBeLessThan(4);
  });

  test('CVE-2024-24750: a body without an end that comes byte by byte', () => {
    expect(cpuRatio((length) => byByte(answer('', 'x'.repeat(length))), 10_000)).toBeLessThan(4);
  });

  test.for([
    { fact: 'spaces before a value', make: (count: number) => `${' '.repeat(count)}x` },
    { fact: 'spaces within a value', make: (count: number) => `x${' '.repeat(count)}x` },
    { fact: 'tabs behind a value', make: (count: number) => `x${'\t'.repeat(count)}` },
    { fact: 'line ends before a value', make: (count: number) => `${'\r\n'.repeat(count)}x` },
  ])('CVE-2023-24807: $fact of a header', ({ make }) => {
    const set = (count: number) => {
      const value = make(count);
      return (): void => new HttpHeaders([['X-A', value]]).set('x-a', value);
    };
    expect(cpuRatio(set, 50_000)).toBeLessThan(4);
  });

  const LISTS = [',', ' ', ', ', 'a,', 'a ,', '2, ', '"', '\\', '(', '=', ';'];
  test.for(LISTS.map((piece) => ({ piece, fact: JSON.stringify(piece) })))('CVE-2023-24807: lists of $fact', ({ piece }) => {
    const read = (count: number) => {
      const value = piece.repeat(count);
      const request = new HttpRequest('http://peer.test/', { headers: { Connection: value } });
      const fields = { contentLength: value, transferEncoding: undefined, connection: value, keepAlive: value };
      return (): void => {
        responseFraming('GET', 200, 1, fields);
        responseFraming('GET', 200, 1, { ...fields, contentLength: undefined, transferEncoding: value });
        keepAliveHint(value);
        asksToClose(request);
      };
    };
    expect(cpuRatio(read, 2_000)).toBeLessThan(4);
  });

  test('CVE-2023-24807: folds', () => {
    const folded = (count: number): string => answer(`A: ${`${' '.repeat(70)}\r\n `.repeat(count)}b\r\nContent-Length: 0\r\n`);
    expect(cpuRatio((count) => () => void swallowed([folded(count)]), 100)).toBeLessThan(4);
  });
});

test('CVE-2026-42507, CVE-2025-58189: what a peer says comes into a message escaped and shortened', async () => {
  const words = ['\x1b[31mred\x1b[0m', '\n\nGET / HTTP/1.1', 'x'.repeat(5_000), '\u0085\u00a0\u00ad'];
  const places = [
    (word: string) => `${word}${OK}`,
    (word: string) => `HTTP/1.1 ${word} OK\r\n\r\n`,
    (word: string) => `HTTP/1.1 200 \0${word}\r\n\r\n`,
    (word: string) => answer(`A${word}\0: b\r\n`),
    (word: string) => answer(`A: b${word}\0\r\n`),
    (word: string) => answer(`Content-Length: ${word}\r\n`),
    (word: string) => answer(`Transfer-Encoding: ${word}\r\n`),
    (word: string) => answer(`Set-Cookie: ${word}\r\n folded\r\n`),
    (word: string) => chunked(`${word}\r\n`),
    (word: string) => chunked(`2;${word}\0\r\n`),
    (word: string) => chunked(`2\r\nok${word}\r\n`),
    (word: string) => chunked(`0\r\n${word}\0: x\r\n`),
    (word: string) => `HTTP/1.1 101 ${word.replaceAll(/[^ -~]/g, '')}\r\nUpgrade: ${word}\r\n\r\n`,
  ];
  for (const word of words) {
    for (const place of places) {
      const outcome = await carry({ pieces: [place(word)], ending: 'fin' });
      const message = outcome.kind === 'refused' ? outcome.message : '';
      expect(message).toMatch(/^http:\/\/peer\.test: [ -~]{1,200}$/);
      expect(message).not.toContain('red');
      expect(message).not.toContain('xxxxx');
    }
  }
});
