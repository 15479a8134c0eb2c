import { main } from '../test/faults/faults.ts';
import { exitOnSignals } from './run-command.ts';

exitOnSignals();
process.exitCode = await main(process.argv.slice(2));
