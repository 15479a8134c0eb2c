/** Builds every package's dist. From nothing: what a source no longer emits would be published all the same. */
import { globSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { exitOnSignals, runCommand } from './run-command.ts';
import { tool, workspaceRoot } from './workspace.ts';

exitOnSignals();
for (const path of globSync(['packages/*/dist', 'packages/*/node_modules/.cache/build.tsbuildinfo'], { cwd: workspaceRoot })) {
  rmSync(join(workspaceRoot, path), { recursive: true, force: true });
}
const { exitCode } = await runCommand([tool('tsc'), '-b', 'tsconfig.build.json'], { isStreamed: true });
process.exitCode = exitCode;
