import { runProgram } from './run-program.ts';

runProgram('examples/compare-pooling.ts');
