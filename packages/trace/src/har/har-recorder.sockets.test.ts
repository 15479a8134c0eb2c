import { readFile, stat } from 'node:fs/promises';

import { compose, HttpRequest, HttpResponse, roundTripper, Transport, type CacheDecision } from '@roundtripper/core';
import { BytePeer, TestClock, TestServer } from '@roundtripper/testing';
import { expect, test } from 'vitest';

import { checkedHar } from '../../test/har-schema.ts';
import { get, recorded } from '../../test/recorded-har.ts';
import { temporaryFolder } from '../../test/temporary-folder.ts';
import { harRecorder } from './har-recorder.ts';

test('an exchange over HTTP/1.1, as it was sent and as it was answered', async () => {
  await using server = await TestServer.start();
  server.enqueue({
    status: 201,
    headers: {
      'Content-Type': 'text/plain; charset=utf-8',
      'Set-Cookie': ['sid=1; Path=/; Secure; HttpOnly; SameSite=Lax', 'a=b; Expires=Sun, 06 Nov 1994 08:49:37 GMT'],
    },
    body: 'hello',
  });
  const { log, only } = await recorded((client) =>
    get(client, `${server.url}/a?b=c&d=%20`, {
      method: 'POST',
      headers: { 'User-Agent': 'me', 'Cookie': 'x=1; y=2', 'Accept': '*/*' },
      body: 'abc',
    }),
  );
  expect(log).toMatchObject({ version: '1.2', creator: { name: '@roundtripper/trace' } });
  const { request, response } = only;
  const sent = server.requests[0]?.headers ?? [];
  expect(request).toEqual({
    method: 'POST',
    url: `${server.url}/a?b=c&d=%20`,
    httpVersion: 'HTTP/1.1',
    cookies: [
      { name: 'x', value: 'REDACTED' },
      { name: 'y', value: 'REDACTED' },
    ],
    headers: sent.map(([name, value]) => ({ name, value: name === 'Cookie' ? 'x=REDACTED; y=REDACTED' : value })),
    queryString: [
      { name: 'b', value: 'c' },
      { name: 'd', value: ' ' },
    ],
    headersSize: 'POST /a?b=c&d=%20 HTTP/1.1\r\n\r\n'.length + sent.reduce((sum, [name, value]) => sum + name.length + value.length + 4, 0),
    bodySize: 3,
  });
  expect(response).toMatchObject({
    status: 201,
    statusText: 'Created',
    httpVersion: 'HTTP/1.1',
    cookies: [
      { name: 'sid', value: 'REDACTED', path: '/', secure: true, httpOnly: true, sameSite: 'Lax' },
      { name: 'a', value: 'REDACTED', expires: '1994-11-06T08:49:37.000Z' },
    ],
    content: { size: 5, mimeType: 'text/plain; charset=utf-8' },
    redirectURL: '',
    bodySize: 5,
  });
  expect(response.content).not.toHaveProperty('text');
  expect(request).not.toHaveProperty('postData');
  expect(only).toMatchObject({
    serverIPAddress: '127.0.0.1',
    connection: String(server.port),
    _connectionReused: false,
    _resourceType: 'fetch',
  });
});

test('of a connection that is used again nothing is timed that it did before', async () => {
  await using server = await TestServer.start();
  const { log } = await recorded(async (client) => {
    await get(client, server.url);
    await get(client, server.url);
  });
  const [first, second] = log.entries;
  expect(first?.timings.connect).toBeGreaterThan(0);
  expect(second?.timings).toMatchObject({ dns: -1, connect: -1, ssl: -1 });
  expect(second).toMatchObject({ _connectionReused: true });
  expect(Reflect.get(second ?? {}, '_connectionIdleTime')).toBeTypeOf('number');
  expect(Reflect.get(second ?? {}, '_connectionId')).toBe(Reflect.get(first ?? {}, '_connectionId'));
});

test('an exchange over HTTP/2 and TLS', async () => {
  await using server = await TestServer.start({ protocol: 'h2', tls: true });
  const { only } = await recorded((client) =>
    get(client, `${server.url}/a?token=1`, { headers: { 'Cookie': 'a=1; b=2', 'User-Agent': 'me' } }),
  );
  const { request, response } = only;
  expect(request).toMatchObject({ url: `${server.url}/a?token=REDACTED`, httpVersion: 'HTTP/2.0', headersSize: -1, bodySize: 0 });
  expect(request.queryString).toEqual([{ name: 'token', value: 'REDACTED' }]);
  expect(request.headers).toEqual([
    { name: ':method', value: 'GET' },
    { name: ':scheme', value: 'https' },
    { name: ':authority', value: `127.0.0.1:${server.port}` },
    { name: ':path', value: '/a?token=REDACTED' },
    { name: 'cookie', value: 'a=REDACTED; b=REDACTED' },
    { name: 'user-agent', value: 'me' },
  ]);
  expect(response).toMatchObject({ status: 200, httpVersion: 'HTTP/2.0', headersSize: -1, bodySize: 2 });
  expect(only).toMatchObject({ _streamId: 1, _tls: { protocol: 'TLSv1.3', alpnProtocol: 'h2', resumed: false } });
  expect(only.timings.ssl).toBeGreaterThan(0);
});

test('what the Transport adds without telling its value is said to be so', async () => {
  await using server = await TestServer.start();
  const { only } = await recorded((client) => get(client, server.url));
  expect(only.request.headers).toContainEqual({
    name: 'User-Agent',
    value: '',
    comment: 'added by the Transport, which does not tell its value',
  });
  expect(only.request.headersSize).toBe(-1);
});

test('a request that nobody answers has the status 0, and says why as Chrome does', async () => {
  const gone = await TestServer.start();
  await gone[Symbol.asyncDispose]();
  const url = `${gone.url.replace('//', '//user:password@')}/?key=1`;
  const { only } = await recorded((client) => expect(get(client, url)).rejects.toThrow('ECONNREFUSED'));
  expect(only.request).toMatchObject({ url: `${gone.url}/?key=REDACTED`, httpVersion: '', headersSize: -1, bodySize: -1 });
  expect(only.response).toMatchObject({ status: 0, statusText: '', httpVersion: '', content: { size: 0, mimeType: 'x-unknown' } });
  expect(only.response).toMatchObject({ _error: 'net::ERR_CONNECTION_REFUSED', _errorCode: 'dial-failed', _errorPhase: 'connect' });
  expect(only).not.toHaveProperty('serverIPAddress');
});

test("a certificate that is not trusted is told by Chrome's name for it", async () => {
  await using server = await TestServer.start({ tls: true });
  const { only } = await recorded((client) => expect(get(client, server.url)).rejects.toThrow(), {}, new Transport());
  expect(only.response).toMatchObject({ status: 0, _error: 'net::ERR_CERT_AUTHORITY_INVALID', _errorCode: 'tls-failed' });
});

test('a request that was aborted while it waited for its answer', async () => {
  await using server = await TestServer.start();
  server.enqueue({ fault: 'never-answer' });
  const controller = new AbortController();
  const { only } = await recorded(async (client) => {
    const answer = get(client, server.url, { signal: controller.signal });
    await server.takeRequest();
    controller.abort(new Error('a reason with a secret'));
    await expect(answer).rejects.toThrow('a reason');
  });
  expect(only.response).toMatchObject({ status: 0, _error: 'net::ERR_ABORTED' });
  expect(only.request.bodySize).toBe(0);
  expect(JSON.stringify(only)).not.toContain('secret');
  expect(only).toMatchObject({ _connectionCloseReason: 'aborted' });
});

test('a redirect that is not followed says where it leads, without its secrets', async () => {
  await using server = await TestServer.start();
  server.enqueue({ status: 302, headers: { Location: '/b?code=1&state=2' } });
  const { only } = await recorded((client) => get(client, server.url));
  expect(only.response).toMatchObject({ status: 302, redirectURL: '/b?code=REDACTED&state=2' });
  expect(only.response.headers).toContainEqual({ name: 'Location', value: '/b?code=REDACTED&state=2' });
});

test('a request that the Transport has sent twice is one entry, which says so', async () => {
  await using peer = await BytePeer.listen(async (conversation) => {
    await conversation.readHead();
    await conversation.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
    if (conversation.number > 1) return;
    await conversation.readHead();
    conversation.end();
  });
  const { log } = await recorded(async (client) => {
    await get(client, peer.url);
    await get(client, peer.url);
  });
  expect(log.entries).toHaveLength(2);
  expect(log.entries[1]).toMatchObject({ _resends: 1, _connectionReused: false, response: { status: 200 } });
});

test.for<[readonly CacheDecision[], string]>([
  [['hit'], 'memory'],
  [['stale'], 'memory'],
  [['miss', 'hit'], 'memory'],
  [['miss', 'revalidated'], 'memory'],
  [['miss', 'stored'], 'the server'],
  [['bypass'], 'the server'],
])('an answer without a connection, of which a cache has said %j, comes from %s', async ([told, from]) => {
  await using folder = await temporaryFolder();
  const file = folder.path('cached.har');
  const recorder = harRecorder({ file, bodies: 'text' });
  const client = compose(
    recorder,
    roundTripper(async (request) => {
      for (const decision of told) request.trace?.({ kind: 'cacheDecision', decision, detail: 'why' });
      return new HttpResponse('from memory', { request });
    }),
  );
  expect(await get(client, 'http://example.com/')).toBe('from memory');
  await recorder.close();
  const [only] = checkedHar(await readFile(file, 'utf8')).log.entries;
  expect(only).toMatchObject({ _cacheDecisions: told.map((decision) => `${decision}: why`), response: { status: 200, bodySize: 0 } });
  expect(only?._fromCache).toBe(from === 'memory' ? 'memory' : undefined);
  expect(only?.response.content).toMatchObject({ size: 11, text: 'from memory' });
});

test('where in the program a request was made is told where it is asked for', async () => {
  await using server = await TestServer.start();
  const byDefault = await recorded((client) => get(client, server.url));
  expect(byDefault.only).toMatchObject({ _initiator: { type: 'other' } });
  const { only } = await recorded(
    async function asksForIt(client) {
      await (await client.roundTrip(new HttpRequest(server.url))).text();
    },
    { initiator: true },
  );
  // The composition is the first that called the recorder.
  expect(only).toMatchObject({
    _initiator: { type: 'script', stack: { callFrames: [{ functionName: 'Composed.roundTrip' }, { functionName: 'asksForIt' }, {}] } },
  });
});

test("the last word on an entry is the caller's, and one that it fails on is not written", async () => {
  await using server = await TestServer.start();
  const told: unknown[] = [];
  const { log } = await recorded(
    async (client) => {
      for (const path of ['/keep/secret', '/leave-out', '/fail']) await get(client, server.url + path);
    },
    {
      onError: (error) => told.push(error),
      redact: {
        entry: (entry) => {
          if (entry.request.url.endsWith('/leave-out')) return undefined;
          if (entry.request.url.endsWith('/fail')) throw new Error('cannot say');
          return { ...entry, request: { ...entry.request, url: entry.request.url.replace('secret', 'x') } };
        },
      },
    },
  );
  expect(log.entries.map(({ request }) => request.url)).toEqual([`${server.url}/keep/x`]);
  expect(log.comment).toBe('exchanges that are missing here: 2 because redact.entry left them out or threw');
  expect(told).toEqual([new Error('cannot say')]);
});

test('what is under way when the recording ends is written as far as it has come, and goes on', async () => {
  await using server = await TestServer.start();
  await using folder = await temporaryFolder();
  const file = folder.path('requests.har');
  const release = Promise.withResolvers<void>();
  server.enqueue({ headDelay: release.promise, body: 'late' });
  const recorder = harRecorder({ file });
  await using client = compose(recorder, new Transport());
  const answer = get(client, server.url);
  await server.takeRequest();
  await Promise.all([recorder.close(), recorder.close()]);
  const [only] = checkedHar(await readFile(file, 'utf8')).log.entries;
  expect(only).toMatchObject({ comment: 'it was under way when it was written down', response: { status: 0 } });
  release.resolve();
  expect(await answer).toBe('late');
  expect(await get(client, server.url)).toBe('ok');
  expect(recorder.stats()).toMatchObject({ state: 'closed', written: 1 });
});

test('of more requests under way than are remembered the first are written as far as they have come', async () => {
  await using folder = await temporaryFolder();
  const file = folder.path('requests.har');
  await using recorder = harRecorder({ file });
  const release = Promise.withResolvers<void>();
  const client = compose(
    recorder,
    roundTripper(async (request) => {
      await release.promise;
      return new HttpResponse(null, { request });
    }),
  );
  const answers = Array.from({ length: 10_002 }, (_, at) => get(client, `http://example.com/${at}`));
  while (recorder.stats().written < 2) await new Promise<void>((resolve) => void setImmediate(resolve));
  expect(checkedHar(await readFile(file, 'utf8')).log.entries).toMatchObject([
    { request: { url: 'http://example.com/0' }, comment: 'it was under way when it was written down' },
    { request: { url: 'http://example.com/1' }, comment: 'it was under way when it was written down' },
  ]);
  release.resolve();
  await Promise.all(answers);
});

test('times are those of the clock', async () => {
  await using folder = await temporaryFolder();
  const clock = new TestClock();
  const file = folder.path('requests.har');
  await using recorder = harRecorder({ file, clock });
  const client = compose(
    recorder,
    roundTripper(async (request) => {
      await clock.advance(12.3456);
      return new HttpResponse(null, { request });
    }),
  );
  await get(client, 'http://example.com/');
  await recorder.close();
  const [only] = checkedHar(await readFile(file, 'utf8')).log.entries;
  expect(only).toMatchObject({ startedDateTime: '2026-01-01T00:00:00.000Z', time: 12.346 });
  expect(only?.timings).toEqual({ blocked: 12.346, dns: -1, connect: -1, ssl: -1, send: 0, wait: 0, receive: 0, _blocked_queueing: 0 });
});

test('a recording of nothing is a document too, which only its owner may read', async () => {
  await using folder = await temporaryFolder();
  const file = folder.path('nothing.har');
  const recorder = harRecorder({ file, creator: { name: 'a program', version: '2' } });
  await recorder.close();
  expect(checkedHar(await readFile(file, 'utf8'))).toEqual({
    log: { version: '1.2', creator: { name: 'a program', version: '2' }, entries: [] },
  });
  expect((await stat(file)).mode & 0o777).toBe(0o600);
});

test.for([
  [{}, 'expected one of file and writable'],
  [{ file: '' }, 'file: expected a path'],
  [{ file: 'a', maxBytes: 1 }, 'maxBytes'],
  [{ file: 'a', bodies: true }, 'bodies: expected false, "text" or "all"'],
  [{ file: 'a', redact: { entry: 1 } }, 'redact.entry: expected a function'],
  [{ file: 'a', redact: { cookies: [] } }, 'unknown option "cookies"'],
  [{ file: 'a', colour: 1 }, 'unknown option "colour"'],
] as const)('the options %o are refused: %s', ([options, why]) => {
  const wrong: object = options;
  expect((): unknown => Reflect.apply(harRecorder, undefined, [wrong])).toThrow(why);
});
