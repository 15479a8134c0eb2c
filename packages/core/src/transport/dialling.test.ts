import { BytePeer, RecordingTrace, testCertificate, TestClock, TestServer } from '@roundtripper/testing';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { connect as connectTcp } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Duplex, duplexPair, PassThrough } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';

import { fetchText, send, until } from '../../test/exchanges.ts';
import { rejectionOf } from '../../test/rejection-of.ts';
import { TestProxy } from '../../test/servers/test-proxy.ts';
import type { Dialer } from '../contract/dialer.ts';
import type { Lookup } from '../wire/checked-lookup.ts';
import type { TransportOptions } from './transport-options.ts';
import { Transport } from './transport.ts';

const tls = { ca: testCertificate.ca };
const loopback: Lookup = (_hostname, _options, callback) => callback(null, [{ address: '127.0.0.1', family: 4 }]);

describe('allowAddress', () => {
  test.for([
    { fact: 'an address', url: (port: number) => `http://127.0.0.1:${port}/` },
    { fact: 'an address in other clothes', url: (port: number) => `http://[::ffff:127.0.0.1]:${port}/` },
    { fact: 'an address in octal', url: (port: number) => `http://0177.1:${port}/` },
    { fact: 'a name', url: (port: number) => `http://peer.test:${port}/` },
  ])('keeps requests from $fact that is not allowed, whatever the name says', async ({ url }) => {
    await using server = await TestServer.start();
    const asked: string[] = [];
    await using transport = new Transport({
      lookup: loopback,
      allowAddress: (address) => {
        asked.push(address);
        return !address.startsWith('127.');
      },
    });
    const error = await rejectionOf(send(transport, url(server.port)));
    expect(error).toMatchObject({ code: 'address-refused', phase: 'connect', sent: 'nothing', timeout: false });
    expect(String(error)).toContain('allowAddress refuses');
    expect(new Set(asked)).toEqual(new Set(['127.0.0.1']));
    expect(server.requests).toHaveLength(0);
  });

  test('is asked of the proxy’s address where there is one', async () => {
    await using server = await TestServer.start();
    await using proxy = await TestProxy.start();
    const asked: string[] = [];
    await using transport = new Transport({
      proxy: `http://proxy.test:${proxy.port}`,
      lookup: loopback,
      allowAddress: (address, { hostname, port, family }) => {
        asked.push(`${address} ${hostname} ${port} ${family}`);
        return true;
      },
    });
    expect(await fetchText(transport, server.url)).toBe('ok');
    expect(asked).toEqual([`127.0.0.1 proxy.test ${proxy.port} 4`]);
  });
});

describe('socketPath', () => {
  async function listening(path: string, server: Server): Promise<AsyncDisposable> {
    server.listen(path);
    await once(server, 'listening');
    return {
      [Symbol.asyncDispose]: async () => {
        server.close();
        server.closeAllConnections();
        await once(server, 'close');
      },
    };
  }

  test.for([false, true])('has every request go to a Unix domain socket (TLS: %s)', async (isTls) => {
    const folder = await mkdtemp(join(tmpdir(), 'transport-'));
    const socketPath = join(folder, 'server.sock');
    const server = isTls ? createTlsServer({ ...testCertificate }) : createServer();
    server.on('request', (request, response) => response.end(`${request.headers.host}${request.url}`));
    {
      await using _server = await listening(socketPath, server);
      await using transport = new Transport({ socketPath, tls });
      const scheme = isTls ? 'https' : 'http';
      const recorder = new RecordingTrace();
      const response = await send(transport, `${scheme}://localhost/a`, { trace: recorder.trace });
      expect(await response.text()).toBe('localhost/a');
      expect(response.connection).toMatchObject({ remoteAddress: socketPath, remotePort: undefined, origin: `${scheme}://localhost` });
      expect(recorder.all('connectDone')).toEqual([{ kind: 'connectDone', address: socketPath, port: 0 }]);
      expect(recorder.all('dnsStart')).toEqual([]);
      const again = await send(transport, `${scheme}://localhost/b`);
      expect(await again.text()).toBe('localhost/b');
      expect(again.connection?.reused).toBe(true);
    }
    await rm(folder, { recursive: true });
  });
});

test('localAddress is where connections come from', async () => {
  await using server = await TestServer.start({ handler: (request, response) => void response.end(request.socket.remoteAddress) });
  await using transport = new Transport({ localAddress: '127.0.0.7' });
  expect(await fetchText(transport, server.url)).toBe('127.0.0.7');
});

test('a dead address of a name does no harm', async () => {
  await using server = await TestServer.start();
  const lookup: Lookup = (_hostname, _options, callback) =>
    callback(null, [
      { address: '127.0.0.2', family: 4 },
      { address: '127.0.0.1', family: 4 },
    ]);
  await using transport = new Transport({ lookup });
  expect(await fetchText(transport, `http://peer.test:${server.port}/`)).toBe('ok');
});

describe('dial', () => {
  test.for([
    { fact: 'a promise of a socket', dial: connectedTo },
    { fact: 'a socket that still connects', dial: ({ port }) => connectTcp(port, '127.0.0.1') },
    { fact: 'any stream that goes both ways', dial: async (target, options) => piped(await connectedTo(target, options)) },
  ] satisfies { fact: string; dial: Dialer }[])('may give $fact, over which TLS is spoken where the URL says so', async ({ dial }) => {
    await using plain = await TestServer.start();
    await using secure = await TestServer.start({ tls: true });
    const targets: unknown[] = [];
    const recorder = new RecordingTrace();
    await using transport = new Transport({
      tls,
      dial: (target, options) => {
        targets.push({ ...target, hasTrace: options.trace === recorder.trace });
        return dial({ ...target }, options);
      },
    });
    const big = 'x'.repeat(2_000_000);
    for (const server of [plain, secure]) {
      const url = `${server.url.replace('127.0.0.1', 'localhost')}/`;
      server.enqueue({ body: big }, {});
      expect(await fetchText(transport, url, { trace: recorder.trace })).toBe(big);
      const response = await send(transport, url, { method: 'POST', body: big });
      expect(await response.text()).toBe('');
      expect(response.connection).toMatchObject({ reused: true, tls: server === secure ? { authorized: true } : undefined });
      expect(server.requests[1]?.text()).toBe(big);
    }
    expect(targets).toEqual([
      { scheme: 'http', hostname: 'localhost', port: plain.port, hasTrace: true },
      { scheme: 'https', hostname: 'localhost', port: secure.port, hasTrace: true },
    ]);
    expect(recorder.all('tlsHandshakeDone')).toMatchObject([{ protocol: 'TLSv1.3' }]);
  });

  test('leads to the proxy where there is one', async () => {
    await using proxy = await TestProxy.start();
    await using server = await TestServer.start({ tls: true });
    const targets: unknown[] = [];
    await using transport = new Transport({
      tls,
      proxy: 'http://proxy.test:3128',
      dial: (target, options) => {
        targets.push(target);
        return connectedTo({ ...target, port: proxy.port }, options);
      },
    });
    expect(await fetchText(transport, `https://localhost:${server.port}/`)).toBe('ok');
    expect(targets).toEqual([{ scheme: 'http', hostname: 'proxy.test', port: 3128 }]);
  });

  test.for([undefined, null, 5, {}, new ReadableStream(), new PassThrough().end()])('that gives %o fails, and says so', async (stream) => {
    await using transport: Transport = newTransport({ dial: () => Promise.resolve(stream) });
    const error = await rejectionOf(send(transport, 'http://peer.test/'));
    expect(error).toMatchObject({ code: 'dial-failed', phase: 'connect', sent: 'nothing' });
    expect(String(error)).toMatch(
      /dial\(\) gave (?:undefined|null|number|object): expected a connected stream \(Duplex\)|the stream is closed/,
    );
  });

  test('that fails, or throws, is the cause', async () => {
    const cause = new Error('no way');
    const dials: Dialer[] = [
      () => Promise.reject(cause),
      () => {
        throw cause;
      },
    ];
    for (const dial of dials) {
      await using transport = new Transport({ dial });
      expect(await rejectionOf(send(transport, 'http://peer.test/'))).toMatchObject({ code: 'dial-failed', cause });
    }
  });

  test('whose stream cannot be listened to is the cause', async () => {
    const cause = new Error('no listeners');
    const stream = new PassThrough();
    stream.on('newListener', (name) => {
      if (name === 'data') throw cause;
    });
    await using transport = new Transport({ dial: () => stream });
    expect(await rejectionOf(send(transport, 'http://peer.test/'))).toMatchObject({ code: 'dial-failed', sent: 'nothing', cause });
    if (!stream.closed) await once(stream, 'close');
  });

  test('that takes too long is told so, and what it gives later is destroyed', async () => {
    const clock = new TestClock();
    const gate = Promise.withResolvers<Duplex>();
    let signal: AbortSignal | undefined;
    await using transport = new Transport({
      clock,
      dialTimeout: 500,
      dial: (_target, options) => {
        ({ signal } = options);
        return gate.promise;
      },
    });
    const failed = rejectionOf(send(transport, 'http://peer.test/'));
    await clock.advance(500);
    expect(await failed).toMatchObject({ code: 'dial-timeout', phase: 'connect', timeout: true });
    expect(signal?.aborted).toBe(true);
    const late = new PassThrough();
    gate.resolve(late);
    await once(late, 'close');
  });

  test('whose stream breaks ends the exchange as a socket that breaks does', async () => {
    const [mine, theirs] = duplexPair();
    await using transport = new Transport({ dial: () => Promise.resolve(mine) });
    const failed = rejectionOf(send(transport, 'http://peer.test/'));
    await once(theirs, 'readable');
    mine.destroy(new Error('cut'));
    expect(await failed).toMatchObject({ code: 'connection-reset', cause: new Error('cut') });
    theirs.destroy();
  });

  test.for<[string, (theirs: Duplex, mine: Duplex) => void]>([
    ['has ended', (theirs) => void theirs.end()],
    ['has ended after bytes that nobody has asked for', (theirs) => void theirs.end('x')],
  ])('whose stream %s before anybody listens fails its request, and holds no place', async ([, before]) => {
    const [mine, theirs] = duplexPair();
    await using transport = new Transport({
      maxConnsPerHost: 1,
      dial: () => {
        before(theirs, mine);
        return Promise.resolve(mine);
      },
    });
    expect(await rejectionOf(send(transport, 'http://peer.test/'))).toMatchObject({ name: 'RoundTripError' });
    expect(transport.stats()).toMatchObject([{ open: 0, busy: 0, waiting: 0 }]);
    theirs.destroy();
  });

  test('whose stream was paused is read', async () => {
    const [mine, theirs] = duplexPair();
    mine
      .on('data', () => {})
      .removeAllListeners('data')
      .pause();
    theirs.on('data', () => void theirs.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'));
    await using transport = new Transport({ dial: () => Promise.resolve(mine) });
    expect(await (await send(transport, 'http://peer.test/')).text()).toBe('ok');
    theirs.destroy();
  });

  test('whose stream gives text or objects is refused', async () => {
    const stream = new Duplex({
      objectMode: true,
      read() {
        setImmediate(() => this.push({}));
      },
      write: (_chunk, _encoding, done) => done(),
    });
    await using transport = new Transport({ dial: () => Promise.resolve(stream) });
    const error = await rejectionOf(send(transport, 'http://peer.test/'));
    expect(error).toMatchObject({ cause: new TypeError('the stream gave something other than bytes') });
  });

  test('holds a peer back that is faster than the reader', async () => {
    const chunk = 'y'.repeat(65_536);
    let given = 0;
    const stream = new Duplex({
      read() {
        given += 1;
        setImmediate(() => this.push(given === 1 ? 'HTTP/1.1 200 OK\r\n\r\n' : chunk));
      },
      write: (_chunk, _encoding, done) => done(),
    });
    await using transport = new Transport({ dial: () => Promise.resolve(stream) });
    const response = await send(transport, 'http://peer.test/');
    for (let turn = 0; turn < 200; turn++) await new Promise(setImmediate);
    expect(given).toBeLessThan(10);
    const chunks = response.chunks();
    for (let count = 0; count < 20; count++) await chunks.next();
    expect(given).toBeGreaterThan(10);
    await chunks.return?.();
  });
});

test('dialTLS gives a stream that is past its handshake, and dial the others', async () => {
  await using plain = await TestServer.start();
  await using secure = await TestServer.start({ tls: true });
  const dialled: string[] = [];
  await using transport = new Transport({
    dial: (target, options) => {
      dialled.push(`dial ${target.scheme}`);
      return connectedTo(target, options);
    },
    dialTLS: async ({ scheme, port }) => {
      dialled.push(`dialTLS ${scheme}`);
      const socket = connectTls({ host: '127.0.0.1', port, ...tls });
      await once(socket, 'secureConnect');
      return socket;
    },
  });
  expect(await fetchText(transport, plain.url)).toBe('ok');
  const response = await send(transport, secure.url);
  expect(await response.text()).toBe('ok');
  expect(response.connection?.tls).toMatchObject({ protocol: 'TLSv1.3', authorized: true });
  expect(dialled).toEqual(['dial http', 'dialTLS https']);
});

describe('TLS options', () => {
  test.for([
    { fact: 'a key that is none', options: { tls: { key: 'no key' } }, names: 'tls' },
    { fact: 'a certificate without its key', options: { tls: { cert: testCertificate.cert, key: 'x' } }, names: 'tls' },
    { fact: 'ciphers that are none', options: { tls: { ciphers: 'NO-SUCH-CIPHER' } }, names: 'tls' },
    { fact: 'a passphrase of the wrong type', options: { tls: { key: testCertificate.key, passphrase: 424_242 } }, names: 'tls' },
    { fact: 'a proxy’s key that is none', options: { proxyTls: { key: 'no key' } }, names: 'proxyTls' },
  ])('with $fact are refused when the Transport is made, and not shown', ({ options, names }) => {
    const make = (): Transport => newTransport(options);
    expect(make).toThrow(TypeError);
    expect(make).toThrow(new RegExp(`^invalid Transport options: ${names}: `));
    expect(make).not.toThrow(/no key|424242|NO-SUCH/);
  });

  test.for([
    { name: 'tls.rejectUnauthorised', options: { tls: { rejectUnauthorised: false } } },
    { name: 'tls.minVerson', options: { tls: { minVerson: 'TLSv1.3' } } },
    { name: 'proxyTls.checkServerIdentitiy', options: { proxyTls: { checkServerIdentitiy: () => undefined } } },
  ])('that Node does not have are refused: $name', ({ name, options }) => {
    const make = (): Transport => newTransport(options);
    expect(make).toThrow(TypeError);
    expect(make).toThrow(`invalid Transport options: unknown option "${name}"`);
  });

  test('that are not given are not missed', () => {
    expect(() => newTransport({ tls: { rejectUnauthorised: undefined, honorCipherOrder: true } })).not.toThrow();
  });

  test.for([undefined, null, 0, ''])(
    '%o for rejectUnauthorized leaves the verification on (CVE-2021-22939)',
    async (rejectUnauthorized) => {
      await using server = await TestServer.start({ tls: true });
      await using transport = newTransport({ tls: { rejectUnauthorized } });
      expect(await rejectionOf(send(transport, server.url))).toMatchObject({
        code: 'tls-failed',
        cause: { code: 'SELF_SIGNED_CERT_IN_CHAIN' },
      });
      expect(server.requests).toHaveLength(0);
    },
  );

  test('each that differs has connections and sessions of its own (CVE-2016-5420, CVE-2022-27782)', async () => {
    await using server = await TestServer.start({ tls: true });
    await using first = new Transport({ tls });
    await fetchText(first, server.url);
    const others: TransportOptions['tls'][] = [
      { ...tls, cert: testCertificate.cert, key: testCertificate.key },
      { ...tls, rejectUnauthorized: false },
      { ...tls, minVersion: 'TLSv1.3' },
      { ...tls, ciphers: 'TLS_AES_128_GCM_SHA256' },
      { ...tls, servername: 'localhost' },
      { ...tls, checkServerIdentity: () => undefined },
      tls,
    ];
    for (const other of others) {
      await using transport = first.clone({ tls: other });
      const response = await send(transport, server.url);
      await response.text();
      expect(response.connection).toMatchObject({ reused: false, tls: { resumed: false } });
    }
    expect(new Set(server.requests.map(({ connection }) => connection)).size).toBe(others.length + 1);
  });

  test('a session is resumed by the next connection, and events say so', async () => {
    await using server = await TestServer.start({ tls: true });
    await using transport = new Transport({ tls, disableKeepAlives: true });
    const recorder = new RecordingTrace();
    for (let count = 0; count < 3; count++) await fetchText(transport, server.url, { trace: recorder.trace });
    expect(recorder.all('tlsHandshakeDone').map(({ resumed }) => resumed)).toEqual([false, true, true]);
    await using strict = transport.clone({ tls: {} });
    expect(await rejectionOf(send(strict, server.url))).toMatchObject({ code: 'tls-failed' });
  });

  test('handshakes that fail leave nothing behind (CVE-2025-47279)', async () => {
    const script = join(import.meta.dirname, '../../test/failing-handshakes.ts');
    const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', '--conditions=source', script]);
    expect(stdout).toMatch(/^-?\d/);
    expect(Number(stdout)).toBeLessThan(1_000);
  });
});

test.for([
  { fact: 'socketPath with dial', options: { socketPath: '/x', dial: () => {} }, says: /socketPath: is not used/ },
  { fact: 'socketPath with dialTLS', options: { socketPath: '/x', dialTLS: () => {} }, says: /socketPath: is not used/ },
  { fact: 'a socketPath without a path', options: { socketPath: '' }, says: /socketPath: / },
  { fact: 'a socketPath of 108 bytes', options: { socketPath: `/${'x'.repeat(107)}` }, says: /socketPath: expected at most 107 bytes/ },
  {
    fact: 'a socketPath of 54 characters in 108 bytes',
    options: { socketPath: 'é'.repeat(54) },
    says: /socketPath: expected at most 107 bytes/,
  },
  { fact: 'a localAddress that is a name', options: { localAddress: 'localhost' }, says: /localAddress: expected an IP address/ },
  { fact: 'an allowAddress that is a list', options: { allowAddress: ['127.0.0.1'] }, says: /allowAddress: expected a function/ },
  { fact: 'a dial that is a socket', options: { dial: {} }, says: /dial: expected a function/ },
  {
    fact: 'proxyConnectHeaders that would forge a line',
    options: { proxyConnectHeaders: { X: 'a\r\nb' } },
    says: /proxyConnectHeaders: invalid value of header "X"/,
  },
  { fact: 'proxyConnectHeaders that are text', options: { proxyConnectHeaders: 'X: a' }, says: /proxyConnectHeaders: invalid headers/ },
  {
    fact: 'an onProxyConnectResponse that is none',
    options: { onProxyConnectResponse: true },
    says: /onProxyConnectResponse: expected a function/,
  },
  { fact: 'proxyTls that says where to', options: { proxyTls: { host: 'x' } }, says: /proxyTls\.host: is for the Transport to say/ },
  {
    fact: 'a proxy’s password that is not shown',
    options: { proxy: 'ftp://u:s3cret@p.test' },
    says: /proxy: unsupported proxy scheme "ftp"(?!.*s3cret)/,
  },
])('$fact is a TypeError', ({ options, says }) => {
  expect(() => newTransport(options)).toThrow(TypeError);
  expect(() => newTransport(options)).toThrow(says);
});

test('a socketPath of 107 bytes is not refused', () => {
  expect(() => newTransport({ socketPath: `/${'é'.repeat(53)}` })).not.toThrow();
});

/** As a program without types would. */
function newTransport(options: object): Transport {
  const made: unknown = Reflect.construct(Transport, [options]);
  if (!(made instanceof Transport)) throw new Error('it is no Transport');
  return made;
}

const connectedTo: Dialer = async ({ port }) => {
  const socket = connectTcp(port, '127.0.0.1');
  await once(socket, 'connect');
  return socket;
};

/** The other end of a stream, by which it is no socket any more. */
function piped(socket: Duplex): Duplex {
  const [mine, theirs] = duplexPair();
  theirs.pipe(socket);
  socket.pipe(theirs);
  mine.once('close', () => socket.destroy());
  socket.once('close', () => mine.destroy());
  return mine;
}

test('a proxy is chosen for each attempt: the resend asks again', async () => {
  let connections = 0;
  await using peer = await BytePeer.listen(async (conversation) => {
    connections += 1;
    await conversation.readHead();
    await conversation.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    // The first connection dies with its second request unanswered.
    await conversation.readHead().catch(() => {});
    conversation.destroy();
  });
  await using proxy = await TestProxy.start();
  await using server = await TestServer.start();
  const answers = [peer.url, peer.url, `http://${proxy.host}`];
  let asked = 0;
  await using transport = new Transport({ proxy: () => answers[asked++] });
  expect(await fetchText(transport, server.url)).toBe('ok');
  expect(await fetchText(transport, server.url)).toBe('ok');
  expect(asked).toBe(3);
  expect(connections).toBe(1);
  expect(proxy.requests).toMatchObject([{ target: `${server.url}/` }]);
  await until(() => transport.stats().every(({ dialing }) => dialing === 0));
});

test('a proxy function that throws fails the request, and releases its body', async () => {
  await using transport = new Transport({
    proxy: () => {
      throw new RangeError('none for you');
    },
  });
  let isReleased = false;
  const body = new ReadableStream({ cancel: () => void (isReleased = true) });
  expect(await rejectionOf(send(transport, 'http://peer.test/', { method: 'POST', body }))).toEqual(new RangeError('none for you'));
  expect(isReleased).toBe(true);
});

test('preconnect goes by the proxy', async () => {
  await using proxy = await TestProxy.start();
  await using server = await TestServer.start({ tls: true });
  await using transport = new Transport({ tls, proxy: () => proxy.host });
  await transport.preconnect(server.url);
  expect(await fetchText(transport, server.url)).toBe('ok');
  expect(proxy.requests).toMatchObject([{ method: 'CONNECT' }]);
  expect(proxy.connections).toBe(1);
});
