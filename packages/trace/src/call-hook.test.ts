import { HttpHeaders, type ConnectionInfo, type TraceEvent } from '@roundtripper/core';
import { expect, test } from 'vitest';

import { callHook } from './call-hook.ts';
import type { ClientTrace } from './client-trace.ts';

const conn: ConnectionInfo = {
  id: 1,
  origin: 'http://example.com',
  protocol: 'http/1.1',
  remoteAddress: '127.0.0.1',
  remotePort: 80,
  localAddress: '127.0.0.1',
  localPort: 40_000,
  tls: undefined,
};
const error = new Error('x');
const headers = new HttpHeaders();

test.for<{ event: TraceEvent; args: unknown[] }>([
  { event: { kind: 'getConn', hostPort: 'example.com:80', origin: 'http://example.com' }, args: ['example.com:80'] },
  {
    event: { kind: 'gotConn', connection: conn, reused: true, wasIdle: true, idleTimeMs: 5, dialledByAnother: false },
    args: [{ conn, reused: true, wasIdle: true, idleTime: 5, dialledByAnother: false }],
  },
  { event: { kind: 'putIdleConn', connection: conn }, args: [{ conn }] },
  { event: { kind: 'putIdleConn', connection: conn, reason: 'max-idle-conns' }, args: [{ conn, reason: 'max-idle-conns' }] },
  { event: { kind: 'queueStart', willDial: false, waitsFor: 'room' }, args: [{ willDial: false, waitsFor: 'room' }] },
  { event: { kind: 'queueEnd' }, args: [] },
  { event: { kind: 'dialStart', hostPort: 'a:443' }, args: ['a:443'] },
  { event: { kind: 'dialEnd', connection: conn }, args: [{ conn }] },
  { event: { kind: 'dialEnd', error }, args: [{ error }] },
  { event: { kind: 'dialDonated', connection: conn, to: 'pool' }, args: [{ conn, to: 'pool' }] },
  { event: { kind: 'dnsStart', hostname: 'a' }, args: [{ host: 'a' }] },
  { event: { kind: 'dnsDone', addresses: ['::1'] }, args: [{ addresses: ['::1'] }] },
  { event: { kind: 'dnsDone', addresses: [], error }, args: [{ addresses: [], error }] },
  { event: { kind: 'connectStart', address: '::1', port: 80 }, args: ['::1', 80] },
  { event: { kind: 'connectDone', address: '::1', port: 80, error }, args: ['::1', 80, error] },
  { event: { kind: 'tlsHandshakeStart', servername: 'a' }, args: [{ servername: 'a' }] },
  { event: { kind: 'tlsHandshakeDone', protocol: 'TLSv1.3', resumed: false }, args: [{ protocol: 'TLSv1.3', resumed: false }] },
  {
    event: { kind: 'proxyConnectStart', proxy: 'http://proxy.example:3128', target: 'a:443' },
    args: [{ proxy: 'http://proxy.example:3128', target: 'a:443' }],
  },
  {
    event: { kind: 'proxyConnectDone', proxy: 'http://proxy.example:3128', status: 407, error },
    args: [{ proxy: 'http://proxy.example:3128', status: 407, error }],
  },
  { event: { kind: 'connOpened', connection: conn }, args: [conn] },
  {
    event: { kind: 'connClosed', connection: conn, reason: 'idle-timeout', exchanges: 3, lifetimeMs: 9 },
    args: [{ conn, reason: 'idle-timeout', exchanges: 3, lifetime: 9 }],
  },
  { event: { kind: 'wroteHeaders', fieldNames: () => [] }, args: [{}] },
  { event: { kind: 'wroteHeaders', streamId: 3, fieldNames: () => [] }, args: [{ streamId: 3 }] },
  {
    event: { kind: 'gotGoAway', connection: conn, lastStreamId: 5, code: 'NO_ERROR' },
    args: [{ conn, lastStreamId: 5, code: 'NO_ERROR' }],
  },
  { event: { kind: 'gotGlitch', connection: conn, glitch: 'ping-ack' }, args: [{ conn, glitch: 'ping-ack' }] },
  { event: { kind: 'receiveBufferFull', connection: conn, unreadBytes: 9 }, args: [{ conn, unreadBytes: 9 }] },
  { event: { kind: 'wait100Continue' }, args: [] },
  { event: { kind: 'got100Continue' }, args: [] },
  { event: { kind: 'requestBodyStart' }, args: [] },
  { event: { kind: 'wroteRequest', bodyBytes: 2 }, args: [{ bodyBytes: 2 }] },
  { event: { kind: 'gotFirstResponseByte' }, args: [] },
  { event: { kind: 'got1xxResponse', status: 103, headers, abort: () => {} }, args: [103, headers] },
  { event: { kind: 'gotResponse', status: 200, proto: 'HTTP/1.1' }, args: [200, 'HTTP/1.1'] },
  { event: { kind: 'bodyStart' }, args: [] },
  { event: { kind: 'bodyEnd', bodyBytes: 2, error }, args: [{ bodyBytes: 2, error }] },
  { event: { kind: 'leaseReleased', connection: conn }, args: [conn] },
  { event: { kind: 'resend', attempt: 2, error }, args: [{ attempt: 2, error }] },
  {
    event: { kind: 'retry', attempt: 1, delayMs: 7, reason: 'status', status: 503 },
    args: [{ attempt: 1, delay: 7, reason: 'status', status: 503 }],
  },
  { event: { kind: 'retry', attempt: 3, delayMs: 0, reason: 'why', error }, args: [{ attempt: 3, delay: 0, reason: 'why', error }] },
  { event: { kind: 'retryStopped', attempt: 3, reason: 'why', error }, args: [{ attempt: 3, reason: 'why', error }] },
  { event: { kind: 'hedge', attempt: 2, delayMs: 40 }, args: [{ attempt: 2, delay: 40 }] },
  {
    event: { kind: 'hedge', attempt: 2, delayMs: 40, withheld: 'budget-exhausted' },
    args: [{ attempt: 2, delay: 40, withheld: 'budget-exhausted' }],
  },
  { event: { kind: 'hedgeEnd', tries: 2, won: 1 }, args: [{ tries: 2, won: 1 }] },
  {
    event: { kind: 'circuitChange', origin: 'http://a', from: 'closed', to: 'open', retryAfterMs: 5 },
    args: [{ origin: 'http://a', from: 'closed', to: 'open', retryAfter: 5 }],
  },
  {
    event: { kind: 'circuitChange', origin: 'http://a', from: 'half-open', to: 'closed' },
    args: [{ origin: 'http://a', from: 'half-open', to: 'closed' }],
  },
  { event: { kind: 'limitWaitStart', by: 'rateLimit', ahead: 3 }, args: [{ by: 'rateLimit', ahead: 3 }] },
  { event: { kind: 'limitWaitEnd', by: 'rateLimit' }, args: [{ by: 'rateLimit' }] },
  { event: { kind: 'limitWaitEnd', by: 'concurrencyLimit', error }, args: [{ by: 'concurrencyLimit', error }] },
  { event: { kind: 'refused', by: 'circuitBreaker', error }, args: [{ by: 'circuitBreaker', error }] },
  {
    event: { kind: 'redirect', status: 302, hop: 1, url: 'https://example.com/there' },
    args: [{ status: 302, hop: 1, url: 'https://example.com/there' }],
  },
  { event: { kind: 'cacheDecision', decision: 'hit', detail: 'fresh' }, args: [{ decision: 'hit', detail: 'fresh' }] },
  { event: { kind: 'requestFailed', error }, args: [error] },
])('$event.kind calls its hook and "event", and no other', ({ event, args }) => {
  const calls: [string, unknown[]][] = [];
  const hooks = new Proxy<ClientTrace>(
    {},
    {
      get:
        (_, name) =>
        (...given: unknown[]) =>
          void calls.push([String(name), given]),
    },
  );
  callHook(hooks, event);
  expect(calls).toEqual([
    ['event', [event]],
    [event.kind, args],
  ]);
  expect(() => callHook({}, event)).not.toThrow();
});

test('each field of a head is told by its name, also where the hook throws', () => {
  const names: string[] = [];
  let isTold = false;
  const hooks: ClientTrace = {
    wroteHeaderField: (name) => {
      names.push(name);
      throw error;
    },
    wroteHeaders: () => {
      isTold = true;
    },
  };
  callHook(hooks, { kind: 'wroteHeaders', fieldNames: () => ['Host', 'Accept'] });
  expect({ names, isTold }).toEqual({ names: ['Host', 'Accept'], isTold: true });
});

test('"event" may throw without harm to the hook', () => {
  const called: string[] = [];
  const hooks: ClientTrace = {
    event: () => {
      throw error;
    },
    queueEnd: () => void called.push('queueEnd'),
  };
  callHook(hooks, { kind: 'queueEnd' });
  expect(called).toEqual(['queueEnd']);
});

test('an event that this package does not know is for "event" alone', () => {
  const heard: unknown[] = [];
  // oxlint-disable-next-line typescript/consistent-type-assertions -- of a core that is newer than the types
  const event = { kind: 'fromTheFuture' } as unknown as TraceEvent;
  callHook({ event: (one) => void heard.push(one) }, event);
  expect(heard).toEqual([event]);
});
