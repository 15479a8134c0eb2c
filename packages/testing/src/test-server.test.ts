import { once } from 'node:events';
import { Agent, request, type IncomingMessage, type RequestOptions } from 'node:http';
import { Agent as TlsAgent, request as tlsRequest } from 'node:https';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';

import { testCertificate } from './test-certificate.ts';
import { TestClock } from './test-clock.ts';
import { TestServer } from './test-server.ts';

/** One exchange by node:http, the body read to its end. */
interface Answer {
  readonly status: number;
  readonly headers: readonly string[];
  readonly body: string;
  readonly trailers: IncomingMessage['trailers'];
}

/** The head of an answer to a request by node:http, with the body still to be read. */
function head(url: string, options: RequestOptions & { readonly body?: string } = {}): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const send = url.startsWith('https:') ? tlsRequest : request;
    const sent = send(url, { agent: false, ca: testCertificate.ca, ...options }, resolve);
    sent.on('error', reject);
    sent.end(options.body);
  });
}

async function exchange(url: string, options: RequestOptions & { readonly body?: string } = {}): Promise<Answer> {
  const message = await head(url, options);
  const body = await text(message);
  return { status: message.statusCode ?? 0, headers: message.rawHeaders, body, trailers: message.trailers };
}

describe('a server without a script', () => {
  test('answers 200 with ok', async () => {
    await using server = await TestServer.start();
    expect(await exchange(server.url)).toMatchObject({ status: 200, body: 'ok' });
  });

  test("is one that Node's fetch can use", async () => {
    await using server = await TestServer.start();
    const response = await fetch(`${server.url}/path`);
    expect(await response.text()).toBe('ok');
  });

  test('leaves the answer to its handler', async () => {
    await using server = await TestServer.start({
      handler: async (incoming, response) => void response.writeHead(201).end(`${incoming.method} ${await text(incoming)}`),
    });
    expect(await exchange(server.url, { method: 'POST', body: 'hello' })).toMatchObject({ status: 201, body: 'POST hello' });
    expect(server.requests[0]?.text()).toBe('hello');
  });

  test('tells what its handler threw when it is disposed of, and the client 500', async () => {
    const server = await TestServer.start({
      handler: () => {
        throw new Error('the handler is broken');
      },
    });
    expect(await exchange(server.url)).toMatchObject({ status: 500 });
    await expect(server[Symbol.asyncDispose]()).rejects.toThrow('the handler is broken');
  });

  test('tells that it was sent what is not HTTP', async () => {
    const server = await TestServer.start();
    const socket = connect(server.port, '127.0.0.1', () => socket.write('GET / HTTP/1.1\r\nbad header\r\n\r\n'));
    await server.whenOpenConnections(1);
    await server.whenOpenConnections(0);
    await expect(server[Symbol.asyncDispose]()).rejects.toThrow('Parse Error');
  });

  test('speaks TLS with the certificate of this package', async () => {
    await using server = await TestServer.start({ tls: true });
    expect(server.url).toMatch(/^https:/);
    expect(await exchange(server.url)).toMatchObject({ status: 200, body: 'ok' });
    expect(await exchange(server.url.replace('127.0.0.1', 'localhost'), { family: 4 })).toMatchObject({ status: 200 });
    expect(server.requests.map((one) => one.connection)).toEqual([1, 2]);
  });
});

describe('a scripted answer', () => {
  test('comes with its status, its fields as they are written, and its body', async () => {
    await using server = await TestServer.start();
    server.enqueue({ status: 404, statusText: 'Nothing Here', headers: { 'X-Odd-CASE': '1', 'set-cookie': ['a=1', 'b=2'] }, body: 'gone' });
    const answer = await head(server.url);
    expect([answer.statusCode, answer.statusMessage, await text(answer)]).toEqual([404, 'Nothing Here', 'gone']);
    expect(answer.rawHeaders.join('\n')).toMatch(/^X-Odd-CASE\n1\nset-cookie\na=1\nset-cookie\nb=2\nContent-Length\n4\n/);
  });

  test('is for one request, in the order of the queue; then the handler answers', async () => {
    await using server = await TestServer.start();
    server.enqueue({ body: 'one' }, { body: 'two' });
    const bodies: string[] = [];
    for (let count = 0; count < 3; count++) bodies.push((await exchange(server.url)).body);
    expect(bodies).toEqual(['one', 'two', 'ok']);
  });

  test('in parts is chunked, and may have trailers', async () => {
    await using server = await TestServer.start();
    server.enqueue({ body: ['a', new Uint8Array([0x62])], trailers: { 'x-sum': 'ab' } });
    const answer = await exchange(server.url);
    expect(answer.body).toBe('ab');
    expect(answer.trailers).toEqual({ 'x-sum': 'ab' });
    expect(answer.headers).toContain('chunked');
    expect(answer.headers).not.toContain('Content-Length');
  });

  test.for([204, 304])('with status %d declares no length', async (status) => {
    await using server = await TestServer.start();
    server.enqueue({ status });
    const answer = await exchange(server.url);
    expect(answer.status).toBe(status);
    expect(answer.headers).not.toContain('Content-Length');
  });

  test('waits for its delays by the clock it was given', async () => {
    const clock = new TestClock();
    await using server = await TestServer.start({ clock });
    server.enqueue({ headDelay: 1_000, bodyDelay: 500, body: 'late' });
    const pending = head(server.url);
    await (
      await server.takeRequest()
    ).ended;
    await clock.advance(1_000);
    const answer = await pending;
    expect(clock.pendingTimers).toBe(1);
    await clock.advance(500);
    expect(await text(answer)).toBe('late');
  });

  test('waits for a promise', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    await using server = await TestServer.start();
    server.enqueue({ body: 'late', bodyDelay: promise });
    const answer = await head(server.url);
    resolve();
    expect(await text(answer)).toBe('late');
  });

  test('may come before the request has', async () => {
    await using server = await TestServer.start();
    server.enqueue({ status: 413, when: 'request-head' });
    const sent = request(server.url, { method: 'POST', agent: false, headers: { 'content-length': '5' } });
    const answered = new Promise<IncomingMessage>((resolve) => {
      sent.on('response', resolve);
    });
    sent.on('error', () => {});
    sent.flushHeaders();
    expect((await answered).statusCode).toBe(413);
    expect(server.requests[0]?.isComplete).toBe(false);
    sent.destroy();
  });

  test('asks for the body of a request that expects to be asked, unless it comes early', async () => {
    await using server = await TestServer.start();
    const asked: boolean[] = [];
    for (const when of ['request-end', 'request-head'] as const) {
      server.enqueue({ when });
      const sent = request(server.url, { method: 'POST', agent: false, headers: { 'expect': '100-continue', 'content-length': '2' } });
      const answered = new Promise<IncomingMessage>((resolve) => {
        sent.on('response', resolve);
      });
      let wasAsked = false;
      sent.on('continue', () => {
        wasAsked = true;
        sent.end('hi');
      });
      sent.on('error', () => {});
      sent.flushHeaders();
      await text(await answered);
      asked.push(wasAsked);
      sent.destroy();
    }
    expect(asked).toEqual([true, false]);
  });
});

describe('a fault', () => {
  test.for([
    { fault: 'close-before-response', says: 'socket hang up' },
    { fault: 'reset-before-response', says: 'ECONNRESET' },
    { fault: 'garbage', says: 'Parse Error' },
  ] as const)('$fault fails the request', async ({ fault, says }) => {
    for (const tls of [false, true]) {
      await using server = await TestServer.start({ tls });
      server.enqueue({ fault });
      await expect(exchange(server.url)).rejects.toThrow(says);
    }
  });

  test.for([
    { body: 'whole', fault: 'truncate-body' },
    { body: 'whole', fault: 'reset-body' },
    { body: ['in', 'parts'], fault: 'truncate-body' },
    { body: ['in', 'parts'], fault: 'reset-body' },
    { body: undefined, fault: 'truncate-body' },
  ] as const)('$fault of $body fails its reader', async ({ body, fault }) => {
    for (const tls of [false, true]) {
      await using server = await TestServer.start({ tls });
      server.enqueue({ body, fault });
      const answer = await head(server.url);
      expect(answer.statusCode).toBe(200);
      await expect(text(answer)).rejects.toThrow('aborted');
    }
  });

  test('never-answer leaves the request without an answer', async () => {
    await using server = await TestServer.start();
    server.enqueue({ fault: 'never-answer' });
    const controller = new AbortController();
    const pending = exchange(server.url, { signal: controller.signal });
    await (
      await server.takeRequest()
    ).ended;
    controller.abort();
    await expect(pending).rejects.toThrow('aborted');
    await server.whenOpenConnections(0);
  });

  test('stall-body sends what there is and no more', async () => {
    await using server = await TestServer.start();
    server.enqueue({ body: 'half', fault: 'stall-body' });
    const answer = await head(server.url);
    for await (const chunk of answer) {
      expect(String(chunk)).toBe('half');
      expect(server.openConnections).toBe(1);
      break;
    }
    await server.whenOpenConnections(0);
  });

  test.for(['close-after-response', 'reset-after-response'] as const)('%s ends a connection that was said to stay', async (fault) => {
    await using server = await TestServer.start();
    const agent = new Agent({ keepAlive: true });
    server.enqueue({ body: 'whole', fault });
    const answer = await exchange(server.url, { agent });
    expect(answer.body).toBe('whole');
    expect(answer.headers).not.toContain('close');
    await server.whenOpenConnections(0);
    agent.destroy();
  });

  test('close-idle ends a connection that was idle for so long', async () => {
    const clock = new TestClock();
    await using server = await TestServer.start({ clock });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    server.enqueue({ fault: { kind: 'close-idle', after: 100 } }, {}, { fault: { kind: 'close-idle', after: 100 } });
    await exchange(server.url, { agent });
    await clock.advance(99);
    // The second request comes in time and cancels it; the third starts another.
    await exchange(server.url, { agent });
    expect(clock.pendingTimers).toBe(0);
    await exchange(server.url, { agent });
    await clock.advance(100);
    await server.whenOpenConnections(0);
    expect(server.connectionsOpened).toBe(1);
    agent.destroy();
  });
});

describe('what is misspelt is refused, and named', () => {
  test.for<{ fact: string; response: object; message: string }>([
    { fact: 'a name', response: { staus: 500 }, message: 'unknown option "staus"' },
    { fact: 'a fault', response: { fault: 'never-anwser' }, message: 'fault: expected one of never-answer' },
    { fact: 'the kind of a fault', response: { fault: { kind: 'goaway' } }, message: 'or an object with the kind close-idle' },
    {
      fact: 'a part of a fault',
      response: { fault: { kind: 'close-idle', afterMs: 5 } },
      message: 'invalid fault close-idle options: unknown',
    },
    { fact: 'when', response: { when: 'head' }, message: 'when: expected one of request-end, request-head' },
    { fact: 'what every object has', response: { fault: 'toString' }, message: 'fault: expected' },
  ])('$fact of an answer', async ({ response, message }) => {
    await using server = await TestServer.start();
    expect(() => server.enqueue({ status: 500 }, response)).toThrow(TypeError);
    expect(() => server.enqueue({ status: 500 }, response)).toThrow(message);
    expect((await exchange(server.url)).status).toBe(200);
  });

  test.for<{ fact: string; options: object; message: string }>([
    { fact: 'a protocol', options: { protocol: 'http2' }, message: 'protocol: expected one of http/1.1, h2, either' },
    { fact: 'a name', options: { TLS: true }, message: 'unknown option "TLS"' },
    { fact: 'settings for a server without any', options: { settings: {} }, message: 'unknown option "settings"' },
  ])('$fact of a server', async ({ options, message }) => {
    const started = TestServer.start(options);
    await expect(started).rejects.toThrow(TypeError);
    await expect(started).rejects.toThrow(message);
  });
});

describe('what the server knows', () => {
  test('each request, as it was on the wire', async () => {
    await using server = await TestServer.start();
    const sent = request(`${server.url}/a?b=c`, { method: 'PUT', agent: false, headers: { 'X-Odd-CASE': 'x', 'trailer': 'x-sum' } });
    const answered = new Promise<IncomingMessage>((resolve) => {
      sent.on('response', resolve);
    });
    sent.write('hel');
    sent.addTrailers({ 'X-Sum': '5' });
    sent.end('lo');
    await text(await answered);
    const recorded = await server.takeRequest();
    await recorded.ended;
    expect(recorded).toMatchObject({ method: 'PUT', url: '/a?b=c', httpVersion: '1.1', connection: 1, isComplete: true });
    expect(recorded.headers[0]).toEqual(['X-Odd-CASE', 'x']);
    expect([recorded.header('x-odd-case'), recorded.header('absent')]).toEqual(['x', undefined]);
    expect(recorded.text()).toBe('hello');
    expect(recorded.body).toHaveLength(5);
    expect(recorded.trailers).toEqual([['X-Sum', '5']]);
  });

  test('a request whose connection ended has ended, incomplete', async () => {
    await using server = await TestServer.start({ handler: () => {} });
    const sent = request(server.url, { method: 'POST', agent: false, headers: { 'content-length': '5' } });
    sent.on('error', () => {});
    sent.write('hel');
    const recorded = await server.takeRequest();
    sent.destroy();
    await recorded.ended;
    expect(recorded.isComplete).toBe(false);
  });

  test('how many connections there were and are, over TLS too', async () => {
    for (const tls of [false, true]) {
      await using server = await TestServer.start({ tls });
      const agent = tls ? new TlsAgent({ keepAlive: true, maxSockets: 1 }) : new Agent({ keepAlive: true, maxSockets: 1 });
      for (let count = 0; count < 2; count++) await exchange(server.url, { agent });
      const last = await head(server.url, { agent });
      const isClosed = once(last.socket, 'close');
      await text(last);
      expect([server.connectionsOpened, server.openConnections]).toEqual([1, 1]);
      server.closeIdleConnections();
      await server.whenOpenConnections(0);
      await isClosed;
      await exchange(server.url, { agent });
      expect(server.requests.map((one) => one.connection)).toEqual([1, 1, 1, 2]);
      agent.destroy();
      await server.whenOpenConnections(0);
    }
  });

  test('requests in turn, whether they are taken before or after they come', async () => {
    await using server = await TestServer.start();
    const early = server.takeRequest();
    await exchange(`${server.url}/1`);
    await exchange(`${server.url}/2`);
    expect((await early).url).toBe('/1');
    expect((await server.takeRequest()).url).toBe('/2');
  });
});

describe('closing', () => {
  test.for(['close', 'reset'] as const)('all connections (%s) fails what is on them, and the server goes on', async (how) => {
    await using server = await TestServer.start();
    server.enqueue({ fault: 'never-answer' });
    const pending = exchange(server.url);
    const failure = expect(pending).rejects.toThrow(how === 'reset' ? 'ECONNRESET' : 'hang up');
    await server.takeRequest();
    server.closeAllConnections(how);
    await failure;
    expect(await exchange(server.url)).toMatchObject({ body: 'ok' });
  });

  test.for([false, true])('a reset of what is ending already leaves no handle open, 200 times (TLS %s)', async (tls) => {
    await using server = await TestServer.start({ tls });
    for (let count = 0; count < 200; count++) {
      server.enqueue({ body: 'ok', fault: 'reset-after-response' });
      // node:http ends a connection that is not to be kept as soon as it has written the answer.
      await exchange(server.url, { headers: { connection: 'close' } });
    }
    await server.whenOpenConnections(0);
    await expect.poll(() => process.getActiveResourcesInfo()).not.toContain('TCPSocketWrap');
  });

  test.for([false, true])('the server closes every connection and forgets its delays (TLS %s)', async (tls) => {
    const clock = new TestClock();
    const server = await TestServer.start({ clock, tls });
    server.enqueue({ headDelay: 1_000 }, { fault: { kind: 'close-idle', after: 1_000 } });
    const failure = expect(exchange(server.url)).rejects.toThrow('hang up');
    await (
      await server.takeRequest()
    ).ended;
    const agent = tls ? new TlsAgent({ keepAlive: true }) : new Agent({ keepAlive: true });
    await exchange(server.url, { agent });
    expect(clock.pendingTimers).toBe(2);
    await server[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
    await failure;
    expect([server.openConnections, clock.pendingTimers]).toEqual([0, 0]);
    await expect(exchange(server.url)).rejects.toThrow('ECONNREFUSED');
    agent.destroy();
  });
});
