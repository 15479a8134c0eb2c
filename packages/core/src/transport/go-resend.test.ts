import { BytePeer, type Conversation, RecordingTrace, TestClock, TestServer } from '@roundtripper/testing';
import { describe, expect, test } from 'vitest';

import { fetchText, isInUse, send } from '../../test/exchanges.ts';
import { rejectionOf } from '../../test/rejection-of.ts';
import { HttpRequest, type HttpRequestInit } from '../contract/http-request.ts';
import { RoundTripError, type RoundTripErrorCode } from '../contract/round-trip-error.ts';
import { mayResend, type FailedAttempt } from './resend.ts';
import { Transport } from './transport.ts';

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const URL_OF_NOBODY = 'http://example.com/';

/** None; its first exchange; the first of one that was idle; one that was used before; one that another request hands over. */
const LEASES: readonly FailedAttempt['lease'][] = [
  undefined,
  { isReused: false, wasIdle: false },
  { isReused: false, wasIdle: true },
  { isReused: true, wasIdle: true },
  { isReused: true, wasIdle: false },
];

const BODIES: Readonly<Record<string, () => HttpRequestInit['body']>> = {
  'none': () => undefined,
  'at hand': () => 'x',
  'to be opened again': () => () => new ReadableStream({ start: (controller) => controller.close() }),
  'a stream': () => new ReadableStream({ start: (controller) => controller.close() }),
};

const METHODS = ['GET', 'HEAD', 'OPTIONS', 'TRACE', 'QUERY', 'POST', 'PUT', 'PATCH', 'DELETE', 'PROPFIND'];
const KEYS = [undefined, 'Idempotency-Key', 'X-Idempotency-Key'];

/** All there are: the compiler asks for a code that is added. */
const CODES: { readonly [Code in RoundTripErrorCode]: Code } = {
  'stale-connection': 'stale-connection',
  'ping-timeout': 'ping-timeout',
  'stream-reset': 'stream-reset',
  'stream-refused': 'stream-refused',
  'server-goaway': 'server-goaway',
  'not-supported': 'not-supported',
  'queue-full': 'queue-full',
  'pool-timeout': 'pool-timeout',
  'dns-failed': 'dns-failed',
  'address-refused': 'address-refused',
  'dial-failed': 'dial-failed',
  'dial-timeout': 'dial-timeout',
  'tls-failed': 'tls-failed',
  'tls-timeout': 'tls-timeout',
  'proxy-refused': 'proxy-refused',
  'proxy-failed': 'proxy-failed',
  'proxy-timeout': 'proxy-timeout',
  'transport-closed': 'transport-closed',
  'connection-closed': 'connection-closed',
  'connection-reset': 'connection-reset',
  'header-timeout': 'header-timeout',
  'malformed-response': 'malformed-response',
  'response-limit': 'response-limit',
  'request-body-failed': 'request-body-failed',
  'request-body-length': 'request-body-length',
  'body-timeout': 'body-timeout',
  'truncated': 'truncated',
  'body-disposed': 'body-disposed',
  'response-dropped': 'response-dropped',
};

const ERRORS = (['nothing', 'partial', 'all'] as const).flatMap((sent) =>
  Object.values(CODES).map((code) => new RoundTripError('', { code, phase: 'response-head', sent })),
);

const ABORTED = new DOMException('aborted', 'AbortError');

interface RequestCase {
  readonly method: string;
  readonly body: string;
  readonly key: string | undefined;
  /** Whether the body has been opened. */
  readonly isOpened: boolean;
}

const REQUESTS: readonly RequestCase[] = METHODS.flatMap((method) =>
  KEYS.flatMap((key) => Object.keys(BODIES).flatMap((body) => [false, true].map((isOpened) => ({ method, body, key, isOpened })))),
);

/** Go's isReplayable (request.go), said again from its text. */
function isReplayable({ body, method, key }: RequestCase): boolean {
  return body !== 'a stream' && (['GET', 'HEAD', 'OPTIONS', 'TRACE', 'QUERY'].includes(method) || key !== undefined);
}

/** Go's shouldRetryRequest, row by row; the first that applies wins. @returns the row's number and its answer. */
function goRow(request: RequestCase, lease: FailedAttempt['lease'], error: RoundTripError): readonly [number, boolean] {
  const isStale = error.code === 'stale-connection';
  // HTTP/2's (D.6): the server says that it has not looked at the request, whatever its connection was.
  if (error.code === 'stream-refused' || error.code === 'server-goaway') return [1, request.body !== 'a stream' || !request.isOpened];
  // Row 2 is a request without a host, which cannot be made.
  if (lease === undefined || !(lease.isReused || lease.wasIdle)) return [3, false];
  // Go asks for a GetBody; a body that was neither opened nor closed is sent as it is by both.
  if (isStale && error.sent === 'nothing') return request.body === 'a stream' && request.isOpened ? [5, false] : [4, true];
  if (!isReplayable(request)) return [6, false];
  return isStale ? [7, true] : [8, false];
}

async function requestOf({ body, isOpened, method, key }: RequestCase): Promise<HttpRequest> {
  const headers = key === undefined ? {} : { [key]: 'k' };
  const request = new HttpRequest(URL_OF_NOBODY, { method, body: BODIES[body]?.(), headers });
  if (isOpened) await request.body?.open();
  return request;
}

describe('Go C.10: whether a request is sent again, as a pure table', () => {
  test('every case is decided by the row that comes first for it, and every row by some case', async () => {
    const seen = new Set<number>();
    const attempts = LEASES.flatMap((lease) => ERRORS.map((error) => ({ lease, error })));
    for (const row of REQUESTS) {
      const request = await requestOf(row);
      for (const { lease, error } of attempts) {
        const [number, expected] = goRow(row, lease, error);
        seen.add(number);
        if (mayResend({ request, lease, error }) === expected) continue;
        throw new Error(`row ${number}, ${error.code}, ${error.sent} sent: ${JSON.stringify({ ...row, lease })}`);
      }
      for (const lease of LEASES) expect(mayResend({ request, lease, error: ABORTED })).toBe(false);
    }
    expect([...seen].toSorted((one, other) => one - other)).toEqual([1, 3, 4, 5, 6, 7, 8]);
  });

  test('a header with an empty value counts as a key', () => {
    const request = new HttpRequest(URL_OF_NOBODY, { method: 'POST', headers: { 'Idempotency-Key': '' } });
    const error = new RoundTripError('', { code: 'stale-connection', phase: 'response-head', sent: 'all' });
    expect(mayResend({ request, lease: { isReused: true, wasIdle: true }, error })).toBe(true);
  });
});

/** What a peer does with the second request of its first connection, once it has read it. */
type Turn = (conversation: Conversation) => Promise<unknown> | void;

/** Answers all but the second request of its first connection. It writes down what it was asked. */
async function peerThat(turn: Turn): Promise<{ readonly peer: BytePeer; readonly asked: string[] }> {
  const asked: string[] = [];
  const peer = await BytePeer.listen(async (conversation) => {
    let count = 0;
    for await (const head of conversation.heads()) {
      const body = await conversation.read(Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0));
      asked.push(`${head.slice(0, head.indexOf(' '))} ${body.toString()}`.trim());
      count += 1;
      if (conversation.number === 1 && count === 2) {
        await turn(conversation);
        return;
      }
      await conversation.write(OK);
    }
  });
  return { peer, asked };
}

describe('Go C.10 over sockets', () => {
  test('row 3: a connection’s first exchange is not repeated, whatever the request', async () => {
    await using peer = await BytePeer.listen(async (conversation) => {
      await conversation.readHead();
      conversation.destroy();
    });
    await using transport = new Transport();
    const recorder = new RecordingTrace();
    const error = await rejectionOf(send(transport, peer.url, { trace: recorder.trace }));
    expect(error).toMatchObject({ code: 'connection-closed', sent: 'all', isConnectionReused: false });
    expect(recorder.all('resend')).toEqual([]);
    expect(peer.connectionsOpened).toBe(1);
  });

  const unrepeatable: readonly { fact: string; init: () => HttpRequestInit; body: string }[] = [
    { fact: 'a POST without a body', init: () => ({ method: 'POST' }), body: '' },
    { fact: 'a POST with bytes', init: () => ({ method: 'POST', body: 'pay' }), body: 'pay' },
    { fact: 'a DELETE', init: () => ({ method: 'DELETE' }), body: '' },
    { fact: 'a PUT with a body that can be opened again', init: () => ({ method: 'PUT', body: ['pa', 'y'] }), body: 'pay' },
    {
      fact: 'a POST with a stream, which nobody has opened yet (Go would fail it)',
      init: () => ({ method: 'POST', body: ReadableStream.from(['pay']), headers: { 'Content-Length': '3' } }),
      body: 'pay',
    },
  ];
  const farewells: readonly { how: string; say: (conversation: Conversation) => void }[] = [
    { how: 'FIN', say: (conversation) => conversation.end() },
    { how: 'RST', say: (conversation) => conversation.reset() },
    { how: 'bytes nobody asked for', say: (conversation) => void conversation.write(OK) },
    { how: 'a 408', say: (conversation) => void conversation.write('HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n') },
  ];
  describe.for(farewells)('row 4: $how that comes while the request waits its turn', ({ say }) => {
    test.for(unrepeatable)('sends $fact on a fresh connection, once', async ({ init, body }) => {
      const asked: string[] = [];
      await using peer = await BytePeer.listen(async (conversation) => {
        for await (const head of conversation.heads()) {
          const bytes = await conversation.read(Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0));
          if (!head.startsWith('GET')) asked.push(`${conversation.number}: ${bytes.toString()}`);
          await conversation.write(OK);
          if (conversation.number === 1) say(conversation);
        }
      });
      await using transport = new Transport();
      const recorder = new RecordingTrace();
      // The next request is made in the very turn in which the answer is read: the farewell is on its way.
      expect(await fetchText(transport, peer.url)).toBe('ok');
      const response = await send(transport, peer.url, { ...init(), trace: recorder.trace });
      expect([response.status, await response.text()]).toEqual([200, 'ok']);
      expect(response.request?.method).toBe(init().method);
      expect(asked).toEqual([`2: ${body}`]);
      for (const { error } of recorder.all('resend')) expect(error).toMatchObject({ code: 'stale-connection', sent: 'nothing' });
      expect(recorder.all('wroteHeaders')).toHaveLength(1);
    });
  });

  test('row 6: what was sent and is not replayable fails, and is executed once', async () => {
    const { peer, asked } = await peerThat((conversation) => conversation.destroy());
    await using _peer = peer;
    await using transport = new Transport();
    await fetchText(transport, peer.url);
    const error = await rejectionOf(send(transport, peer.url, { method: 'POST', body: 'pay' }));
    expect(error).toMatchObject({ code: 'stale-connection', sent: 'all', phase: 'response-head', isConnectionReused: true });
    expect(asked).toEqual(['GET', 'POST pay']);
  });

  test('row 7: what is replayable is sent again, and the response belongs to the request that was given', async () => {
    const { peer, asked } = await peerThat((conversation) => conversation.destroy());
    await using _peer = peer;
    await using transport = new Transport();
    await fetchText(transport, peer.url);
    const request = new HttpRequest(peer.url, { method: 'POST', body: 'pay', headers: { 'Idempotency-Key': 'k' } });
    const response = await transport.roundTrip(request);
    expect(response.request).toBe(request);
    expect(await response.text()).toBe('ok');
    expect(asked).toEqual(['GET', 'POST pay', 'POST pay']);
  });

  const endings: readonly { fact: string; turn: Turn; code: string }[] = [
    {
      fact: 'half a head',
      turn: (conversation) => conversation.write('HTTP/1.1 2').then(() => conversation.end()),
      code: 'connection-closed',
    },
    {
      fact: 'an interim response and the end',
      turn: (c) => c.write('HTTP/1.1 103 X\r\n\r\n').then(() => c.end()),
      code: 'connection-closed',
    },
    { fact: 'nonsense', turn: (conversation) => conversation.write('nonsense\r\n\r\n'), code: 'malformed-response' },
    { fact: 'a head that is too large', turn: (c) => c.write(`HTTP/1.1 200 ${'x'.repeat(9_000)}`), code: 'response-limit' },
  ];
  test.for(endings)('row 8: $fact on a used connection is not met by sending a GET again ($code)', async ({ turn, code }) => {
    const { peer, asked } = await peerThat(turn);
    await using _peer = peer;
    await using transport = new Transport();
    await fetchText(transport, peer.url);
    expect(await rejectionOf(send(transport, peer.url))).toMatchObject({ code, isConnectionReused: true });
    expect(asked).toEqual(['GET', 'GET']);
  });

  test('row 8: nor is a time limit, nor an abort', async () => {
    const clock = new TestClock();
    await using server = await TestServer.start();
    await using transport = new Transport({ clock, responseHeaderTimeout: 1_000, idleConnTimeout: 0 });
    await fetchText(transport, server.url);
    server.enqueue({ fault: 'never-answer' }, { fault: 'never-answer' });
    await server.takeRequest();
    const late = rejectionOf(send(transport, server.url));
    await server.takeRequest();
    await clock.advance(1_000);
    expect(await late).toMatchObject({ code: 'header-timeout', isConnectionReused: true });
    const controller = new AbortController();
    const aborted = rejectionOf(send(transport, server.url, { signal: controller.signal }));
    await server.takeRequest();
    controller.abort('enough');
    expect(await aborted).toBe('enough');
    expect(server.requests).toHaveLength(3);
  });

  test('where the second attempt fails before it sends, what the first has sent still counts', async () => {
    const { peer } = await peerThat((conversation) => {
      void peer[Symbol.asyncDispose]();
      conversation.destroy();
    });
    await using transport = new Transport();
    await fetchText(transport, peer.url);
    const error = await rejectionOf(send(transport, peer.url));
    expect(error).toMatchObject({ code: 'dial-failed', sent: 'all' });
  });

  test('the body of a failed attempt is closed, and the one that is sent again is another', async () => {
    const { peer } = await peerThat((conversation) => conversation.destroy());
    await using _peer = peer;
    await using transport = new Transport();
    await fetchText(transport, peer.url);
    const ends: string[] = [];
    const body = (): AsyncIterable<string> =>
      (async function* () {
        try {
          yield 'pay';
        } finally {
          ends.push('closed');
        }
      })();
    const headers = { 'Idempotency-Key': 'k', 'Content-Length': '3' };
    expect(await fetchText(transport, peer.url, { method: 'POST', body, headers })).toBe('ok');
    expect(ends).toEqual(['closed', 'closed']);
  });
});

describe('a request that must not be sent twice, and a server that closes each connection after its answer without saying so', () => {
  test.for(['FIN', 'RST'] as const)(
    '(%s) a thousand POSTs one after the other: none fails, none is lost, none is executed twice',
    async (how) => {
      const executed: string[] = [];
      await using peer = await BytePeer.listen(async (conversation) => {
        for await (const head of conversation.heads()) {
          await conversation.read(3);
          executed.push(head.slice(0, head.indexOf(' HTTP')));
          void conversation.write(OK);
          if (how === 'FIN') conversation.end();
          else conversation.reset();
        }
      });
      await using transport = new Transport();
      const expected = Array.from({ length: 1_000 }, (_, number) => `POST /${number}`);
      for (let number = 0; number < expected.length; number++) {
        expect(await fetchText(transport, `${peer.url}/${number}`, { method: 'POST', body: 'pay' })).toBe('ok');
      }
      expect(executed).toEqual(expected);
      expect(transport.stats().filter(isInUse).length).toBeLessThanOrEqual(1);
    },
  );
});
