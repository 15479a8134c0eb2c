/** The process of one client that has what it is asked for stored: `hit-process.ts <job as JSON>`. */
import { answerAndLive, fail, takeOrders } from '../child-side.ts';
import { checkFor } from '../client.ts';
import type { Order, Report } from '../messages.ts';
import { Workload } from '../workload.ts';
import type { HitJob } from './measure-hits.ts';
import { openHitClient } from './open-hit-client.ts';

try {
  // oxlint-disable-next-line typescript/consistent-type-assertions -- only measure-hits.ts starts this
  const job = JSON.parse(process.argv[2] ?? '') as HitJob;
  const client = await openHitClient(job.client, { ...job, check: checkFor(job.answerBytes) });
  const workload = new Workload(client.get, job.concurrency);
  takeOrders((order) => carryOut(order, workload, client.get));
  answerAndLive({ kind: 'ready' }, () => {
    client[Symbol.asyncDispose]().then(() => process.exit(0), fail);
  });
} catch (error) {
  fail(error);
}

async function carryOut(order: Order, workload: Workload, get: () => Promise<void>): Promise<Report> {
  switch (order.kind) {
    case 'exchange':
      await get();
      return { kind: 'done' };
    case 'warm-up':
      return { kind: 'warmed-up', requestsPerSecond: await workload.warmUp(order.forMs) };
    case 'measure':
      return { kind: 'measured', sample: await workload.measure(order.requests) };
    default:
      throw new Error(`${order.kind} is not for hits`);
  }
}
