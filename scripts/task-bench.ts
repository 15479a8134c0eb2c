import { runProgram } from './run-program.ts';

runProgram('bench/bench.ts');
