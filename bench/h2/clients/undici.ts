import { Readable } from 'node:stream';
import { Agent, H2CClient, request, type Dispatcher } from 'undici';
import type { Target } from '../../client.ts';
import type { Http2Client } from '../http2-client.ts';

type Options = Omit<NonNullable<Parameters<typeof request>[1]>, 'dispatcher'>;

/** undici's own limit, which is raised where more are to be in flight. */
const USUAL_STREAMS = 100;

/** No time limits, which the other clients have not either; connections outlive the pauses between rounds. */
const LIMITS = { headersTimeout: 0, bodyTimeout: 0, keepAliveTimeout: 60_000 };

/** undici's `request(url)`, as programs call it, on an agent with one connection to an origin: by ALPN, or one of its clients for HTTP/2 without TLS. */
export function openUndici({ url, concurrency, bodyBytes, check }: Target): Http2Client {
  const dispatcher = agentFor(url, Math.max(USUAL_STREAMS, concurrency));
  const receive = async (to: string, options?: Options): Promise<void> => {
    const { statusCode, body } = await request(to, { ...options, dispatcher });
    check(statusCode, await body.text());
  };
  return {
    get: () => receive(url),
    getFrom: (from) => receive(from),
    upload: (chunks) => receive(url, { method: 'POST', headers: { 'content-length': String(bodyBytes) }, body: Readable.from(chunks) }),
    open: () => request(url, { dispatcher }),
    close: () => dispatcher.destroy(),
  };
}

function agentFor(url: string, maxConcurrentStreams: number): Agent {
  if (url.startsWith('https:')) return new Agent({ ...LIMITS, connections: 1, allowH2: true, h2Options: { maxConcurrentStreams } });
  return new Agent({ factory: (origin): Dispatcher => new H2CClient(origin, { ...LIMITS, maxConcurrentStreams }) });
}
