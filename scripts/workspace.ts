import { readdirSync, readFileSync } from 'node:fs';
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

/** A package.json, as far as it is an object at all. */
export function readManifest(folder: string): Readonly<Record<string, unknown>> {
  const manifest: unknown = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  if (!isRecord(manifest)) throw new TypeError(`${folder}/package.json is not an object`);
  return manifest;
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** pnpm, at the version that wrote the lockfile, without being installed. */
export function pnpm(): readonly string[] {
  const { engines } = readManifest(workspaceRoot);
  if (!isRecord(engines)) throw new TypeError('package.json names no pnpm in engines');
  return ['npx', '-y', `pnpm@${String(engines['pnpm'])}`];
}
