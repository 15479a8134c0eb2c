import type { BenchClient, Target } from '../client.ts';

/** The one built into Node: it opens as many connections as there are requests in flight, and has no way to be closed. */
export function openFetch({ url, check }: Target): BenchClient {
  return {
    get: async () => {
      const response = await fetch(url);
      check(response.status, await response.text());
    },
    close: async () => {},
  };
}
