/** Fuzzes one of our readers. Its options are those of `npm run fuzz`. */
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';

import { fromText } from '../packages/core/test/hostile/fuzz/corpus-file.ts';
import { Random } from '../packages/core/test/hostile/fuzz/random.ts';
import { targetNamed, targetOf } from '../packages/core/test/hostile/fuzz/targets.ts';
import type { FuzzPlan, FuzzReport } from './fuzz-messages.ts';
import { FuzzRun } from './fuzz-run.ts';

const PROGRESS_MS = 3_000;
const CURRENT_BYTES = 262_144;

const { values: flags } = parseArgs({
  options: {
    target: { type: 'string', default: 'responses' },
    minutes: { type: 'string', default: '1' },
    seed: { type: 'string' },
    replay: { type: 'string' },
    keep: { type: 'boolean', default: false },
  },
});
process.exitCode = flags.replay === undefined ? await fuzz(numberOf('minutes', flags.minutes), flags.seed) : await replay(flags.replay);

function numberOf(name: string, text: string): number {
  const number = Number(text);
  if (Number.isFinite(number) && number >= 0) return number;
  throw new TypeError(`--${name} is ${JSON.stringify(text)}: expected a number`);
}

async function fuzz(minutes: number, seedText: string | undefined): Promise<number> {
  const seed = seedText === undefined ? randomInt(2 ** 32) : numberOf('seed', seedText);
  const target = targetNamed(flags.target);
  console.log(`Fuzzing ${target.name} for ${minutes} min, with --seed ${seed}.`);
  const current = new SharedArrayBuffer(CURRENT_BYTES);
  const plan: FuzzPlan = { target: target.name, seed, forMs: minutes * 60_000, current };
  const worker = new Worker(new URL('fuzz-worker.ts', import.meta.url), { workerData: plan });
  const run = new FuzzRun(worker, current, flags.keep ? target.corpus : undefined);
  worker.on('message', (report: FuzzReport) => run.hear(report));
  worker.on('error', (error) => run.found(`the fuzzer itself fails: ${String(error)}`));
  const timer = setInterval(() => run.tick(), PROGRESS_MS);
  await once(worker, 'exit');
  clearInterval(timer);
  return run.end();
}

/** Shows what becomes of one sample. */
async function replay(path: string): Promise<number> {
  const sample = fromText(readFileSync(path, 'utf8'));
  const target = targetOf(sample.method);
  console.log(await target.show(sample));
  const { fault } = await target.judge(sample, new Random(0));
  console.log(fault === undefined ? 'No fault.' : `FAULT: ${fault}`);
  return fault === undefined ? 0 : 1;
}
