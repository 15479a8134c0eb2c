import { Readable } from 'node:stream';
import { create } from 'axios';
import type { BenchClient, Target } from '../client.ts';
import { keepAliveAgents } from './keep-alive-agents.ts';
import { readStream } from './read-stream.ts';

/** Without redirects, decompression, a proxy from the environment and the parsing of JSON; it has neither retries nor time limits unless told. */
export function openAxios({ url, concurrency, bodyBytes, check }: Target): BenchClient {
  const agents = keepAliveAgents(concurrency);
  const client = create({
    httpAgent: agents.http,
    httpsAgent: agents.https,
    maxRedirects: 0,
    decompress: false,
    proxy: false,
    responseType: 'text',
    transformRequest: [],
    transformResponse: [],
  });
  const post = async (body: string | Readable, headers: Record<string, string>): Promise<void> => {
    const response = await client.post<string>(url, body, { headers });
    check(response.status, response.data);
  };
  return {
    get: async () => {
      const response = await client.get<string>(url);
      check(response.status, response.data);
    },
    post: (json) => post(json, { 'content-type': 'application/json' }),
    upload: (chunks) => post(Readable.from(chunks), { 'content-type': 'application/octet-stream', 'content-length': String(bodyBytes) }),
    download: async (take) => {
      const response = await client.get<Readable>(url, { responseType: 'stream' });
      await readStream(response.data, take);
      return response.status;
    },
    close: async () => agents.destroy(),
  };
}
