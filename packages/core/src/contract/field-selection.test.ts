import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { FieldSelection } from './field-selection.ts';
import { HttpHeaders } from './http-headers.ts';

// Some of one length that begin with the same letter, some in several cases, and one that is longer by a multiple of 32 than another.
const NAMES = [
  'Date',
  'date',
  'DATE',
  'Data',
  'ETag',
  'etag',
  'Cache-Control',
  'Content-Range',
  'X_1',
  'x-1',
  'x',
  `x${'y'.repeat(32)}`,
  '~',
  '^',
];
const name = fc.constantFrom(...NAMES);
const space = fc.constantFrom('', ' ', '  ', '\t', ' \t');
const line = fc.record({ name, before: space, value: fc.constantFrom('', '1', 'two words', 'x:y', 'date: 1', '\u{e4}'), after: space });

test('finds what `get` finds, and keeps what `without` keeps, however the fields are held', () => {
  fc.assert(
    fc.property(
      fc.array(line, { maxLength: 8 }),
      fc.uniqueArray(name, { selector: (one) => one.toLowerCase() }),
      fc.subarray(NAMES),
      (lines, wanted, leftOut) => {
        const text = lines.map((one) => `${one.name}:${one.before}${one.value}${one.after}\r\n`).join('');
        const pairs = lines.map((one) => [one.name, one.value] as const);
        const lower = pairs.map(([one, value]) => [one.toLowerCase(), value] as const);
        const selection = new FieldSelection(wanted, leftOut);
        const split = HttpHeaders.fromChecked(text);
        expect(split.size).toBe(lines.length);
        for (const headers of [HttpHeaders.fromChecked(text), split, new HttpHeaders(pairs), HttpHeaders.fromFields(lower.flat())]) {
          const { values, kept } = headers.select(selection);
          expect(values).toEqual(wanted.map((one) => headers.get(one)));
          expect([...kept.fields()]).toEqual([...headers.without(new Set(leftOut.map((one) => one.toLowerCase()))).fields()]);
        }
      },
    ),
    { numRuns: 1_000 },
  );
});

test('the names are there in the order of their values', () => {
  const selection = new FieldSelection(['Vary', 'age'], ['TE']);
  expect(selection.names).toEqual(['vary', 'age']);
  expect(HttpHeaders.fromChecked('Age: 1\r\nTE: x').select(selection).values).toEqual([null, '1']);
});

test.for([['a b'], [''], ['age', 'Age'], ['\u{212a}']])('%j are no names to look for', (names) => {
  expect(() => new FieldSelection(names)).toThrow(TypeError);
});

test('pseudo-fields are none', () => {
  const headers = HttpHeaders.fromFields([':status', '200', 'age', '1']);
  const { values, kept } = headers.select(new FieldSelection(['age', 'status']));
  expect([values, [...kept.fields()]]).toEqual([['1', null], [['age', '1']]]);
});

test('what is kept is read-only, and another than what was selected from', () => {
  for (const headers of [new HttpHeaders({ age: '1' }), new HttpHeaders(HttpHeaders.fromChecked('Age: 1\r\n'))]) {
    const { kept } = headers.select(new FieldSelection([]));
    headers.set('age', '2');
    expect(kept.get('age')).toBe('1');
    expect(() => kept.set('age', '3')).toThrow(TypeError);
  }
});

test('of nothing nothing is found', () => {
  const { values, kept } = new HttpHeaders().select(new FieldSelection(['age'], ['te']));
  expect([values, kept.size]).toEqual([[null], 0]);
});
