import { checkTree, RecordingTrace, testCertificate, TestServer } from '@roundtripper/testing';
import { describe, expect, test } from 'vitest';

import { fetchText, holdExchange, until } from '../../test/exchanges.ts';
import { PROTOCOLS, serverOf, type ProtocolUnderTest } from '../../test/protocols.ts';
import { rejectionOf } from '../../test/rejection-of.ts';
import { TestProxy } from '../../test/servers/test-proxy.ts';
import type { HttpRequestInit } from '../contract/http-request.ts';
import type { TraceEvent } from '../contract/trace-event.ts';
import type { Lookup } from '../wire/checked-lookup.ts';
import { Transport } from './transport.ts';
import type { TransportOptions } from './transport-options.ts';

type Kind = TraceEvent['kind'];

/** What Go's httptrace has a hook for. WroteHeaderField is told with wroteHeaders. */
const OF_GO: ReadonlySet<Kind> = new Set<Kind>([
  'getConn',
  'dnsStart',
  'dnsDone',
  'connectStart',
  'connectDone',
  'tlsHandshakeStart',
  'tlsHandshakeDone',
  'gotConn',
  'wroteHeaders',
  'wait100Continue',
  'got100Continue',
  'got1xxResponse',
  'wroteRequest',
  'gotFirstResponseByte',
  'putIdleConn',
]);

const TCP: readonly Kind[] = ['dnsStart', 'dnsDone', 'connectStart', 'connectDone'];
const TLS: readonly Kind[] = ['tlsHandshakeStart', 'tlsHandshakeDone'];
const EXCHANGE: readonly Kind[] = ['wroteHeaders', 'wroteRequest', 'gotFirstResponseByte', 'putIdleConn'];

const loopback: Lookup = (_hostname, _options, callback) => callback(null, [{ address: '127.0.0.1', family: 4 }]);

const ALL: readonly ProtocolUnderTest[] = [{ name: 'HTTP/1.1 over TLS', proto: 'HTTP/1.1', tls: true, isShared: false }, ...PROTOCOLS];

function transportFor({ isShared, tls }: ProtocolUnderTest, options: TransportOptions = {}): Transport {
  const protocols = isShared && !tls ? { http1: false, unencryptedHttp2: true } : { http1: !isShared, http2: isShared };
  return new Transport({ protocols, tls: { ca: testCertificate.ca }, lookup: loopback, ...options });
}

function urlOf({ tls }: ProtocolUnderTest, { port }: { readonly port: number }): string {
  return `${tls ? 'https' : 'http'}://localhost:${port}/`;
}

const kindsOfGo = ({ kinds }: RecordingTrace): readonly Kind[] => kinds.filter((kind) => OF_GO.has(kind));

/** One request to its end. @returns its events. */
async function traced(transport: Transport, url: string, init: HttpRequestInit = {}): Promise<RecordingTrace> {
  const recorder = new RecordingTrace();
  expect(await fetchText(transport, url, { ...init, trace: recorder.trace })).toBe('ok');
  expect(checkTree(recorder.events)).toEqual([]);
  return recorder;
}

describe.for(ALL)('Go B, its order of hooks: $name', (protocol) => {
  const dial: readonly Kind[] = [...TCP, ...(protocol.tls ? TLS : [])];

  test('a cold connection, and a warm one', async () => {
    await using server = await serverOf(protocol);
    await using transport = transportFor(protocol);
    const cold = await traced(transport, urlOf(protocol, server));
    expect(kindsOfGo(cold)).toEqual(['getConn', ...dial, 'gotConn', ...EXCHANGE]);
    expect(cold.all('getConn')).toMatchObject([{ kind: 'getConn', hostPort: `localhost:${server.port}` }]);
    expect(cold.all('gotConn')).toMatchObject([{ reused: false, wasIdle: false, idleTimeMs: 0 }]);
    const warm = await traced(transport, urlOf(protocol, server));
    expect(kindsOfGo(warm)).toEqual(['getConn', 'gotConn', ...EXCHANGE]);
    expect(warm.all('gotConn')).toMatchObject([{ reused: true, wasIdle: true }]);
    expect(warm.all('putIdleConn')[0]).not.toHaveProperty('reason');
  });

  test('a body that waits for 100 Continue', async () => {
    await using server = await serverOf(protocol);
    await using transport = transportFor(protocol, { expectContinueTimeout: 60_000 });
    const recorder = await traced(transport, urlOf(protocol, server), {
      method: 'POST',
      body: 'text',
      headers: { Expect: '100-continue' },
    });
    const expecting = ['wroteHeaders', 'wait100Continue', 'gotFirstResponseByte', 'got100Continue', 'got1xxResponse', 'wroteRequest'];
    expect(kindsOfGo(recorder)).toEqual(['getConn', ...dial, 'gotConn', ...expecting, 'putIdleConn']);
  });

  test('a request that another’s connection serves while its own dial goes on', async () => {
    await using server = await serverOf(protocol);
    const lookups: (() => void)[] = [];
    const lookup: Lookup = (hostname, options, callback) => void lookups.push(() => loopback(hostname, options, callback));
    await using transport = transportFor(protocol, { lookup });
    const url = urlOf(protocol, server);
    const first = new RecordingTrace();
    const held = holdExchange(transport, { url, enqueue: (script) => server.enqueue(script) }, { trace: first.trace });
    const second = new RecordingTrace();
    if (protocol.isShared) {
      // One dial for both: the first has left when it is done, and the second takes what it opens.
      const controller = new AbortController();
      const left = rejectionOf(fetchText(transport, url, { trace: second.trace, signal: controller.signal }));
      controller.abort('enough');
      expect(await left).toBe('enough');
      await until(() => lookups.length === 1);
      lookups[0]?.();
      await (await held).finish();
      expect(kindsOfGo(first)).toEqual(['getConn', ...dial, 'gotConn', ...EXCHANGE]);
      expect(kindsOfGo(second)).toEqual(['getConn']);
    } else {
      await until(() => lookups.length === 1);
      lookups[0]?.();
      const exchange = await held;
      const text = fetchText(transport, url, { trace: second.trace });
      await until(() => lookups.length === 2);
      await exchange.finish();
      expect(await text).toBe('ok');
      lookups[1]?.();
      await until(() => second.kinds.includes('dialDonated'));
      expect(kindsOfGo(second)).toEqual(['getConn', 'dnsStart', 'gotConn', ...EXCHANGE, ...dial.slice(1)]);
      expect(second.all('gotConn')).toMatchObject([{ reused: true, wasIdle: false }]);
    }
    expect([checkTree(first.events), checkTree(second.events)]).toEqual([[], []]);
  });

  test('a name that is not found, and a port where nobody listens', async () => {
    const server = await TestServer.start();
    await server[Symbol.asyncDispose]();
    const notFound: Lookup = (_hostname, _options, callback) => callback(new Error('not found'), []);
    for (const [lookup, steps] of [
      [notFound, TCP.slice(0, 2)],
      [loopback, TCP],
    ] as const) {
      await using transport = transportFor(protocol, { lookup });
      const recorder = new RecordingTrace();
      const error = await rejectionOf(fetchText(transport, urlOf(protocol, server), { trace: recorder.trace }));
      expect(kindsOfGo(recorder)).toEqual(['getConn', ...steps]);
      expect(recorder.all('dialEnd')).toEqual([{ kind: 'dialEnd', error }]);
      expect(checkTree(recorder.events)).toEqual([]);
    }
  });

  /** What comes of an abort within an event; `reason` is that of putIdleConn, where the connection does not outlive it. */
  const PHASES: readonly { readonly at: Kind; readonly kinds: readonly Kind[]; readonly reason?: string | undefined }[] = [
    // The dial goes on without its request, as Go's has done since 1.23.
    ...dial.filter((kind) => kind.endsWith('Start')).map((at) => ({ at, kinds: ['getConn', ...dial] satisfies Kind[] })),
    { at: 'gotConn', kinds: ['getConn', ...dial, 'gotConn', 'putIdleConn'] },
    ...(['wroteHeaders', 'wroteRequest'] as const).map((at) => ({
      at,
      kinds: ['getConn', ...dial, 'gotConn', 'wroteHeaders', 'wroteRequest', 'putIdleConn'] satisfies Kind[],
      reason: 'aborted',
    })),
    ...(['gotFirstResponseByte', 'gotResponse', 'bodyStart'] as const).map((at) => ({
      at,
      kinds: ['getConn', ...dial, 'gotConn', ...EXCHANGE] satisfies Kind[],
      reason: 'aborted',
    })),
  ];

  test.for(PHASES)('an abort at $at', async ({ at, kinds, reason }) => {
    await using server = await serverOf(protocol);
    await using transport = transportFor(protocol);
    const controller = new AbortController();
    const recorder = new RecordingTrace(({ kind }) => void (kind === at && controller.abort('enough')));
    const failed = fetchText(transport, urlOf(protocol, server), { trace: recorder.trace, signal: controller.signal });
    expect(await rejectionOf(failed)).toBe('enough');
    await until(() => recorder.kinds.includes('dialEnd'));
    expect(kindsOfGo(recorder)).toEqual(kinds);
    // Of HTTP/2 a stream is reset, and the connection goes on.
    const kept = protocol.isShared || reason === undefined;
    expect(recorder.all('putIdleConn').map((event) => event.reason)).toEqual(
      kinds.includes('putIdleConn') ? [kept ? undefined : reason] : [],
    );
    expect(checkTree(recorder.events)).toEqual([]);
  });
});

describe('Go B, through a proxy', () => {
  test.for(ALL.filter(({ tls }) => tls))('CONNECT, then the handshake with the origin: $name', async (protocol) => {
    await using proxy = await TestProxy.start();
    await using server = await serverOf(protocol);
    await using transport = transportFor(protocol, { proxy: `http://localhost:${proxy.port}` });
    const recorder = await traced(transport, urlOf(protocol, server));
    expect(kindsOfGo(recorder)).toEqual(['getConn', ...TCP, ...TLS, 'gotConn', ...EXCHANGE]);
    expect(recorder.all('getConn')).toMatchObject([{ kind: 'getConn', hostPort: `localhost:${server.port}` }]);
    expect(recorder.kinds.slice(3, 9)).toEqual([...TCP, 'proxyConnectStart', 'proxyConnectDone']);
  });

  test('with a proxy of https: the handshake with that comes first', async () => {
    await using proxy = await TestProxy.start({ tls: true });
    await using server = await TestServer.start({ tls: true });
    await using transport = new Transport({ tls: { ca: testCertificate.ca }, lookup: loopback, proxy: `https://localhost:${proxy.port}` });
    const recorder = await traced(transport, `https://localhost:${server.port}/`);
    expect(kindsOfGo(recorder)).toEqual(['getConn', ...TCP, ...TLS, ...TLS, 'gotConn', ...EXCHANGE]);
  });

  test('plain requests go to the proxy, which is the host that is told', async () => {
    await using proxy = await TestProxy.start();
    await using server = await TestServer.start();
    await using transport = new Transport({ lookup: loopback, proxy: `http://localhost:${proxy.port}` });
    const recorder = await traced(transport, `http://localhost:${server.port}/`);
    expect(kindsOfGo(recorder)).toEqual(['getConn', ...TCP, 'gotConn', ...EXCHANGE]);
    expect(recorder.all('getConn')).toMatchObject([{ kind: 'getConn', hostPort: `localhost:${proxy.port}` }]);
    expect(recorder.all('dialStart')).toEqual([{ kind: 'dialStart', hostPort: `localhost:${proxy.port}` }]);
  });
});
