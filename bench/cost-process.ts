/** The process in which a GET takes turns with a variant of it: `cost-process.ts <job as JSON> <variant>`. */
import { answerAndLive, fail, takeOrders } from './child-side.ts';
import { checkFor } from './client.ts';
import { isCostName, openPlain, openVariant, type Variant } from './cost-variants.ts';
import type { Job, Order, Report } from './messages.ts';
import { Workload } from './workload.ts';

try {
  const [text = '', variant = ''] = process.argv.slice(2);
  if (!isCostName(variant)) throw new Error(`there is no variant ${variant}`);
  // oxlint-disable-next-line typescript/consistent-type-assertions -- only measure-costs.ts starts this
  const job = JSON.parse(text) as Job;
  const target = { ...job, check: checkFor(job.answerBytes) };
  const plain = openPlain(variant, target);
  const other = await openVariant(variant, target);
  takeOrders((order) =>
    carryOut(order, new Workload(plain.get, job.concurrency), { variant: other, workload: new Workload(other.get, job.concurrency) }),
  );
  answerAndLive({ kind: 'ready' }, () => {
    Promise.all([plain[Symbol.asyncDispose](), other[Symbol.asyncDispose]()]).then(() => process.exit(0), fail);
  });
} catch (error) {
  fail(error);
}

interface Other {
  readonly variant: Variant;
  readonly workload: Workload;
}

async function carryOut(order: Order, plain: Workload, other: Other): Promise<Report> {
  switch (order.kind) {
    case 'warm-up':
      // Twice: what one was compiled to is thrown away when the other runs for the first time.
      await plain.warmUp(order.forMs / 4);
      await turnedOn(other, (workload) => workload.warmUp(order.forMs / 4));
      await plain.warmUp(order.forMs / 4);
      return { kind: 'warmed-up', requestsPerSecond: await turnedOn(other, (workload) => workload.warmUp(order.forMs / 4)) };
    case 'measure-cost': {
      // The one that comes second collects what the first has left: they change places.
      if (order.isPlainFirst) {
        const sample = await plain.measure(order.requests);
        return { kind: 'measured-cost', plain: sample, variant: await turnedOn(other, (workload) => workload.measure(order.requests)) };
      }
      const sample = await turnedOn(other, (workload) => workload.measure(order.requests));
      return { kind: 'measured-cost', plain: await plain.measure(order.requests), variant: sample };
    }
    default:
      throw new Error(`${order.kind} is not for a variant`);
  }
}

async function turnedOn<T>({ variant, workload }: Other, run: (workload: Workload) => Promise<T>): Promise<T> {
  variant.turnOn?.();
  try {
    return await run(workload);
  } finally {
    variant.turnOff?.();
  }
}
