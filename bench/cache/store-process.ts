/** The process of a cache with very many entries: `store-process.ts <job as JSON>`. */
import { setTimeout as delay } from 'node:timers/promises';
import { answerAndLive, fail, takeOrders } from '../child-side.ts';
import type { Order, Report } from '../messages.ts';
import { giveMemoryBack, settledRssBytes } from '../resident-memory.ts';
import { FilledCache } from './filled-cache.ts';
import { FilledMap } from './filled-map.ts';
import type { FilledStore } from './filled-store.ts';
import type { StoreJob } from './store-job.ts';

try {
  // oxlint-disable-next-line typescript/consistent-type-assertions -- only store-child.ts starts this
  const job = JSON.parse(process.argv[2] ?? '') as StoreJob;
  const filled = job.store === 'Map' ? new FilledMap(job) : await FilledCache.open(job);
  takeOrders((order) => carryOut(order, filled));
  answerAndLive({ kind: 'ready' }, () => {
    filled[Symbol.asyncDispose]().then(() => process.exit(0), fail);
  });
} catch (error) {
  fail(error);
}

async function carryOut(order: Order, filled: FilledStore): Promise<Report> {
  switch (order.kind) {
    case 'fill':
      return filled.fill(order.responses);
    case 'clear':
      await filled.clear();
      return { kind: 'done' };
    case 'warm-up':
      return { kind: 'warmed-up', requestsPerSecond: await filled.warmUp(order.forMs) };
    case 'measure':
      return { kind: 'measured', sample: await filled.measure(order.requests) };
    case 'ask-resident':
      return residentAfter(order.settleMs);
    default:
      throw new Error(`${order.kind} is not for a store`);
  }
}

/** V8 keeps pages that it does not need for some seconds. */
async function residentAfter(settleMs: number): Promise<Report> {
  const peakRssBytes = process.resourceUsage().maxRSS * 1_024;
  giveMemoryBack();
  await delay(settleMs);
  const rssBytes = await settledRssBytes(giveMemoryBack);
  const { heapUsed, external } = process.memoryUsage();
  return { kind: 'resident', rssBytes, peakRssBytes, liveBytes: heapUsed + external };
}
