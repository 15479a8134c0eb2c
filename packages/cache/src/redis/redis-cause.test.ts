import { inspect } from 'node:util';

import { expect, test } from 'vitest';

import { causeOf } from './redis-cause.ts';

const withCode = (message: string, code: unknown): Error => Object.assign(new Error(message), { code });

test.for<{ fact: string; error: unknown; name?: string; message: string; code?: string }>([
  {
    fact: 'a reply stays what it is',
    error: new Error('WRONGPASS invalid username-password pair'),
    message: 'WRONGPASS invalid username-password pair',
  },
  {
    fact: 'a code is kept',
    error: withCode('connect ECONNREFUSED 127.0.0.1:1', 'ECONNREFUSED'),
    message: 'connect ECONNREFUSED 127.0.0.1:1',
    code: 'ECONNREFUSED',
  },
  { fact: 'a code that is no text is not', error: withCode('x', { key: 'secret' }), message: 'x' },
  { fact: 'a name is kept', error: new TypeError('Invalid pathname'), name: 'TypeError', message: 'Invalid pathname' },
  {
    fact: 'what Redis repeats of a command that it does not know is cut off',
    error: new Error("ERR unknown command 'HELLO', with args beginning with: '3' 'AUTH' 'me' 'secret' "),
    message: "ERR unknown command 'HELLO'",
  },
  {
    fact: 'also over several lines',
    error: new Error('ERR unknown command `AUTH`, with args beginning with: `\nsecret`'),
    message: 'ERR unknown command `AUTH`',
  },
  {
    fact: 'a URL loses user and password',
    error: new Error('no redis://me:secret@localhost/0 and no rediss://:se@cret@localhost'),
    message: 'no redis://localhost/0 and no rediss://localhost',
  },
  {
    fact: 'a message with the password goes',
    error: new Error('what is secret?'),
    message: 'its message is left out, since it holds the password',
  },
  {
    fact: 'of several failures each says what it was',
    error: Object.assign(new AggregateError([new Error('connect ::1'), new Error('to redis://:secret@x'), 'secret'], ''), {
      code: 'ECONNREFUSED',
    }),
    name: 'AggregateError',
    message: 'connect ::1; to redis://x; the client has failed by something that is no error',
    code: 'ECONNREFUSED',
  },
  { fact: 'what is no error is not repeated', error: 'secret', message: 'the client has failed by something that is no error' },
])('$fact', ({ error, name = 'Error', message, code }) => {
  const cause = causeOf(error, ['secret']);
  expect([cause.name, cause.message, Reflect.get(cause, 'code')]).toEqual([name, message, code]);
  // With its stack and all other properties.
  expect(inspect(cause)).not.toContain('secret');
});
