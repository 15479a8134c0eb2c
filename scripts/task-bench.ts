import { runProgram } from './run-program.ts';

await runProgram('bench/bench.ts');
