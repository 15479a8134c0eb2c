import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The folder of the workspace, whatever the current directory is. */
export const workspaceRoot: string = dirname(import.meta.dirname);

/** The names of the folders in packages/, in order. */
export function packageFolders(): readonly string[] {
  return readdirSync(join(workspaceRoot, 'packages'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .toSorted();
}

/** A file the workspace's tools put in node_modules/.bin. */
export function tool(name: string): string {
  return join(workspaceRoot, 'node_modules/.bin', name);
}
