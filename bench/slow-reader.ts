import { setTimeout as delay } from 'node:timers/promises';
import type { BenchClient } from './client.ts';
import type { Report, SlowPlan } from './messages.ts';
import { collectGarbage, settledRssBytes } from './resident-memory.ts';

const LOOK_EVERY_MS = 100;

/**
 * Reads a body slowly, then not at all, and looks at the process's memory meanwhile. The body is given up at the end, with the process. Garbage is collected
 * before each look: how much of it an engine lets pile up is another matter than what a client holds for its reader.
 */
export async function readSlowly(client: BenchClient, { everyMs, slowMs, pauseMs }: SlowPlan): Promise<Report> {
  const beforeBytes = await settledRssBytes(collectGarbage);
  let readBytes = 0;
  let isPaused = false;
  const { promise: failed, reject } = Promise.withResolvers<never>();
  client
    .download((bytes) => {
      readBytes += bytes;
      return isPaused ? new Promise(() => {}) : delay(everyMs);
    })
    .then(() => reject(new Error('the body ended before its slow reader')), reject);
  const slowBytes = await Promise.race([failed, peakRssBytes(slowMs)]);
  isPaused = true;
  const pausedBytes = await Promise.race([failed, peakRssBytes(pauseMs)]);
  return { kind: 'read-slowly', beforeBytes, peakBytes: Math.max(slowBytes, pausedBytes), readBytes };
}

async function peakRssBytes(forMs: number): Promise<number> {
  const untilMs = performance.now() + forMs;
  let peak = 0;
  while (performance.now() < untilMs) {
    await delay(LOOK_EVERY_MS);
    collectGarbage();
    peak = Math.max(peak, process.memoryUsage.rss());
  }
  return peak;
}
