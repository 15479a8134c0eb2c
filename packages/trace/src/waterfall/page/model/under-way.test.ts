import { describe, expect, test } from 'vitest';

import { pageData, pageExchange } from '../../../../test/page-data.ts';
import { exchangeFacts } from './exchange-facts.ts';
import { underWay } from './under-way.ts';

/** Ten bins of 10 ms. */
function bins(...spans: readonly (readonly [number, number])[]): readonly number[] {
  const exchanges = spans.map(([startMs, endMs]) => pageExchange({ startMs, endMs }));
  return underWay(exchangeFacts(pageData({ exchanges })), { fromMs: 0, toMs: 100 }, 10).most.slice();
}

describe('how many requests were under way', () => {
  test.for([
    { fact: 'is none of nothing', spans: [], most: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0] },
    { fact: 'is one as long as there is one', spans: [[15, 42]], most: [0, 1, 1, 1, 1, 0, 0, 0, 0, 0] },
    {
      fact: 'is the most at once, not how many there were',
      spans: [
        [0, 3],
        [3, 6],
        [6, 9],
      ],
      most: [1, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    },
    {
      fact: 'adds up where they overlap',
      spans: [
        [0, 35],
        [12, 55],
        [14, 18],
      ],
      most: [1, 3, 2, 2, 1, 1, 0, 0, 0, 0],
    },
    { fact: 'sees what lasts to the end', spans: [[95, 100]], most: [0, 0, 0, 0, 0, 0, 0, 0, 0, 1] },
  ] satisfies { fact: string; spans: [number, number][]; most: number[] }[])('$fact', ({ spans, most }) =>
    expect(bins(...spans)).toEqual(most),
  );

  test('marks the failures where they ended', () => {
    const failed = pageExchange({ startMs: 5, endMs: 33, error: 'reset' });
    expect(underWay(exchangeFacts(pageData({ exchanges: [failed, failed] })), { fromMs: 0, toMs: 100 }, 10).failures[3]).toBe(2);
  });
});
