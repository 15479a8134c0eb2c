import { expect, test } from 'vitest';
import { readTestReport, tallyOf } from './vitest-report.ts';

function reportOf(...statuses: readonly string[]): object {
  return {
    testResults: [
      {
        name: 'a.test.ts',
        status: statuses.includes('failed') ? 'failed' : 'passed',
        assertionResults: statuses.map((status) => ({ status, fullName: `is ${status}` })),
      },
    ],
  };
}

test.for([
  {
    fact: 'passed and failed tests are counted',
    report: reportOf('passed', 'passed', 'failed'),
    read: { passed: 2, failed: 1, skipped: [] },
  },
  {
    fact: 'tests that did not run are named, whatever they are called',
    report: reportOf('passed', 'skipped', 'todo', 'pending'),
    read: { passed: 1, failed: 0, skipped: ['a.test.ts: is skipped', 'a.test.ts: is todo', 'a.test.ts: is pending'] },
  },
  {
    fact: 'a file that cannot be loaded is one failure',
    report: { testResults: [{ name: 'a.test.ts', status: 'failed', assertionResults: [] }] },
    read: { passed: 0, failed: 1, skipped: [] },
  },
  {
    fact: 'a file that fails after its tests have passed is one failure',
    report: { testResults: [{ name: 'a.test.ts', status: 'failed', assertionResults: [{ status: 'passed', fullName: 'x' }] }] },
    read: { passed: 1, failed: 1, skipped: [] },
  },
  { fact: 'nothing is counted where there is no report', report: undefined, read: { passed: 0, failed: 0, skipped: [] } },
])('$fact', ({ report, read }) => {
  expect(readTestReport(report)).toEqual(read);
});

test.for([
  { fact: 'passed and failed are handed on', report: { passed: 2, failed: 1, skipped: [] }, exitCode: 1, countSkipped: true, failed: 1 },
  {
    fact: 'a skipped test fails where skipped tests count',
    report: { passed: 2, failed: 0, skipped: ['x'] },
    exitCode: 0,
    countSkipped: true,
    failed: 1,
  },
  {
    fact: 'a skipped test fails nothing elsewhere',
    report: { passed: 2, failed: 0, skipped: ['x'] },
    exitCode: 0,
    countSkipped: false,
    failed: 0,
  },
  {
    fact: 'an error outside of tests is a failure',
    report: { passed: 2, failed: 0, skipped: [] },
    exitCode: 1,
    countSkipped: true,
    failed: 1,
  },
  { fact: 'a run of no test is a failure', report: { passed: 0, failed: 0, skipped: [] }, exitCode: 0, countSkipped: true, failed: 1 },
])('of a whole run: $fact', ({ report, exitCode, countSkipped, failed }) => {
  expect(tallyOf(report, exitCode, countSkipped)).toEqual({ passed: report.passed, failed });
});
