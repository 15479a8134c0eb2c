import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { layerViolations } from './layers.ts';
import { readImports } from './read-imports.ts';
import { workspaceRoot } from './workspace.ts';

const paths = globSync('packages/*/{src,test}/**/*.ts', { cwd: workspaceRoot }).toSorted();
const found = paths.flatMap((path) =>
  layerViolations({ path, imports: readImports(path, readFileSync(join(workspaceRoot, path), 'utf8')) }),
);

for (const message of new Set(found)) console.error(message);
if (paths.length === 0) console.error('packages/*/src and packages/*/test have no files');
process.exitCode = found.length === 0 && paths.length > 0 ? 0 : 1;
