import { describe, expect, test } from 'vitest';

import { errorText } from './error-text.ts';

function coded(code: string, message: string, cause?: unknown): Error {
  return Object.assign(new Error(message, { cause }), { code });
}

const circular = new Error('round');
circular.cause = circular;
const unreadable = new Proxy(new Error('no'), {
  get: () => {
    throw new Error('nobody reads this');
  },
});

describe('an error for a person', () => {
  test.for([
    { fact: 'has its code before its message', error: coded('ECONNRESET', 'read ECONNRESET'), text: 'ECONNRESET: read ECONNRESET' },
    { fact: 'has its name where it has no code', error: new TypeError('no such host'), text: 'TypeError: no such host' },
    { fact: 'says what caused it', error: coded('A', 'a', coded('B', 'b')), text: 'A: a (because of B: b)' },
    { fact: 'may be anything that was thrown', error: 'gone', text: 'gone' },
    {
      fact: 'holds no secrets of a URL in its message',
      error: new Error('GET https://u:p@example.com/cb?code=c&a=b failed'),
      text: 'Error: GET https://example.com/cb?code=REDACTED&a=b failed',
    },
    { fact: 'may have no message', error: new DOMException('', 'AbortError'), text: 'AbortError' },
    { fact: 'that cannot be read is said to be so', error: unreadable, text: 'an error that cannot be read' },
    {
      fact: 'that causes itself has an end',
      error: circular,
      text: 'Error: round (because of Error: round (because of Error: round (because of Error: round)))',
    },
  ])('$fact', ({ error, text }) => expect(errorText(error)).toBe(text));

  test('is cut where it is very long', () => expect(errorText(new Error('x'.repeat(10_000))).length).toBeLessThan(700));
});
