import { RecordingTrace, TestServer } from '@roundtripper/testing';
import { expect, test } from 'vitest';

import { fetchText, holdExchange, send } from '../../test/exchanges.ts';
import type { HttpRequestInit } from '../contract/http-request.ts';
import { Transport } from './transport.ts';

const H2 = { protocols: { http1: false, unencryptedHttp2: true } };

// RFC 9110 §15.5.20.
test.for([
  { protocol: 'http/1.1', options: {} },
  { protocol: 'h2', options: H2 },
] as const)('over $protocol, a connection that answers 421 ends with that answer, and is counted so', async ({ protocol, options }) => {
  await using server = await TestServer.start({ protocol });
  await using transport = new Transport(options);
  const recording = new RecordingTrace();
  const init = { trace: recording.trace };
  server.enqueue({ body: 'first' }, { status: 421, body: 'not here' }, { body: 'there' });
  for (const text of ['first', 'not here', 'there']) expect(await fetchText(transport, server.url, init)).toBe(text);
  expect(server.requests.map(({ connection }) => connection)).toEqual([1, 1, 2]);
  expect(recording.closeReasons).toEqual(['misdirected']);
  expect(recording.all('putIdleConn').map(({ reason }) => reason)).toEqual([undefined, 'misdirected', undefined]);
  expect(transport.stats()).toMatchObject([{ opened: 2, open: 1, idle: 1, exchanges: 3, closed: { misdirected: 1 } }]);
  await server.whenOpenConnections(1);
});

test('over HTTP/1.1 the body of a 421 is read to its end, and the connection closed then', async () => {
  await using server = await TestServer.start();
  await using transport = new Transport();
  const gate = Promise.withResolvers<void>();
  server.enqueue({ status: 421, body: 'not here', bodyDelay: gate.promise }, { body: 'there' });
  const response = await send(transport, server.url);
  expect(await fetchText(transport, server.url)).toBe('there');
  expect(transport.stats()).toMatchObject([{ open: 2, closed: {} }]);
  gate.resolve();
  expect([await response.text(), transport.stats()]).toMatchObject(['not here', [{ open: 1, idle: 1, closed: { misdirected: 1 } }]]);
});

test('over HTTP/2 the others that are under way go on, and the next request has another connection', async () => {
  await using server = await TestServer.start({ protocol: 'h2' });
  await using transport = new Transport(H2);
  const recording = new RecordingTrace();
  const held = await holdExchange(transport, server, { trace: recording.trace });
  server.enqueue({ status: 421, body: 'not here' }, { body: 'there' });
  expect([await fetchText(transport, server.url), await fetchText(transport, server.url)]).toEqual(['not here', 'there']);
  expect(server.requests.map(({ connection }) => connection)).toEqual([1, 1, 2]);
  expect(transport.stats()).toMatchObject([{ open: 2, closed: {} }]);
  expect(await held.finish()).toBe('ok');
  expect(transport.stats()).toMatchObject([{ opened: 2, open: 1, closed: { misdirected: 1 } }]);
});

test('who waits at the limit has a connection dialled as soon as the one that answered 421 is closed', async () => {
  await using server = await TestServer.start({ protocol: 'h2' });
  await using transport = new Transport({ ...H2, maxConnsPerHost: 1 });
  const held = await holdExchange(transport, server);
  server.enqueue({ status: 421, body: 'not here' }, { body: 'there' });
  expect(await fetchText(transport, server.url)).toBe('not here');
  const next = fetchText(transport, server.url);
  expect(transport.stats()).toMatchObject([{ waiting: 1, dialing: 0 }]);
  expect([await held.finish(), await next]).toEqual(['ok', 'there']);
  expect(server.requests.map(({ connection }) => connection)).toEqual([1, 1, 2]);
});

test.for<{ fact: string; init: (url: URL) => HttpRequestInit; expected: readonly number[] }>([
  { fact: 'is kept where it is another host that is not served', init: () => ({ host: 'other.example' }), expected: [1, 1] },
  { fact: 'is kept where a field names that host', init: () => ({ headers: { Host: 'other.example' } }), expected: [1, 1] },
  { fact: 'ends where its own host is named', init: ({ host }) => ({ host: host.toUpperCase() }), expected: [1, 2] },
])('a connection $fact', async ({ init, expected }) => {
  for (const [protocol, options] of [['http/1.1', {}] as const, ['h2', H2] as const]) {
    await using server = await TestServer.start({ protocol });
    await using transport = new Transport(options);
    server.enqueue({ status: 421, body: 'not here' }, { body: 'there' });
    const url = `http://localhost:${server.port}/`;
    expect(await fetchText(transport, url, init(new URL(url)))).toBe('not here');
    expect(await fetchText(transport, url)).toBe('there');
    expect(server.requests.map(({ connection }) => connection)).toEqual(expected);
  }
});

test('a connection to a proxy that passes requests on is kept: others are served over it', async () => {
  await using proxy = await TestServer.start();
  await using transport = new Transport({ proxy: proxy.url });
  proxy.enqueue({ status: 421, body: 'not here' }, { body: 'there' });
  expect(await fetchText(transport, 'http://a.example/')).toBe('not here');
  expect(await fetchText(transport, 'http://b.example/')).toBe('there');
  expect(proxy.requests.map(({ connection }) => connection)).toEqual([1, 1]);
});
