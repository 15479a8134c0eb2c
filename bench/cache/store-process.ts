/** The process of a cache with very many entries: `store-process.ts <job as JSON>`. */
import { answerAndLive, fail, takeOrders } from '../child-side.ts';
import type { Order, Report } from '../messages.ts';
import { settledRssBytes } from '../resident-memory.ts';
import { FilledCache } from './filled-cache.ts';
import type { StoreJob } from './store-job.ts';

try {
  // oxlint-disable-next-line typescript/consistent-type-assertions -- only store-child.ts starts this
  const job = JSON.parse(process.argv[2] ?? '') as StoreJob;
  const filled = await FilledCache.open(job);
  takeOrders((order) => carryOut(order, filled));
  answerAndLive({ kind: 'ready' }, () => {
    filled[Symbol.asyncDispose]().then(() => process.exit(0), fail);
  });
} catch (error) {
  fail(error);
}

async function carryOut(order: Order, filled: FilledCache): Promise<Report> {
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
    case 'ask-resident': {
      const peakRssBytes = process.resourceUsage().maxRSS * 1_024;
      return { kind: 'resident', rssBytes: await settledRssBytes(), peakRssBytes };
    }
    default:
      throw new Error(`${order.kind} is not for a store`);
  }
}
