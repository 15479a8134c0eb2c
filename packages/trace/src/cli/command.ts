import { ownCreator } from '../har/har-creator.ts';
import { EXIT_CODES, exitCodeOf } from './exit-codes.ts';
import { failureLine } from './failure.ts';
import { formatFiles } from './format-files.ts';
import { formatMany } from './format-many.ts';
import { formatSingle } from './format-single.ts';
import { jsonReport } from './json-report.ts';
import { unwritableFile, unwritableLine } from './output-files.ts';
import { paintFor } from './paint.ts';
import { parseArguments } from './parse-arguments.ts';
import type { Plan } from './plan.ts';
import { prepare, systemCode } from './prepare.ts';
import { printable } from './printable.ts';
import type { RunReport } from './run-report.ts';
import { run } from './run.ts';
import type { Terminal } from './terminal.ts';
import { HINT, PROGRAM, USAGE } from './usage.ts';

/** Does what `args` say, the name of the program left out. @returns the exit code, see {@link EXIT_CODES}. */
export async function runCommand(args: readonly string[], terminal: Terminal): Promise<number> {
  const parsed = parseArguments(args);
  switch (parsed.kind) {
    case 'help':
      return (await print(terminal, USAGE)) ? EXIT_CODES.ok : EXIT_CODES.unwritable;
    case 'version':
      return (await print(terminal, `${ownCreator().version}\n`)) ? EXIT_CODES.ok : EXIT_CODES.unwritable;
    case 'usage-error':
      return usageError(terminal, parsed.message);
    case 'run':
      return runPlan(parsed.plan, terminal);
  }
}

async function runPlan(plan: Plan, terminal: Terminal): Promise<number> {
  let report: RunReport;
  try {
    const { name, version } = ownCreator();
    const prepared = await prepare(plan, terminal.env, `${name.replace('@', '').replace('/', '-')}/${version}`);
    const problem = await unwritableFile(plan);
    if (problem !== undefined) {
      await complain(terminal, problem);
      return EXIT_CODES.unwritable;
    }
    report = await run(plan, prepared, terminal);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return usageError(terminal, optionNamed(error.message));
  }
  return tell(report, terminal);
}

/** Options of the Transport as the command calls them. */
function optionNamed(message: string): string {
  return message
    .replace(/^invalid Transport options: /, '')
    .replace(/^(?:proxy|socketPath)(?=:)/, (name) => (name === 'proxy' ? '--proxy' : '--unix'));
}

/** Prints the report, then what went wrong. */
async function tell(report: RunReport, terminal: Terminal): Promise<number> {
  const { plan, tally, har, html } = report;
  const problems = [
    ...(har?.error === undefined ? [] : [unwritableLine('--har', har.file, har.error)]),
    ...(html?.error === undefined ? [] : [unwritableLine('--html', html.file, html.error)]),
  ];
  const { stoppedBy } = report;
  const { failsOnStatus } = plan;
  const { failed, badStatuses } = tally;
  const outcome = { stoppedBy, failed, badStatuses, failsOnStatus, isUnwritable: problems.length > 0 };
  const exitCode = exitCodeOf(outcome);
  const isWritten = await print(terminal, textOf(report, exitCode, terminal));
  for (const failure of tally.failures()) await complain(terminal, failureLine(failure, failure.count));
  for (const problem of problems) await complain(terminal, problem);
  return exitCodeOf({ ...outcome, isUnwritable: outcome.isUnwritable || !isWritten });
}

/** Narrower than that, columns do not fit; wider, a bar only takes the eye longer. */
const LEAST_COLUMNS = 70;
const MOST_COLUMNS = 120;

function textOf(report: RunReport, exitCode: number, { stdout, env }: Terminal): string {
  switch (report.plan.report) {
    case 'none':
      return '';
    case 'json':
      return `${safeJson(jsonReport(report, exitCode, ownCreator()))}\n`;
    case 'text': {
      const paint = paintFor(report.plan.colour, { isTTY: stdout.isTTY, env });
      const look = { paint, columns: Math.min(MOST_COLUMNS, Math.max(LEAST_COLUMNS, stdout.columns ?? 80)) };
      const text = report.single === undefined ? formatMany(report, look) : formatSingle(report, report.single, look);
      return text + formatFiles(report, look);
    }
  }
}

/** JSON leaves DEL and C1 as they are, which some terminals obey. They can stand in strings only. */
function safeJson(value: unknown): string {
  return JSON.stringify(value, undefined, 2).replaceAll(/[\x7F-\x9F]/g, (character) => `\\u00${character.charCodeAt(0).toString(16)}`);
}

/** @returns whether it was written. A reader that has gone away, as `head` does, has what it wanted. */
async function print(terminal: Terminal, text: string): Promise<boolean> {
  if (text === '') return true;
  const error = await terminal.stdout.write(text);
  if (error === undefined) return true;
  const code = systemCode(error);
  if (code === 'EPIPE') return true;
  await complain(terminal, `the report cannot be written: ${code}`);
  return false;
}

async function usageError(terminal: Terminal, message: string): Promise<number> {
  await complain(terminal, message);
  await terminal.stderr.write(`${HINT}\n`);
  return EXIT_CODES.usage;
}

/** In one line. */
async function complain({ stderr }: Terminal, message: string): Promise<void> {
  await stderr.write(`${PROGRAM}: ${printable(message, 500)}\n`);
}
