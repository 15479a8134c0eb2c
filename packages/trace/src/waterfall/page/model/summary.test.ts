import { describe, expect, test } from 'vitest';

import { pageAttempt, pageData, pageExchange, segmentsFrom } from '../../../../test/page-data.ts';
import type { PageExchange } from '../../page-data.ts';
import { exchangeFacts } from './exchange-facts.ts';
import { percentile } from './percentile.ts';
import { comparedShares, slowFromMs } from './phase-shares.ts';
import { summaryOf } from './summary.ts';

/** Requests that took these times. */
function taking(...durations: readonly number[]): ReturnType<typeof exchangeFacts> {
  return exchangeFacts(pageData({ exchanges: durations.map((endMs) => pageExchange({ endMs })) }));
}

const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, at) => at + 1);

describe('the percentile', () => {
  test.for([
    { values: [], share: 0.5, is: undefined },
    { values: [7], share: 0.99, is: 7 },
    { values: [1, 2], share: 0.5, is: 1 },
    { values: upTo(100), share: 0.95, is: 95 },
    { values: upTo(100), share: 0.99, is: 99 },
    { values: upTo(101), share: 0.99, is: 100 },
    { values: upTo(4), share: 0, is: 1 },
  ])('of $values.length values at $share is $is', ({ values, share, is }) => expect(percentile(values, share)).toBe(is));
});

describe('the summary', () => {
  test('counts what failed, what is under way and what servers refused, and takes times of what is over', () => {
    const exchanges: readonly PageExchange[] = [
      pageExchange({ endMs: 10, error: 'body-disposed', isGivenUp: true }),
      pageExchange({ status: 404, endMs: 20 }),
      pageExchange({ status: 503, endMs: 30 }),
      pageExchange({ status: undefined, endMs: 40, error: 'reset' }),
      pageExchange({ status: undefined, endMs: undefined }),
    ];
    expect(summaryOf(exchangeFacts(pageData({ exchanges })))).toMatchObject({
      requests: 5,
      failed: 1,
      underWay: 1,
      clientErrors: 1,
      serverErrors: 1,
      p50Ms: 20,
      p99Ms: 40,
      slowestMs: 40,
    });
  });

  test('counts reuse by attempts that were given a connection', () => {
    const attempts = [pageAttempt({ reused: true }), pageAttempt({ reused: false }), pageAttempt()];
    expect(summaryOf(exchangeFacts(pageData({ exchanges: [pageExchange({ attempts })] })))).toMatchObject({ granted: 2, reused: 1 });
  });

  test('of nothing has no times', () =>
    expect(summaryOf([])).toMatchObject({ requests: 0, p50Ms: undefined, slowestMs: undefined, granted: 0 }));
});

describe('where the time goes', () => {
  test('compares the middle half with the slowest hundredth', () => {
    const exchanges = upTo(200).map((ms) => {
      const segments = segmentsFrom(0, ['queued', ms > 198 ? 900 : 0], ['wait', ms]);
      return pageExchange({ endMs: ms > 198 ? 900 + ms : ms, attempts: [pageAttempt({ segments })] });
    });
    const { typical, slowest } = comparedShares(exchangeFacts(pageData({ exchanges })));
    expect(typical).toMatchObject({ requests: 100, meanMs: 100.5 });
    expect(typical?.phaseMs[0]).toBe(0);
    expect(slowest).toMatchObject({ requests: 2, meanMs: 1099.5 });
    expect(slowest?.phaseMs[0]).toBe(900);
  });

  test('has what is in no phase last: the phases and it are all there is', () => {
    const attempts = [pageAttempt({ segments: segmentsFrom(2, ['wait', 3]) }), pageAttempt({ segments: segmentsFrom(9, ['wait', 4]) })];
    const { slowest } = comparedShares(exchangeFacts(pageData({ exchanges: [pageExchange({ endMs: 20, attempts })] })));
    expect(slowest?.phaseMs).toEqual([0, 0, 0, 0, 0, 0, 7, 0, 13]);
  });

  test('of nothing is nothing', () => expect(comparedShares([])).toEqual({ typical: undefined, slowest: undefined }));

  test.for([
    { count: 0, from: Infinity },
    { count: 1, from: 1 },
    { count: 100, from: 100 },
    { count: 101, from: 100 },
    { count: 1000, from: 991 },
  ])('the slowest hundredth of $count begins at $from ms', ({ count, from }) => expect(slowFromMs(taking(...upTo(count)))).toBe(from));
});
