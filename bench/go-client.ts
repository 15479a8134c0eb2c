import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { serverBinary } from '../packages/core/test/servers/server-binary.ts';
import { packageFile } from './debian-package.ts';

const run = promisify(execFile);
const SOURCE = join(import.meta.dirname, 'go');
const CACHE = join(import.meta.dirname, '../node_modules/.cache/bench');

/** Where Debian puts the sources of Go packages. */
const GO_PATH = '/usr/share/gocode';

/** The first build compiles net/http and all that is below it. */
const BUILD_MS = 300_000;

/** The Go client, as it was built. */
export interface GoClient {
  readonly binary: string;
  /** Like `go1.19.8`. */
  readonly version: string;
  /** Whether it was built with golang.org/x/net/http2. Go 1.19's own HTTP/2 is over TLS only. */
  readonly speaksH2c: boolean;
}

/**
 * Builds the Go client, with Debian's Go and its golang.org/x/net, which are installed where that can be done. Nothing else is fetched: it has no dependencies.
 * @returns undefined where there is no Go, which is said on stderr.
 */
export async function buildGoClient(): Promise<GoClient | undefined> {
  const go = await serverBinary('go', 'golang-go');
  if (!go.isThere) return undefined;
  const binary = join(CACHE, 'go-client');
  await mkdir(CACHE, { recursive: true });
  const speaksH2c = await packageFile(`${GO_PATH}/src/golang.org/x/net/http2`, 'golang-golang-x-net-dev');
  // Packages that Debian installs are found by their path, as they were before there were modules.
  const modules = speaksH2c ? { GO111MODULE: 'off', GOPATH: GO_PATH } : {};
  const env = { ...process.env, CGO_ENABLED: '0', GOPROXY: 'off', GOFLAGS: '-trimpath', GOTOOLCHAIN: 'local', ...modules };
  await run(go.path, ['build', ...(speaksH2c ? ['-tags', 'xnet'] : []), '-o', binary, '.'], { cwd: SOURCE, env, timeout: BUILD_MS });
  const { stdout } = await run(go.path, ['env', 'GOVERSION'], { cwd: SOURCE, env, timeout: BUILD_MS });
  return { binary, version: stdout.trim(), speaksH2c };
}
