import got from 'got';
import type { BenchClient, Target } from '../client.ts';
import { keepAliveAgent } from './keep-alive-agent.ts';

/** Without retries, redirects and decompression; it has no time limits unless told. */
export function openGot({ url, concurrency, check }: Target): BenchClient {
  const agent = keepAliveAgent(concurrency);
  const client = got.extend({ agent: { http: agent }, retry: { limit: 0 }, followRedirect: false, decompress: false });
  return {
    get: async () => {
      const response = await client.get(url);
      check(response.statusCode, response.body);
    },
    close: async () => agent.destroy(),
  };
}
