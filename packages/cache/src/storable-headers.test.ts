import { HttpHeaders } from '@roundtripper/core';
import { expect, test } from 'vitest';

import { storableHeaders } from './storable-headers.ts';

test('what belongs to the connection is not stored, nor what Connection names', () => {
  const headers = new HttpHeaders({
    'Connection': 'close, X-Hop',
    'X-Hop': '1',
    'Keep-Alive': 'timeout=5',
    'Transfer-Encoding': 'chunked',
    'Upgrade': 'h2c',
    'Proxy-Authenticate': 'Basic',
    'ETag': '"a"',
    'Set-Cookie': ['a=1', 'b=2'],
  });
  expect([...storableHeaders(headers, 0).fields()]).toEqual([
    ['ETag', '"a"'],
    ['Set-Cookie', 'a=1'],
    ['Set-Cookie', 'b=2'],
    ['Date', 'Thu, 01 Jan 1970 00:00:00 GMT'],
  ]);
});

test('Date is there once, whatever there was', () => {
  expect(storableHeaders(new HttpHeaders({ date: ['x', 'y'] }), 1_000).getAll('date')).toEqual(['Thu, 01 Jan 1970 00:00:01 GMT']);
});
