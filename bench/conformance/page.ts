import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CacheMode } from '@roundtripper/cache';
import { markdownTable, type Table } from '../table.ts';
import { MISSES, type Miss, type MissReason } from './misses.ts';
import type { SubjectName } from './subjects.ts';
import { cases, type CaseGroup, type CaseKind } from './suite.ts';
import { tally, type Outcome, type Tally } from './tally.ts';

/** What came of each cache. */
export type Outcomes = ReadonlyMap<SubjectName, readonly Outcome[]>;

/** The page that it writes. */
export const PAGE: string = join(import.meta.dirname, '../../docs/cache-conformance.md');

/** Writes docs/cache-conformance.md anew. */
export async function writePage(outcomes: Outcomes): Promise<void> {
  await writeFile(PAGE, pageOf(outcomes));
}

/** What a client's cache is for, and what beyond that a proxy's is. */
export function tablesOf(outcomes: Outcomes): readonly [clients: Table, others: Table] {
  return [
    tableOf('Cases for caches of clients', outcomes, ['client', 'private']),
    tableOf('Cases for shared caches, and for conditions that a page cannot send', outcomes, ['others']),
  ];
}

function tableOf(title: string, outcomes: Outcomes, groups: readonly CaseGroup[]): Table {
  const kinds: readonly CaseKind[] = ['required', 'optimal', 'check'];
  const rows = [...outcomes].map(([name, some]) =>
    rowOf(
      name,
      kinds.map((kind) => cellOf(kind, tally(some, kind, groups))),
    ),
  );
  return { title, headings: ['cache', 'required', 'optimal', 'check: yes'], rows };
}

function rowOf(name: string, cells: readonly string[]): readonly string[] {
  return [name, ...cells];
}

function cellOf(kind: CaseKind, { passed, failed, setUp, total }: Tally): string {
  const rest = [failed > 0 ? `${failed} failed` : '', setUp > 0 ? `${setUp} set-up` : ''].filter((text) => text !== '').join(', ');
  return kind === 'check' || rest === '' ? `${passed} of ${total}` : `${passed} of ${total} (${rest})`;
}

function pageOf(outcomes: Outcomes): string {
  const [clients, others] = tablesOf(outcomes);
  return `${INTRODUCTION}\n## Results\n\n${markdownTable(clients)}\n\n${markdownTable(others)}\n\n${ours()}`;
}

const INTRODUCTION = `# The cache in the public suite

[http-cache-tests](https://github.com/http-tests/cache-tests), edition 0.4.5, the last that was published as a package: this library's cache in its two modes, undici's cache interceptor in its two, and got's \`cache\` option, each in a process of its own over a server of its own.

\`\`\`sh
npm run conformance                            # about a minute
npm run conformance -- 'roundtripper, private' # one of them, and what it does not pass
npm run conformance -- --page                  # writes this page
\`\`\`

Among the tests our two modes are run: they fail on a case that is not passed and not listed below, and on one that is listed and passed.

The suite has three kinds of cases: **required** by a standard, **optimal**, what a good cache does beyond that, and **check**, where caches differ and no answer is wrong. What is counted as set-up did not get as far as what the case is about. Each case counts by itself, whatever
became of those that the suite says it builds on. The suite asks through a \`fetch\`: undici's own, and for this library and got a few lines that look like one. Later editions have more cases and correct some; what they ask for besides is in [public-suite.test.ts](../packages/cache/src/public-suite.test.ts).
`;

function ours(): string {
  const sections = HEADINGS.map(([because, heading]) => sectionOf(because, heading));
  return `## What we do not pass, and why\n\n${sections.join('\n\n')}\n`;
}

const HEADINGS: readonly (readonly [MissReason, string])[] = [
  ['other-mode', 'They are about the other mode, which passes them'],
  ['edition', 'Later editions of the suite ask for the contrary, or tell by something else'],
  ['standard', 'A standard says otherwise'],
  ['choice', 'The standard leaves it open'],
];

function sectionOf(because: MissReason, heading: string): string {
  const lines = MISSES.filter((miss) => miss.because === because).map(lineOf);
  return `### ${heading}\n\n${lines.join('\n')}`;
}

function lineOf({ ids, modes, why }: Miss): string {
  const named = ids.map((id) => `\`${id}\` (${kindOf(id)})`);
  return `- ${named.join(', ')}, ${modesOf(modes)}: ${why}.`;
}

function kindOf(id: string): CaseKind {
  const found = cases.find((each) => each.id === id);
  if (found === undefined) throw new Error(`there is no case ${id}`);
  return found.kind;
}

function modesOf(modes: readonly CacheMode[]): string {
  return modes.length === 1 ? `${modes[0]} mode` : 'both modes';
}
