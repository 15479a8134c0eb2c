import { expect, test } from 'vitest';

import { RoundTripError } from './round-trip-error.ts';

test('an error carries its facts', () => {
  const cause = new Error('ECONNREFUSED');
  const error = new RoundTripError('dial failed', {
    code: 'dial-failed',
    phase: 'connect',
    sent: 'nothing',
    origin: 'http://a.example',
    cause,
  });
  expect(error).toBeInstanceOf(Error);
  expect(error).toMatchObject({
    name: 'RoundTripError',
    message: 'dial failed',
    code: 'dial-failed',
    phase: 'connect',
    sent: 'nothing',
    timeout: false,
    origin: 'http://a.example',
    connection: undefined,
    isConnectionReused: false,
  });
  expect(error.cause).toBe(cause);
  expect(String(error)).toBe('RoundTripError: dial failed');
});

test('without a cause there is none', () => {
  const error = new RoundTripError('x', { code: 'dial-timeout', phase: 'connect', sent: 'nothing', timeout: true });
  expect('cause' in error).toBe(false);
  expect(error.timeout).toBe(true);
});
