import { describe, expect, test } from 'vitest';

import { rowsBetween, topsOf } from './row-range.ts';

const even = topsOf(Array.from({ length: 100 }, () => 10));
const uneven = topsOf([10, 200, 10]);

describe('the rows in view', () => {
  test.for([
    { fact: 'are those between top and bottom', tops: even, top: 105, bottom: 134, spare: 0, range: { from: 10, to: 14 } },
    { fact: 'are some more on either side', tops: even, top: 105, bottom: 134, spare: 3, range: { from: 7, to: 17 } },
    { fact: 'are no more than there are', tops: even, top: 0, bottom: 5000, spare: 3, range: { from: 0, to: 100 } },
    { fact: 'are the last ones below the end', tops: even, top: 990, bottom: 1500, spare: 0, range: { from: 99, to: 100 } },
    { fact: 'may be of any height', tops: uneven, top: 150, bottom: 160, spare: 0, range: { from: 1, to: 2 } },
    { fact: 'of none are none', tops: topsOf([]), top: 0, bottom: 300, spare: 5, range: { from: 0, to: 0 } },
  ])('$fact', ({ tops, top, bottom, spare, range }) => expect(rowsBetween(tops, top, bottom, spare)).toEqual(range));
});
