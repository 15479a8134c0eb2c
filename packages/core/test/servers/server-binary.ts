import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A server of somebody else's that tests run against. */
export type ServerBinary = { readonly isThere: true; readonly path: string } | { readonly isThere: false; readonly path: '' };

/**
 * Finds the binary, or installs `debianPackage` where this is Debian and we are root. For a module's top level, as neither an installation nor its lock fits
 * a test's time limit; tests of what is not there are for `test.skipIf(!binary.isThere)`.
 * @throws Error in CI, where a test that is left out is a failure.
 */
export async function serverBinary(name: string, debianPackage: string): Promise<ServerBinary> {
  const path = await foundOrInstalled(() => find(name), debianPackage);
  if (path !== undefined) return { isThere: true, path };
  tellOfAbsence(name, debianPackage);
  return { isThere: false, path: '' };
}

/** The same for a file or folder that is no program: whether it is there. */
export async function debianFile(path: string, debianPackage: string): Promise<boolean> {
  const isThere = (await foundOrInstalled(() => accessible(path, constants.R_OK), debianPackage)) !== undefined;
  if (!isThere) tellOfAbsence(path, debianPackage);
  return isThere;
}

function tellOfAbsence(name: string, debianPackage: string): void {
  const message = `${name} is not there: its tests are left out (Debian's package ${debianPackage} has it)`;
  if (process.env['CI'] !== undefined) throw new Error(message);
  process.stderr.write(`\nSKIPPED: ${message}\n`);
}

async function find(name: string): Promise<string | undefined> {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
  for (const folder of folders) {
    const path = await accessible(join(folder, name), constants.X_OK);
    if (path !== undefined) return path;
  }
  return undefined;
}

/** The path, where it can be used so. */
async function accessible(path: string, mode: number): Promise<string | undefined> {
  try {
    await access(path, mode);
    return path;
  } catch {
    return undefined;
  }
}

async function foundOrInstalled(search: () => Promise<string | undefined>, debianPackage: string): Promise<string | undefined> {
  const path = await search();
  if (path !== undefined || process.getuid?.() !== 0) return path;
  try {
    await access('/etc/debian_version');
    // The lists may be absent or old; where they cannot be renewed what there is may still do.
    await apt('update').catch(() => {});
    await apt('install', '--yes', '--no-install-recommends', debianPackage);
  } catch (error) {
    process.stderr.write(`${debianPackage} could not be installed: ${String(error)}\n`);
    return undefined;
  }
  return search();
}

/** Several test files may install at once: each waits for the other's lock. */
async function apt(...args: readonly string[]): Promise<void> {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  await run('apt-get', ['--quiet', '--option', 'DPkg::Lock::Timeout=120', ...args], { env, timeout: 240_000 });
}
