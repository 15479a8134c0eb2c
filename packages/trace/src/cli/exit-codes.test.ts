import { expect, test } from 'vitest';

import { exitCodeOf, type Outcome } from './exit-codes.ts';

const well: Outcome = { stoppedBy: undefined, isUnwritable: false, failed: 0, badStatuses: 0, failsOnStatus: false };

test.for<{ fact: string; outcome: Partial<Outcome>; code: number }>([
  { fact: 'all were answered', outcome: {}, code: 0 },
  { fact: 'a status is no failure', outcome: { badStatuses: 3 }, code: 0 },
  { fact: 'unless --fail says so', outcome: { badStatuses: 3, failsOnStatus: true }, code: 22 },
  { fact: '--fail and no bad status', outcome: { failsOnStatus: true }, code: 0 },
  { fact: 'one was not answered', outcome: { failed: 1, badStatuses: 3, failsOnStatus: true }, code: 1 },
  { fact: 'an output is missing', outcome: { failed: 1, isUnwritable: true }, code: 3 },
  { fact: 'interrupted', outcome: { stoppedBy: 'SIGINT', failed: 1, isUnwritable: true }, code: 130 },
  { fact: 'terminated', outcome: { stoppedBy: 'SIGTERM' }, code: 143 },
])('$fact: $code', ({ outcome, code }) => {
  expect(exitCodeOf({ ...well, ...outcome })).toBe(code);
});
