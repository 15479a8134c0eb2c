import { parentPort, workerData } from 'node:worker_threads';

import { toText } from '../packages/core/test/hostile/fuzz/corpus-file.ts';
import { Fuzzer, smallest, type Finding } from '../packages/core/test/hostile/fuzz/fuzzer.ts';
import { targetNamed } from '../packages/core/test/hostile/fuzz/targets.ts';
import type { FuzzPlan, FuzzReport } from './fuzz-messages.ts';

/** Between two reports. */
const REPORT_INPUTS = 500;

// oxlint-disable-next-line typescript/no-unsafe-argument -- what the main thread made, in the type that it has there
await run(workerData);

async function run(plan: FuzzPlan): Promise<void> {
  const target = targetNamed(plan.target);
  const fuzzer = new Fuzzer(target, plan.seed);
  const current = Buffer.from(plan.current);
  let finding: Finding | undefined;
  const endsAtMs = performance.now() + plan.forMs;
  while (finding === undefined && performance.now() < endsAtMs) {
    const sample = fuzzer.next();
    // Where the main thread finds it if it never ends.
    current.writeUInt32LE(current.write(toText(sample), 4), 0);
    finding = await fuzzer.try(sample);
    if (fuzzer.inputs % REPORT_INPUTS === 0) report(fuzzer, false);
  }
  report(fuzzer, true);
  if (finding !== undefined) {
    const { sample, fault } = await smallest(target, finding);
    post({ kind: 'found', text: toText(sample), fault });
  }
  post({ kind: 'done', kept: fuzzer.kept.map(toText) });
}

function report({ inputs, corpusSize, signatures }: Fuzzer, isLast: boolean): void {
  post({ kind: 'progress', inputs, corpusSize, signatures, isLast });
}

function post(message: FuzzReport): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- that is of windows, and this a port
  parentPort?.postMessage(message);
}
