/** `npm run bench`: what a request costs with this library and with others, side by side. docs/performance.md says how to read it. */
import { cpus, release, type as osName } from 'node:os';
import { exitOnSignals } from '../scripts/run-command.ts';
import type { SizeName } from './answers.ts';
import { parseFlags, USAGE, UsageError, type Flags } from './flags.ts';
import { measureSize, startServer, type Measured, type Place, type Plan } from './measure.ts';
import { choosePinning, type Pinning } from './pinning.ts';
import { Progress } from './progress.ts';
import { pooled, summarise, type SizeResult } from './summary.ts';
import { markdownTable, textTable } from './table.ts';

/** Slow clients gain 20 % with warm-up: 3 s is what it takes. */
const FULL = { warmUpMs: 3_000, windowMs: 400 };
const QUICK = { warmUpMs: 300, windowMs: 100 };

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
  const { clients, concurrency, rounds } = flags;
  const plan: Plan = { clients, concurrency, rounds, ...(flags.isQuick ? QUICK : FULL) };
  const pinning = choosePinning();
  const results = await measure(flags, plan, pinning);
  const environment = environmentLine(flags, plan, pinning);
  if (flags.output === 'json') console.log(JSON.stringify({ environment, launches: flags.launches, plan, results }, undefined, 2));
  else console.log([...results.map(flags.output === 'markdown' ? markdownTable : textTable), environment].join('\n\n'));
}

async function measure(flags: Flags, plan: Plan, pinning: Pinning): Promise<readonly SizeResult[]> {
  using progress = new Progress();
  const { server, port } = await startServer(pinning);
  await using _server = server;
  const results: SizeResult[] = [];
  for (const size of flags.sizes) {
    const place: Place = { port, pinning, onProgress: (text) => progress.show(text) };
    results.push(summarise(size, await measureLaunches(flags.launches, size, plan, place)));
  }
  return results;
}

/**
 * Each launch has processes of its own. A process settles into one speed and keeps it, however long it is warmed up: undici.request is found at 15 µs
 * in one and at 23 in the next. The windows of one process agree with each other and say nothing of that.
 */
async function measureLaunches(launches: number, size: SizeName, plan: Plan, place: Place): Promise<readonly Measured[]> {
  const measured: (readonly Measured[])[] = [];
  for (let launch = 1; launch <= launches; launch++) {
    const onProgress = (text: string): void => place.onProgress(`launch ${launch} of ${launches}, ${text}`);
    measured.push(await measureSize(size, plan, { ...place, onProgress }));
  }
  return pooled(measured);
}

function environmentLine({ launches }: Flags, { concurrency, rounds, windowMs }: Plan, { note }: Pinning): string {
  const processors = cpus();
  const machine = `${processors[0]?.model.trim() ?? 'unknown CPU'}, ${processors.length} CPUs, ${osName()} ${release()}`;
  return `Node ${process.version}; ${machine}; ${note}; ${concurrency} in flight, ${launches} launches of ${rounds} rounds of about ${windowMs} ms a client, medians.`;
}
