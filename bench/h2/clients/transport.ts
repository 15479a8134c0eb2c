import { HttpRequest, Transport } from '@roundtripper/core';
import type { Target } from '../../client.ts';
import type { Http2Client } from '../http2-client.ts';

/** This library, with a new request from a URL string each time; by prior knowledge where there is no TLS. */
export function openTransport({ url, bodyBytes, check }: Target): Http2Client {
  const protocols = url.startsWith('https:') ? { http1: false, http2: true } : { http1: false, unencryptedHttp2: true };
  const options = { maxConnsPerHost: 1, maxIdleConns: 0, protocols };
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
