import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from './run-command.ts';
import type { Tally } from './run-steps.ts';
import { withTemporaryFolder } from './temporary-folder.ts';
import { readTestReport, tallyOf, type TestReport } from './vitest-report.ts';
import { tool, workspaceRoot } from './workspace.ts';

const LIMIT_MS = 60 * 60_000;

/** Runs the tests that the arguments select, all of them where there are none. vitest prints as it goes. */
export async function runVitest(args: readonly string[]): Promise<Tally> {
  return withTemporaryFolder(async (folder) => {
    const file = join(folder, 'report.json');
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
    const { exitCode } = await runCommand([tool('vitest'), 'run', ...reporters, ...args], { isStreamed: true, limitMs: LIMIT_MS });
    const report = readTestReport(existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined);
    // Whoever asks for tests by their names knows that the others are skipped.
    const isByName = args.some((arg) => /^(?:-t|--testNamePattern)\b/.test(arg));
    const countSkipped = Boolean(process.env['CI']) && !isByName;
    if (!isByName) printSkipped(report, countSkipped);
    return tallyOf(report, exitCode, countSkipped);
  });
}

function printSkipped({ skipped }: TestReport, countSkipped: boolean): void {
  if (skipped.length === 0) return;
  console.log(`!!! ${skipped.length} SKIPPED${countSkipped ? ', which counts as failed here' : ''}:`);
  for (const name of skipped) console.log(`!!!   ${name.replace(`${workspaceRoot}/`, '')}`);
}
