import { expect, test } from 'vitest';

import { churnLimits } from './churn-limits.ts';

test('an origin has its own limits, those of its hostname, or those of all', () => {
  const limitsOf = churnLimits({
    maxIdleConnsPerHost: 1,
    maxConnsPerHost: 10,
    hosts: { 'A.example': { maxIdleConnsPerHost: 2 }, 'https://a.example:443': { maxIdleConnsPerHost: 3 } },
  });
  expect(limitsOf('https://a.example')).toMatchObject({ maxIdleConnsPerHost: 3, maxConnsPerHost: 10 });
  expect(limitsOf('http://a.example:8080')).toMatchObject({ maxIdleConnsPerHost: 2 });
  expect(limitsOf('http://b.example')).toMatchObject({ maxIdleConnsPerHost: 1 });
  expect(limitsOf('others')).toMatchObject({ maxIdleConnsPerHost: 1 });
});
