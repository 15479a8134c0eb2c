import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { serverBinary } from '../../packages/core/test/servers/server-binary.ts';
import type { ClientCommand } from './trial.ts';

const SOURCE = fileURLToPath(new URL('./go', import.meta.url));

/** Builds Go's client with Debian's golang. Undefined, and said aloud, where there is none and none can be installed. */
export async function buildGoClient(folder: string): Promise<ClientCommand | undefined> {
  const go = await serverBinary('go', 'golang-go');
  if (!go.isThere) return undefined;
  const program = join(folder, 'go-client');
  // Outside of a repository that Git may distrust, and without the network.
  const env = { ...process.env, GOFLAGS: '-buildvcs=false', GOPROXY: 'off', GOTOOLCHAIN: 'local' };
  await promisify(execFile)(go.path, ['build', '-o', program, '.'], { cwd: SOURCE, env });
  return [program];
}
