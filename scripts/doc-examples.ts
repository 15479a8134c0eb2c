import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { codeBlocks, useOf, type CodeBlock } from './code-blocks.ts';
import { isRecord, readManifest, workspaceRoot } from './workspace.ts';

/** An example, written out as a file that can be run. */
export interface DocExample {
  /** Where it stands, as `README.md:12`. */
  readonly name: string;
  readonly document: string;
  /** The file it was written to, from the workspace's root. Its line numbers are those of the document. */
  readonly file: string;
  readonly isRun: boolean;
}

export interface DocExamples {
  readonly examples: readonly DocExample[];
  /** What is wrong with blocks before any is run, one message each. */
  readonly mistakes: readonly string[];
}

/** Git-ignored, and inside examples/ so that `@roundtripper/*` is found as a user finds it: through a package.json. */
const FOLDER = 'examples/.docs';
const DOCUMENTS = ['README.md', 'packages/*/README.md', 'docs/**/*.md'];
const WRITTEN_PORT = 'http://127.0.0.1:8080';

/** Unused names are what an example is made of, and nothing imports one. */
const TSCONFIG = {
  extends: '../../tsconfig.base.json',
  compilerOptions: {
    noEmit: true,
    declaration: false,
    isolatedDeclarations: false,
    noUnusedLocals: false,
    noUnusedParameters: false,
  },
  include: ['*.ts'],
};

/** Writes every example of the documents to {@link FOLDER}, replacing what was there. */
export function writeDocExamples(port: number): DocExamples {
  const folder = join(workspaceRoot, FOLDER);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(TSCONFIG));
  const found = globSync(DOCUMENTS, { cwd: workspaceRoot })
    .toSorted()
    .map((document) => writeDocument(document, port));
  return { examples: found.flatMap(({ examples }) => examples), mistakes: found.flatMap(({ mistakes }) => mistakes) };
}

function writeDocument(document: string, port: number): DocExamples {
  const examples: DocExample[] = [];
  const mistakes: string[] = [];
  for (const block of codeBlocks(readFileSync(join(workspaceRoot, document), 'utf8'))) {
    const name = `${document}:${block.line}`;
    const use = useOf(block);
    if (use.kind === 'wrong') mistakes.push(`${name}: the block ${use.message}`);
    if (use.kind === 'shell') mistakes.push(...unknownScripts(use.scripts).map((script) => `${name}: there is no script ${script}`));
    if (use.kind !== 'run' && use.kind !== 'compile') continue;
    const file = `${FOLDER}/${document
      .replace(/\.md$/, '')
      .replaceAll(/[^\w]+/g, '-')
      .toLowerCase()}-${examples.length + 1}.ts`;
    writeExample(file, block, port);
    examples.push({ name, document, file, isRun: use.kind === 'run' });
  }
  return { examples, mistakes };
}

/** As printed, below as many empty lines as there are above it in the document: errors then give the line to look at. */
function writeExample(file: string, { line, code }: CodeBlock, port: number): void {
  writeFileSync(join(workspaceRoot, file), '\n'.repeat(line - 1) + code.replaceAll(WRITTEN_PORT, `http://127.0.0.1:${port}`));
}

function unknownScripts(names: readonly string[]): readonly string[] {
  const { scripts } = readManifest(workspaceRoot);
  return names.filter((name) => !isRecord(scripts) || !(name in scripts));
}
