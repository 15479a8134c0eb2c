import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { cpus, release, type as osName } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { EffortName } from './efforts.ts';

const run = promisify(execFile);

/** With what, where, when and how figures were found. */
export interface Environment {
  /** Like `2031-05-17`. */
  readonly date: string;
  /** Undefined where it is not known. */
  readonly commit: string | undefined;
  /** Like `Node v26.1.0`. */
  readonly versions: readonly string[];
  /** What they run on, and how that is shared. */
  readonly machine: string;
  readonly effort: EffortName;
  readonly tookMs: number;
}

/** In one line, for below the figures. */
export function environmentLine({ date, commit, versions, machine, effort, tookMs }: Environment): string {
  const at = commit === undefined ? '' : ` at ${commit}`;
  return `Measured on ${date}${at}. ${versions.join(', ')}; ${machine}; ${effort} effort, ${Math.round(tookMs / 1_000)} s. Medians.`;
}

export function machineName(): string {
  const processors = cpus();
  return `${processors[0]?.model.trim() ?? 'unknown CPU'}, ${processors.length} CPUs, ${osName()} ${release()}`;
}

/** The clients' versions, as far as Node knows them. */
export async function nodeVersions(): Promise<readonly string[]> {
  const file = join(import.meta.dirname, 'node_modules/undici/package.json');
  const version = /"version": "([^"]+)"/.exec(await readFile(file, 'utf8'))?.[1] ?? '?';
  return [`Node ${process.version}`, `undici ${version} (${process.versions['undici'] ?? '?'} built in)`];
}

/** Like `commit 1a2b3c4`. Undefined where this is no git repository. */
export async function commitName(): Promise<string | undefined> {
  try {
    const { stdout: commit } = await run('git', ['rev-parse', '--short', 'HEAD'], { cwd: import.meta.dirname });
    const { stdout: changes } = await run('git', ['status', '--porcelain', '--untracked-files=no'], { cwd: import.meta.dirname });
    return `commit ${commit.trim()}${changes === '' ? '' : ' with changes'}`;
  } catch {
    // Figures are figures without it.
    return undefined;
  }
}
