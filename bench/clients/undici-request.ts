import { Readable } from 'node:stream';
import { request } from 'undici';
import type { BenchClient, Target } from '../client.ts';
import { readStream } from './read-stream.ts';
import { undiciPool } from './undici-pool.ts';

type Options = Parameters<typeof request>[1];

/** undici's `request(url)`, as programs call it, on a pool of so many connections. */
export function openUndiciRequest({ url, concurrency, bodyBytes, check }: Target): BenchClient {
  const dispatcher = undiciPool(new URL(url).origin, concurrency);
  const send = async (options: Options): Promise<void> => {
    const { statusCode, body } = await request(url, options);
    check(statusCode, await body.text());
  };
  return {
    get: () => send({ dispatcher }),
    post: (json) => send({ dispatcher, method: 'POST', headers: { 'content-type': 'application/json' }, body: json }),
    upload: (chunks) => send({ dispatcher, method: 'POST', headers: { 'content-length': String(bodyBytes) }, body: Readable.from(chunks) }),
    download: async (take) => {
      const { statusCode, body } = await request(url, { dispatcher });
      await readStream(body, take);
      return statusCode;
    },
    close: () => dispatcher.destroy(),
  };
}
