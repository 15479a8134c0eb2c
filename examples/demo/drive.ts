import { cacheStatus } from '@roundtripper/cache';
import { HttpRequest, type RoundTripper } from '@roundtripper/core';

import type { Results } from './results.ts';
import type { PlannedRequest } from './workload.ts';

/** Where the demo's requests go, and what comes of them. */
export interface Target {
  readonly client: RoundTripper;
  readonly url: string;
  readonly results: Results;
}

/** Makes the planned requests, so many at once, until they are done or the signal is aborted. */
export async function drive(
  target: Target,
  plan: Iterator<PlannedRequest, undefined>,
  concurrency: number,
  signal: AbortSignal,
): Promise<void> {
  await Promise.all(Array.from({ length: concurrency }, () => work(target, plan, signal)));
}

async function work(target: Target, plan: Iterator<PlannedRequest, undefined>, signal: AbortSignal): Promise<void> {
  for (let next = plan.next(); next.done !== true; next = plan.next()) {
    await perform(target, next.value, signal);
    if (signal.aborted) return;
  }
}

async function perform({ client, url, results }: Target, planned: PlannedRequest, signal: AbortSignal): Promise<void> {
  const startedMs = performance.now();
  try {
    const response = await client.roundTrip(requestOf(url, planned, signal));
    await response.text();
    results.answered(response.status, performance.now() - startedMs, response.context.get(cacheStatus) === 'hit');
  } catch (error) {
    if (!signal.aborted) results.failedWith(error);
  }
}

function requestOf(url: string, { method, path }: PlannedRequest, signal: AbortSignal): HttpRequest {
  if (method === 'GET') return new HttpRequest(url + path, { signal });
  // With a key the server can tell a repeat from a second order, so that it may be sent again where a connection turns out to be stale.
  return new HttpRequest(url + path, { method, signal, body: JSON.stringify({ path }), headers: { 'Idempotency-Key': path } });
}
