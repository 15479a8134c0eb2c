/** Every check that runs no test. */
import { exitOnSignals } from './run-command.ts';
import { runSteps } from './run-steps.ts';
import { staticChecks } from './steps.ts';
import { withTemporaryFolder } from './temporary-folder.ts';

exitOnSignals();
const { passed, failed } = await withTemporaryFolder((packed) => runSteps(staticChecks(packed)));
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
