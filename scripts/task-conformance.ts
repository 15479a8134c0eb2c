import { main } from '../bench/conformance/conformance.ts';
import { exitOnSignals } from './run-command.ts';

exitOnSignals();
process.exitCode = await main(process.argv.slice(2));
