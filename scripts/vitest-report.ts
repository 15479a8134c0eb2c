import { isRecord } from './workspace.ts';

/** What is told of a run of vitest. */
export interface TestReport {
  readonly passed: number;
  /** Tests that failed, and files in which none could even start. */
  readonly failed: number;
  /** The names of tests that did not run: skipped, todo, or in a suite that is. */
  readonly skipped: readonly string[];
}

/** Reads what vitest's JSON reporter has written. */
export function readTestReport(report: unknown): TestReport {
  const files = recordsOf(report, 'testResults');
  const tests = files.flatMap((file) => recordsOf(file, 'assertionResults').map((test) => ({ test, file: String(file['name']) })));
  const brokenFiles = files.filter((file) => file['status'] === 'failed' && !recordsOf(file, 'assertionResults').some(hasFailed));
  return {
    passed: tests.filter(({ test }) => test['status'] === 'passed').length,
    failed: tests.filter(({ test }) => hasFailed(test)).length + brokenFiles.length,
    skipped: tests
      .filter(({ test }) => test['status'] !== 'passed' && !hasFailed(test))
      .map(({ test, file }) => `${file}: ${String(test['fullName'])}`),
  };
}

/** What a run comes to. A test that is skipped proves nothing, so where nobody looks at the list it counts as failed. */
export function tallyOf(report: TestReport, exitCode: number, countSkipped: boolean): { readonly passed: number; readonly failed: number } {
  const failed = report.failed + (countSkipped ? report.skipped.length : 0);
  // Errors outside of tests, an unhandled rejection for one, fail a run in which every test has passed; and so does a run of no test.
  const isUnexplained = failed === 0 && (exitCode !== 0 || report.passed === 0);
  return { passed: report.passed, failed: failed + (isUnexplained ? 1 : 0) };
}

function hasFailed(test: Readonly<Record<string, unknown>>): boolean {
  return test['status'] === 'failed';
}

function recordsOf(value: unknown, key: string): readonly Readonly<Record<string, unknown>>[] {
  const list: unknown = isRecord(value) ? value[key] : undefined;
  return Array.isArray(list) ? list.filter(isRecord) : [];
}
