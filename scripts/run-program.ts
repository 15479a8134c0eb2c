import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { exitOnSignals, runCommand } from './run-command.ts';
import { workspaceRoot } from './workspace.ts';

const LIMIT_MS = 24 * 60 * 60_000;

/** Runs one of the workspace's programs as a user would type it, with the arguments of this process. */
export async function runProgram(path: string, flags: readonly string[] = []): Promise<void> {
  exitOnSignals();
  if (!existsSync(join(workspaceRoot, path))) throw new Error(`${path} is not there`);
  const command = [process.execPath, '--conditions=source', ...flags, path, ...process.argv.slice(2)];
  const { exitCode } = await runCommand(command, { isStreamed: true, limitMs: LIMIT_MS });
  process.exitCode = exitCode;
}
