/** Packs every package as it would be published, and installs the tarballs where nothing else is: `pack-packages.ts <folder>`. */
import { copyFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PackedFolder } from './packed-folder.ts';
import { runCommand } from './run-command.ts';
import { isRecord, packageFolders, pnpm, readManifest, workspaceRoot } from './workspace.ts';

const folder = new PackedFolder(process.argv[2]);
mkdirSync(folder.consumer, { recursive: true });
mkdirSync(folder.tarballs, { recursive: true });
await mustRun([...pnpm(), '--recursive', '--filter=./packages/*', 'pack', '--pack-destination', folder.tarballs]);

const dependencies: Record<string, unknown> = {};
for (const name of packageFolders()) {
  // Whoever imports the entry point that needs an optional peer has that.
  const { peerDependencies } = readManifest(join(workspaceRoot, 'packages', name));
  if (isRecord(peerDependencies)) Object.assign(dependencies, peerDependencies);
  dependencies[`@roundtripper/${name}`] = `file:${folder.tarball(name)}`;
}
writeFileSync(join(folder.consumer, 'package.json'), JSON.stringify({ name: 'consumer', private: true, type: 'module', dependencies }));
await mustRun(['npm', 'install', '--no-audit', '--no-fund', '--no-package-lock', '--prefer-offline'], folder.consumer);

// The types of the platform a program has anyway: not a package's to bring.
mkdirSync(join(folder.consumer, 'node_modules/@types'), { recursive: true });
symlinkSync(join(workspaceRoot, 'node_modules/@types/node'), join(folder.consumer, 'node_modules/@types/node'));
copyFileSync(join(workspaceRoot, 'scripts/smoke.mjs'), join(folder.consumer, 'smoke.mjs'));

async function mustRun(command: readonly string[], cwd: string = workspaceRoot): Promise<void> {
  const { exitCode, output } = await runCommand(command, { cwd });
  if (exitCode !== 0) throw new Error(`${command.join(' ')}: exit code ${exitCode}\n${output}`);
}
