import { expect, test } from 'vitest';

import { withTemporaryFolder } from '../../scripts/temporary-folder.ts';
import type { ClientName } from './flags.ts';
import { buildGoClient } from './go-client.ts';
import { SCENARIOS, type Scenario } from './plan.ts';
import { table } from './table.ts';
import { nodeClient, runTrial } from './trial.ts';
import { brokenPromises, type Verdict } from './verdict.ts';

/** `npm run faults` sends as many from each client. */
const REQUESTS = 50_000;
const REQUESTS_OF_OTHERS = 5_000;

test.for(SCENARIOS)(
  '%s: no request is done twice, lost, denied or answered with another’s answer',
  { timeout: 120_000 },
  async (scenario) => {
    const verdict = await runTrial(nodeClient('roundtripper'), { scenario, seed: 1, requests: REQUESTS, connections: 64 });
    expect(brokenPromises(scenario, new Map([['roundtripper', verdict]]))).toEqual([]);
    // The server did what it is there for.
    expect(verdict.failedPosts).toBeGreaterThan(0);
    expect(verdict.gets + verdict.posts).toBe(REQUESTS);
    const others = await runOthers(scenario);
    expect([...others.values()].map(({ gets, posts }) => gets + posts)).toEqual([...others].map(() => REQUESTS_OF_OTHERS));
    console.log(`${scenario}\n${table(new Map<ClientName, Verdict>([['roundtripper', verdict], ...others]))}`);
  },
);

/** For comparison, against the same server: what they promise is not ours to judge. */
async function runOthers(scenario: Scenario): Promise<ReadonlyMap<ClientName, Verdict>> {
  return withTemporaryFolder(async (folder) => {
    const verdicts = new Map<ClientName, Verdict>();
    for (const client of ['undici', 'node:http', 'go'] as const) {
      const command = client === 'go' ? await buildGoClient(folder) : nodeClient(client);
      if (command === undefined) continue;
      verdicts.set(client, await runTrial(command, { scenario, seed: 1, requests: REQUESTS_OF_OTHERS, connections: 64 }));
    }
    return verdicts;
  });
}
