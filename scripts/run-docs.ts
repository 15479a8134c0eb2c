/** Runs every ts block of the documents as it is printed, against a real server. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { writeDocExamples, type DocExample } from './doc-examples.ts';
import { exitOnSignals, runCommand } from './run-command.ts';
import { tool } from './workspace.ts';

const LIMIT_MS = 30_000;

exitOnSignals();
const server = fork(join(import.meta.dirname, 'docs-server.ts'), ['8080']);
process.once('exit', () => server.kill());
const [port] = await answerOf(server);
const { examples, mistakes } = writeDocExamples(Number(port));
const failures = [...mistakes, ...(await typeErrors(examples)), ...(await failedRuns(examples))];
server.disconnect();

for (const failure of failures) console.error(failure);
const run = examples.filter(({ isRun }) => isRun).length;
console.log(`${run} examples run, ${examples.length - run} compiled only, ${failures.length} mistakes`);
process.exitCode = failures.length === 0 ? 0 : 1;

async function answerOf(child: ChildProcess): Promise<readonly unknown[]> {
  return once(child, 'message', { signal: AbortSignal.timeout(LIMIT_MS) });
}

async function typeErrors(all: readonly DocExample[]): Promise<readonly string[]> {
  if (all.length === 0) return [];
  const { exitCode, output } = await runCommand([tool('tsc'), '-p', 'examples/.docs', '--pretty', 'false']);
  if (exitCode === 0) return [];
  return [all.reduce(inDocument, output)];
}

/** One after the other: what the server answers depends on what it was asked. */
async function failedRuns(all: readonly DocExample[]): Promise<readonly string[]> {
  const failed: string[] = [];
  for (const example of all.filter(({ isRun }) => isRun)) {
    const { file, name } = example;
    const isReset = answerOf(server);
    server.send('reset');
    await isReset;
    const command = [process.execPath, '--conditions=source', '--unhandled-rejections=strict', file];
    const { exitCode, output } = await runCommand(command, { limitMs: LIMIT_MS });
    if (exitCode !== 0) failed.push(`${name}: exit code ${exitCode}\n${inDocument(output, example).trimEnd().replaceAll(/^/gm, '  ')}`);
  }
  return failed;
}

/** The line numbers are the document's already. */
function inDocument(output: string, { file, document }: DocExample): string {
  return output.replaceAll(file, document);
}
