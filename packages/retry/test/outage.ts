import { HttpRequest, HttpResponse, roundTripper, type RoundTripper } from '@roundtripper/core';

import { retry, retryBudget, tokenThrottle, type RetryBudget } from '../src/index.ts';
import { SimulatedClock } from './simulated-clock.ts';

/** What each of a thousand clients is given: no budget; one budget for all, as the callers within one process have; or a throttle of its own, as a process has. */
export type Strategy = 'no budget' | 'one budget' | 'own throttles';

/** What a server has seen, by seconds. */
export interface Load {
  /** What the clients wanted. */
  readonly requests: readonly number[];
  /** What they sent, retries and all. */
  readonly attempts: readonly number[];
  /** How many requests ended well, by the second in which they began. */
  readonly answered: readonly number[];
}

export const CLIENTS = 1_000;
export const SECONDS = 60;
/** Within these the server answers all there is by 503. */
export const OUTAGE = { fromSecond: 15, toSecond: 40 };

/** Each client sends a request a second, the first at random; each is repeated up to three times. The server answers within 20 ms, in the outage within 5. */
export async function simulateOutage(strategy: Strategy, seed: number): Promise<Load> {
  const clock = new SimulatedClock();
  const random = seeded(seed);
  const load = { requests: zeros(), attempts: zeros(), answered: zeros() };
  const server = roundTripper(async () => {
    const second = secondOf(clock.nowMs());
    load.attempts[second] = (load.attempts[second] ?? 0) + 1;
    const isDown = second >= OUTAGE.fromSecond && second < OUTAGE.toSecond;
    await new Promise<void>((resolve) => {
      clock.after(isDown ? 5 : 20, resolve);
    });
    return new HttpResponse(null, { status: isDown ? 503 : 200 });
  });
  const clientOf = clients(strategy, server, clock, random);
  for (let client = 0; client < CLIENTS; client++) {
    const roundTripperOfOne = clientOf();
    const offsetMs = Math.floor(random() * 1_000);
    for (let second = 0; second < SECONDS; second++) {
      clock.after(second * 1_000 + offsetMs, () => void sendOne(roundTripperOfOne, second, load));
    }
  }
  await clock.runToEnd();
  return load;
}

interface Counting {
  readonly requests: number[];
  readonly answered: number[];
}

async function sendOne(client: RoundTripper, second: number, load: Counting): Promise<void> {
  load.requests[second] = (load.requests[second] ?? 0) + 1;
  const response = await client.roundTrip(new HttpRequest('http://origin.example/'));
  if (response.ok) load.answered[second] = (load.answered[second] ?? 0) + 1;
}

function clients(strategy: Strategy, server: RoundTripper, clock: SimulatedClock, random: () => number): () => RoundTripper {
  const client = (budget: RetryBudget | false): RoundTripper => retry({ retries: 3, budget, clock, random })(server);
  if (strategy === 'own throttles') return () => client(tokenThrottle());
  const shared = client(strategy === 'one budget' ? retryBudget() : false);
  return () => shared;
}

/** The last second holds what comes after the end. */
function secondOf(ms: number): number {
  return Math.min(Math.floor(ms / 1_000), SECONDS - 1);
}

function zeros(): number[] {
  return Array.from({ length: SECONDS }, () => 0);
}

/** The minimal standard generator: the same numbers for the same seed, anywhere. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 16_807) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}
