import { lookup } from 'node:dns';

import { compose, HttpRequest, Transport, type RoundTripper } from '@roundtripper/core';
import { TestServer } from '@roundtripper/testing';
import { expect, test } from 'vitest';

import type { ClientTrace, ConnClosedInfo, GotConnInfo } from './client-trace.ts';
import { trace, withClientTrace } from './trace.ts';

/** A name for each event, in the order in which they come. */
function recorder(): { readonly hooks: ClientTrace; readonly take: () => string[] } {
  const kinds: string[] = [];
  return { hooks: { event: ({ kind }) => void kinds.push(kind) }, take: () => kinds.splice(0) };
}

async function get(client: RoundTripper, url: string): Promise<string> {
  return (await client.roundTrip(new HttpRequest(url))).text();
}

const EXCHANGE = [
  'wroteHeaders',
  'wroteRequest',
  'gotFirstResponseByte',
  'gotResponse',
  'bodyStart',
  'bodyEnd',
  'leaseReleased',
  'putIdleConn',
];
const DIAL = ['dialStart', 'connectStart', 'connectDone', 'connOpened', 'dialEnd'];

test('a fresh connection, then a reused one, then its end', async () => {
  await using server = await TestServer.start();
  const { hooks, take } = recorder();
  await using client = compose(trace(hooks), new Transport());
  await get(client, server.url);
  expect(take()).toEqual(['getConn', 'queueStart', ...DIAL, 'queueEnd', 'gotConn', ...EXCHANGE]);
  await get(client, server.url);
  expect(take()).toEqual(['getConn', 'gotConn', ...EXCHANGE]);
  await client.close();
  expect(take()).toEqual(['connClosed']);
});

test('a name is looked up, and a handshake made', async () => {
  await using server = await TestServer.start({ tls: true });
  const told: unknown[] = [];
  await using transport = new Transport({ tls: { rejectUnauthorized: false } });
  const request = withClientTrace(new HttpRequest(`https://localhost:${server.port}/`), {
    getConn: (hostPort) => told.push(hostPort),
    dnsStart: ({ host }) => told.push(host),
    dnsDone: ({ addresses, error }) => told.push(addresses.includes('127.0.0.1'), error),
    tlsHandshakeStart: ({ servername }) => told.push(servername),
    tlsHandshakeDone: ({ protocol, resumed, error }) => told.push(protocol, resumed, error),
  });
  await (await transport.roundTrip(request)).text();
  expect(told).toEqual([`localhost:${server.port}`, 'localhost', true, undefined, 'localhost', 'TLSv1.3', false, undefined]);
});

test('with room for one connection the second request waits, and is handed the one of the first', async () => {
  await using server = await TestServer.start();
  await using transport = new Transport({ maxConnsPerHost: 1 });
  const [first, second] = [recorder(), recorder()];
  const got: GotConnInfo[] = [];
  const bodies = [
    transport.roundTrip(withClientTrace(new HttpRequest(server.url), first.hooks)),
    transport.roundTrip(withClientTrace(new HttpRequest(server.url), { ...second.hooks, gotConn: (info) => got.push(info) })),
  ].map(async (response) => (await response).text());
  await Promise.all(bodies);
  expect(first.take().slice(-3)).toEqual(['bodyEnd', 'leaseReleased', 'putIdleConn']);
  expect(second.take()).toEqual(['getConn', 'queueStart', 'queueEnd', 'gotConn', ...EXCHANGE]);
  expect(got).toEqual([expect.objectContaining({ reused: true, wasIdle: false, idleTime: 0 })]);
});

test('a request served while it dials: its dial is still told to it, and serves the next one, as new', async () => {
  await using server = await TestServer.start();
  const lookups: (() => void)[] = [];
  const bothAsked = Promise.withResolvers<void>();
  await using transport = new Transport({
    lookup: (hostname, options, callback) => {
      if (lookups.push(() => lookup(hostname, options, callback)) === 2) bothAsked.resolve();
    },
  });
  const url = `http://localhost:${server.port}/`;
  const donated = Promise.withResolvers<void>();
  const { hooks, take } = recorder();
  const first = get(transport, url);
  const second = transport.roundTrip(withClientTrace(new HttpRequest(url), { ...hooks, dialDonated: () => donated.resolve() }));
  await bothAsked.promise;
  lookups[0]?.();
  await first;
  await (await second).text();
  expect(take()).toEqual(['getConn', 'queueStart', 'dialStart', 'dnsStart', 'queueEnd', 'gotConn', ...EXCHANGE]);
  lookups[1]?.();
  await donated.promise;
  expect(take()).toEqual(['dnsDone', 'connectStart', 'connectDone', 'connOpened', 'dialEnd', 'dialDonated']);
  const got: GotConnInfo[] = [];
  await (await transport.roundTrip(withClientTrace(new HttpRequest(url), { gotConn: (info) => got.push(info) }))).text();
  expect(got).toEqual([expect.objectContaining({ reused: false, wasIdle: true, dialledByAnother: true })]);
});

test('a dial that fails', async () => {
  const gone = await TestServer.start();
  await gone[Symbol.asyncDispose]();
  const { hooks, take } = recorder();
  const failures: unknown[] = [];
  await using client = compose(trace({ ...hooks, requestFailed: (error) => failures.push(error) }), new Transport());
  const error: unknown = await client.roundTrip(new HttpRequest(gone.url)).catch((reason: unknown) => reason);
  expect(take()).toEqual(['getConn', 'queueStart', ...DIAL.slice(0, 3), 'dialEnd', 'queueEnd', 'requestFailed']);
  expect(failures).toEqual([error]);
  expect(error).toMatchObject({ code: 'dial-failed' });
});

test('the server closes the connection while it is idle: the request that used it last is told', async () => {
  await using server = await TestServer.start();
  await using transport = new Transport();
  const closed = Promise.withResolvers<ConnClosedInfo>();
  const { hooks, take } = recorder();
  await get(transport, server.url);
  const request = withClientTrace(new HttpRequest(server.url), { ...hooks, connClosed: closed.resolve });
  await (await transport.roundTrip(request)).text();
  expect(take()).not.toContain('connClosed');
  server.closeIdleConnections();
  expect(await closed.promise).toMatchObject({ reason: 'server-closed-idle', exchanges: 2 });
  expect(take()).toEqual(['connClosed']);
});

test('a connection that is not kept: with its reason', async () => {
  await using server = await TestServer.start();
  await using transport = new Transport({ disableKeepAlives: true });
  const told: unknown[] = [];
  const request = withClientTrace(new HttpRequest(server.url), {
    putIdleConn: ({ reason }) => told.push(reason),
    connClosed: ({ reason, exchanges }) => told.push(reason, exchanges),
  });
  await (await transport.roundTrip(request)).text();
  expect(told).toEqual(['keep-alives-disabled', 'keep-alives-disabled', 1]);
});
