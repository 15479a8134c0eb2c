import { HttpRequest, Transport } from '@roundtripper/core';
import type { BenchClient, Target } from '../client.ts';

/** This library, with a new request from a URL string each time. */
export function openTransport({ url, concurrency, check }: Target): BenchClient {
  const transport = new Transport({ maxConnsPerHost: concurrency });
  return {
    get: async () => {
      const response = await transport.roundTrip(new HttpRequest(url));
      check(response.status, await response.text());
    },
    close: () => transport.close({ graceful: false }),
  };
}
