/** `npm run bench`: what HTTP/1.1 costs with this library and with others, side by side. docs/performance.md says how to read it. */
import { cpus, release, type as osName } from 'node:os';
import { exitOnSignals } from '../scripts/run-command.ts';
import { parseFlags, USAGE, UsageError, type Flags } from './flags.ts';
import { buildGoClient } from './go-client.ts';
import { writeFigures } from './page.ts';
import { startServer, type Place } from './place.ts';
import { choosePinning } from './pinning.ts';
import { profileClient } from './profile.ts';
import { Progress } from './progress.ts';
import { missedBars, type Result } from './result.ts';
import { runPart } from './run-part.ts';
import { markdownTable, textTable } from './table.ts';

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
  const startedMs = performance.now();
  const needsGo = flags.profile === undefined && flags.clients?.includes('go') !== false;
  if (needsGo) progress.show('building the Go client');
  const place: Place = {
    pinning: choosePinning(),
    go: needsGo ? await buildGoClient() : undefined,
    onProgress: (text) => progress.show(text),
  };
  await using server = await startServer(place);
  if (flags.profile !== undefined) {
    for (const part of flags.parts) console.log(await profileClient(flags.profile, part, server, place));
    return;
  }
  const results: Result[] = [];
  for (const part of flags.parts) results.push(await runPart(part, flags, server, place));
  await show(flags, results, environmentLine(flags, place, performance.now() - startedMs));
}

async function show({ output }: Flags, results: readonly Result[], environment: string): Promise<void> {
  const tables = [...results.map(({ table }) => table), missedBars(results)];
  switch (output) {
    case 'json':
      console.log(JSON.stringify({ environment, results }, undefined, 2));
      break;
    case 'page':
      await writeFigures([...tables.map(markdownTable), environment].join('\n\n'));
      break;
    default:
      console.log([...tables.map(output === 'markdown' ? markdownTable : textTable), environment].join('\n\n'));
  }
}

function environmentLine({ effort }: Flags, { pinning, go }: Place, tookMs: number): string {
  const processors = cpus();
  const machine = `${processors[0]?.model.trim() ?? 'unknown CPU'}, ${processors.length} CPUs, ${osName()} ${release()}`;
  const versions = `Node ${process.version}, undici ${process.versions['undici'] ?? '?'} built in, ${go?.version ?? 'no Go'}`;
  return `${versions}; ${machine}; ${pinning.note}; ${effort} effort, ${Math.round(tookMs / 1_000)} s. Medians.`;
}
