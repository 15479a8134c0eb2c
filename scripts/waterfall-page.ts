import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { parseSync, type Program } from 'oxc-parser';
import { runCommand } from './run-command.ts';
import { withTemporaryFolder } from './temporary-folder.ts';
import { tool, workspaceRoot } from './workspace.ts';

const PAGE = join(workspaceRoot, 'packages/trace/src/waterfall/page');

/** The module with the page's script and style as text. It is generated, and in the repository all the same: so it is there from source, from `dist` and in anybody's bundle alike. */
export const PAGE_ASSETS: string = join(workspaceRoot, 'packages/trace/src/waterfall/page-assets.ts');

/**
 * Makes the source of {@link PAGE_ASSETS}: the modules of the page, type checked and made JavaScript by tsc, one after the other with the imports between them left out.
 * @throws Error with what tsc says where it finds a mistake; where two modules declare one name; where HTML would end the script early.
 */
export async function makePageAssets(): Promise<string> {
  const script = await withTemporaryFolder(async (folder) => {
    const { exitCode, output } = await runCommand([tool('tsc'), '-p', PAGE, '--outDir', folder, '--pretty', 'false']);
    if (exitCode !== 0) throw new Error(output);
    return joined(modulesFrom(join(folder, 'page/main.js'), folder, new Map()));
  });
  const style = readFileSync(join(PAGE, 'style.css'), 'utf8');
  return `// oxlint-disable max-lines -- Generated from page/ by \`vitest run -u test/waterfall/page-assets.test.ts\`: to be read there.
/** What runs in the page of a waterfall. */
export const pageScript: string = ${templateLiteral(script)};

export const pageStyle: string = ${templateLiteral(style)};
`;
}

/** The module and what it imports, each once, in an order in which every module comes after those it imports. */
function modulesFrom(path: string, folder: string, found: Map<string, string>): ReadonlyMap<string, string> {
  if (found.has(path)) return found;
  const source = readFileSync(path, 'utf8');
  const { program, module } = parseSync(path, source);
  // Set first: a cycle would otherwise have no end. It is moved behind the others below.
  found.set(path, '');
  for (const { moduleRequest } of module.staticImports) modulesFrom(join(dirname(path), moduleRequest.value), folder, found);
  found.delete(path);
  return found.set(path, `// ${relative(folder, path)}\n${withoutImports(program, source)}`);
}

/** Imports go; of `export function f` what is left is `function f`. */
function withoutImports({ body }: Program, source: string): string {
  const kept = body.flatMap((node) => {
    if (node.type === 'ImportDeclaration') return [];
    if (node.type !== 'ExportNamedDeclaration') return [source.slice(node.start, node.end)];
    // `export {}`, which says no more than that it is a module.
    return node.declaration === null ? [] : [source.slice(node.declaration.start, node.declaration.end)];
  });
  return kept.join('\n');
}

function joined(modules: ReadonlyMap<string, string>): string {
  const script = `\n${[...modules.values()].join('\n\n')}\n`;
  const [error] = parseSync('page.mjs', script, { showSemanticErrors: true }).errors;
  // Such as a name that two of the modules declare.
  if (error !== undefined) throw new Error(`${error.message}\n${error.codeframe ?? ''}`);
  if (/<\/script|<!--/i.test(script)) throw new Error('the script of the page has what HTML takes for its end');
  return script;
}

function templateLiteral(text: string): string {
  return `\`${text.replaceAll(/[\\`]|\$(?=\{)/g, String.raw`\$&`)}\``;
}
