import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { serverBinary } from '../../packages/core/test/servers/server-binary.ts';
import { ServerProcess } from '../h2/server-process.ts';

const run = promisify(execFile);

/** A redis-server that can be started. */
export interface Redis {
  readonly path: string;
  /** Like `redis-server 7.0.15`. */
  readonly version: string;
}

/** Finds it, or installs Debian's package. @returns undefined where it is not, which is said on stderr. */
export async function findRedis(): Promise<Redis | undefined> {
  const binary = await serverBinary('redis-server', 'redis-server');
  if (!binary.isThere) return undefined;
  const { stdout } = await run(binary.path, ['--version']);
  return { path: binary.path, version: `redis-server ${/\bv=(\S+)/.exec(stdout)?.[1] ?? '?'}` };
}

/** One that runs, empty, on a port of its own. */
export interface RunningRedis extends AsyncDisposable {
  /** Like `redis://127.0.0.1:40123`. */
  readonly url: string;
}

/** Starts one that keeps nothing on the disk. @param pinned What goes before the command. */
export async function startRedis({ path }: Redis, pinned: readonly string[]): Promise<RunningRedis> {
  const options = ['--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--daemonize', 'no'];
  const server = await ServerProcess.start((port) => [...pinned, path, '--port', String(port), ...options]);
  return { url: `redis://127.0.0.1:${server.port}`, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}
