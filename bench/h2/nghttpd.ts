import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { testCertificate } from '@roundtripper/testing';
import { serverBinary } from '../../packages/core/test/servers/server-binary.ts';
import { bodyOf, SHORT_TEXT, SIZES } from '../answers.ts';
import type { BenchServer } from '../bench-server.ts';
import type { Place } from '../place.ts';
import { establishedTo } from './established.ts';
import { ServerProcess } from './server-process.ts';

const run = promisify(execFile);

/** More than any work has in flight. */
const MAX_STREAMS = 2_000;

/**
 * Starts nghttp2's server, which answers a GET of 1 KiB in a quarter of the time that nginx takes, and so is the least in the way: one process with TLS and one
 * without. Its windows are those that HTTP/2 begins with: 64 KiB less one byte for a stream, and for a connection. It checks a body against its `Content-Length`.
 * @returns undefined where there is none, which is said on stderr.
 */
export async function startNghttpd({ pinning }: Pick<Place, 'pinning'>): Promise<BenchServer | undefined> {
  const binary = await serverBinary('nghttpd', 'nghttp2-server');
  if (!binary.isThere) return undefined;
  await using undo = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), 'roundtripper-nghttpd-'));
  // Where this process is ended before it is done, too.
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  process.once('exit', remove);
  undo.defer(() => {
    process.removeListener('exit', remove);
    remove();
  });
  const { documents, certificate } = await writeFiles(folder);
  const command = [
    ...pinning.server,
    binary.path,
    '--address=127.0.0.1',
    `--htdocs=${documents}`,
    `--max-concurrent-streams=${MAX_STREAMS}`,
  ];
  const plain = undo.use(await ServerProcess.start((port) => [...command, '--no-tls', String(port)]));
  const secure = undo.use(await ServerProcess.start((port) => [...command, String(port), ...certificate]));
  const { stdout } = await run(binary.path, ['--version']);
  const running = undo.move();
  return {
    origin: `http://127.0.0.1:${plain.port}`,
    tlsOrigin: `https://127.0.0.1:${secure.port}`,
    version: `nghttpd ${/nghttp2\/(\S+)/.exec(stdout)?.[1] ?? '?'}`,
    cpuMicros: async () => (await plain.cpuMicros()) + (await secure.cpuMicros()),
    connections: async () => establishedTo(new Set([plain.port, secure.port]), await readFile('/proc/net/tcp', 'latin1')),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

interface ServedFiles {
  readonly documents: string;
  /** The files of the key and of the certificate. */
  readonly certificate: readonly [string, string];
}

async function writeFiles(folder: string): Promise<ServedFiles> {
  const documents = join(folder, 'documents');
  await mkdir(documents);
  for (const size of ['1k', '64k'] as const) await writeFile(join(documents, size), bodyOf(SIZES[size]));
  await writeFile(join(documents, SHORT_TEXT), SHORT_TEXT);
  const key = join(folder, 'key.pem');
  const cert = join(folder, 'cert.pem');
  await writeFile(key, testCertificate.key);
  await writeFile(cert, testCertificate.cert);
  return { documents, certificate: [key, cert] };
}
