import { beyondLimit, chunked, malformed, taken, TRUNCATED, type HostileRow } from './row.ts';

const REST = '\r\nok\r\n0\r\n\r\n';
const NO_SIZE = [
  '0x2',
  '+2',
  '-2',
  'g',
  '',
  ' 2',
  '\t2',
  '2 ',
  '2\t',
  '2 x',
  '2,',
  '2h',
  'ffffffffffffffff',
  '20000000000001',
  '10000000000000002',
  'ffffffffffffffff0',
];

/** A size line, then the rest of a good body. */
function sized(sizeLine: string): string {
  return chunked(`${sizeLine}${REST}`);
}

/** RFC 9112 §7.1. */
export const CHUNKS: readonly HostileRow[] = [
  { fact: 'a size in upper-case hex', bytes: chunked('A\r\n0123456789\r\n0\r\n\r\n'), expected: taken('0123456789') },
  { fact: 'a last chunk of three zeros', bytes: chunked('2\r\nok\r\n000\r\n\r\n'), expected: taken('ok') },
  { fact: 'a size with zeros before it, 22 digits', bytes: sized(`${'0'.repeat(21)}2`), expected: taken('ok') },
  { fact: 'a size of 64 digits', bytes: sized(`${'0'.repeat(63)}2`), expected: taken('ok') },
  { fact: 'a size of 65 digits', bytes: sized(`${'0'.repeat(64)}2`), expected: beyondLimit('body') },
  ...NO_SIZE.map((size) => ({ fact: `the size ${JSON.stringify(size)}`, bytes: sized(size), expected: malformed('body') })),
  { fact: 'a size after a chunk that is none', bytes: chunked('2\r\nok\r\nx\r\n'), expected: malformed('body') },
  { fact: 'whitespace around an extension', bytes: sized('2 ; a = b'), expected: taken('ok') },
  { fact: 'an extension', bytes: sized('2;a=b;c'), expected: taken('ok') },
  { fact: 'a quoted extension', bytes: sized('2;a="x;\\"y"'), expected: taken('ok') },
  { fact: 'an extension on the last chunk', bytes: chunked('2\r\nok\r\n0;a=b\r\n\r\n'), expected: taken('ok') },
  { fact: 'CRLF in a quoted extension', bytes: sized('2;a="\r\n"'), expected: malformed('body') },
  { fact: 'an open quote in an extension', bytes: sized('2;a="'), expected: malformed('body') },
  { fact: 'CR in a quoted pair', bytes: sized('2;a="\\\r"'), expected: malformed('body') },
  { fact: 'NUL in an extension', bytes: sized('2;a\0b'), expected: malformed('body') },
  { fact: 'NUL in a quoted extension', bytes: sized('2;a="\0"'), expected: malformed('body') },
  { fact: 'an extension of 64 KiB', bytes: sized(`2;${'x'.repeat(65_536)}`), expected: beyondLimit('body') },
  { fact: 'LF ends a size line', bytes: chunked('2\nok\r\n0\r\n\r\n'), expected: malformed('body') },
  { fact: 'LF ends an extension', bytes: chunked('2;a\nok\r\n0\r\n\r\n'), expected: malformed('body') },
  { fact: 'CR alone ends a size line', bytes: chunked('2\rok\r\n0\r\n\r\n'), expected: malformed('body') },
  { fact: 'CR alone in an extension', bytes: sized('2;a\rb'), expected: malformed('body') },
  { fact: 'CR CR LF after a size', bytes: chunked('2\r\r\nok\r\n0\r\n\r\n'), expected: malformed('body') },
  { fact: 'XX after the data', bytes: chunked('2\r\nokXX0\r\n\r\n'), expected: malformed('body') },
  { fact: 'XX, then CRLF after the data', bytes: chunked('2\r\nokXX\r\n0\r\n\r\n'), expected: malformed('body') },
  { fact: 'LF after the data', bytes: chunked('2\r\nok\n0\r\n\r\n'), expected: malformed('body') },
  { fact: 'CR after the data', bytes: chunked('2\r\nok\r0\r\n\r\n'), expected: malformed('body') },
  { fact: 'nothing after the data', bytes: chunked('2\r\nok0\r\n\r\n'), expected: malformed('body') },
  { fact: 'less data than the size says', bytes: chunked('5\r\nok\r\n0\r\n\r\n'), expected: malformed('body') },
  { fact: 'LF for CRLF at the end', bytes: chunked('2\r\nok\r\n0\n\n'), expected: malformed('body') },
  { fact: 'LF for the last CRLF', bytes: chunked('2\r\nok\r\n0\r\n\n'), expected: malformed('body') },
  { fact: 'a signed last chunk', bytes: chunked('2\r\nok\r\n-0\r\n\r\n'), expected: malformed('body') },
  { fact: 'the end before the last CRLF', bytes: chunked('2\r\nok\r\n0\r\n'), ending: 'fin', expected: TRUNCATED },
  { fact: 'a reset before the last CRLF', bytes: chunked('2\r\nok\r\n0\r\n'), ending: 'rst', expected: TRUNCATED },
  { fact: 'the end before the last chunk', bytes: chunked('2\r\nok\r\n'), ending: 'fin', expected: TRUNCATED },
  { fact: 'a reset before the last chunk', bytes: chunked('2\r\nok\r\n'), ending: 'rst', expected: TRUNCATED },
];
