import { BytePeer, RecordingTrace, testCertificate, TestServer } from '@roundtripper/testing';
import { once } from 'node:events';
import { connect, type TLSSocket } from 'node:tls';
import { describe, expect, test } from 'vitest';

import { fetchText, holdExchange, isInUse, send, until } from '../../test/exchanges.ts';
import { rejectionOf } from '../../test/rejection-of.ts';
import { TestProxy } from '../../test/servers/test-proxy.ts';
import type { DialTarget } from '../contract/dialer.ts';
import { Transport } from './transport.ts';
import type { TransportOptions } from './transport-options.ts';

const tls = { ca: testCertificate.ca };

/** A server that speaks both, and chooses as it is told. */
class Chooser implements AsyncDisposable {
  /** What it chooses from now on. */
  choice: 'h2' | 'http/1.1' = 'h2';
  /** What was offered to it, each time. */
  readonly offers: (readonly string[])[] = [];
  #server: TestServer | undefined;

  static async start(choice: 'h2' | 'http/1.1' = 'h2'): Promise<Chooser> {
    const chooser = new Chooser();
    chooser.choice = choice;
    const ALPNCallback = ({ protocols }: { protocols: string[] }): string | undefined => {
      chooser.offers.push(protocols);
      return protocols.includes(chooser.choice) ? chooser.choice : protocols[0];
    };
    chooser.#server = await TestServer.start({ protocol: 'either', tls: { ...testCertificate, ALPNCallback } });
    return chooser;
  }

  get server(): TestServer {
    if (this.#server === undefined) throw new Error('the server has not started');
    return this.#server;
  }

  get url(): string {
    return this.server.url;
  }

  get versions(): string[] {
    return this.server.requests.map(({ httpVersion }) => httpVersion);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]();
  }
}

describe('ALPN decides after the dial', () => {
  test.for<{ fact: string; options: TransportOptions; choice: 'h2' | 'http/1.1'; offer: string[]; version: string }>([
    { fact: 'both are offered, HTTP/2 first', options: {}, choice: 'h2', offer: ['h2', 'http/1.1'], version: '2.0' },
    { fact: 'the server likes HTTP/1.1 better', options: {}, choice: 'http/1.1', offer: ['h2', 'http/1.1'], version: '1.1' },
    { fact: 'HTTP/2 is off', options: { protocols: { http2: false } }, choice: 'h2', offer: ['http/1.1'], version: '1.1' },
    { fact: 'HTTP/1.1 is off', options: { protocols: { http1: false } }, choice: 'h2', offer: ['h2'], version: '2.0' },
  ])('$fact', async ({ options, choice, offer, version }) => {
    await using chooser = await Chooser.start(choice);
    await using transport = new Transport({ tls, ...options });
    const response = await send(transport, chooser.url);
    expect(response.proto).toBe(version === '2.0' ? 'HTTP/2.0' : 'HTTP/1.1');
    expect(await response.text()).toBe('ok');
    expect([chooser.offers, chooser.versions]).toEqual([[offer], [version]]);
  });

  test('a server that knows nothing of it speaks HTTP/1.1', async () => {
    await using server = await TestServer.start({ tls: { ...testCertificate, ALPNProtocols: [] } });
    await using transport = new Transport({ tls });
    expect(await fetchText(transport, server.url)).toBe('ok');
    await using strict = new Transport({ tls, protocols: { http1: false } });
    expect(await rejectionOf(send(strict, server.url))).toMatchObject({ code: 'tls-failed', phase: 'tls', sent: 'nothing' });
    await until(() => !strict.stats().some(isInUse));
    await server.whenOpenConnections(1);
  });

  test('http: is HTTP/1.1, unless HTTP/1.1 is off: nothing tells what a server speaks', async () => {
    await using plain = await TestServer.start();
    await using transport = new Transport({ protocols: { unencryptedHttp2: true } });
    expect(await fetchText(transport, plain.url)).toBe('ok');
    await using server = await TestServer.start({ protocol: 'h2' });
    await using prior = new Transport({ protocols: { http1: false, unencryptedHttp2: true } });
    expect(await fetchText(prior, server.url)).toBe('ok');
    expect([plain.requests[0]?.httpVersion, server.requests[0]?.httpVersion]).toEqual(['1.1', '2.0']);
  });

  test('a server of HTTP/1.1 that is spoken to in HTTP/2 is told apart at once', async () => {
    await using peer = await BytePeer.listen(async (conversation) => {
      await conversation.write('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n');
      await conversation.readUntilClose();
    });
    await using transport = new Transport({ protocols: { http1: false, unencryptedHttp2: true } });
    const error = await rejectionOf(send(transport, peer.url));
    expect(error).toMatchObject({ code: 'malformed-response' });
    expect(String(error)).toContain('the peer answered HTTP/1.x: "HTTP/1.1 400 Bad Request"');
    await until(() => !transport.stats().some(isInUse));
  });

  test('a host has its own protocols', async () => {
    await using chooser = await Chooser.start();
    const { port } = new URL(chooser.url);
    await using transport = new Transport({ tls, hosts: { [`https://localhost:${port}`]: { protocols: { http2: false } } } });
    expect(await fetchText(transport, chooser.url)).toBe('ok');
    expect(await fetchText(transport, `https://localhost:${port}/`)).toBe('ok');
    expect(chooser.versions).toEqual(['2.0', '1.1']);
  });
});

describe('a burst to a host that is not known', () => {
  test('of HTTP/2 ends with one connection: the others are given up, or closed as surplus', async () => {
    await using chooser = await Chooser.start();
    await using transport = new Transport({ tls });
    const recorder = new RecordingTrace();
    const sent = Array.from({ length: 12 }, () => fetchText(transport, chooser.url, { trace: recorder.trace }));
    expect(new Set(await Promise.all(sent))).toEqual(new Set(['ok']));
    await until(() => transport.stats().every(({ dialing, open }) => dialing === 0 && open === 1));
    await chooser.server.whenOpenConnections(1);
    expect(transport.stats()).toMatchObject([{ open: 1, idle: 1, exchanges: 12 }]);
    for (const { opened, closed } of transport.stats()) expect(closed).toEqual(opened === 1 ? {} : { surplus: opened - 1 });
    expect(chooser.server.requests.every(({ connection }) => connection === chooser.server.requests[0]?.connection)).toBe(true);
  });

  test('of HTTP/1.1 has a connection for each', async () => {
    await using chooser = await Chooser.start('http/1.1');
    await using transport = new Transport({ tls });
    const sent = Array.from({ length: 4 }, () => holdExchange(transport, chooser.server));
    const held = await Promise.all(sent);
    expect(transport.stats()).toMatchObject([{ open: 4, busy: 4 }]);
    for (const exchange of held) expect(await exchange.finish()).toBe('ok');
  });

  test('of which some leave: their dials serve the others', async () => {
    await using chooser = await Chooser.start();
    await using transport = new Transport({ tls });
    const controller = new AbortController();
    const left = Array.from({ length: 3 }, () => rejectionOf(send(transport, chooser.url, { signal: controller.signal })));
    const stays = fetchText(transport, chooser.url);
    controller.abort('enough');
    expect(await Promise.all(left)).toEqual(['enough', 'enough', 'enough']);
    expect(await stays).toBe('ok');
    await until(() => transport.stats().every(({ dialing, open }) => dialing === 0 && open === 1));
  });

  test('with maxConnsPerHost 1: one dial, and all on it', async () => {
    await using chooser = await Chooser.start();
    await using transport = new Transport({ tls, maxConnsPerHost: 1 });
    const sent = Array.from({ length: 12 }, () => fetchText(transport, chooser.url));
    expect(new Set(await Promise.all(sent))).toEqual(new Set(['ok']));
    expect([chooser.server.connectionsOpened, transport.stats()[0]?.exchanges]).toEqual([1, 12]);
  });
});

describe('a server that changes its mind', () => {
  test('to HTTP/1.1: one late connection serves who waits, the others get their own', async () => {
    await using chooser = await Chooser.start();
    await using transport = new Transport({ tls });
    expect(await fetchText(transport, chooser.url)).toBe('ok');
    transport.closeIdleConnections();
    chooser.choice = 'http/1.1';
    const sent = Array.from({ length: 8 }, () => fetchText(transport, chooser.url));
    expect(transport.stats()).toMatchObject([{ dialing: 1, waiting: 8 }]);
    expect(new Set(await Promise.all(sent))).toEqual(new Set(['ok']));
    expect(chooser.versions).toEqual(['2.0', ...Array.from({ length: 8 }, () => '1.1')]);
    await until(() => !transport.stats().some(({ dialing, busy }) => dialing + busy > 0));
  });

  test('the same with maxConnsPerHost 1: they take turns', async () => {
    await using chooser = await Chooser.start();
    await using transport = new Transport({ tls, maxConnsPerHost: 1 });
    expect(await fetchText(transport, chooser.url)).toBe('ok');
    transport.closeIdleConnections();
    chooser.choice = 'http/1.1';
    const sent = Array.from({ length: 5 }, () => fetchText(transport, chooser.url));
    expect(new Set(await Promise.all(sent))).toEqual(new Set(['ok']));
    expect(chooser.server.connectionsOpened).toBe(2);
  });

  test('to HTTP/2, while connections of HTTP/1.1 are there: both are used, and new ones are shared', async () => {
    await using chooser = await Chooser.start('http/1.1');
    await using transport = new Transport({ tls });
    const held = await holdExchange(transport, chooser.server);
    chooser.choice = 'h2';
    expect(await fetchText(transport, chooser.url)).toBe('ok');
    expect(await held.finish()).toBe('ok');
    const texts = Array.from({ length: 5 }, () => fetchText(transport, chooser.url));
    expect(new Set(await Promise.all(texts))).toEqual(new Set(['ok']));
    expect([chooser.versions[0], chooser.server.connectionsOpened]).toEqual(['1.1', 2]);
    expect(chooser.versions.slice(1)).toEqual(Array.from({ length: 6 }, () => '2.0'));
  });
});

const upgrade = { headers: { Connection: 'Upgrade', Upgrade: 'x-protocol' } };

describe('a request for another protocol over its connection', () => {
  test('goes over HTTP/1.1, whatever the host speaks otherwise', async () => {
    await using chooser = await Chooser.start();
    await using transport = new Transport({ tls });
    expect(await fetchText(transport, chooser.url)).toBe('ok');
    expect(await fetchText(transport, chooser.url, upgrade)).toBe('ok');
    expect(await fetchText(transport, chooser.url)).toBe('ok');
    expect(chooser.versions).toEqual(['2.0', '1.1', '2.0']);
    expect(chooser.offers).toEqual([['h2', 'http/1.1'], ['http/1.1']]);
    expect(chooser.server.requests[1]?.header('upgrade')).toBe('x-protocol');
  });

  test('is switched there', async () => {
    const options = { ALPNProtocols: ['http/1.1'], ...testCertificate };
    await using peer = await BytePeer.listen(
      async (conversation) => {
        await conversation.readHead();
        await conversation.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x-protocol\r\n\r\nhello');
        await conversation.readUntilClose();
      },
      { tls: options },
    );
    await using transport = new Transport({ tls });
    const response = await send(transport, peer.url, upgrade);
    expect(response.status).toBe(101);
    const bytes: unknown = await new Promise((resolve) => response.socket?.once('data', resolve));
    expect(String(bytes)).toBe('hello');
    response.socket?.destroy();
    await peer.whenOpenConnections(0);
  });
});

describe('whatever the way is', () => {
  test('through the tunnel of a proxy, which hears nothing of it', async () => {
    await using chooser = await Chooser.start();
    await using proxy = await TestProxy.start();
    await using transport = new Transport({ tls, proxy: `http://${proxy.host}` });
    const texts = Array.from({ length: 3 }, () => fetchText(transport, chooser.url));
    expect(new Set(await Promise.all(texts))).toEqual(new Set(['ok']));
    expect(await fetchText(transport, chooser.url, upgrade)).toBe('ok');
    expect(chooser.versions).toEqual(['2.0', '2.0', '2.0', '1.1']);
    expect(new Set(proxy.requests.map(({ method }) => method))).toEqual(new Set(['CONNECT']));
    const connections = chooser.server.requests.map(({ connection }) => connection);
    expect(connections.slice(1, 3)).toEqual([connections[0], connections[0]]);
  });

  test('to a proxy itself HTTP/1.1 is spoken', async () => {
    await using proxy = await TestProxy.start({ tls: true });
    await using server = await TestServer.start();
    await using transport = new Transport({ tls, proxy: `https://${proxy.host}` });
    const response = await send(transport, server.url);
    expect([response.proto, await response.text()]).toEqual(['HTTP/1.1', 'ok']);
  });

  test.for(['h2', 'http/1.1'])('over a socket of the caller’s what was agreed on it is spoken: %s (Go issue 21753)', async (protocol) => {
    await using chooser = await Chooser.start(protocol === 'h2' ? 'h2' : 'http/1.1');
    const dialTLS = async ({ hostname, port }: DialTarget): Promise<TLSSocket> => {
      const socket = connect({ ...tls, host: hostname, port, ALPNProtocols: [protocol] });
      await once(socket, 'secureConnect');
      return socket;
    };
    await using transport = new Transport({ tls, dialTLS });
    const response = await send(transport, chooser.url);
    expect([response.proto, await response.text()]).toEqual([protocol === 'h2' ? 'HTTP/2.0' : 'HTTP/1.1', 'ok']);
  });
});
