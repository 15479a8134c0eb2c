import { expect, test } from 'vitest';

import { requestCookies, responseCookies } from './har-cookies.ts';
import { readRedaction } from './har-redaction.ts';

const asTheyAre = readRedaction(false);

test.for([
  [null, []],
  ['', []],
  ['a=1', [{ name: 'a', value: '1' }]],
  [
    'a=1; b=x=y; bare;; c=',
    [
      { name: 'a', value: '1' },
      { name: 'b', value: 'x=y' },
      { name: '', value: 'bare' },
      { name: 'c', value: '' },
    ],
  ],
] as const)('of the field %o the cookies are %o', ([field, cookies]) => expect(requestCookies(field, asTheyAre)).toEqual(cookies));

test.for([
  ['a=1', { name: 'a', value: '1' }],
  [
    'a=1;path=/b ; DOMAIN=example.com;Secure;HTTPOnly',
    { name: 'a', value: '1', path: '/b', domain: 'example.com', secure: true, httpOnly: true },
  ],
  ['a="b; c"', { name: 'a', value: '"b' }],
  ['a=1; Expires=Sunday, 06-Nov-94 08:49:37 GMT; Max-Age=1', { name: 'a', value: '1', expires: '1994-11-06T08:49:37.000Z' }],
  ['a=1; Expires=0', { name: 'a', value: '1' }],
  ['__proto__=1; __proto__=2', { name: '__proto__', value: '1' }],
] as const)('%s sets %o', ([field, cookie]) => expect(responseCookies([field], asTheyAre, Date.UTC(2026, 0))).toEqual([cookie]));
