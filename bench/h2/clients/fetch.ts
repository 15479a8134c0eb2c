import type { Target } from '../../client.ts';
import type { Http2Client } from '../http2-client.ts';

/** The one built into Node: it speaks HTTP/2 where TLS has agreed on it, and has no way to be closed. */
export function openFetch({ url, check }: Target): Http2Client {
  const receive = async (to: string, init?: RequestInit): Promise<void> => {
    const response = await fetch(to, init);
    check(response.status, await response.text());
  };
  return {
    get: () => receive(url),
    getFrom: (from) => receive(from),
    upload: (chunks) => receive(url, { method: 'POST', body: ReadableStream.from(chunks), duplex: 'half' }),
    open: () => fetch(url),
    close: async () => {},
  };
}
