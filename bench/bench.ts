/** `npm run bench`: what HTTP/1.1, HTTP/2 and caching cost with this library and with others, side by side. docs/performance.md says how to read it. */
import { exitOnSignals } from '../scripts/run-command.ts';
import { findRedis } from './cache/redis.ts';
import type { ClientName } from './client-names.ts';
import { commitName, environmentLine, machineName, nodeVersions, type Environment } from './environment.ts';
import { parseFlags, USAGE, UsageError, type Flags } from './flags.ts';
import { buildGoClient } from './go-client.ts';
import { findH2load } from './h2/h2load.ts';
import { writeFigures } from './page.ts';
import { clientsAble, SECTION_NAMES, sectionOf } from './parts.ts';
import { choosePinning } from './pinning.ts';
import type { Place } from './place.ts';
import { Progress } from './progress.ts';
import { missedBars } from './result.ts';
import { profileSection, runSection, type SectionResults } from './run-section.ts';
import { markdownTable, textTable, type Table } from './table.ts';

exitOnSignals();
process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  try {
    const flags = parseFlags(args);
    if (flags.output === 'help') console.log(USAGE);
    else await run(flags);
    return 0;
  } catch (error) {
    if (error instanceof UsageError) {
      console.error(`${error.message}\n\n${USAGE}`);
      return 2;
    }
    console.error(`bench: ${error instanceof Error ? error.message : String(error)}`);
    return 1;
  }
}

async function run(flags: Flags): Promise<void> {
  using progress = new Progress();
  const place = await findPlace(flags, progress);
  if (flags.profile !== undefined) {
    for (const section of SECTION_NAMES) for (const text of await profileSection(section, flags, place)) console.log(text);
    return;
  }
  // Before the page is written, which changes the tree.
  const commit = await commitName();
  const found: SectionFound[] = [];
  for (const section of SECTION_NAMES) {
    const results = await runSection(section, flags, place);
    if (results === undefined) continue;
    const each = { ...results, environment: environmentLine({ ...(await environmentOf(results, flags, place)), commit }) };
    found.push(each);
    // At once: what comes after it may fail, and this took minutes.
    if (flags.output === 'page') await writeFigures(section, written(each, markdownTable));
  }
  show(flags, found);
}

interface SectionFound extends SectionResults {
  readonly environment: string;
}

async function findPlace(flags: Flags, progress: Progress): Promise<Place> {
  const wants = (client: ClientName): boolean =>
    flags.profile === undefined && flags.parts.some((part) => clientsAble(part, flags.clients ?? [client]).includes(client));
  if (wants('go')) progress.show('building the Go client');
  return {
    pinning: choosePinning(),
    go: wants('go') ? await buildGoClient() : undefined,
    h2load: wants('h2load') ? await findH2load() : undefined,
    redis: flags.parts.some((part) => sectionOf(part) === 'cache') ? await findRedis() : undefined,
    onProgress: (text) => progress.show(text),
  };
}

function show({ output }: Flags, found: readonly SectionFound[]): void {
  switch (output) {
    case 'json':
      console.log(JSON.stringify(found, undefined, 2));
      break;
    case 'page':
      break;
    default:
      console.log(found.map((each) => written(each, output === 'markdown' ? markdownTable : textTable)).join('\n\n'));
  }
}

function written({ results, environment }: SectionFound, write: (table: Table) => string): string {
  return [...[...results.map(({ table }) => table), missedBars(results)].map(write), environment].join('\n\n');
}

async function environmentOf(
  { section, tookMs, serverVersion }: SectionResults,
  { effort }: Flags,
  { pinning, go, redis }: Place,
): Promise<Omit<Environment, 'commit'>> {
  const other = section === 'cache' ? (redis?.version ?? 'no Redis') : (go?.version ?? 'no Go');
  return {
    date: new Date().toISOString().slice(0, 10),
    versions: [...(await nodeVersions()), other, ...(serverVersion === undefined ? [] : [serverVersion])],
    machine: `${machineName()}; ${pinning.note}`,
    effort,
    tookMs,
  };
}
