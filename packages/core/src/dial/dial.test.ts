import { BytePeer, RecordingTrace, testCertificate, TestClock } from '@roundtripper/testing';
import { expect, test } from 'vitest';

import { rejectionOf } from '../../test/rejection-of.ts';
import { parseTarget } from '../contract/origin.ts';
import { RoundTripError } from '../contract/round-trip-error.ts';
import type { TraceEvent } from '../contract/trace-event.ts';
import { DEFAULT_RESPONSE_LIMITS } from '../h1/http1-options.ts';
import type { Lookup } from '../wire/checked-lookup.ts';
import { TlsClient } from '../wire/tls-client.ts';
import type { Wire } from '../wire/wire.ts';
import { dial } from './dial.ts';
import type { DialOptions } from './dial-options.ts';

/** A dial under way, and all that belongs to it. */
class Attempt {
  readonly clock = new TestClock();
  readonly recorder: RecordingTrace;
  readonly controller = new AbortController();
  readonly wire: Promise<Wire>;
  readonly #reached = new Map<string, () => void>();

  constructor(url: string, options: Partial<DialOptions> = {}, abortAt?: TraceEvent['kind']) {
    this.recorder = new RecordingTrace((event) => {
      this.#reached.get(event.kind)?.();
      if (event.kind === abortAt) this.controller.abort();
    });
    const { origin } = parseTarget(url);
    const all: DialOptions = {
      clock: this.clock,
      socketPath: undefined,
      localAddress: undefined,
      lookup: undefined,
      allowAddress: undefined,
      dial: undefined,
      dialTLS: undefined,
      tls: new TlsClient({ ca: testCertificate.ca }),
      proxyTls: new TlsClient({}),
      proxy: { timeoutMs: 60_000, headers: () => ({}), onResponse: undefined },
      dialTimeoutMs: 30_000,
      tlsHandshakeTimeoutMs: 10_000,
      keepAliveMs: 30_000,
      ...options,
    };
    const request = {
      trace: this.recorder.trace,
      signal: this.controller.signal,
      limits: DEFAULT_RESPONSE_LIMITS,
      alpnProtocols: ['http/1.1'],
    };
    this.wire = dial({ key: origin.key, origin, proxy: undefined, isForwarded: false }, all, request);
  }

  /** Resolves with the first such event from now on. */
  reached(kind: string): Promise<void> {
    return new Promise((resolve) => this.#reached.set(kind, resolve));
  }
}

function silentPeer(options: { readonly tls?: boolean } = {}): Promise<BytePeer> {
  return BytePeer.listen(async (conversation) => {
    await conversation.readUntilClose();
  }, options);
}

const loopback: Lookup = (_hostname, _options, callback) => callback(null, [{ address: '127.0.0.1', family: 4 }]);
const never: Lookup = () => {};

/** Each start in its turn, and its end. */
const CONNECT = ['connectStart', 'connectDone'];
const TLS = ['tlsHandshakeStart', 'tlsHandshakeDone'];
const DNS = ['dnsStart', 'dnsDone'];

test.for([
  { fact: 'an address', host: '127.0.0.1', tls: false, kinds: CONNECT },
  { fact: 'a name', host: 'peer.test', tls: false, kinds: [...DNS, ...CONNECT] },
  { fact: 'a name over TLS', host: 'localhost', tls: true, kinds: [...DNS, ...CONNECT, ...TLS] },
])('$fact is dialled, and nothing is left of the dial', async ({ host, tls, kinds }) => {
  await using peer = await silentPeer({ tls });
  const attempt = new Attempt(`${tls ? 'https' : 'http'}://${host}:${peer.port}/`, { lookup: loopback });
  const wire = await attempt.wire;
  expect(attempt.recorder.kinds).toEqual(kinds);
  expect(attempt.recorder.events.filter((event) => 'error' in event)).toEqual([]);
  expect(attempt.clock.pendingTimers).toBe(0);
  attempt.controller.abort();
  await peer.whenOpenConnections(1);
  wire.destroy();
  await peer.whenOpenConnections(0);
});

test('the events say where to', async () => {
  await using peer = await silentPeer({ tls: true });
  const attempt = new Attempt(`https://localhost:${peer.port}/`, { lookup: loopback });
  const wire = await attempt.wire;
  expect(attempt.recorder.events).toEqual([
    { kind: 'dnsStart', hostname: 'localhost' },
    { kind: 'dnsDone', addresses: ['127.0.0.1'] },
    { kind: 'connectStart', address: '127.0.0.1', port: peer.port },
    { kind: 'connectDone', address: '127.0.0.1', port: peer.port },
    { kind: 'tlsHandshakeStart', servername: 'localhost' },
    { kind: 'tlsHandshakeDone', protocol: 'TLSv1.3', resumed: false },
  ]);
  wire.destroy();
});

test.for<{ fact: string; url: (port: number) => string; options: Partial<DialOptions>; code: string; phase: string }>([
  { fact: 'a refused port', url: (port) => `http://127.0.0.1:${port}/`, options: {}, code: 'dial-failed', phase: 'connect' },
  {
    fact: 'a name that is not found',
    url: () => 'http://peer.test/',
    options: { lookup: (_hostname, _options, callback) => callback(new Error('ENOTFOUND'), []) },
    code: 'dns-failed',
    phase: 'dns',
  },
  {
    fact: 'a name without an address',
    url: () => 'http://peer.test/',
    options: { lookup: (_hostname, _options, callback) => callback(null, []) },
    code: 'dns-failed',
    phase: 'dns',
  },
  {
    fact: 'an address that is not allowed',
    url: (port) => `http://127.0.0.1:${port}/`,
    options: { allowAddress: () => false },
    code: 'address-refused',
    phase: 'connect',
  },
  {
    fact: 'a name that has no other',
    url: (port) => `https://peer.test:${port}/`,
    options: { allowAddress: () => false, lookup: loopback },
    code: 'address-refused',
    phase: 'connect',
  },
])('$fact is told from other failures', async ({ url, options, code, phase }) => {
  const peer = await silentPeer();
  await peer[Symbol.asyncDispose]();
  const attempt = new Attempt(url(peer.port), options);
  const error = await rejectionOf(attempt.wire);
  const origin = new URL(url(peer.port)).origin;
  expect(error).toBeInstanceOf(RoundTripError);
  expect(error).toMatchObject({ code, phase, sent: 'nothing', timeout: false, origin, connection: undefined });
  expect(error).toHaveProperty('cause');
  expect(attempt.clock.pendingTimers).toBe(0);
});

test('a certificate that is not trusted, or is another host’s, fails the handshake and keeps OpenSSL’s code', async () => {
  await using peer = await silentPeer({ tls: true });
  const strange = new Attempt(peer.url, { tls: new TlsClient({}) });
  expect(await rejectionOf(strange.wire)).toMatchObject({
    code: 'tls-failed',
    phase: 'tls',
    sent: 'nothing',
    cause: { code: 'SELF_SIGNED_CERT_IN_CHAIN' },
  });
  const misnamed = new Attempt(`https://peer.test:${peer.port}/`, { lookup: loopback });
  expect(await rejectionOf(misnamed.wire)).toMatchObject({ code: 'tls-failed', cause: { code: 'ERR_TLS_CERT_ALTNAME_INVALID' } });
  expect(misnamed.recorder.kinds).toEqual([...DNS, ...CONNECT, ...TLS]);
  await peer.whenOpenConnections(0);
});

test.for<{ fact: string; answer: string | Buffer; says: string; code: string }>([
  {
    fact: 'that speaks HTTP in plain text',
    answer: 'HTTP/1.1 400 Bad Request\r\n\r\n',
    says: 'the peer does not seem to speak TLS: try http: in place of https:',
    code: 'ERR_SSL_WRONG_VERSION_NUMBER',
  },
  {
    fact: 'that breaks off by an alert',
    answer: Buffer.from([21, 3, 3, 0, 2, 2, 40]),
    says: 'ssl/tls alert handshake failure',
    code: 'ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE',
  },
])('a peer $fact fails the handshake with one line that says why', async ({ answer, says, code }) => {
  await using peer = await BytePeer.listen(async (conversation) => {
    await conversation.write(answer);
    await conversation.readUntilClose();
  });
  const url = `https://127.0.0.1:${peer.port}`;
  const error = await rejectionOf(new Attempt(url).wire);
  expect(error).toMatchObject({ code: 'tls-failed', message: `${url}: the TLS handshake failed: ${says}`, cause: { code } });
});

test('the message of several failed attempts has them all', async () => {
  const peer = await silentPeer();
  await peer[Symbol.asyncDispose]();
  const two: Lookup = (_hostname, _options, callback) =>
    callback(null, [
      { address: '127.0.0.1', family: 4 },
      { address: '127.0.0.2', family: 4 },
    ]);
  const error = await rejectionOf(new Attempt(`http://peer.test:${peer.port}/`, { lookup: two }).wire);
  expect(error).toMatchObject({ code: 'dial-failed', phase: 'connect' });
  expect(String(error)).toMatch(/127\.0\.0\.1.*127\.0\.0\.2/);
});

test('a name that is never resolved meets the time limit of the dial', async () => {
  const attempt = new Attempt('http://peer.test/', { lookup: never, dialTimeoutMs: 500 });
  const failed = rejectionOf(attempt.wire);
  await attempt.clock.advance(499);
  expect(attempt.recorder.kinds).toEqual(['dnsStart']);
  await attempt.clock.advance(1);
  expect(await failed).toMatchObject({ code: 'dial-timeout', phase: 'dns', sent: 'nothing', timeout: true });
  expect(attempt.recorder.events).toMatchObject([
    { kind: 'dnsStart' },
    { kind: 'dnsDone', addresses: [], error: new Error('it was given up') },
  ]);
});

test('a handshake that is never answered meets its own time limit, and not the dial’s', async () => {
  await using peer = await silentPeer();
  const attempt = new Attempt(`https://127.0.0.1:${peer.port}/`, { dialTimeoutMs: 200, tlsHandshakeTimeoutMs: 1_000 });
  const failed = rejectionOf(attempt.wire);
  await attempt.reached('tlsHandshakeStart');
  expect(attempt.clock.pendingTimers).toBe(1);
  await attempt.clock.advance(999);
  expect(attempt.recorder.kinds).toEqual([...CONNECT, 'tlsHandshakeStart']);
  await attempt.clock.advance(1);
  expect(await failed).toMatchObject({ code: 'tls-timeout', phase: 'tls', timeout: true });
  expect(attempt.recorder.kinds).toEqual([...CONNECT, ...TLS]);
  expect(attempt.clock.pendingTimers).toBe(0);
  await peer.whenOpenConnections(0);
});

test('without limits no timer is set', async () => {
  await using peer = await silentPeer();
  const attempt = new Attempt(`https://127.0.0.1:${peer.port}/`, { dialTimeoutMs: 0, tlsHandshakeTimeoutMs: 0 });
  await attempt.reached('tlsHandshakeStart');
  expect(attempt.clock.pendingTimers).toBe(0);
  attempt.controller.abort();
  await rejectionOf(attempt.wire);
});

test.for([
  { fact: 'before its first step', at: undefined, host: 'peer.test', lookup: loopback, kinds: [] },
  { fact: 'in the lookup', at: 'dnsStart', host: 'peer.test', lookup: never, kinds: DNS },
  { fact: 'while it connects', at: 'connectStart', host: '127.0.0.1', lookup: loopback, kinds: CONNECT },
  { fact: 'in the handshake', at: 'tlsHandshakeStart', host: '127.0.0.1', lookup: loopback, kinds: [...CONNECT, ...TLS] },
])('given up $fact, it ends at once', async ({ at, host, lookup, kinds }) => {
  await using peer = await silentPeer();
  const attempt = new Attempt(`https://${host}:${peer.port}/`, { lookup });
  if (at !== undefined) await attempt.reached(at);
  attempt.controller.abort();
  expect(await rejectionOf(attempt.wire)).toMatchObject({ code: 'transport-closed', sent: 'nothing', timeout: false });
  expect(attempt.recorder.kinds).toEqual(kinds);
  expect(attempt.clock.pendingTimers).toBe(0);
  await peer.whenOpenConnections(0);
});

test.for<TraceEvent['kind']>(['dnsStart', 'dnsDone', 'connectStart', 'connectDone', 'tlsHandshakeStart'])(
  'given up by the listener that hears of %s, it ends too',
  async (kind) => {
    await using peer = await silentPeer();
    const attempt = new Attempt(`https://localhost:${peer.port}/`, { lookup: loopback }, kind);
    expect(await rejectionOf(attempt.wire)).toMatchObject({ code: 'transport-closed' });
    expect(attempt.recorder.kinds.filter((each) => each.endsWith('Start'))).toHaveLength(attempt.recorder.events.length / 2);
    expect(attempt.clock.pendingTimers).toBe(0);
    await peer.whenOpenConnections(0);
  },
);
