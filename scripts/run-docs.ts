import { execFile, fork, type ChildProcess } from 'node:child_process';
import { globSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { codeBlocks, treatment, type CodeBlock } from './code-blocks.ts';

const ROOT = join(import.meta.dirname, '..');
/** Inside examples/, so that a block finds the packages as an example does. */
const FOLDER = join(ROOT, 'examples/.docs');
const TIME_LIMIT_MS = 30_000;

interface Failure {
  readonly where: string;
  readonly problem: string;
}

interface Runnable {
  readonly where: string;
  readonly file: string;
}

/** Runs every TypeScript block of the documents as it is printed, and looks up every npm command. @returns what failed. */
export async function runDocs(): Promise<{ readonly ran: number; readonly failures: readonly Failure[] }> {
  const { server, port } = await startServer();
  try {
    await rm(FOLDER, { recursive: true, force: true });
    await mkdir(FOLDER, { recursive: true });
    const failures: Failure[] = [];
    const runnables: Runnable[] = [];
    const scripts = await scriptNames();
    for (const path of globSync(['README.md', 'CONTRIBUTING.md', 'docs/*.md', 'packages/*/README.md', 'examples/README.md'], {
      cwd: ROOT,
    })) {
      for (const block of codeBlocks(await readFile(join(ROOT, path), 'utf8'))) {
        const problem = await prepare(block, { path, port, scripts, runnables });
        if (problem !== undefined) failures.push({ where: `${path}:${block.line}`, problem });
      }
    }
    failures.push(...(await typeCheck()));
    for (const runnable of runnables) {
      const problem = await run(runnable.file);
      if (problem !== undefined) failures.push({ where: runnable.where, problem });
    }
    return { ran: runnables.length, failures };
  } finally {
    server.disconnect();
    await rm(FOLDER, { recursive: true, force: true });
  }
}

interface Surroundings {
  readonly path: string;
  readonly port: number;
  readonly scripts: ReadonlySet<string>;
  readonly runnables: Runnable[];
}

/** @returns what is wrong with the block before anything runs. */
async function prepare(block: CodeBlock, { path, port, scripts, runnables }: Surroundings): Promise<string | undefined> {
  const what = treatment(block);
  if (what.kind === 'refuse') return what.problem;
  if (what.kind === 'check-commands') {
    const unknown = what.scripts.filter((name) => !scripts.has(name) && name !== 'install');
    return unknown.length === 0 ? undefined : `no such npm script: ${unknown.join(', ')}`;
  }
  if (what.kind === 'leave') return undefined;
  const file = join(FOLDER, `${path.replaceAll(/\W+/g, '-')}-${block.line}.ts`);
  await writeFile(file, block.code.replaceAll('127.0.0.1:8080', `127.0.0.1:${port}`));
  runnables.push({ where: `${path}:${block.line}`, file });
  return undefined;
}

async function scriptNames(): Promise<ReadonlySet<string>> {
  const manifest: unknown = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
  const scripts = typeof manifest === 'object' && manifest !== null && 'scripts' in manifest ? manifest.scripts : undefined;
  return new Set(Object.keys(typeof scripts === 'object' && scripts !== null ? scripts : {}));
}

/** All of them at once: a compiler for each would take a second each. */
async function typeCheck(): Promise<Failure[]> {
  const config = {
    extends: '../../tsconfig.json',
    compilerOptions: { incremental: false, noUnusedLocals: false, isolatedDeclarations: false, declaration: false },
    include: ['*.ts'],
    exclude: [],
  };
  await writeFile(join(FOLDER, 'tsconfig.json'), JSON.stringify(config));
  const output = await outputOfFailure(join(ROOT, 'node_modules/.bin/tsc'), ['-p', FOLDER]);
  return output === undefined ? [] : [{ where: 'the type check of the blocks', problem: output }];
}

function run(file: string): Promise<string | undefined> {
  return outputOfFailure(process.execPath, ['--conditions=source', '--unhandled-rejections=strict', file]);
}

/** @returns what a command said, where it failed. */
function outputOfFailure(command: string, args: readonly string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(command, args, { cwd: ROOT, timeout: TIME_LIMIT_MS }, (error, stdout, stderr) => {
      if (error === null) resolve(undefined);
      else resolve(`${error.killed === true ? `it took longer than ${TIME_LIMIT_MS / 1_000} s\n` : ''}${stdout}${stderr}`.trim());
    });
  });
}

function startServer(): Promise<{ readonly server: ChildProcess; readonly port: number }> {
  const server = fork(join(import.meta.dirname, 'docs-server.ts'));
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.once('exit', () => reject(new Error('the server for the examples ended before it listened')));
    server.once('message', (message: unknown) => {
      const port = typeof message === 'object' && message !== null && 'port' in message ? Number(message.port) : Number.NaN;
      if (Number.isInteger(port)) resolve({ server, port });
      else reject(new Error('the server for the examples did not say its port'));
    });
  });
}

if (import.meta.main) {
  const { ran, failures } = await runDocs();
  for (const { where, problem } of failures) console.error(`${where}\n${problem.replaceAll(/^/gm, '  ')}\n`);
  console.log(`${ran} code blocks ran, ${failures.length} failures`);
  process.exitCode = failures.length === 0 ? 0 : 1;
}
