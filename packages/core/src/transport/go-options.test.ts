import { BytePeer, RecordingTrace, testCertificate, TestServer } from '@roundtripper/testing';
import { describe, expect, test } from 'vitest';

import { fetchText, holdExchange, isInUse, send, until } from '../../test/exchanges.ts';
import { rejectionOf } from '../../test/rejection-of.ts';
import { HttpRequest, type HttpRequestInit } from '../contract/http-request.ts';
import { Transport } from './transport.ts';
import { goDefaults, resolveOptions } from './transport-options.ts';

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

describe('Go A.1: DefaultTransport', () => {
  test.for([
    { field: 'MaxIdleConns: 100', name: 'maxIdleConns', value: 100 },
    { field: 'IdleConnTimeout: 90s', name: 'idleConnTimeout', value: 90_000 },
    { field: 'TLSHandshakeTimeout: 10s', name: 'tlsHandshakeTimeout', value: 10_000 },
    { field: 'ExpectContinueTimeout: 1s', name: 'expectContinueTimeout', value: 1_000 },
    { field: 'net.Dialer{Timeout: 30s}', name: 'dialTimeout', value: 30_000 },
    { field: 'net.Dialer{KeepAlive: 30s}', name: 'keepAlive', value: 30_000 },
    { field: 'no ResponseHeaderTimeout', name: 'responseHeaderTimeout', value: 0 },
    { field: 'no MaxConnsPerHost', name: 'maxConnsPerHost', value: 0 },
    { field: 'no DisableKeepAlives', name: 'disableKeepAlives', value: false },
  ] as const)('$field', ({ name, value }) => {
    expect(resolveOptions({})[name]).toBe(value);
    expect(resolveOptions(goDefaults)[name]).toBe(value);
  });
});

describe('Go A.1: DisableKeepAlives', () => {
  test.for<{ fact: string; init: HttpRequestInit; fields: readonly string[] }>([
    { fact: 'is told to the server', init: {}, fields: ['close'] },
    { fact: 'not twice where the request says so itself', init: { close: true }, fields: ['close'] },
    { fact: 'nor where a field of it does', init: { headers: { Connection: 'Close' } }, fields: ['Close'] },
  ])('$fact', async ({ init, fields }) => {
    await using server = await TestServer.start();
    await using transport = new Transport({ disableKeepAlives: true });
    await fetchText(transport, server.url, init);
    const sent = server.requests[0]?.headers.filter(([name]) => name.toLowerCase() === 'connection').map(([, value]) => value);
    expect(sent).toEqual(fields);
  });

  test('gives each request a connection of its own, also those that wait for one', async () => {
    await using server = await TestServer.start();
    await using transport = new Transport({ disableKeepAlives: true, maxConnsPerHost: 1 });
    await Promise.all([1, 2, 3].map(() => fetchText(transport, server.url)));
    expect(server.requests.map(({ connection }) => connection)).toEqual([1, 2, 3]);
    expect(transport.stats()).toMatchObject([{ open: 0, opened: 3, reused: 0, closed: { 'keep-alives-disabled': 3 } }]);
  });

  test('a connection that nobody has used yet still serves who comes first', async () => {
    await using server = await TestServer.start();
    await using transport = new Transport({ disableKeepAlives: true, maxConnsPerHost: 2 });
    const held = await holdExchange(transport, server);
    const controller = new AbortController();
    const left = rejectionOf(send(transport, server.url, { signal: controller.signal }));
    const other = [1, 2].map(() => fetchText(transport, server.url));
    controller.abort();
    await left;
    expect(await Promise.all(other)).toEqual(['ok', 'ok']);
    await held.finish();
    expect(server.connectionsOpened).toBe(3);
  });
});

describe('Go A.1: MaxIdleConnsPerHost', () => {
  test('of goDefaults it is 2: the third is closed', async () => {
    await using server = await TestServer.start();
    await using transport = new Transport({ ...goDefaults });
    const held = [await holdExchange(transport, server), await holdExchange(transport, server), await holdExchange(transport, server)];
    for (const exchange of held) await exchange.finish();
    expect(transport.stats()).toMatchObject([{ idle: 2, closed: { 'max-idle-conns-per-host': 1 } }]);
    await server.whenOpenConnections(2);
  });

  test('below 0 nothing is kept, and the server is not told: it is no DisableKeepAlives', async () => {
    await using server = await TestServer.start();
    await using transport = new Transport({ maxIdleConnsPerHost: -1 });
    const recorder = new RecordingTrace();
    await fetchText(transport, server.url, { trace: recorder.trace });
    expect(server.requests[0]?.header('connection')).toBeUndefined();
    expect(recorder.all('putIdleConn')).toMatchObject([{ reason: 'max-idle-conns-per-host' }]);
    await server.whenOpenConnections(0);
  });
});

describe('Go A.1: MaxConnsPerHost', () => {
  test('counts what is dialled, in use and idle', async () => {
    await using server = await TestServer.start();
    await using transport = new Transport({ maxConnsPerHost: 3 });
    await transport.preconnect(server.url, 1);
    const held = [await holdExchange(transport, server), await holdExchange(transport, server)];
    const pending = [1, 2, 3].map(() => fetchText(transport, server.url));
    expect(transport.stats()).toMatchObject([{ busy: 2, dialing: 1, waiting: 3 }]);
    expect(await Promise.all(pending)).toEqual(['ok', 'ok', 'ok']);
    for (const exchange of held) await exchange.finish();
    expect(server.connectionsOpened).toBe(3);
  });

  test('an idle connection that its server closes makes room', async () => {
    await using server = await TestServer.start();
    await using transport = new Transport({ maxConnsPerHost: 1 });
    await fetchText(transport, server.url);
    server.closeIdleConnections();
    await until(() => transport.stats()[0]?.open === 0);
    const response = await send(transport, server.url, { method: 'POST', body: 'x' });
    expect(response.connection?.reused).toBe(false);
    await response.text();
  });
});

describe('Go A.1: MaxResponseHeaderBytes', () => {
  const LIMIT = 2_000;
  function head(status: string, bytes: number): string {
    const around = `HTTP/1.1 ${status}\r\nA: \r\n\r\n`.length;
    return `HTTP/1.1 ${status}\r\nA: ${'x'.repeat(bytes - around)}\r\n\r\n`;
  }
  const rows: readonly { fact: string; bytes: string; isTaken: boolean }[] = [
    { fact: 'a head of just as many bytes', bytes: head('204 No Content', LIMIT), isTaken: true },
    { fact: 'one byte more', bytes: head('204 No Content', LIMIT + 1), isTaken: false },
    { fact: 'interim responses count with it', bytes: head('103 Hints', 1_000) + head('204 No Content', 1_000), isTaken: true },
    { fact: 'all of them', bytes: head('103 Hints', 500) + head('102 Wait', 501) + head('204 No Content', 1_000), isTaken: false },
    { fact: 'and alone', bytes: head('103 Hints', LIMIT + 1), isTaken: false },
  ];
  test.for(rows)('$fact: taken $isTaken', async ({ bytes, isTaken }) => {
    await using peer = await BytePeer.listen(async (conversation) => {
      for await (const _ of conversation.heads()) await conversation.write(bytes);
    });
    await using transport = new Transport({ maxResponseHeaderBytes: LIMIT });
    const recorder = new RecordingTrace();
    const sent = send(transport, peer.url, { trace: recorder.trace });
    if (isTaken) expect((await sent).status).toBe(204);
    else {
      expect(await rejectionOf(sent)).toMatchObject({ code: 'response-limit', phase: 'response-head', sent: 'all' });
      expect(recorder.closeReasons).toEqual(['response-limit']);
      await peer.whenOpenConnections(0);
    }
    // Each response has its own.
    if (isTaken) expect((await send(transport, peer.url)).connection?.reused).toBe(true);
  });
});

describe('Go A.3: RoundTrip', () => {
  test('does not interpret: 3xx, 401 and cookies are the caller’s', async () => {
    await using server = await TestServer.start();
    await using transport = new Transport();
    server.enqueue(
      { status: 302, headers: { 'Location': '/elsewhere', 'Set-Cookie': 'a=b' }, body: 'found' },
      { status: 401, headers: { 'WWW-Authenticate': 'Basic' } },
    );
    const url = `http://user:pass@127.0.0.1:${server.port}/here#part`;
    const response = await send(transport, url);
    expect([response.status, response.headers.get('location'), await response.text()]).toEqual([302, '/elsewhere', 'found']);
    expect((await send(transport, url)).status).toBe(401);
    expect(server.requests.map((request) => request.url)).toEqual(['/here', '/here']);
    for (const request of server.requests) {
      expect([request.header('cookie'), request.header('authorization'), request.header('referer')]).toEqual([
        undefined,
        undefined,
        undefined,
      ]);
    }
  });

  test('changes nothing of the request, which can be sent again, and gives it back with the response', async () => {
    await using server = await TestServer.start();
    await using transport = new Transport({ disableKeepAlives: true });
    const request = new HttpRequest(`${server.url}/a?b`, {
      method: 'PUT',
      headers: { 'X-A': '1', 'Connection': 'x' },
      body: new Blob(['text']),
      trailers: { 'X-Sum': '1' },
    });
    const parts = (): readonly unknown[] => {
      const { method, url, headers, body, trailers, host, close } = request;
      return [method, url.href, [...headers.fields()], body, trailers, host, close];
    };
    const before = parts();
    for (let count = 0; count < 2; count++) {
      const response = await transport.roundTrip(request);
      expect(response.request).toBe(request);
      expect(await response.text()).toBe('ok');
    }
    expect(parts()).toEqual(before);
    expect(server.requests.map((recorded) => [recorded.text(), recorded.trailers])).toEqual([
      ['text', [['X-Sum', '1']]],
      ['text', [['X-Sum', '1']]],
    ]);
  });

  test.for<{ fact: string; make: () => HttpRequest; message: RegExp }>([
    { fact: 'no URL', make: () => new HttpRequest(''), message: /invalid URL/ },
    { fact: 'another scheme', make: () => new HttpRequest('foo://a/'), message: /unsupported protocol scheme "foo"/ },
    { fact: 'no host', make: () => new HttpRequest('http:///'), message: /invalid URL/ },
    { fact: 'an IPv6 zone', make: () => new HttpRequest('http://[fe80::1%25en0]/'), message: /invalid URL/ },
    { fact: 'a method that is none', make: () => new HttpRequest('http://a/', { method: 'A B' }), message: /invalid method "A B"/ },
    {
      fact: 'a value that is none, which is not repeated',
      make: () => new HttpRequest('http://a/', { headers: { 'X-Key': 's3cret\nx' } }),
      message: /^(?!.*s3cret).*"X-Key"/i,
    },
    {
      fact: 'a trailer’s value likewise',
      make: () => new HttpRequest('http://a/', { method: 'POST', body: 'x', trailers: { 'X-Key': 's3cret\nx' } }),
      message: /^(?!.*s3cret).*"X-Key"/i,
    },
  ])('$fact is a TypeError when the request is made', ({ make, message }) => {
    expect(make).toThrow(TypeError);
    expect(make).toThrow(message);
  });
});

describe('Go A.3: Clone', () => {
  test('has the same options, but for those that are named', async () => {
    await using server = await TestServer.start();
    await using transport = new Transport({ disableKeepAlives: true, hosts: { localhost: { maxConnsPerHost: 1 } } });
    await using same = transport.clone();
    await using other = transport.clone({ disableKeepAlives: false });
    for (const each of [transport, same, other]) await fetchText(each, server.url);
    expect(server.requests.map((request) => request.header('connection'))).toEqual(['close', 'close', undefined]);
    const local = server.url.replace('127.0.0.1', 'localhost');
    await using found = other.clone({ lookup: (_hostname, _options, callback) => callback(null, '127.0.0.1', 4) });
    const pending = [1, 2].map(() => fetchText(found, local));
    expect(found.stats()).toMatchObject([{ dialing: 1, waiting: 2 }]);
    await Promise.all(pending);
  });

  test('undefined stands for the default again, and what is wrong is a TypeError', async () => {
    await using server = await TestServer.start();
    await using transport = new Transport({ disableKeepAlives: true });
    await using cloned = transport.clone({ disableKeepAlives: undefined });
    await fetchText(cloned, server.url);
    expect(server.requests[0]?.header('connection')).toBeUndefined();
    expect(() => transport.clone({ maxIdleConns: -1 })).toThrow(/^invalid Transport options: maxIdleConns: /);
  });

  test('shares no connection, no count and no end', async () => {
    await using server = await TestServer.start();
    const transport = new Transport();
    await fetchText(transport, server.url);
    await using cloned = transport.clone();
    expect(cloned.stats()).toEqual([]);
    expect((await send(cloned, server.url)).connection?.reused).toBe(false);
    cloned.closeIdleConnections();
    expect(transport.stats()).toMatchObject([{ idle: 1 }]);
    await transport.close();
    expect(await fetchText(cloned, server.url)).toBe('ok');
    expect(await fetchText(transport.clone({ disableKeepAlives: true }), server.url)).toBe('ok');
    expect(transport.stats().filter(isInUse)).toEqual([]);
  });

  test('knows nothing of what was changed in the options since', async () => {
    await using server = await TestServer.start();
    const options = { disableKeepAlives: false };
    await using transport = new Transport(options);
    options.disableKeepAlives = true;
    await using cloned = transport.clone();
    await fetchText(cloned, server.url);
    expect(server.requests[0]?.header('connection')).toBeUndefined();
  });

  test('nor does either know what was changed within them', async () => {
    await using server = await TestServer.start();
    const own = { disableKeepAlives: true };
    const hosts: Record<string, object> = { '127.0.0.1': own };
    const proxy = new URL(server.url);
    const tls = { ca: [testCertificate.cert] };
    await using transport = new Transport({ hosts, proxy, tls });
    own.disableKeepAlives = false;
    hosts['nobody.test'] = { unheardOf: true };
    proxy.port = '1';
    tls.ca.push('no certificate');
    await using cloned = transport.clone();
    for (const each of [transport, cloned]) await fetchText(each, 'http://peer.test/');
    expect(server.requests.map((request) => request.header('connection'))).toEqual(['close', 'close']);
  });
});

test('Go C.6: a second answer, or nonsense, on an idle connection closes it, and who waits for its room gets it', async () => {
  await using peer = await BytePeer.listen(async (conversation) => {
    for await (const _ of conversation.heads()) {
      await conversation.write(OK);
      if (conversation.number === 1) await conversation.write(OK);
    }
  });
  await using transport = new Transport({ maxConnsPerHost: 1 });
  const recorder = new RecordingTrace();
  await fetchText(transport, peer.url, { trace: recorder.trace });
  await until(() => recorder.closeReasons.length === 1);
  expect(recorder.closeReasons).toEqual(['unsolicited-data']);
  expect(await fetchText(transport, peer.url)).toBe('ok');
});
