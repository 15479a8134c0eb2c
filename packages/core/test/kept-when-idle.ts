import { TestServer, testCertificate } from '@roundtripper/testing';

import { HttpRequest } from '../src/contract/http-request.ts';
import { Transport } from '../src/transport/transport.ts';
import type { TransportOptions } from '../src/transport/transport-options.ts';

/**
 * A process of its own, since what watches over tests holds on to what they begin: it says what of requests that are over is still there while their
 * connection waits for the next. Wants --expose-gc.
 */
const OPTIONS: TransportOptions = { tls: { ca: testCertificate.ca } };
const PRIOR_KNOWLEDGE: TransportOptions = { protocols: { http1: false, unencryptedHttp2: true } };
const WAYS: readonly (readonly [name: string, start: () => Promise<TestServer>, options: TransportOptions])[] = [
  ['HTTP/1.1', () => TestServer.start(), OPTIONS],
  ['HTTP/1.1 over TLS', () => TestServer.start({ tls: true }), OPTIONS],
  ['h2c', () => TestServer.start({ protocol: 'h2' }), PRIOR_KNOWLEDGE],
  ['h2', () => TestServer.start({ protocol: 'h2', tls: true }), OPTIONS],
];

const kept: string[] = [];
for (const [name, start, options] of WAYS) {
  await using server = await start();
  await using transport = new Transport(options);
  const first = await exchange(transport, server.url);
  // Who used a connection last hears of its end.
  await exchange(transport, server.url);
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
  globalThis.gc?.();
  if (transport.stats()[0]?.idle !== 1 || transport.stats()[0]?.opened !== 1) throw new Error(`${name}: the connection is not idle`);
  for (const [what, ref] of Object.entries(first)) if (ref.deref() !== undefined) kept.push(`${name}: ${what}`);
}
process.stdout.write(JSON.stringify(kept));

async function exchange(transport: Transport, url: string): Promise<Record<string, WeakRef<object>>> {
  const controller = new AbortController();
  const trace = (): void => {};
  const headers = { authorization: 'Bearer secret', cookie: 'session=1' };
  const request = new HttpRequest(url, { method: 'POST', body: 'x', headers, signal: controller.signal, trace });
  const response = await transport.roundTrip(request);
  await response.text();
  const parts = { request, headers: request.headers, signal: controller.signal, trace, response };
  return Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, new WeakRef(part)]));
}
