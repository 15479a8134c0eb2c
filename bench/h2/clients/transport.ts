import { HttpRequest, Transport } from '@roundtripper/core';
import type { Target } from '../../client.ts';
import type { Http2Client } from '../http2-client.ts';

/** What it is told where there is no TLS to agree on a protocol. */
const PRIOR_KNOWLEDGE = { http1: false, unencryptedHttp2: true };

/** This library, with a new request from a URL string each time. */
export function openTransport({ url, bodyBytes, check }: Target): Http2Client {
  const limits = { maxConnsPerHost: 1, maxIdleConns: 0 };
  const options = url.startsWith('https:') ? limits : { ...limits, protocols: PRIOR_KNOWLEDGE };
  const transport = new Transport(options);
  const receive = async (request: HttpRequest): Promise<void> => {
    const response = await transport.roundTrip(request);
    check(response.status, await response.text());
  };
  return {
    get: () => receive(new HttpRequest(url)),
    getFrom: (from) => receive(new HttpRequest(from)),
    upload: (chunks) => receive(new HttpRequest(url, { method: 'POST', headers: { 'Content-Length': String(bodyBytes) }, body: chunks })),
    open: () => transport.roundTrip(new HttpRequest(url)),
    close: () => transport.close({ graceful: false }),
  };
}
