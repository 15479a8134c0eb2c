import { execFile } from 'node:child_process';
import { access } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);
const INSTALL_MS = 240_000;

/** Whether this is there: a file that a Debian package brings, which is installed where this is Debian and we are root. For what is no program: those are for `serverBinary`. */
export async function packageFile(path: string, debianPackage: string): Promise<boolean> {
  if (await isThere(path)) return true;
  if (process.getuid?.() !== 0 || !(await isThere('/etc/debian_version'))) return false;
  try {
    // The lists may be absent or old; where they cannot be renewed what there is may still do.
    await apt('update').catch(() => {});
    await apt('install', '--yes', '--no-install-recommends', debianPackage);
  } catch (error) {
    process.stderr.write(`${debianPackage} could not be installed: ${String(error)}\n`);
  }
  return isThere(path);
}

async function apt(...args: readonly string[]): Promise<void> {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  await run('apt-get', ['--quiet', '--option', 'DPkg::Lock::Timeout=120', ...args], { env, timeout: INSTALL_MS });
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
