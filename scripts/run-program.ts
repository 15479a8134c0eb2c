import { workspaceRoot } from './workspace.ts';

/**
 * Becomes one of the workspace's programs, with the arguments of this process: its exit code, its signals and its terminal are then its own.
 * Does not return.
 */
export function runProgram(path: string): void {
  process.chdir(workspaceRoot);
  process.execve?.(process.execPath, [process.execPath, '--conditions=source', path, ...process.argv.slice(2)]);
  throw new Error('this platform cannot replace a process');
}
