/** Checks the packages as their users get them, where pack-packages.ts has put them: `check-packages.ts <folder>`. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PackedFolder } from './packed-folder.ts';
import { entryPoints, packageProblems } from './packed-package.ts';
import { runCommand } from './run-command.ts';
import { tool } from './workspace.ts';

/** A strict program with nothing skipped: what is wrong in the declarations is an error here. It names no `types`: the declarations ask for Node's themselves. */
const TSCONFIG = {
  compilerOptions: {
    target: 'es2023',
    module: 'nodenext',
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: false,
    allowJs: true,
    checkJs: true,
    noEmit: true,
  },
  include: ['*.mjs', '*.ts'],
};

/** With the types of Node named by the program itself, as most name them. */
const TSCONFIG_WITH_TYPES = { ...TSCONFIG, compilerOptions: { ...TSCONFIG.compilerOptions, types: ['node'] } };

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

/** Imports every entry point, for the compiler and for real. */
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
  const bare = complaintOf('types in a program', typeCheck('tsconfig.json', TSCONFIG));
  const typed = complaintOf('types in a program with those of Node', typeCheck('tsconfig.types.json', TSCONFIG_WITH_TYPES));
  const imported = complaintOf('imports of a program', [process.execPath, join(folder.consumer, 'consumer.ts')]);
  return (await Promise.all([bare, typed, imported])).filter((complaint) => complaint !== undefined);
}

function typeCheck(name: string, tsconfig: object): readonly string[] {
  const path = join(folder.consumer, name);
  writeFileSync(path, JSON.stringify(tsconfig));
  return [tool('tsc'), '-p', path, '--pretty', 'false'];
}

async function complaintOf(what: string, command: readonly string[]): Promise<string | undefined> {
  const { exitCode, output } = await runCommand(command);
  return exitCode === 0 ? undefined : `${what}:\n${output.trim().replaceAll(/^/gm, '  ')}`;
}
