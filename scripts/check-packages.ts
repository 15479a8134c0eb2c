/** Checks the packages as their users get them, where pack-packages.ts has put them: `check-packages.ts <folder>`. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PackedFolder } from './packed-folder.ts';
import { entryPoints, packageProblems } from './packed-package.ts';
import { runCommand } from './run-command.ts';
import { tool } from './workspace.ts';

/** A strict program with nothing skipped: what is wrong in the declarations is an error here. */
const TSCONFIG = {
  compilerOptions: {
    target: 'es2023',
    module: 'nodenext',
    types: ['node'],
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: false,
    allowJs: true,
    checkJs: true,
    noEmit: true,
  },
  include: ['*.mjs', '*.ts'],
};

const folder = new PackedFolder(process.argv[2]);
const packages = folder.installed();
const problems = [
  ...[...packages].flatMap(([name, packed]) => packageProblems(packed).map((problem) => `${name}: ${problem}`)),
  ...(await lintTarballs([...packages.keys()])),
  ...(await useInProgram([...packages.values()].flatMap(entryPoints))),
];
for (const problem of problems) console.error(problem);
process.exitCode = problems.length === 0 ? 0 : 1;

async function lintTarballs(names: readonly string[]): Promise<readonly string[]> {
  const found: (string | undefined)[] = [];
  for (const name of names) {
    const tarball = folder.tarball(name);
    const publint = complaintOf(`${name}: publint`, [tool('publint'), 'run', tarball, '--strict']);
    const attw = complaintOf(`${name}: attw`, [
      tool('attw'),
      tarball,
      '--profile',
      'esm-only',
      '--format',
      'ascii',
      '--no-color',
      '--no-emoji',
    ]);
    found.push(...(await Promise.all([publint, attw])));
  }
  return found.filter((complaint) => complaint !== undefined);
}

/** Imports every entry point, once for the compiler and once for real. */
async function useInProgram(specifiers: readonly string[]): Promise<readonly string[]> {
  const imports = specifiers.map((specifier, index) => `import * as module${index} from '${specifier}';`);
  const modules = specifiers.map((specifier, index) => `['${specifier}', module${index}]`);
  const program = `${imports.join('\n')}
const modules: readonly (readonly [string, object])[] = [${modules.join(', ')}];
for (const [name, module] of modules) {
  if (Object.keys(module).length === 0) throw new Error(name + ' exports nothing');
}
`;
  writeFileSync(join(folder.consumer, 'consumer.ts'), program);
  writeFileSync(join(folder.consumer, 'tsconfig.json'), JSON.stringify(TSCONFIG));
  const types = complaintOf('types in a program', [tool('tsc'), '-p', folder.consumer, '--pretty', 'false']);
  const imported = complaintOf('imports of a program', [process.execPath, join(folder.consumer, 'consumer.ts')]);
  return (await Promise.all([types, imported])).filter((complaint) => complaint !== undefined);
}

async function complaintOf(what: string, command: readonly string[]): Promise<string | undefined> {
  const { exitCode, output } = await runCommand(command);
  return exitCode === 0 ? undefined : `${what}:\n${output.trim().replaceAll(/^/gm, '  ')}`;
}
