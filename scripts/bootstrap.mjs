/**
 * Runs a task from a bare clone: `node scripts/bootstrap.mjs <task> [args]`. Any Node from 18 on will do. It installs what the lockfile names
 * where that has changed, then hands over to the workspace's own Node, which runs scripts/task-<task>.ts as it stands.
 * Nothing but node: imports here, and no TypeScript: this is the one file that runs before the install.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const HEARTBEAT_MS = 10_000;
/** pnpm's counters, and its warnings about the Node that it runs on: what it installs will run on another. */
const NOISE = /^Progress:|Unsupported engine/;
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const pnpm = `pnpm@${engines.pnpm}`;
const nodeBinary = join(root, 'node_modules/node/bin/node');
const stampFile = join(root, 'node_modules/.cache/installed.sha256');

const [task, ...args] = process.argv.slice(2);
const tasks = readdirSync(join(root, 'scripts')).flatMap((name) => /^task-(.+)\.ts$/.exec(name)?.[1] ?? []);

if (task === undefined || !tasks.includes(task)) {
  console.error(`${task === undefined ? 'No task named' : `No task is called ${task}`}. There are: ${tasks.join(', ')}`);
  process.exit(2);
}
const code = (await install()) || (await runTask());
process.exit(code);

/** Resolves with 0 where everything the manifests name is in place, at the cost of hashing them. */
async function install() {
  const wanted = fingerprint();
  if (existsSync(nodeBinary) && existsSync(stampFile) && readFileSync(stampFile, 'utf8') === wanted) return 0;
  const startedMs = Date.now();
  const elapsed = () => `${Math.round((Date.now() - startedMs) / 1000)} s`;
  console.error(`Installing dependencies with ${pnpm} ...`);
  rmSync(stampFile, { force: true });
  const installed = await pnpmInstall(elapsed);
  if (installed !== 0) {
    console.error(`Installing dependencies failed after ${elapsed()} (exit code ${installed}).`);
    return installed;
  }
  mkdirSync(dirname(stampFile), { recursive: true });
  writeFileSync(stampFile, wanted);
  console.error(`Installed dependencies in ${elapsed()}.`);
  return 0;
}

/** The platform too: a checkout shared with another machine would run that one's binaries. */
function fingerprint() {
  const names = readdirSync(join(root, 'packages')).sort((a, b) => (a < b ? -1 : 1));
  const manifests = [
    'pnpm-lock.yaml',
    'pnpm-workspace.yaml',
    'package.json',
    'examples/package.json',
    'bench/package.json',
    ...names.map((name) => `packages/${name}/package.json`),
  ];
  const hash = createHash('sha256').update(`${pnpm} ${process.platform} ${process.arch}`);
  for (const name of manifests) {
    const path = join(root, name);
    if (existsSync(path)) hash.update(`\0${name}\0`).update(readFileSync(path));
  }
  return hash.digest('hex');
}

/** On a terminal pnpm draws its own progress; elsewhere its lines are passed on, with a sign of life between them. */
function pnpmInstall(elapsed) {
  const onTerminal = process.stderr.isTTY;
  const reporter = onTerminal ? 'default' : 'append-only';
  // Without a terminal to ask at, pnpm would refuse to replace a node_modules that another version laid out.
  const command = ['-y', pnpm, 'install', '--frozen-lockfile', `--reporter=${reporter}`, '--config.confirmModulesPurge=false'];
  const child = start('npx', command, { stdio: ['ignore', onTerminal ? 2 : 'pipe', 'inherit'] });
  const heartbeat = setInterval(() => console.error(`  ... still installing (${elapsed()})`), HEARTBEAT_MS);
  if (onTerminal) clearInterval(heartbeat);
  else createInterface({ input: child.stdout }).on('line', (line) => !NOISE.test(line) && console.error(`  ${line}`));
  return exitOf(child).finally(() => clearInterval(heartbeat));
}

function runTask() {
  const path = `${dirname(nodeBinary)}:${join(root, 'node_modules/.bin')}:${process.env.PATH ?? ''}`;
  const script = join(root, `scripts/task-${task}.ts`);
  return exitOf(start(nodeBinary, ['--conditions=source', script, ...args], { stdio: 'inherit', env: { ...process.env, PATH: path } }));
}

function start(command, commandArgs, options) {
  const child = spawn(command, commandArgs, { cwd: root, ...options });
  // A supervisor's signal comes to this process alone, but a terminal's ^C reaches the whole group: passed on, it would count twice.
  const passedOn = process.stdin.isTTY ? ['SIGTERM', 'SIGHUP'] : ['SIGTERM', 'SIGHUP', 'SIGINT'];
  for (const signal of passedOn) process.on(signal, () => child.kill(signal));
  if (process.stdin.isTTY) process.on('SIGINT', () => {});
  return child;
}

/** 128 + n for signal n, as a shell says it: npm tells its caller no more than that either. */
function exitOf(child) {
  return new Promise((resolve) => {
    child.on('error', (error) => {
      console.error(`Cannot start ${child.spawnfile}: ${error.message}`);
      resolve(127);
    });
    child.on('close', (exitCode, signal) => resolve(exitCode ?? 128 + (constants.signals[signal] ?? 0)));
  });
}
