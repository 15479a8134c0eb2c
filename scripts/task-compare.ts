import { runProgram } from './run-program.ts';

await runProgram('examples/compare-pooling.ts');
