import { create } from 'axios';
import type { BenchClient, Target } from '../client.ts';
import { keepAliveAgent } from './keep-alive-agent.ts';

/** Without redirects, decompression, a proxy from the environment and the parsing of JSON; it has neither retries nor time limits unless told. */
export function openAxios({ url, concurrency, check }: Target): BenchClient {
  const agent = keepAliveAgent(concurrency);
  const client = create({
    httpAgent: agent,
    maxRedirects: 0,
    decompress: false,
    proxy: false,
    responseType: 'text',
    transformResponse: [],
  });
  return {
    get: async () => {
      const response = await client.get<string>(url);
      check(response.status, response.data);
    },
    close: async () => agent.destroy(),
  };
}
