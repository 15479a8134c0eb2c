import { HttpRequest, Transport } from '@roundtripper/core';
import type { BenchClient, Target } from '../client.ts';

/** This library, with a new request from a URL string each time. */
export function openTransport({ url, concurrency, bodyBytes, check }: Target): BenchClient {
  const transport = new Transport({ maxConnsPerHost: concurrency, maxIdleConns: concurrency });
  const send = async (request: HttpRequest): Promise<void> => {
    const response = await transport.roundTrip(request);
    check(response.status, await response.text());
  };
  return {
    get: () => send(new HttpRequest(url)),
    post: (json) => send(new HttpRequest(url, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: json })),
    upload: (chunks) => send(new HttpRequest(url, { method: 'POST', headers: { 'Content-Length': String(bodyBytes) }, body: chunks })),
    download: async (take) => {
      const response = await transport.roundTrip(new HttpRequest(url));
      for await (const chunk of response.chunks({ lent: true })) {
        const wait = take(chunk.byteLength);
        if (wait !== undefined) await wait;
      }
      return response.status;
    },
    close: () => transport.close({ graceful: false }),
  };
}
