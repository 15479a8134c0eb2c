import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { codeBlocks } from '../scripts/code-blocks.ts';
import { startLocalServer } from './local-server.ts';

const GUIDE = join(import.meta.dirname, '../docs/guide/observability.md');

describe('the guide to observability', () => {
  test.for(programs())('prints what stands below line $line', async ({ code, printed }) => {
    await using server = await startLocalServer((_, response) => void response.end('hello'));
    const { output, pages } = await run(code.replaceAll('http://127.0.0.1:8080', server.url));
    expect(differences(printed, output)).toEqual([]);
    for (const page of pages) expect(page).toMatch(/^<!doctype html>/i);
    expect(pages).toHaveLength(code.includes('writeFileSync') ? 2 : 0);
  });
});

interface Program {
  readonly line: number;
  readonly code: string;
  /** The text block after it. */
  readonly printed: string;
}

function programs(): readonly Program[] {
  const blocks = codeBlocks(readFileSync(GUIDE, 'utf8'));
  return blocks.flatMap(({ language, line, code }, at) => {
    const next = blocks[at + 1];
    return language === 'ts' && next?.language === 'text' ? [{ line, code, printed: next.code }] : [];
  });
}

/** As it stands there, where a program of a user's is, with a folder of its own for what it writes. */
async function run(code: string): Promise<{ readonly output: string; readonly pages: readonly string[] }> {
  const folder = mkdtempSync(join(tmpdir(), 'roundtripper-guide-'));
  try {
    const child = spawn(process.execPath, ['--conditions=source', '--input-type=module-typescript', '-'], {
      cwd: import.meta.dirname,
      env: { ...process.env, TMPDIR: folder },
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
    child.stdin.end(code);
    await once(child, 'close');
    expect([child.exitCode, output]).toEqual([0, output]);
    return { output, pages: readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8')) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Lines that do not say the same: any measured figure is as good as another, and a count may be a tenth off where the machine was too busy for a burst. */
function differences(expected: string, actual: string): readonly string[] {
  const [wanted, got] = [expected.trim().split('\n'), actual.trim().split('\n')];
  return Array.from({ length: Math.max(wanted.length, got.length) }, (_, at) => [wanted[at] ?? '', got[at] ?? ''] as const)
    .filter(([one, other]) => !isAlike(wordsOf(one), wordsOf(other)))
    .map(([one, other]) => `${other}, not ${one}`);
}

function isAlike(wanted: readonly string[], got: readonly string[]): boolean {
  return wanted.length === got.length && wanted.every((word, at) => word === got[at] || isNear(Number(word), Number(got[at])));
}

function isNear(wanted: number, got: number): boolean {
  return Math.abs(wanted - got) <= wanted / 10;
}

/** What has a decimal point was measured. */
function wordsOf(line: string): readonly string[] {
  return line
    .replaceAll(/127\.0\.0\.1:\d+/g, 'server')
    .replaceAll(/\d+\.\d+( m?s\b)?/g, 'measured')
    .split(/\s+/);
}
