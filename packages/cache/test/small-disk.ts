import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { onTestFinished } from 'vitest';

/** Whether this process may make file systems; where it may not, says which tests are left out. */
export function canMakeDisks(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'roundtripper-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', 'none', folder], { stdio: 'pipe' });
    execFileSync('umount', [folder]);
    return true;
  } catch (error) {
    process.stderr.write(`\nSKIPPED: the tests of a full disk, as no file system can be mounted here: ${String(error).split('\n')[0]}\n`);
    return false;
  } finally {
    rmdirSync(folder);
  }
}

/** A folder on a disk of its own, until the end of the test. */
export function smallDisk(kibibytes: number): string {
  const folder = mkdtempSync(join(tmpdir(), 'roundtripper-disk-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${kibibytes}k`, 'none', folder]);
  onTestFinished(() => {
    execFileSync('umount', [folder]);
    rmdirSync(folder);
  });
  return folder;
}
