/** The process in which a GET takes turns with a variant of it: `cost-process.ts <job as JSON> <variant>`. */
import { fail } from './child-side.ts';
import { checkFor } from './client.ts';
import { isCostName, openPlain, openVariant } from './cost-variants.ts';
import type { Job } from './messages.ts';
import { servePair } from './pair-side.ts';

try {
  const [text = '', variant = ''] = process.argv.slice(2);
  if (!isCostName(variant)) throw new Error(`there is no variant ${variant}`);
  // oxlint-disable-next-line typescript/consistent-type-assertions -- only measure-costs.ts starts this
  const job = JSON.parse(text) as Job;
  const target = { ...job, check: checkFor(job.answerBytes) };
  servePair({ plain: openPlain(variant, target), variant: await openVariant(variant, target), concurrency: job.concurrency });
} catch (error) {
  fail(error);
}
