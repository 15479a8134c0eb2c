import { HttpRequest, type RoundTripper } from '@roundtripper/core';

/** What was measured of one way to ask. */
export interface Measured {
  readonly name: string;
  /** To the end of the body, in milliseconds, ascending. */
  readonly latencies: readonly number[];
  /** How many requests reached the server for each that was made. */
  readonly load: number;
}

/** One way to ask, and what was measured of it so far. */
export interface Contender {
  readonly name: string;
  readonly client: RoundTripper;
  readonly latencies: number[];
  atServer: number;
}

const IN_FLIGHT = 10;

/** Asks for `forMs` milliseconds, 10 requests at a time, one after the other. */
export async function ask({ client, latencies }: Contender, url: string, forMs: number): Promise<void> {
  const endMs = performance.now() + forMs;
  const worker = async (): Promise<void> => {
    for (let startMs = performance.now(); startMs < endMs; startMs = performance.now()) {
      const response = await client.roundTrip(new HttpRequest(url));
      await response.text();
      latencies.push(performance.now() - startMs);
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
}

export function resultOf({ name, latencies, atServer }: Contender): Measured {
  return { name, latencies: latencies.toSorted((a, b) => a - b), load: atServer / latencies.length };
}

/** The latency that `share` (0 to 1) of the requests did not exceed. */
export function percentile({ latencies }: Measured, share: number): number {
  return latencies[Math.min(latencies.length - 1, Math.ceil(latencies.length * share) - 1)] ?? Number.NaN;
}
