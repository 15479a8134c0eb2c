import { answer, beyondLimit, chunked, malformed, OK, taken, TRUNCATED, type HostileRow } from './row.ts';

const START = 'HTTP/1.1 200 OK\r\n';
const END = 'Content-Length: 2\r\n\r\nok';
const INTERIM = 'HTTP/1.1 103 Early Hints\r\n\r\n';

/** A head of just so many bytes, and a body. */
function headOf(bytes: number): string {
  const rest = bytes - START.length - END.length + 'ok'.length;
  return `${START}A: ${'x'.repeat(rest - 'A: \r\n'.length)}\r\n${END}`;
}

/** As many fields, the length among them. */
function fieldsOf(count: number): string {
  return `${START}${'A: b\r\n'.repeat(count - 1)}${END}`;
}

/** A chunked body whose first size line takes so many bytes beyond the 16 that each may have. */
function overheadOf(bytes: number): string {
  return chunked(`2;${'x'.repeat(bytes + 16 - '2;\r\n'.length)}\r\nok\r\n0\r\n\r\n`);
}

/** Trailers of just so many bytes, the empty line among them. */
function trailersOf(bytes: number): string {
  return chunked(`2\r\nok\r\n0\r\nX-A: ${'x'.repeat(bytes - 'X-A: \r\n\r\n'.length)}\r\n\r\n`);
}

/** Heads beyond what anybody sends. The limits are those of a Transport without options. */
export const SIZES: readonly HostileRow[] = [
  { fact: 'a head of 15 KiB', bytes: headOf(15_360), expected: taken('ok') },
  { fact: 'a head of 64 KiB', bytes: headOf(65_536), expected: taken('ok') },
  { fact: 'a head of 64 KiB and a byte', bytes: headOf(65_537), expected: beyondLimit('head') },
  { fact: 'a head of 1 MiB', bytes: headOf(1_048_576), expected: beyondLimit('head') },
  { fact: 'a head that does not end', bytes: `${START}A: ${'x'.repeat(70_000)}`, expected: beyondLimit('head') },
  { fact: 'a name that does not end', bytes: `${START}${'x'.repeat(70_000)}`, expected: beyondLimit('head') },
  { fact: '1 000 fields', bytes: fieldsOf(1_000), expected: taken('ok') },
  { fact: '1 001 fields', bytes: fieldsOf(1_001), expected: beyondLimit('head') },
  { fact: '2 000 fields', bytes: fieldsOf(2_000), expected: beyondLimit('head') },
  { fact: '5 000 fields', bytes: fieldsOf(5_000), expected: beyondLimit('head') },
  { fact: '999 folds', bytes: answer(`A: b${'\r\n c'.repeat(998)}\r\nContent-Length: 2\r\n`, 'ok'), expected: taken('ok') },
  { fact: '1 000 folds', bytes: answer(`A: b${'\r\n c'.repeat(999)}\r\nContent-Length: 2\r\n`, 'ok'), expected: beyondLimit('head') },
  { fact: 'a status line of 8 KiB', bytes: `HTTP/1.1 200 ${'x'.repeat(8_192 - 13)}\r\n${END}`, expected: taken('ok') },
  { fact: 'a status line of 8 KiB and a byte', bytes: `HTTP/1.1 200 ${'x'.repeat(8_193 - 13)}\r\n${END}`, expected: beyondLimit('head') },
  { fact: 'a reason of 1 MiB', bytes: `HTTP/1.1 200 ${'x'.repeat(1_048_576)}\r\n${END}`, expected: beyondLimit('head') },
  { fact: 'a status line that does not end', bytes: `HTTP/1.1 200 ${'x'.repeat(10_000)}`, expected: beyondLimit('head') },
  {
    fact: 'interim heads of 64 KiB together with the final one',
    bytes: `HTTP/1.1 103 Early Hints\r\nA: ${'x'.repeat(40_000)}\r\n\r\n${headOf(30_000)}`,
    expected: beyondLimit('head'),
  },
  {
    fact: '16 interim responses',
    bytes: `${INTERIM.repeat(16)}${OK}`,
    expected: taken('ok', undefined, { interim: Array.from({ length: 16 }, () => 103) }),
  },
  { fact: '17 interim responses', bytes: `${INTERIM.repeat(17)}${OK}`, expected: beyondLimit('head') },
  { fact: '10 000 interim responses', bytes: INTERIM.repeat(10_000), expected: beyondLimit('head') },
  {
    fact: 'interim heads and the final one of 64 KiB together',
    bytes: `${INTERIM}${headOf(65_536 - INTERIM.length)}`,
    expected: taken('ok'),
  },
  {
    fact: 'interim heads and the final one of 64 KiB and a byte together',
    bytes: `${INTERIM}${headOf(65_537 - INTERIM.length)}`,
    expected: beyondLimit('head'),
  },
  { fact: 'chunk overhead of 16 KiB', bytes: overheadOf(16_384), expected: taken('ok') },
  { fact: 'chunk overhead of 16 KiB and a byte', bytes: overheadOf(16_385), expected: beyondLimit('body') },
  {
    fact: 'chunk overhead of as much as the data',
    bytes: chunked(`7d0\r\n${'y'.repeat(2_000)}\r\n2;${'x'.repeat(18_384 + 10)}\r\nok\r\n0\r\n\r\n`),
    expected: taken(`${'y'.repeat(2_000)}ok`),
  },
  { fact: 'trailers of 16 KiB', bytes: trailersOf(16_384), expected: taken('ok') },
  { fact: 'trailers of 16 KiB and a byte', bytes: trailersOf(16_385), expected: beyondLimit('body') },
  { fact: '100 trailers', bytes: chunked(`2\r\nok\r\n0\r\n${'A: b\r\n'.repeat(100)}\r\n`), expected: taken('ok') },
  { fact: '101 trailers', bytes: chunked(`2\r\nok\r\n0\r\n${'A: b\r\n'.repeat(101)}\r\n`), expected: beyondLimit('body') },
  { fact: 'a chunk size of 2^53-1', bytes: chunked('1fffffffffffff\r\nok'), ending: 'fin', expected: TRUNCATED },
  { fact: 'a chunk size of 2^53', bytes: chunked('20000000000000\r\nok'), ending: 'fin', expected: malformed('body') },
  { fact: 'a length of 2^53-1', bytes: answer('Content-Length: 9007199254740991\r\n', 'ok'), ending: 'fin', expected: TRUNCATED },
  { fact: 'a length of 2^53', bytes: answer('Content-Length: 9007199254740992\r\n', 'ok'), ending: 'fin', expected: malformed('head') },
];
