import { expect, test } from 'vitest';

import { SCENARIOS } from './plan.ts';
import { nodeClient, runTrial } from './trial.ts';
import { brokenPromises } from './verdict.ts';

/** `npm run faults` sends more of them, and lets other clients do the same. */
const REQUESTS = 50_000;

test.for(SCENARIOS)(
  '%s: no request is done twice, lost, denied or answered with another’s answer',
  { timeout: 120_000 },
  async (scenario) => {
    const verdict = await runTrial(nodeClient('roundtripper'), { scenario, seed: 1, requests: REQUESTS, connections: 64 });
    expect(brokenPromises(scenario, new Map([['roundtripper', verdict]]))).toEqual([]);
    // The server did what it is there for.
    expect(verdict.failedPosts).toBeGreaterThan(0);
    expect(verdict.gets + verdict.posts).toBe(REQUESTS);
  },
);
