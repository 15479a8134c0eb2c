import { join } from 'node:path';
import type { Step } from './run-steps.ts';
import { tool, workspaceRoot } from './workspace.ts';

/** What needs no code of the workspace to run. The slowest come first, so that none is left over at the end. */
export function staticChecks(packed: string): readonly Step[] {
  return [
    { name: 'build', command: script('task-build') },
    { name: 'types', command: [tool('tsc'), '-p', 'tsconfig.json'] },
    { name: 'lint', command: [tool('oxlint')] },
    { name: 'format', command: [tool('oxfmt'), '--check'] },
    { name: 'layers', command: script('check-layers') },
    { name: 'knip', command: [tool('knip')] },
    { name: 'pack', command: script('pack-packages', packed), after: ['build'] },
    { name: 'packages', command: script('check-packages', packed), after: ['pack'] },
  ];
}

/** What runs the code, besides the tests. */
export function trials(packed: string): readonly Step[] {
  return [{ name: 'docs', command: script('run-docs') }, ...olderNodes(packed)];
}

/** The oldest Node that is supported, and the one between that and ours. Their binaries come for one platform only: CI's. */
function olderNodes(packed: string): readonly Step[] {
  if (process.platform !== 'linux' || process.arch !== 'x64') return [];
  return ['22', '24'].map((version) => ({
    name: `node-${version}`,
    command: [join(workspaceRoot, `node_modules/node-${version}/bin/node`), join(packed, 'consumer/smoke.mjs')],
    after: ['pack'],
  }));
}

function script(name: string, ...args: readonly string[]): readonly string[] {
  return [process.execPath, '--conditions=source', join(workspaceRoot, `scripts/${name}.ts`), ...args];
}
