import { exitOnSignals, runCommand } from './run-command.ts';
import { tool } from './workspace.ts';

exitOnSignals();
const { exitCode } = await runCommand([tool('oxfmt'), ...process.argv.slice(2)], { isStreamed: true });
process.exitCode = exitCode;
