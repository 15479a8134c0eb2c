import type { TestServer } from '@roundtripper/testing';

import { HttpRequest, type HttpRequestInit } from '../src/contract/http-request.ts';
import type { HttpResponse } from '../src/contract/http-response.ts';
import type { RouteStats } from '../src/contract/route-stats.ts';
import type { RoundTripper } from '../src/contract/round-tripper.ts';

/** Whether a route holds anything: what is not in use has left nothing behind. */
export function isInUse({ open, dialing, waiting }: RouteStats): boolean {
  return open + dialing + waiting > 0;
}

/** One round trip. */
export function send(transport: RoundTripper, url: string, init: HttpRequestInit = {}): Promise<HttpResponse> {
  return transport.roundTrip(new HttpRequest(url, init));
}

/** One round trip, and its answer read. */
export async function fetchText(transport: RoundTripper, url: string, init: HttpRequestInit = {}): Promise<string> {
  const response = await send(transport, url, init);
  return response.text();
}

/** An exchange that is under way until the test ends it. */
export interface HeldExchange {
  readonly response: HttpResponse;
  /** Has the server send the body, and reads it. */
  finish(): Promise<string>;
}

/** An exchange whose body the server keeps back, so that its connection is in use. A small body that comes with its head frees the connection before anybody reads it. */
export async function holdExchange(
  transport: RoundTripper,
  server: Pick<TestServer, 'url' | 'enqueue'>,
  init: HttpRequestInit = {},
): Promise<HeldExchange> {
  const gate = Promise.withResolvers<void>();
  server.enqueue({ body: 'ok', bodyDelay: gate.promise });
  const response = await send(transport, server.url, init);
  return {
    response,
    finish: () => {
      gate.resolve();
      return response.text();
    },
  };
}

/** Turns of the event loop until it is so: for what only shows from outside. */
export async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise(setImmediate);
}
