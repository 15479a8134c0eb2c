import { request } from 'undici';
import type { BenchClient, Target } from '../client.ts';
import { undiciPool } from './undici-pool.ts';

/** undici's `request(url)`, as programs call it, on a pool of so many connections. */
export function openUndiciRequest({ url, concurrency, check }: Target): BenchClient {
  const dispatcher = undiciPool(new URL(url).origin, concurrency);
  return {
    get: async () => {
      const { statusCode, body } = await request(url, { dispatcher });
      check(statusCode, await body.text());
    },
    close: () => dispatcher.destroy(),
  };
}
