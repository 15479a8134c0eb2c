import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { SubjectName } from './subjects.ts';

/** What came of each case, by its id: `true`, or what went wrong. */
export type Results = Readonly<Record<string, true | readonly [name: string, message: string]>>;

const PROGRAM = fileURLToPath(new URL('subject-process.ts', import.meta.url));
/** A run takes about ten seconds. */
const LIMIT_MS = 90_000;

/**
 * Runs the suite against a cache of its own, over a server of its own, in a process of its own.
 * @throws Error when the process fails, or is not done after 90 s.
 */
export async function runSubject(name: SubjectName): Promise<Results> {
  const child = fork(PROGRAM, [name], { execArgv: ['--conditions=source'], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  const timer = setTimeout(kill, LIMIT_MS);
  let results: Results | undefined;
  // oxlint-disable-next-line typescript/consistent-type-assertions -- only subject-process.ts sends from there
  child.once('message', (message) => (results = message as Results));
  await once(child, 'exit');
  clearTimeout(timer);
  process.removeListener('exit', kill);
  if (results !== undefined && child.exitCode === 0) return results;
  throw new Error(`${name}: the process ended with ${child.signalCode ?? child.exitCode}`);
}
