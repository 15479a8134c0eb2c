/** npm run compare: what reusing connections is worth. Three scenarios, each with a server and a client in processes of their own. */
import { measure, type Measured, type Scenario } from './compare/measure.ts';
import { comparisonTable, explanation } from './compare/report.ts';
import { flagsOrExit } from './shared/flags.ts';

const flag = flagsOrExit('npm run compare --', {
  requests: { byDefault: 4_000, min: 1, max: 20_000, help: 'how many requests to make in each scenario, one after the other' },
});
const requests = flag('requests');

const POOLED: Scenario = { name: 'pooled and reused', client: 'pooled', server: 'keep' };
const OTHERS: readonly Scenario[] = [
  { name: 'not pooled (disableKeepAlives)', client: 'unpooled', server: 'keep' },
  { name: 'pooled, closed by the server', client: 'pooled', server: 'close' },
];

async function run(scenario: Scenario): Promise<Measured> {
  console.log(`${scenario.name}: ${requests} requests ...`);
  return measure(scenario, requests);
}

const pooled = await run(POOLED);
const others: Measured[] = [];
for (const scenario of OTHERS) others.push(await run(scenario));

console.log(`\n${comparisonTable([pooled, ...others])}\n\n${explanation(pooled, others)}`);
