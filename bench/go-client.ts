import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { serverBinary } from '../packages/core/test/servers/server-binary.ts';

const run = promisify(execFile);
const SOURCE = join(import.meta.dirname, 'go');
const CACHE = join(import.meta.dirname, '../node_modules/.cache/bench');

/** The first build compiles net/http and all that is below it. */
const BUILD_MS = 300_000;

/** The Go client, as it was built. */
export interface GoClient {
  readonly binary: string;
  /** Like `go1.19.8`. */
  readonly version: string;
}

/**
 * Builds the Go client, with Debian's Go, which is installed where that can be done. Nothing is fetched: it has no dependencies.
 * @returns undefined where there is no Go, which is said on stderr.
 */
export async function buildGoClient(): Promise<GoClient | undefined> {
  const go = await serverBinary('go', 'golang-go');
  if (!go.isThere) return undefined;
  const binary = join(CACHE, 'go-client');
  await mkdir(CACHE, { recursive: true });
  const env = { ...process.env, CGO_ENABLED: '0', GOPROXY: 'off', GOFLAGS: '-trimpath', GOTOOLCHAIN: 'local' };
  await run(go.path, ['build', '-o', binary, '.'], { cwd: SOURCE, env, timeout: BUILD_MS });
  const { stdout } = await run(go.path, ['env', 'GOVERSION'], { cwd: SOURCE, env, timeout: BUILD_MS });
  return { binary, version: stdout.trim() };
}
