import { describe, expect, test } from 'vitest';

import { pageAttempt, pageData, pageExchange } from '../../../../test/page-data.ts';
import { exchangeFacts } from './exchange-facts.ts';
import { filtered, NO_FILTER, type Filter } from './filter.ts';

const exchanges = [
  pageExchange({ id: 1, url: 'https://a.test/Cart?x=1', attempts: [pageAttempt({ connection: 1, reused: false })] }),
  pageExchange({
    id: 12,
    method: 'POST',
    url: 'https://a.test/cart',
    status: 301,
    attempts: [pageAttempt({ connection: 12, reused: true })],
  }),
  pageExchange({ id: 13, url: 'https://b.test/pay', origin: 1, status: 404, endMs: 99 }),
  pageExchange({
    id: 14,
    url: 'https://b.test/pay',
    origin: 1,
    status: undefined,
    error: 'ECONNRESET: gone',
    attempts: [pageAttempt(), pageAttempt()],
  }),
  pageExchange({ id: 15, url: 'https://b.test/late', origin: 1, status: 500, endMs: undefined }),
];
const facts = exchangeFacts(pageData({ exchanges, origins: ['https://a.test', 'https://b.test'] }));

describe('a filter', () => {
  test.for<{ fact: string; filter: Partial<Filter>; ids: readonly number[] }>([
    { fact: 'that asks for nothing lets all pass', filter: {}, ids: [1, 12, 13, 14, 15] },
    { fact: 'looks for words, in any case', filter: { text: 'CART' }, ids: [1, 12] },
    { fact: 'wants every word', filter: { text: ' post  cart ' }, ids: [12] },
    { fact: 'looks into errors', filter: { text: 'econnreset' }, ids: [14] },
    { fact: 'takes a number for the whole number', filter: { text: '#1' }, ids: [1] },
    { fact: 'finds what a connection carried', filter: { text: 'conn:12' }, ids: [12] },
    { fact: 'finds what was given no connection', filter: { text: 'conn:none' }, ids: [14] },
    { fact: 'has markup and patterns for what they are', filter: { text: '.*' }, ids: [] },
    { fact: 'has an origin', filter: { origin: 1 }, ids: [13, 14, 15] },
    { fact: 'has a hundred of statuses', filter: { kind: '3xx' }, ids: [12] },
    { fact: 'has what failed', filter: { kind: 'failed' }, ids: [14] },
    { fact: 'has what is as slow as the slowest hundredth, and over', filter: { kind: 'slowest' }, ids: [13] },
    { fact: 'has what had a new connection', filter: { kind: 'new-connection' }, ids: [1] },
    { fact: 'has what was sent again', filter: { kind: 'sent-again' }, ids: [14] },
    { fact: 'wants all of it at once', filter: { origin: 1, kind: '4xx', text: 'pay' }, ids: [13] },
  ])('$fact', ({ filter, ids }) => {
    expect(filtered(facts, { ...NO_FILTER, ...filter }, 99).map(({ exchange }) => exchange.id)).toEqual(ids);
  });
});
