import type { BenchClient, Target } from '../client.ts';

/**
 * The one built into Node: it opens as many connections as there are requests in flight, and has no way to be closed. It is the one client that
 * sends a stream chunked: it knows no way to say its length.
 */
export function openFetch({ url, check }: Target): BenchClient {
  const send = async (init?: RequestInit): Promise<void> => {
    const response = await fetch(url, init);
    check(response.status, await response.text());
  };
  return {
    get: () => send(),
    post: (json) => send({ method: 'POST', headers: { 'Content-Type': 'application/json' }, body: json }),
    upload: (chunks) => send({ method: 'POST', body: ReadableStream.from(chunks), duplex: 'half' }),
    download: async (take) => {
      const response = await fetch(url);
      const reader: ReadableStreamDefaultReader<Uint8Array> | undefined = response.body?.getReader();
      for (let read = await reader?.read(); read !== undefined && !read.done; read = await reader?.read()) {
        const wait = take(read.value.byteLength);
        if (wait !== undefined) await wait;
      }
      return response.status;
    },
    close: async () => {},
  };
}
