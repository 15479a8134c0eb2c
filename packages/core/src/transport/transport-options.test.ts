import { TestClock } from '@roundtripper/testing';
import { describe, expect, test } from 'vitest';

import { systemClock } from '../contract/clock.ts';
import { parseTarget } from '../contract/origin.ts';
import { goDefaults, optionsFor, resolveOptions, type ResolvedOptions, type TransportOptions } from './transport-options.ts';
import { Transport } from './transport.ts';

const DEFAULTS = {
  tls: {},
  lookup: undefined,
  dialTimeout: 30_000,
  keepAlive: 30_000,
  tlsHandshakeTimeout: 10_000,
  proxyConnectTimeout: 60_000,
  disableKeepAlives: false,
  maxIdleConns: 100,
  maxIdleConnsPerHost: 0,
  maxConnsPerHost: 0,
  maxQueuedPerHost: 10_000,
  maxOrphanDials: 64,
  poolTimeout: 0,
  idleConnTimeout: 90_000,
  maxConnLifetime: 0,
  maxConnLifetimeJitter: 0.1,
  maxRequestsPerConn: 0,
  responseHeaderTimeout: 0,
  expectContinueTimeout: 1_000,
  bodyIdleTimeout: 0,
  maxResponseBodyBytes: 0,
  maxUnreadBytes: 65_536,
  maxReadAheadBytes: 524_288,
  maxUnsentBytes: 262_144,
  maxResponseHeaderBytes: 65_536,
  maxStatusLineBytes: 8_192,
  maxResponseHeaderCount: 1_000,
  maxInterimResponses: 16,
  maxChunkOverheadBytes: 16_384,
  maxChunkSizeDigits: 64,
  maxTrailerBytes: 16_384,
  maxTrailerCount: 100,
  maxDrainBytes: 262_144,
  maxDrainTime: 50,
  protocols: { http1: true, http2: true, unencryptedHttp2: false },
  http2: {
    strictMaxConcurrentStreams: false,
    maxDecoderHeaderTableSize: 4_096,
    maxEncoderHeaderTableSize: 4_096,
    sensitiveHeaders: [],
    maxReceiveBufferPerConnection: 134_217_728,
    maxReceiveBufferPerStream: 1_048_576,
    sendPingTimeout: 15_000,
    pingTimeout: 15_000,
    settingsTimeout: 10_000,
    writeByteTimeout: 0,
    maxGlitches: 10_000,
    maxGlitchesPerSecond: 330,
    maxResets: 1_000,
    maxResetsPerSecond: 33,
    maxEmptyData: 100,
    maxContinuations: 8,
    maxSettings: 32,
    maxQueuedAnswers: 1_000,
    trimFieldValues: false,
  },
  hosts: new Map(),
  clock: systemClock,
};
const DURATIONS = [
  'dialTimeout',
  'keepAlive',
  'tlsHandshakeTimeout',
  'proxyConnectTimeout',
  'idleConnTimeout',
  'responseHeaderTimeout',
  'poolTimeout',
  'maxConnLifetime',
  'expectContinueTimeout',
  'bodyIdleTimeout',
  'maxDrainTime',
];
const COUNTS = [
  'maxIdleConns',
  'maxConnsPerHost',
  'maxQueuedPerHost',
  'maxOrphanDials',
  'maxRequestsPerConn',
  'maxResponseBodyBytes',
  'maxUnreadBytes',
  'maxUnsentBytes',
  'maxStatusLineBytes',
  'maxResponseHeaderCount',
  'maxInterimResponses',
  'maxChunkOverheadBytes',
  'maxChunkSizeDigits',
  'maxTrailerBytes',
  'maxTrailerCount',
  'maxDrainBytes',
];

/** As a program without types would. */
function resolve(options: unknown): unknown {
  return Reflect.apply(resolveOptions, undefined, [options]);
}

describe('defaults', () => {
  test('stand for what is not given', () => {
    expect(resolveOptions({})).toEqual(DEFAULTS);
  });

  test('stand for what is undefined', () => {
    expect(resolve(Object.fromEntries(Object.keys(DEFAULTS).map((name) => [name, undefined])))).toEqual(DEFAULTS);
  });

  test('Go’s are there for those who want them', () => {
    expect(resolveOptions(goDefaults)).toEqual({
      ...DEFAULTS,
      maxIdleConnsPerHost: 2,
      maxQueuedPerHost: 0,
      maxOrphanDials: 0,
      maxResponseHeaderBytes: 10_485_760,
      maxStatusLineBytes: 0,
      maxResponseHeaderCount: 0,
      maxInterimResponses: 0,
      maxChunkSizeDigits: 16,
      maxTrailerCount: 0,
      http2: { ...DEFAULTS.http2, maxContinuations: 0 },
    });
  });
});

test('what is given is taken', () => {
  const given: TransportOptions = {
    tls: { rejectUnauthorized: false },
    lookup: (_hostname, _options, callback) => callback(null, '127.0.0.1', 4),
    dialTimeout: 1,
    keepAlive: 0,
    tlsHandshakeTimeout: 2.5,
    proxyConnectTimeout: 3.5,
    disableKeepAlives: true,
    maxIdleConns: 3,
    maxIdleConnsPerHost: 4,
    maxConnsPerHost: 5,
    maxQueuedPerHost: 6,
    idleConnTimeout: 2_147_483_647,
    responseHeaderTimeout: 8,
    maxResponseHeaderBytes: 1_024,
    clock: new TestClock(),
  };
  expect(resolveOptions(given)).toEqual({ ...DEFAULTS, ...given });
  expect(resolveOptions(given).tls).toBe(given.tls);
  expect(resolveOptions(given).clock).toBe(given.clock);
});

describe('a TypeError names', () => {
  const rows = [
    ...DURATIONS.flatMap((name) => [-1, 2_147_483_648, Infinity, NaN, '5', null, 5n, {}].map((value) => ({ name, value }))),
    ...COUNTS.flatMap((name) => [-1, 1.5, Infinity, NaN, '5', null, true].map((value) => ({ name, value }))),
    ...[1.5, NaN, '2', null].map((value) => ({ name: 'maxIdleConnsPerHost', value })),
    ...[0, 1_023, 2_000.5, Infinity, '4096'].map((value) => ({ name: 'maxResponseHeaderBytes', value })),
    ...[0, -1, 1.5, Infinity, '4096'].map((value) => ({ name: 'maxReadAheadBytes', value })),
    ...[0, 1].map((value) => ({ name: 'maxTrailerBytes', value })),
    ...[0, 1, 'false', null].map((value) => ({ name: 'disableKeepAlives', value })),
    ...['tls', true, null, []].map((value) => ({ name: 'tls', value })),
    ...['host', 'port', 'path', 'socket', 'lookup', 'onread', 'ALPNProtocols', 'timeout', 'session'].map((name) => ({
      name: `tls.${name}`,
      value: 1,
    })),
    ...['lookup', {}, null].map((value) => ({ name: 'lookup', value })),
    ...[{}, null, Date, { nowMs: () => 0, monotonicMs: 0, after: () => {} }].map((value) => ({ name: 'clock', value })),
  ].map(({ name, value }) => ({ name, value, shown: typeof value === 'bigint' ? '5n' : (JSON.stringify(value) ?? 'a function') }));

  test.for(rows)('$name where it is $shown', ({ name, value }) => {
    const options = name.startsWith('tls.') ? { tls: { [name.slice(4)]: value } } : { [name]: value };
    expect(() => resolve(options)).toThrow(TypeError);
    expect(() => resolve(options)).toThrow(new RegExp(`^invalid Transport options: ${name}: `));
    expect(() => {
      Reflect.construct(Transport, [options]);
    }).toThrow(TypeError);
  });

  test.for([
    { name: 'http2.sensitiveHeaders', value: 'x-api-key' },
    { name: 'http2.sensitiveHeaders.0', value: [''] },
    { name: 'http2.sensitiveHeaders.0', value: [5] },
    { name: 'http2.sensitiveHeaders.1', value: ['x-api-key', 'x api key'] },
    { name: 'http2.sensitiveHeaders.0', value: [':path'] },
    { name: 'http2.maxQueuedAnswers', value: 0 },
  ])('$name where that option is $value', ({ name, value }) => {
    const [, option = ''] = name.split('.');
    expect(() => resolve({ http2: { [option]: value } })).toThrow(new RegExp(`^invalid Transport options: ${name}: `));
    expect(() => resolve({ hosts: { a: { http2: { [option]: value } } } })).toThrow(
      new RegExp(`^invalid Transport options: hosts.a.${name}: `),
    );
  });

  test('every option that is wrong, and each that is not known', () => {
    expect(() => resolve({ dialTimeout: 'x', maxIdleConns: -1, timeout: 5, agent: {} })).toThrow(
      /dialTimeout: .*; maxIdleConns: .*; unknown option "timeout"; unknown option "agent"/,
    );
  });

  test.for([null, 5, 'options', [], () => {}])('options that are no object: %s', (options) => {
    expect(() => resolve(options)).toThrow(/^invalid Transport options: expected an object$/);
  });

  test('and shows no value: there may be a secret among them', () => {
    const secret = 'hunter2';
    for (const options of [{ dialTimeout: secret }, { tls: secret }, { passphrase: secret }, { clock: { secret } }, { lookup: secret }]) {
      expect(() => resolve(options)).toThrow(TypeError);
      expect(() => resolve(options)).not.toThrow(new RegExp(secret));
    }
  });
});

test('a polluted Object.prototype sets no option', () => {
  const pollution = { dialTimeout: 'x', disableKeepAlives: true, unheardOf: 1 };
  Object.assign(Object.prototype, pollution);
  try {
    expect({ ...resolveOptions({}) }).toEqual(DEFAULTS);
  } finally {
    for (const name of Object.keys(pollution)) Reflect.deleteProperty(Object.prototype, name);
  }
});

test('what is changed in the options afterwards changes nothing', () => {
  const options = { maxIdleConns: 3 };
  const resolved = resolveOptions(options);
  options.maxIdleConns = 4;
  expect(resolved.maxIdleConns).toBe(3);
});

test.for([{ graceful: 'no' }, { timeout: -1 }, { timeout: Infinity }, { grace: true }, null, 5])(
  'close() refuses %j and leaves the Transport open',
  async (options) => {
    await using transport = new Transport();
    const close: unknown = Reflect.get(transport, 'close');
    if (typeof close !== 'function') throw new Error('there is no close()');
    await expect(Reflect.apply(close, transport, [options])).rejects.toBeInstanceOf(TypeError);
  },
);

describe('hosts', () => {
  const options = resolveOptions({
    maxConnsPerHost: 10,
    poolTimeout: 7,
    hosts: {
      'api.example.com': { maxConnsPerHost: 20 },
      'https://api.example.com:8443': { poolTimeout: 9 },
      '[::1]': { disableKeepAlives: true },
      'BÜCHER.example': { maxRequestsPerConn: 3 },
    },
  });
  const of = (url: string): ResolvedOptions => optionsFor(options, parseTarget(url).origin);

  test.for([
    { fact: 'a host without any has what all have', url: 'http://example.com/', expected: { maxConnsPerHost: 10, poolTimeout: 7 } },
    { fact: 'a hostname has its own, and the rest', url: 'http://api.example.com:81/', expected: { maxConnsPerHost: 20, poolTimeout: 7 } },
    {
      fact: 'an origin has its own, and its hostname’s',
      url: 'https://api.example.com:8443/',
      expected: { maxConnsPerHost: 20, poolTimeout: 9 },
    },
    { fact: 'an address', url: 'http://[::1]:8080/', expected: { disableKeepAlives: true } },
    { fact: 'a name in another script', url: 'http://xn--bcher-kva.example/', expected: { maxRequestsPerConn: 3 } },
  ])('$fact', ({ url, expected }) => expect(of(url)).toMatchObject(expected));

  test.for([
    { hosts: { 'http://a/b': {} }, message: 'hosts.http://a/b: expected an origin or a hostname' },
    { hosts: { 'u:p@a': {} }, message: 'expected an origin or a hostname' },
    ...['a:80', 'a:080', 'a:81', 'a:', 'a:80/', '[::1]:80', '::1', 'a?b', 'a#b', 'http://a/#b', 'a\tb', '*', '*.a', 'http://*.a', ''].map(
      (name) => ({
        hosts: { [name]: {} },
        message: `hosts.${name}: expected an origin or a hostname`,
      }),
    ),
    { hosts: { 'ftp://a': {} }, message: 'expected an origin or a hostname' },
    { hosts: { a: {}, A: {} }, message: 'hosts.A: names the same host as another' },
    { hosts: { a: { maxConnsPerHost: -1 } }, message: 'hosts.a.maxConnsPerHost' },
    { hosts: { a: { maxIdleConns: 1 } }, message: 'unknown option "hosts.a.maxIdleConns"' },
    { hosts: { a: 1 }, message: 'hosts.a' },
    { hosts: [], message: 'hosts: expected an object' },
  ])('$message', ({ hosts, message }) => expect(() => resolve({ hosts })).toThrow(message));
});
