/** All checks, then all tests; with arguments, vitest alone, with those. The last line is the sum of both. */
import { exitOnSignals } from './run-command.ts';
import { runSteps } from './run-steps.ts';
import { runVitest } from './run-vitest.ts';
import { staticChecks, trials } from './steps.ts';
import { withTemporaryFolder } from './temporary-folder.ts';

const NO_CHECKS = { passed: 0, failed: 0 };

exitOnSignals();
const args = process.argv.slice(2);
const checks = args.length > 0 ? NO_CHECKS : await withTemporaryFolder((packed) => runSteps([...staticChecks(packed), ...trials(packed)]));
const tests = await runVitest(args);
const failed = checks.failed + tests.failed;
console.log(`${checks.passed + tests.passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
