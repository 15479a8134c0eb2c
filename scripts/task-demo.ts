import { runProgram } from './run-program.ts';

runProgram('examples/demo.ts');
