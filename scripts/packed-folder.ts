import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PackedPackage } from './packed-package.ts';
import { packageFolders, readManifest } from './workspace.ts';

/** Where pack-packages.ts lays things out in the folder it is given, and where the checks of what it packed find them. */
export class PackedFolder {
  /** What a registry would get. */
  readonly tarballs: string;
  /** A program in which all of them are installed, as a user would. */
  readonly consumer: string;

  constructor(folder: string | undefined) {
    if (folder === undefined) throw new Error('a folder is needed, to pack the packages to or to find them in');
    this.tarballs = join(folder, 'tarballs');
    this.consumer = join(folder, 'consumer');
  }

  tarball(name: string): string {
    const [found] = globSync(`roundtripper-${name}-*.tgz`, { cwd: this.tarballs });
    if (found === undefined) throw new Error(`${name} was not packed to ${this.tarballs}`);
    return join(this.tarballs, found);
  }

  /** The packages as they were unpacked by the install, by the names of their folders. */
  installed(): ReadonlyMap<string, PackedPackage> {
    return new Map(packageFolders().map((name) => [name, readPackage(join(this.consumer, 'node_modules/@roundtripper', name))]));
  }
}

function readPackage(folder: string): PackedPackage {
  const names = globSync('**/*', { cwd: folder, withFileTypes: true, exclude: ['node_modules'] })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  const files = new Map(names.map((path) => [path.slice(folder.length + 1), readFileSync(path, 'utf8')]));
  return { manifest: readManifest(folder), files };
}
