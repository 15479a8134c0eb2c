import { spawn, type ChildProcess } from 'node:child_process';
import { constants } from 'node:os';
import { workspaceRoot } from './workspace.ts';

/** How long a command may take before it is taken for hung and killed. */
const LIMIT_MS = 15 * 60_000;

export interface CommandOptions {
  /** Default: the workspace. */
  readonly cwd?: string;
  /** In place of this process's own. */
  readonly env?: NodeJS.ProcessEnv;
  /** Milliseconds until it is killed. */
  readonly limitMs?: number;
  /** Lets the command write to this process's own output as it goes: none is collected then. */
  readonly isStreamed?: boolean;
}

export interface CommandResult {
  /** 128 + n where signal n ended it, 127 where it could not be started. */
  readonly exitCode: number;
  /** What it wrote to both of its outputs, in the order it came. */
  readonly output: string;
}

/** Runs a command to its end. Never rejects: a command that cannot be started has an exit code, too. */
export async function runCommand(command: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  const [file = '', ...args] = command;
  const chunks: Buffer[] = [];
  const child = spawn(file, args, {
    cwd: options.cwd ?? workspaceRoot,
    env: options.env ?? process.env,
    stdio: options.isStreamed === true ? ['ignore', 'inherit', 'inherit'] : ['ignore', 'pipe', 'pipe'],
  });
  const keep = (chunk: Buffer): void => void chunks.push(chunk);
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  const exitCode = await exitCodeOf(child, options.limitMs ?? LIMIT_MS, (note) => keep(Buffer.from(`${note}\n`)));
  return { exitCode, output: Buffer.concat(chunks).toString() };
}

function exitCodeOf(child: ChildProcess, limitMs: number, note: (text: string) => void): Promise<number> {
  const kill = (): void => void child.kill('SIGKILL');
  const timer = setTimeout(() => {
    note(`killed: not done after ${limitMs / 1000} s`);
    kill();
  }, limitMs);
  process.once('exit', kill);
  return new Promise<number>((resolve) => {
    child.once('error', (error) => {
      note(`cannot start ${child.spawnfile}: ${error.message}`);
      resolve(127);
    });
    child.once('close', (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
  }).finally(() => {
    clearTimeout(timer);
    process.removeListener('exit', kill);
  });
}

/** Turns a signal into an exit, so that what hangs on `exit` (children to kill, folders to remove) is done. */
export function exitOnSignals(): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(128 + constants.signals[signal]));
}
