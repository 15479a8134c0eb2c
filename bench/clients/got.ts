import { Readable } from 'node:stream';
import { once } from 'node:events';
import got from 'got';
import type { BenchClient, Target } from '../client.ts';
import { keepAliveAgents } from './keep-alive-agents.ts';
import { readStream } from './read-stream.ts';

/** Without retries, redirects and decompression; it has no time limits unless told. */
export function openGot({ url, concurrency, bodyBytes, check }: Target): BenchClient {
  const agents = keepAliveAgents(concurrency);
  const client = got.extend({
    agent: { http: agents.http, https: agents.https },
    retry: { limit: 0 },
    followRedirect: false,
    decompress: false,
  });
  return {
    get: async () => {
      const response = await client.get(url);
      check(response.statusCode, response.body);
    },
    post: async (json) => {
      const response = await client.post(url, { headers: { 'content-type': 'application/json' }, body: json });
      check(response.statusCode, response.body);
    },
    upload: async (chunks) => {
      const response = await client.post(url, { headers: { 'content-length': String(bodyBytes) }, body: Readable.from(chunks) });
      check(response.statusCode, response.body);
    },
    download: async (take) => {
      const stream = client.stream.get(url);
      await once(stream, 'response');
      await readStream(stream, take);
      return stream.response?.statusCode ?? 0;
    },
    close: async () => agents.destroy(),
  };
}
