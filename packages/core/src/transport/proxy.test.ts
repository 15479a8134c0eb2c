import { RecordingTrace, testCertificate, TestServer } from '@roundtripper/testing';
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';

import { fetchText, send } from '../../test/exchanges.ts';
import { TestProxy } from '../../test/servers/test-proxy.ts';
import { TestSocks } from '../../test/servers/test-socks.ts';
import { HttpRequest } from '../contract/http-request.ts';
import type { Lookup } from '../wire/checked-lookup.ts';
import { Transport } from './transport.ts';

const tls = { ca: testCertificate.ca };
const loopback: Lookup = (_hostname, _options, callback) => callback(null, [{ address: '127.0.0.1', family: 4 }]);
/** How a TLS record of a handshake begins. */
const HANDSHAKE = 0x16;

describe('requests for http: by an HTTP proxy', () => {
  test.for([false, true])('are given to it whole, over connections of its own (TLS to the proxy: %s)', async (isTls) => {
    await using proxy = await TestProxy.start({ tls: isTls });
    await using one = await TestServer.start();
    await using two = await TestServer.start();
    await using transport = new Transport({ tls, proxy: `${isTls ? 'https' : 'http'}://${proxy.host}` });
    const recorder = new RecordingTrace();
    const response = await send(transport, `http://one.test:${one.port}/a?b=c`, { trace: recorder.trace });
    expect(await response.text()).toBe('ok');
    expect(response.connection).toMatchObject({ origin: `${isTls ? 'https' : 'http'}://${proxy.host}`, remotePort: proxy.port });
    expect(response.connection?.proxy).toBe(`${isTls ? 'https' : 'http'}://${proxy.host}`);
    expect(await fetchText(transport, `http://two.test:${two.port}/`)).toBe('ok');
    expect(proxy.requests).toMatchObject([
      { method: 'GET', target: `http://one.test:${one.port}/a?b=c`, host: `one.test:${one.port}`, authorization: undefined },
      { method: 'GET', target: `http://two.test:${two.port}/`, host: `two.test:${two.port}` },
    ]);
    expect(proxy.connections).toBe(1);
    expect(recorder.all('getConn')).toMatchObject([{ kind: 'getConn', hostPort: proxy.host }]);
    expect(recorder.kinds).not.toContain('proxyConnectStart');
    expect(transport.stats()).toMatchObject([{ proxy: `${isTls ? 'https' : 'http'}://${proxy.host}`, opened: 1, exchanges: 2, reused: 1 }]);
  });

  test('carry the credentials of its URL each time, in place of any of the request’s', async () => {
    await using proxy = await TestProxy.start({ authorization: 'Basic w7xzZXI6cCBAc3M=' });
    await using server = await TestServer.start();
    await using transport = new Transport({ proxy: `http://%C3%BCser:p%20%40ss@${proxy.host}` });
    expect(await fetchText(transport, server.url)).toBe('ok');
    const headers = { 'Proxy-Authorization': 'Basic other', 'X-Own': '1' };
    expect(await fetchText(transport, server.url, { headers })).toBe('ok');
    expect(proxy.requests.map(({ authorization }) => authorization)).toEqual(['Basic w7xzZXI6cCBAc3M=', 'Basic w7xzZXI6cCBAc3M=']);
    expect(server.requests.map((request) => request.header('proxy-authorization'))).toEqual([undefined, undefined]);
  });

  test('that it refuses are answered by it: that is a response', async () => {
    await using proxy = await TestProxy.start({ authorization: 'Basic x' });
    await using transport = new Transport({ proxy: proxy.host });
    const response = await send(transport, 'http://one.test/');
    expect(response.status).toBe(407);
    await response.dispose();
  });
});

describe('requests for https:', () => {
  test.for([
    { fact: 'an HTTP proxy', start: () => TestProxy.start(), scheme: 'http' },
    { fact: 'an HTTPS proxy, TLS within TLS', start: () => TestProxy.start({ tls: true }), scheme: 'https' },
    { fact: 'a SOCKS5 proxy', start: () => TestSocks.start(), scheme: 'socks5' },
    { fact: 'a SOCKS5 proxy by its other name', start: () => TestSocks.start(), scheme: 'socks5h' },
  ])('go through $fact in a tunnel of which it sees but TLS (GHSA-pgw7-wx7w-2w33)', async ({ start, scheme }) => {
    await using proxy = await start();
    await using server = await TestServer.start({ tls: true });
    await using transport = new Transport({ tls, proxy: `${scheme}://${proxy.host}` });
    const url = `https://localhost:${server.port}/`;
    const body = 'x'.repeat(100_000);
    const response = await send(transport, url, { method: 'POST', body });
    expect(await response.text()).toBe('ok');
    expect(response.connection).toMatchObject({
      origin: `https://localhost:${server.port}`,
      remotePort: proxy.port,
      tls: { authorized: true },
    });
    server.enqueue({ body: 'y'.repeat(1_000_000) });
    expect(await fetchText(transport, url)).toBe('y'.repeat(1_000_000));
    expect(proxy.requests).toHaveLength(1);
    expect(proxy.firstBytes).toEqual([HANDSHAKE]);
    expect(server.requests.map(({ connection }) => connection)).toEqual([1, 1]);
    expect(server.requests[0]?.text()).toBe(body);
  });

  test('are told of step by step', async () => {
    await using proxy = await TestProxy.start({ tls: true });
    await using server = await TestServer.start({ tls: true });
    await using transport = new Transport({ tls, lookup: loopback, proxy: `https://user:secret@localhost:${proxy.port}` });
    const recorder = new RecordingTrace();
    await fetchText(transport, `https://localhost:${server.port}/`, { trace: recorder.trace });
    expect(recorder.kinds.slice(0, 16)).toEqual([
      'getConn',
      'queueStart',
      'dialStart',
      'dnsStart',
      'dnsDone',
      'connectStart',
      'connectDone',
      'tlsHandshakeStart',
      'tlsHandshakeDone',
      'proxyConnectStart',
      'proxyConnectDone',
      'tlsHandshakeStart',
      'tlsHandshakeDone',
      'connOpened',
      'dialEnd',
      'queueEnd',
    ]);
    expect(recorder.all('dialStart')).toEqual([{ kind: 'dialStart', hostPort: `localhost:${proxy.port}` }]);
    expect(recorder.all('proxyConnectStart')).toEqual([
      { kind: 'proxyConnectStart', proxy: `https://localhost:${proxy.port}`, target: `localhost:${server.port}` },
    ]);
    expect(recorder.all('proxyConnectDone')).toEqual([{ kind: 'proxyConnectDone', proxy: `https://localhost:${proxy.port}`, status: 200 }]);
    expect(recorder.all('getConn')).toMatchObject([{ kind: 'getConn', hostPort: `localhost:${server.port}` }]);
  });
});

test('a SOCKS5 proxy is asked for each origin, by name, and each is reached (GHSA-hm92-r4w5-c3mj)', async () => {
  await using proxy = await TestSocks.start();
  await using one = await TestServer.start({ handler: (_request, response) => void response.end('one') });
  await using two = await TestServer.start({ handler: (_request, response) => void response.end('two') });
  await using three = await TestServer.start({ tls: true, handler: (_request, response) => void response.end('three') });
  await using transport = new Transport({ tls, proxy: `socks5://user:pass@${proxy.host}` });
  expect(await fetchText(transport, `http://one.test:${one.port}/`)).toBe('one');
  expect(await fetchText(transport, `http://two.test:${two.port}/`)).toBe('two');
  expect(await fetchText(transport, `http://192.0.2.1:${one.port}/`)).toBe('one');
  expect(await fetchText(transport, `http://[2001:db8::1]:${one.port}/`)).toBe('one');
  expect(await fetchText(transport, `https://localhost:${three.port}/`)).toBe('three');
  expect(await fetchText(transport, `http://one.test:${one.port}/`)).toBe('one');
  const credentials = 'user:pass';
  expect(proxy.requests).toEqual([
    { address: 'one.test', port: one.port, credentials },
    { address: 'two.test', port: two.port, credentials },
    { address: '192.0.2.1', port: one.port, credentials },
    { address: '20010db8000000000000000000000001', port: one.port, credentials },
    { address: 'localhost', port: three.port, credentials },
  ]);
  expect(proxy.firstBytes).toEqual([...Array.from({ length: 4 }, () => 'G'.codePointAt(0)), HANDSHAKE]);
});

describe('credentials', () => {
  test('are part of what connections are shared by, and each proxy gets its own only (CVE-2026-9079)', async () => {
    await using one = await TestProxy.start();
    await using two = await TestProxy.start();
    await using plain = await TestServer.start();
    await using secure = await TestServer.start({ tls: true });
    const proxies = [`http://a:1@${one.host}`, `http://b:2@${one.host}`, `http://c:3@${two.host}`, `http://${two.host}`];
    let proxy = '';
    await using transport = new Transport({ tls, proxy: () => proxy });
    for (proxy of [...proxies, ...proxies]) {
      await fetchText(transport, plain.url);
      await fetchText(transport, `https://localhost:${secure.port}`);
    }
    const basic = (text: string): string => `Basic ${btoa(text)}`;
    expect(one.requests.map(({ authorization }) => authorization)).toEqual(['a:1', 'a:1', 'b:2', 'b:2', 'a:1', 'b:2'].map(basic));
    expect(two.requests.map(({ authorization }) => authorization)).toEqual([
      basic('c:3'),
      basic('c:3'),
      undefined,
      undefined,
      basic('c:3'),
      undefined,
    ]);
    expect([one.connections, two.connections]).toEqual([4, 4]);
  });

  test('are in no event, no error, no statistics and nothing that is printed', async () => {
    await using proxy = await TestProxy.start({ authorization: 'no' });
    await using server = await TestServer.start({ tls: true });
    await using socks = await TestSocks.start();
    for (const url of [`http://u5er:s3cret@${proxy.host}`, `socks5://u5er:s3cret@${socks.host}`, 'http://u5er:s3cret@127.0.0.1:1']) {
      await using transport = new Transport({ tls, proxy: url });
      const recorder = new RecordingTrace();
      const seen: unknown[] = [transport, transport.clone()];
      for (const target of [server.url, 'http://127.0.0.1:9/']) {
        const request = new HttpRequest(target, { trace: recorder.trace });
        seen.push(
          await transport.roundTrip(request).then(
            (response) => response.dispose().then(() => response),
            (error: unknown) => error,
          ),
        );
      }
      seen.push(recorder.events, transport.stats());
      const text = seen.map((one) => `${inspect(one, { depth: 20, showHidden: true, getters: true })}${JSON.stringify(one)}`).join('\n');
      expect(text).not.toMatch(/u5er|s3cret|dTVlcjpzM2NyZXQ/);
    }
  });

  test.for([123, { auth: 123 }, { href: 'http://127.0.0.1:1' }, true, [], Symbol('http://x')])(
    'and proxies of another kind than URLs are refused when the Transport is made (CVE-2018-3739)',
    (proxy) => {
      expect(() => {
        Reflect.construct(Transport, [{ proxy }]);
      }).toThrow(/^invalid Transport options: proxy: expected a proxy's URL/);
    },
  );
});
