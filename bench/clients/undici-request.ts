import type { BenchClient, Target } from '../client.ts';
import { undiciPool } from './undici-pool.ts';

/** `request` of a Pool: cheaper than undici's `request(url)`, which parses the URL each time and looks the pool up. */
export function openUndiciRequest({ url, concurrency, check }: Target): BenchClient {
  const { origin, pathname } = new URL(url);
  const pool = undiciPool(origin, concurrency);
  return {
    get: async () => {
      const { statusCode, body } = await pool.request({ method: 'GET', path: pathname });
      check(statusCode, await body.text());
    },
    close: () => pool.destroy(),
  };
}
