import { expect, test } from 'vitest';

import { formatCount, formatShare, formatTable } from './table.ts';

test('columns are as wide as their widest cell, and aligned; an empty row is an empty line', () => {
  const columns = [
    { title: 'what', align: 'left' },
    { title: 'n', align: 'right' },
    { title: 'note', align: 'left' },
  ] as const;
  expect(formatTable(columns, [['requests', '5', 'all'], [], ['a', '1 000']])).toBe(
    ['what          n  note', '--------  -----  ----', 'requests      5  all', '', 'a         1 000'].join('\n'),
  );
});

test('without titles there is no head', () => {
  expect(formatTable([{ title: '', align: 'left' }], [['a']])).toBe('a');
});

test.for([
  [0, '0'],
  [999, '999'],
  [1_000, '1 000'],
  [12_345.6, '12 346'],
  [1_234_567, '1 234 567'],
] as const)('%d is shown as %s', ([count, text]) => expect(formatCount(count)).toBe(text));

test.for([
  [1, 3, '33.3 %'],
  [3, 3, '100.0 %'],
  [0, 0, '-'],
] as const)('%d of %d is %s', ([part, whole, text]) => expect(formatShare(part, whole)).toBe(text));
