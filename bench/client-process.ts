/** The process of one client: `client-process.ts <client> <url> <body bytes> <concurrency>`. */
import { answerAndLive, fail, takeOrders } from './child-side.ts';
import { isClientName, loadClient } from './client-list.ts';
import { checkFor, type BenchClient } from './client.ts';
import type { Order, Report } from './messages.ts';
import { Workload } from './workload.ts';

const [name = '', url = '', bodyBytes, concurrency] = process.argv.slice(2);

try {
  if (!isClientName(name)) throw new Error(`there is no client ${name}`);
  const open = await loadClient(name);
  serve(open({ url, concurrency: Number(concurrency), check: checkFor(Number(bodyBytes)) }));
} catch (error) {
  fail(error);
}

function serve(client: BenchClient): void {
  const workload = new Workload(client, Number(concurrency));
  takeOrders((order) => carryOut(workload, order));
  answerAndLive({ kind: 'ready' }, () => {
    client.close().then(() => process.exit(0), fail);
  });
}

async function carryOut(workload: Workload, order: Order): Promise<Report> {
  switch (order.kind) {
    case 'warm-up':
      return { kind: 'warmed-up', requestsPerSecond: await workload.warmUp(order.forMs) };
    default:
      return { kind: 'measured', sample: await workload.measure(order.requests) };
  }
}
