/** The process that has h2load run as if it were a client: `h2load-process.ts <job as JSON> <path of h2load>`. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bodyOf } from '../answers.ts';
import { answerAndLive, fail, takeOrders } from '../child-side.ts';
import type { Job, Order, Report } from '../messages.ts';
import { Yardstick } from './yardstick.ts';

try {
  const [text = '', path = ''] = process.argv.slice(2);
  // oxlint-disable-next-line typescript/consistent-type-assertions -- only place.ts starts this
  const job = JSON.parse(text) as Job;
  const bodyFile = job.bodyBytes === 0 ? undefined : bodyFileOf(job.bodyBytes);
  serve(new Yardstick({ path }, job, bodyFile));
} catch (error) {
  fail(error);
}

function serve(yardstick: Yardstick): void {
  takeOrders((order) => carryOut(order, yardstick));
  answerAndLive({ kind: 'ready' }, () => process.exit(0));
}

async function carryOut(order: Order, yardstick: Yardstick): Promise<Report> {
  switch (order.kind) {
    case 'warm-up':
      return { kind: 'warmed-up', requestsPerSecond: await yardstick.warmUp(order.forMs) };
    case 'measure':
      return { kind: 'measured', sample: await yardstick.measure(order.requests) };
    case 'exchange':
      await yardstick.run(1);
      return { kind: 'done' };
    default:
      throw new Error(`${order.kind} is not for h2load`);
  }
}

/** Of the whole process, which ends with it. */
function bodyFileOf(bytes: number): string {
  const folder = mkdtempSync(join(tmpdir(), 'roundtripper-h2load-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'body');
  writeFileSync(file, bodyOf(bytes));
  return file;
}
