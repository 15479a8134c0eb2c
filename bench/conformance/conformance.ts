import { textTable } from '../table.ts';
import { tablesOf, writePage, type Outcomes } from './page.ts';
import { runSubject } from './run-subject.ts';
import { isSubjectName, SUBJECTS, type SubjectName } from './subjects.ts';
import { missesOf, outcomesOf, type Outcome } from './tally.ts';

const USAGE = `npm run conformance [-- --page] [-- <cache> …]

Runs the public suite http-cache-tests against this library's cache and others.
  --page    writes docs/cache-conformance.md
  <cache>   ${Object.keys(SUBJECTS).join(' | ')}: these alone, and what they do not pass`;

/** `npm run conformance`. @returns the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const names = args.filter((arg) => arg !== '--page');
  const isPage = names.length < args.length;
  const chosen = names.filter(isSubjectName);
  if (chosen.length < names.length || (isPage && chosen.length > 0)) {
    console.error(USAGE);
    return 2;
  }
  const outcomes = await runAll(chosen.length > 0 ? chosen : Object.keys(SUBJECTS).filter(isSubjectName));
  for (const table of tablesOf(outcomes)) console.log(`${textTable(table)}\n`);
  if (isPage) await writePage(outcomes);
  if (chosen.length > 0) for (const [name, some] of outcomes) console.log(missesText(name, some));
  return 0;
}

/** One after the other: some cases are about a second. */
async function runAll(names: readonly SubjectName[]): Promise<Outcomes> {
  const outcomes = new Map<SubjectName, readonly Outcome[]>();
  for (const name of names) {
    console.error(`${name} ...`);
    outcomes.set(name, outcomesOf(await runSubject(name)));
  }
  return outcomes;
}

function missesText(name: SubjectName, outcomes: readonly Outcome[]): string {
  return [name, ...missesOf(outcomes).map(({ tried, message }) => `  ${tried.kind} ${tried.id}: ${message}`)].join('\n');
}
