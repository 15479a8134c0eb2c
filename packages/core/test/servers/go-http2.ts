import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, mkdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { InteropFolder } from './interop-folder.ts';
import type { StartedServer } from './interop-server.ts';
import { RunningServer } from './running-server.ts';
import { debianFile, serverBinary, type ServerBinary } from './server-binary.ts';
import { startedServer } from './started-server.ts';

const run = promisify(execFile);

const SOURCE = join(import.meta.dirname, 'go', 'main.go');
const CACHE = join(import.meta.dirname, '../../../../node_modules/.cache/interop');
/** Where Debian has the sources of Go packages: no module is downloaded. */
const GOPATH = '/usr/share/gocode';

/** Builds the program on Go's net/http, once for each source and version of Go. For a module's top level, as `serverBinary` is. */
export async function goHttp2Binary(): Promise<ServerBinary> {
  const go = await serverBinary('go', 'golang-go');
  if (!go.isThere) return go;
  const sources = join(GOPATH, 'src/golang.org/x/net/http2');
  if (!(await debianFile(sources, 'golang-golang-x-net-dev'))) return { isThere: false, path: '' };
  const { stdout: version } = await run(go.path, ['version']);
  const hash = createHash('sha256')
    .update(version)
    .update(await readFile(SOURCE))
    .digest('hex');
  const path = join(CACHE, `go-http2-${hash.slice(0, 16)}`);
  if (!(await isThere(path))) await build(go.path, path);
  return { isThere: true, path };
}

/** Several test files may build at once: each to a file of its own, and the last one stays. */
async function build(go: string, path: string): Promise<void> {
  await mkdir(CACHE, { recursive: true });
  const own = `${path}.${process.pid}`;
  const env = { ...process.env, GO111MODULE: 'off', GOPATH, GOPROXY: 'off', GOTOOLCHAIN: 'local' };
  await run(go, ['build', '-o', own, SOURCE], { env, timeout: 240_000 });
  await rename(own, path);
}

async function isThere(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}

/** Starts the program. */
export async function startGoHttp2(path: string, tls: boolean): Promise<StartedServer> {
  await using resources = new AsyncDisposableStack();
  const folder = resources.use(await InteropFolder.make());
  const server = resources.use(await RunningServer.start(path, (port) => [String(port), ...(tls ? [folder.cert, folder.key] : [])]));
  return startedServer(server.port, tls, resources.move());
}
