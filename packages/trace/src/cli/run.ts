import { compose, Transport, type Middleware } from '@roundtripper/core';

import type { ExchangeRecord } from '../exchange-record.ts';
import { harRecorder } from '../har/har-recorder.ts';
import { recordTimings } from '../record-timings.ts';
import { reuseMeter } from '../reuse-meter.ts';
import { traceLog } from '../trace-log.ts';
import type { StopSignal } from './exit-codes.ts';
import { LIMITS } from './limits.ts';
import { LiveProgress } from './live-progress.ts';
import { harWritten, writeHtml } from './output-files.ts';
import type { Plan } from './plan.ts';
import type { Prepared } from './prepare.ts';
import type { RunReport, WrittenFile } from './run-report.ts';
import { RunTally } from './run-tally.ts';
import { sendAll } from './send-all.ts';
import { shownUrl } from './shown-parts.ts';
import type { Terminal } from './terminal.ts';
import { warmUp } from './warm-up.ts';

/**
 * Sends what the plan asks for, and writes the files that it asks for.
 * @throws TypeError where the options or the request cannot be used as they are.
 */
export async function run(plan: Plan, { request, transportOptions }: Prepared, terminal: Terminal): Promise<RunReport> {
  const { clock } = terminal;
  const tally = new RunTally();
  let single: ExchangeRecord | undefined;
  const isSingle = plan.requests === 1;
  const recorded = recordTimings({
    clock,
    keepHeaders: isSingle,
    onExchange: (record) => {
      tally.add(record);
      if (isSingle) single = record;
    },
  });
  const meter = reuseMeter({ transportOptions, clock });
  const log = plan.htmlFile === undefined ? undefined : traceLog({ clock, maxExchanges: LIMITS.htmlRequests });
  const har = plan.harFile === undefined ? undefined : harOf(plan.harFile);
  const transport = new Transport({ ...transportOptions, clock });
  const layers: Middleware[] = [recorded, log, har?.recorder, meter].filter((layer) => layer !== undefined);
  const client = compose(...layers, transport);
  await warmUp(request.target.origin.scheme, transportOptions);
  const startedAtMs = clock.nowMs();
  const startMs = clock.monotonicMs();
  try {
    const stoppedBy = await stoppable(terminal, async (stop) => {
      const progress = progressOf(plan, tally, terminal);
      try {
        await sendAll(client, request, { ...plan, clock, stop });
      } finally {
        progress?.end();
      }
    });
    const durationMs = clock.monotonicMs() - startMs;
    // Before the end of the Transport: what it closes then is nobody's concern.
    const reuse = meter.report();
    const html = log === undefined || plan.htmlFile === undefined ? undefined : await writeHtml(plan.htmlFile, log, shownUrl(request));
    await har?.recorder.close();
    return { plan, request, tally, reuse, startedAtMs, durationMs, stoppedBy, single, har: har?.written(tally.ended), html };
  } finally {
    await har?.recorder.close();
    await transport.close({ graceful: false });
  }
}

/** Does `work` until it is done or a signal says to stop; which one. */
async function stoppable(terminal: Terminal, work: (stop: AbortSignal) => Promise<void>): Promise<StopSignal | undefined> {
  const controller = new AbortController();
  let stoppedBy: StopSignal | undefined;
  const removeListener = terminal.onStop((signal) => {
    stoppedBy = signal;
    controller.abort();
  });
  try {
    await work(controller.signal);
  } finally {
    removeListener();
  }
  return stoppedBy;
}

function progressOf(plan: Plan, tally: RunTally, { stderr, clock }: Terminal): LiveProgress | undefined {
  if (plan.requests === 1 || plan.isQuiet || !stderr.isTTY) return undefined;
  return new LiveProgress(stderr, clock, () => {
    const { ended, failed, latency } = tally;
    const inFlight = Math.min(plan.concurrency, plan.requests - ended);
    return { requests: plan.requests, ended, failed, inFlight, p50Ms: latency.percentile(50), p99Ms: latency.percentile(99) };
  });
}

/** As many may wait to be written as a fast server makes pile up; more is told in the document. */
const MOST_QUEUED = 10_000;

function harOf(file: string): { readonly recorder: ReturnType<typeof harRecorder>; readonly written: (ended: number) => WrittenFile } {
  let problem: unknown;
  const recorder = harRecorder({
    file,
    maxBytes: LIMITS.harBytes,
    maxQueued: MOST_QUEUED,
    onError: (error) => {
      problem ??= error;
    },
  });
  return { recorder, written: (ended) => harWritten(file, recorder.stats(), ended, problem) };
}
