/** The process of one client: `client-process.ts <job as JSON>`. */
import { setDefaultCACertificates } from 'node:tls';
import { answerAndLive, fail, takeOrders } from './child-side.ts';
import { loadClient } from './client-list.ts';
import { checkFor, type BenchClient } from './client.ts';
import { exchangeOf } from './exchanges.ts';
import type { Job, Order, Report } from './messages.ts';
import { profileTo } from './profile-to.ts';
import { giveMemoryBack, settledRssBytes } from './resident-memory.ts';
import { readSlowly } from './slow-reader.ts';
import { Workload } from './workload.ts';

/** Of the requests that are sent at once to open connections: more would overrun what the kernel holds for a server that is to accept them. */
const OPENED_AT_ONCE = 100;

try {
  // oxlint-disable-next-line typescript/consistent-type-assertions -- only measure.ts starts this
  const job = JSON.parse(process.argv[2] ?? '') as Job;
  // So that every client trusts the server without options of its own, fetch too.
  setDefaultCACertificates([job.ca]);
  const open = await loadClient(job.client);
  serve(open({ ...job, check: checkFor(job.answerBytes) }), job);
} catch (error) {
  fail(error);
}

function serve(client: BenchClient, job: Job): void {
  const workload = new Workload(exchangeOf(client, job), job.concurrency);
  takeOrders((order) => carryOut(order, workload, client, job));
  answerAndLive({ kind: 'ready' }, () => {
    client.close().then(() => process.exit(0), fail);
  });
}

async function carryOut(order: Order, workload: Workload, client: BenchClient, job: Job): Promise<Report> {
  switch (order.kind) {
    case 'warm-up':
      return { kind: 'warmed-up', requestsPerSecond: await workload.warmUp(order.forMs) };
    case 'measure':
      return { kind: 'measured', sample: await workload.measure(order.requests) };
    case 'exchange':
      await workload.run(1);
      return { kind: 'done' };
    case 'idle':
      return keepIdle(client, job.concurrency);
    case 'read-slowly':
      return readSlowly(client, order);
    case 'profile':
      await profileTo(order.file, () => workload.warmUp(order.forMs));
      return { kind: 'done' };
    default:
      throw new Error(`${order.kind} is not for clients`);
  }
}

/** The server holds its answers back until all requests have come, so that each has a connection of its own. */
async function keepIdle(client: BenchClient, connections: number): Promise<Report> {
  const beforeBytes = await settledRssBytes(giveMemoryBack);
  const requests: Promise<void>[] = [];
  for (let sent = 0; sent < connections; sent++) {
    requests.push(client.get());
    if (sent % OPENED_AT_ONCE === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await Promise.all(requests);
  requests.length = 0;
  return { kind: 'idle', beforeBytes, idleBytes: await settledRssBytes(giveMemoryBack) };
}
