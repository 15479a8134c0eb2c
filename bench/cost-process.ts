/** The process in which the variants of a GET through the Transport take turns: `cost-process.ts <job as JSON>`. */
import { answerAndLive, fail, takeOrders } from './child-side.ts';
import { checkFor } from './client.ts';
import { COST_NAMES, openVariants, type CostName } from './cost-variants.ts';
import type { CostSample, Job, Order, Report } from './messages.ts';
import { collectGarbage } from './resident-memory.ts';
import { shuffled } from './shuffled.ts';
import { Workload } from './workload.ts';

try {
  // oxlint-disable-next-line typescript/consistent-type-assertions -- only measure-costs.ts starts this
  serve(JSON.parse(process.argv[2] ?? '') as Job);
} catch (error) {
  fail(error);
}

function serve(job: Job): void {
  const variants = openVariants({ ...job, check: checkFor(job.answerBytes) });
  const workloads = new Map(COST_NAMES.map((name) => [name, new Workload(variants[name].get, job.concurrency)]));
  takeOrders((order) => carryOut(order, workloads));
  answerAndLive({ kind: 'ready' }, () => {
    Promise.all(COST_NAMES.map((name) => variants[name][Symbol.asyncDispose]())).then(() => process.exit(0), fail);
  });
}

async function carryOut(order: Order, workloads: ReadonlyMap<CostName, Workload>): Promise<Report> {
  switch (order.kind) {
    case 'warm-up':
      return { kind: 'warmed-up', requestsPerSecond: await warmUp(order.forMs, workloads) };
    case 'measure-costs':
      return { kind: 'measured-costs', samples: await measureRound(order, workloads) };
    default:
      throw new Error(`${order.kind} is not for the variants`);
  }
}

/** Twice: what the first variants were compiled to is thrown away when the later ones run. */
async function warmUp(forMs: number, workloads: ReadonlyMap<CostName, Workload>): Promise<number> {
  let perSecond = 0;
  for (let pass = 0; pass < 2; pass++) {
    for (const workload of workloads.values()) perSecond = await workload.warmUp(forMs / 2);
  }
  return perSecond;
}

/** Each round has another order, and no window collects the garbage of the one before it. */
async function measureRound(
  { requests, round }: Extract<Order, { readonly kind: 'measure-costs' }>,
  workloads: ReadonlyMap<CostName, Workload>,
): Promise<readonly CostSample[]> {
  const samples: CostSample[] = [];
  for (const variant of shuffled(COST_NAMES, round)) {
    const workload = workloads.get(variant);
    collectGarbage();
    if (workload !== undefined) samples.push({ variant, ...(await workload.measure(requests)) });
  }
  return samples;
}
