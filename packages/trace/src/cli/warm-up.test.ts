import { HttpRequest, Transport } from '@roundtripper/core';
import { TestServer } from '@roundtripper/testing';
import { expect, test } from 'vitest';

import { warmUp } from './warm-up.ts';

/** Connections are numbered as they are opened, in all of the process. */
async function nextConnection(): Promise<number> {
  await using server = await TestServer.start();
  await using transport = new Transport();
  const response = await transport.roundTrip(new HttpRequest(server.url));
  await response.text();
  return response.connection?.id ?? NaN;
}

test.for(['http', 'https'] as const)('no connection comes of it, and it leaves nothing behind: %s', async (scheme) => {
  const before = await nextConnection();
  await warmUp(scheme, { tls: { rejectUnauthorized: false }, protocols: { http1: false, http2: true, unencryptedHttp2: true } });
  expect(await nextConnection()).toBe(before + 1);
});
