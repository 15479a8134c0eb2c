import { TestServer } from '@roundtripper/testing';
import { afterEach, expect, test } from 'vitest';

import { fetchText, send } from '../../test/exchanges.ts';
import { rejectionOf } from '../../test/rejection-of.ts';
import { Transport } from './transport.ts';

afterEach(() => {
  Reflect.deleteProperty(Object.prototype, 'path');
});

test('a polluted Object.prototype does not send requests elsewhere', async () => {
  await using server = await TestServer.start();
  await using transport = new Transport();
  server.enqueue({ body: 'here' });
  // oxlint-disable-next-line no-extend-native -- this is the attack
  Object.defineProperty(Object.prototype, 'path', { value: '/nowhere.sock', configurable: true });
  expect(await fetchText(transport, server.url)).toBe('here');
});

test('a lookup that rejects has failed', async () => {
  // oxlint-disable-next-line typescript/no-misused-promises -- what a caller without a linter may pass
  await using transport = new Transport({ lookup: async () => Promise.reject(new Error('no resolver')) });
  expect(await rejectionOf(send(transport, 'http://peer.test/'))).toMatchObject({
    code: 'dns-failed',
    phase: 'dns',
    cause: { message: 'no resolver' },
  });
});

test('trailers without a body are a TypeError, before any I/O', async () => {
  await using server = await TestServer.start();
  await using transport = new Transport();
  expect(await rejectionOf(send(transport, server.url, { method: 'POST', trailers: { 'X-Sum': '1' } }))).toBeInstanceOf(TypeError);
  expect(server.connectionsOpened).toBe(0);
});

test('bytes that were given away after the request was made fail it, and leave the connection to others', async () => {
  await using server = await TestServer.start();
  await using transport = new Transport({ maxConnsPerHost: 1 });
  const body = new Uint8Array(5);
  const sent = send(transport, server.url, { method: 'POST', body });
  structuredClone(body, { transfer: [body.buffer] });
  expect(await rejectionOf(sent)).toMatchObject({ code: 'request-body-length', sent: 'nothing' });
  server.enqueue({ body: 'still here' });
  expect(await fetchText(transport, server.url)).toBe('still here');
});
