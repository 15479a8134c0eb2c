import { BytePeer, RecordingTrace, TestClock, TestServer } from '@roundtripper/testing';
import { describe, expect, test } from 'vitest';

import { fetchText, holdExchange, send, until, isInUse } from '../../test/exchanges.ts';
import { rejectionOf } from '../../test/rejection-of.ts';
import { HttpRequest, type HttpRequestInit } from '../contract/http-request.ts';
import type { HttpResponse } from '../contract/http-response.ts';
import type { CloseReason } from '../contract/trace-event.ts';
import { Transport } from './transport.ts';

/** Serves every request with these bytes. */
function answering(bytes: string): Promise<BytePeer> {
  return BytePeer.listen(async (conversation) => {
    for await (const _ of conversation.heads()) await conversation.write(bytes);
  });
}

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

test('one request after the other uses one connection', async () => {
  await using server = await TestServer.start();
  await using transport = new Transport();
  const ids: unknown[] = [];
  const reused: unknown[] = [];
  for (let count = 0; count < 5; count++) {
    const response = await send(transport, server.url);
    expect(await response.text()).toBe('ok');
    ids.push(response.connection?.id);
    reused.push(response.connection?.reused);
  }
  expect(new Set(ids).size).toBe(1);
  expect(reused).toEqual([false, true, true, true, true]);
  expect(server.connectionsOpened).toBe(1);
});

test('requests at once use a connection each, and the one used last comes first', async () => {
  await using server = await TestServer.start();
  await using transport = new Transport();
  const held = [await holdExchange(transport, server), await holdExchange(transport, server), await holdExchange(transport, server)];
  const ids = held.map(({ response }) => response.connection?.id);
  expect(new Set(ids).size).toBe(3);
  for (const at of [1, 0, 2]) await held[at]?.finish();
  const again = [await holdExchange(transport, server), await holdExchange(transport, server), await holdExchange(transport, server)];
  expect(again.map(({ response }) => response.connection?.id)).toEqual([ids[2], ids[0], ids[1]]);
  for (const one of again) await one.finish();
  expect(server.connectionsOpened).toBe(3);
});

describe('the connection is back before the reader sees the end', () => {
  const rows: readonly { fact: string; bytes: string; method?: string }[] = [
    { fact: 'of a body with a length', bytes: OK },
    { fact: 'of an empty body', bytes: 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n' },
    { fact: 'of chunks', bytes: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n' },
    { fact: 'of chunks and trailers', bytes: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nA: b\r\n\r\n' },
    { fact: 'of a 204', bytes: 'HTTP/1.1 204 No Content\r\n\r\n' },
    { fact: 'of a 304', bytes: 'HTTP/1.1 304 Not Modified\r\nContent-Length: 10\r\n\r\n' },
    { fact: 'of a HEAD', bytes: 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n', method: 'HEAD' },
    { fact: 'of HTTP/1.0 that keeps it', bytes: OK.replace('1.1 200 OK', '1.0 200 OK\r\nConnection: keep-alive') },
  ];
  test.for(rows)('$fact', async ({ bytes, method = 'GET' }) => {
    await using peer = await answering(bytes);
    await using transport = new Transport();
    const idle: unknown[] = [];
    const look = (): void => void idle.push(transport.stats()[0]?.idle);
    for (const read of [
      (response: HttpResponse) => response.text().then(look),
      (response: HttpResponse) => response.bytes().then(look),
      async (response: HttpResponse) => {
        for await (const _ of response.chunks());
        look();
      },
      async (response: HttpResponse) => {
        for await (const _ of response.body ?? []);
        look();
      },
    ]) {
      await read(await send(transport, peer.url, { method }));
    }
    expect(idle).toEqual([1, 1, 1, 1]);
    expect(peer.connectionsOpened).toBe(1);
  });
});

describe('a connection is closed after its exchange', () => {
  const rows: readonly { fact: string; bytes?: string; init?: HttpRequestInit; reason: CloseReason }[] = [
    { fact: 'where the server says so', bytes: OK.replace('OK\r\n', 'OK\r\nConnection: close\r\n'), reason: 'response-close' },
    {
      fact: 'where the server says so among others',
      bytes: OK.replace('OK\r\n', 'OK\r\nConnection: x, CLOSE\r\n'),
      reason: 'response-close',
    },
    { fact: 'where the request says so', init: { close: true }, reason: 'request-close' },
    { fact: 'where a field of the request says so', init: { headers: { Connection: 'close' } }, reason: 'request-close' },
    { fact: 'where it was HTTP/1.0', bytes: OK.replace('HTTP/1.1', 'HTTP/1.0'), reason: 'http-1.0' },
  ];
  test.for(rows)('$fact', async ({ bytes = OK, init = {}, reason }) => {
    await using peer = await answering(bytes);
    await using transport = new Transport();
    const recorder = new RecordingTrace();
    for (const connections of [1, 2]) {
      expect(await fetchText(transport, peer.url, { ...init, trace: recorder.trace })).toBe('ok');
      expect(transport.stats().filter(isInUse)).toEqual([]);
      expect(peer.connectionsOpened).toBe(connections);
      await peer.whenOpenConnections(0);
    }
    expect(recorder.closeReasons).toEqual([reason, reason]);
    expect(recorder.all('putIdleConn').map((event) => event.reason)).toEqual([reason, reason]);
  });

  test('where keep-alive is off, which the server is told', async () => {
    await using server = await TestServer.start();
    await using transport = new Transport({ disableKeepAlives: true });
    const recorder = new RecordingTrace();
    await fetchText(transport, server.url, { trace: recorder.trace });
    await fetchText(transport, server.url, { trace: recorder.trace });
    expect(server.requests.map((request) => request.header('connection'))).toEqual(['close', 'close']);
    expect(server.connectionsOpened).toBe(2);
    expect(recorder.closeReasons).toEqual(['keep-alives-disabled', 'keep-alives-disabled']);
    expect(transport.stats().filter(isInUse)).toEqual([]);
  });
});

describe('late binding', () => {
  /** A Transport whose dials after the first end when the test says so. */
  function slowDials(port: number): {
    lookup: NonNullable<ConstructorParameters<typeof Transport>[0]>['lookup'];
    go: () => void;
    url: string;
  } {
    let count = 0;
    const waiting: (() => void)[] = [];
    return {
      url: `http://peer.test:${port}`,
      go: () => waiting.splice(0).forEach((one) => one()),
      lookup: (_hostname, _options, callback) => {
        count += 1;
        const found = (): void => callback(null, [{ address: '127.0.0.1', family: 4 }]);
        if (count === 1) found();
        else waiting.push(found);
      },
    };
  }

  test('a connection that becomes idle first serves who waits for a dial, and the dial is kept for others', async () => {
    await using server = await TestServer.start();
    const { lookup, go, url } = slowDials(server.port);
    await using transport = new Transport({ lookup });
    const held = await holdExchange(transport, { url, enqueue: (script) => server.enqueue(script) });
    const recorder = new RecordingTrace();
    const second = fetchText(transport, url, { trace: recorder.trace });
    expect(transport.stats()).toMatchObject([{ open: 1, dialing: 1, waiting: 1 }]);
    await held.finish();
    expect(await second).toBe('ok');
    expect(recorder.all('gotConn')).toMatchObject([{ reused: true, wasIdle: false }]);
    expect(transport.stats()).toMatchObject([{ open: 1, idle: 1, dialing: 1, waiting: 0 }]);
    expect(server.connectionsOpened).toBe(1);
    go();
    await server.whenOpenConnections(2);
    await until(() => transport.stats()[0]?.dialing === 0);
    expect(transport.stats()).toMatchObject([{ open: 2, idle: 2, dialing: 0 }]);
    const donated = new RecordingTrace();
    expect(await fetchText(transport, url, { trace: donated.trace })).toBe('ok');
    expect(donated.all('gotConn')).toMatchObject([{ reused: false, wasIdle: true }]);
    expect(server.connectionsOpened).toBe(2);
  });

  test('a dial that fails fails the request that began it, and no other', async () => {
    await using server = await TestServer.start();
    let count = 0;
    await using transport = new Transport({
      maxConnsPerHost: 1,
      lookup: (_hostname, _options, callback) => {
        count += 1;
        if (count === 1) callback(new Error('not this time'), []);
        else callback(null, [{ address: '127.0.0.1', family: 4 }]);
      },
    });
    const url = `http://peer.test:${server.port}`;
    const failing = rejectionOf(send(transport, url));
    const others = [fetchText(transport, url), fetchText(transport, url)];
    expect(await failing).toMatchObject({ code: 'dns-failed', phase: 'dns' });
    expect(await Promise.all(others)).toEqual(['ok', 'ok']);
    expect(server.connectionsOpened).toBe(1);
  });

  test('who leaves leaves the dial to others; closeIdleConnections ends it where there are none', async () => {
    await using server = await TestServer.start();
    const { lookup, url } = slowDials(server.port);
    await using transport = new Transport({ lookup });
    const held = await holdExchange(transport, { url, enqueue: (script) => server.enqueue(script) });
    const controller = new AbortController();
    const recorder = new RecordingTrace();
    const left = rejectionOf(send(transport, url, { signal: controller.signal, trace: recorder.trace }));
    await until(() => recorder.kinds.includes('dnsStart'));
    controller.abort();
    expect(await left).toBe(controller.signal.reason);
    expect(transport.stats()).toMatchObject([{ dialing: 1, waiting: 0 }]);
    transport.closeIdleConnections();
    await until(() => transport.stats()[0]?.dialing === 0);
    expect(recorder.kinds).toEqual(['getConn', 'queueStart', 'dialStart', 'dnsStart', 'queueEnd', 'requestFailed', 'dnsDone', 'dialEnd']);
    expect(recorder.all('dialEnd')).toMatchObject([{ error: { code: 'transport-closed' } }]);
    await held.finish();
    expect(transport.stats().filter(isInUse)).toEqual([]);
  });
});

describe('a connection that has gone stale', () => {
  test('is left behind for good: a request that makes its server close the connection is sent twice, however busy the pool', async () => {
    await using server = await TestServer.start({
      handler: (request, response) => {
        if (request.url === '/bad') request.socket.destroy();
        else response.end('ok');
      },
    });
    await using transport = new Transport({ maxConnsPerHost: 1 });
    const get = async (path: string): Promise<string> => (await transport.roundTrip(new HttpRequest(`${server.url}${path}`))).text();
    await get('/');
    const bad = rejectionOf(get('/bad'));
    await Promise.all(
      [1, 2, 3].map(async () => {
        for (let count = 0; count < 50; count++) await get('/');
      }),
    );
    expect(await bad).toMatchObject({ code: 'connection-closed', isConnectionReused: false });
    expect(server.requests.filter(({ url }) => url === '/bad')).toHaveLength(2);
  });

  /** Answers the first request of its first connection and closes it on the second. */
  function forgetful(how: 'destroy' | 'reset'): Promise<BytePeer> {
    return BytePeer.listen(async (conversation) => {
      let count = 0;
      for await (const head of conversation.heads()) {
        const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
        await conversation.read(length);
        count += 1;
        if (conversation.number === 1 && count === 2) return conversation[how]();
        await conversation.write(OK);
      }
    });
  }

  test.for<{ how: 'destroy' | 'reset'; init: HttpRequestInit }>([
    { how: 'destroy', init: {} },
    { how: 'reset', init: {} },
    { how: 'reset', init: { method: 'HEAD' } },
    { how: 'destroy', init: { method: 'POST', body: 'x', headers: { 'Idempotency-Key': 'k' } } },
  ])('($how) has what does no harm twice sent again: $init', async ({ how, init }) => {
    await using peer = await forgetful(how);
    await using transport = new Transport();
    await fetchText(transport, peer.url);
    const recorder = new RecordingTrace();
    const response = await send(transport, peer.url, { ...init, trace: recorder.trace });
    expect(response.connection?.reused).toBe(false);
    await response.text();
    expect(recorder.all('resend')).toMatchObject([{ attempt: 2, error: { code: 'stale-connection' } }]);
    expect(recorder.closeReasons[0]).toBe('server-closed-idle');
    expect(peer.connectionsOpened).toBe(2);
  });

  test.for<{ how: 'destroy' | 'reset'; init: HttpRequestInit }>([
    { how: 'destroy', init: { method: 'POST', body: 'x' } },
    { how: 'reset', init: { method: 'POST', body: 'x' } },
    { how: 'reset', init: { method: 'PUT', body: 'x' } },
    { how: 'destroy', init: { method: 'DELETE' } },
  ])('($how) fails what might: $init', async ({ how, init }) => {
    await using peer = await forgetful(how);
    await using transport = new Transport();
    await fetchText(transport, peer.url);
    const error = await rejectionOf(send(transport, peer.url, init));
    expect(error).toMatchObject({ code: 'stale-connection', sent: 'all', isConnectionReused: true });
    expect(peer.connectionsOpened).toBe(1);
    expect(await fetchText(transport, peer.url)).toBe('ok');
  });

  test.for(['close-after-response', 'reset-after-response'] as const)('(%s) as it was leased costs no GET', async (fault) => {
    await using server = await TestServer.start();
    await using transport = new Transport();
    server.enqueue(...Array.from({ length: 50 }, () => ({ body: 'ok', fault })));
    for (let count = 0; count < 40; count++) expect(await fetchText(transport, server.url)).toBe('ok');
    await Promise.all(Array.from({ length: 40 }, () => fetchText(transport, server.url)));
    await until(() => transport.stats().every((route) => route.open === route.idle));
  });

  test('has a body that can be opened again opened again', async () => {
    const bodies: string[] = [];
    await using peer = await BytePeer.listen(async (conversation) => {
      for await (const head of conversation.heads()) {
        if (head.startsWith('POST')) bodies.push((await conversation.read(15)).toString());
        if (bodies.length === 1 && head.startsWith('POST')) return conversation.destroy();
        await conversation.write(OK);
      }
    });
    await using transport = new Transport();
    await fetchText(transport, peer.url);
    let opened = 0;
    const body = (): AsyncIterable<string> => {
      opened += 1;
      return (async function* () {
        yield 'hello';
      })();
    };
    expect(await fetchText(transport, peer.url, { method: 'POST', body, headers: { 'Idempotency-Key': 'k' } })).toBe('ok');
    expect(bodies).toEqual(['5\r\nhello\r\n0\r\n\r\n', '5\r\nhello\r\n0\r\n\r\n']);
    expect(opened).toBe(2);
  });

  test('is not offered once its age shows, though no timer has fired', async () => {
    const clock = new TestClock();
    await using server = await TestServer.start();
    await using transport = new Transport({ clock, idleConnTimeout: 1_000 });
    const recorder = new RecordingTrace();
    await fetchText(transport, server.url, { trace: recorder.trace });
    clock.jumpWallClock(1_001);
    await fetchText(transport, server.url);
    expect(recorder.closeReasons).toEqual(['idle-timeout']);
    expect(server.connectionsOpened).toBe(2);
  });
});
