/** The process of one HTTP/2 client: `client-process.ts <job as JSON>`. */
import { setDefaultCACertificates } from 'node:tls';
import { answerAndLive, fail, takeOrders } from '../child-side.ts';
import { checkFor } from '../client.ts';
import type { Job, Order, Report } from '../messages.ts';
import { profileTo } from '../profile-to.ts';
import { Workload } from '../workload.ts';
import { exchangeOf } from './exchanges.ts';
import { heldUploads, idleOrigins, openStreams } from './held-memory.ts';
import { loadHttp2Client } from './client-list.ts';
import type { Http2Client } from './http2-client.ts';

try {
  // oxlint-disable-next-line typescript/consistent-type-assertions -- only place.ts starts this
  const job = JSON.parse(process.argv[2] ?? '') as Job;
  // So that every client trusts the server without options of its own, fetch too.
  setDefaultCACertificates([job.ca]);
  const open = await loadHttp2Client(job.client);
  serve(open({ ...job, check: checkFor(job.answerBytes) }), job);
} catch (error) {
  fail(error);
}

function serve(client: Http2Client, job: Job): void {
  const workload = new Workload(exchangeOf(client, job), job.concurrency);
  takeOrders((order) => carryOut(order, workload, client, job));
  answerAndLive({ kind: 'ready' }, () => {
    client.close().then(() => process.exit(0), fail);
  });
}

async function carryOut(order: Order, workload: Workload, client: Http2Client, job: Job): Promise<Report> {
  switch (order.kind) {
    case 'warm-up':
      // Alone, so that the server has said by then how many streams it takes.
      await client.get();
      return { kind: 'warmed-up', requestsPerSecond: await workload.warmUp(order.forMs) };
    case 'measure':
      return { kind: 'measured', sample: await workload.measure(order.requests) };
    case 'exchange':
      await exchangeOf(client, job)();
      return { kind: 'done' };
    case 'idle-origins':
      return idleOrigins(client, order);
    case 'open-streams':
      return openStreams(client, order);
    case 'upload-blocked':
      return heldUploads(client, order.uploads, job);
    case 'profile':
      await profileTo(order.file, () => workload.warmUp(order.forMs));
      return { kind: 'done' };
    default:
      throw new Error(`${order.kind} is not for HTTP/2 clients`);
  }
}
