import { BytePeer, testCertificate } from '@roundtripper/testing';
import { EventEmitter, once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer, rootCertificates } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { AddressRefused, type AllowAddress } from './address-guard.ts';
import type { Lookup } from './checked-lookup.ts';
import { openSocket, type OpenSocketOptions } from './open-socket.ts';
import type { OpenSocketSteps } from './opening-steps.ts';
import { TlsClient, type TlsOptions } from './tls-client.ts';
import type { Wire } from './wire.ts';

const CA: TlsOptions = { ca: testCertificate.ca };

/** An opening under way, and what it told of its steps. */
interface Opening {
  readonly steps: readonly string[];
  readonly wire: Promise<Wire>;
  readonly giveUp: () => void;
  /** Resolves with the first step that begins so. */
  readonly reached: (start: string) => Promise<void>;
}

/** As `openSocket` takes them, but for TLS, which has a client of its own each time. */
type Options = Partial<Omit<OpenSocketOptions, 'tls'>> & { readonly tls?: TlsOptions | TlsClient | undefined };

function open(port: number, { tls, ...options }: Options = {}): Opening {
  const steps: string[] = [];
  const { promise, resolve, reject } = Promise.withResolvers<Wire>();
  const events = new EventEmitter();
  const tell = (step: string): void => {
    steps.push(step);
    events.emit('step');
  };
  const told: OpenSocketSteps = {
    dnsStart: (hostname) => tell(`dns ${hostname}`),
    dnsDone: (addresses, error) => tell(`dns done ${said(error) ?? addresses.join(' ')}`),
    connectStart: (address) => tell(`connect ${address}`),
    connectDone: (address, _port, error) => tell(`connect done ${address} ${said(error) ?? 'ok'}`),
    tlsStart: (servername) => tell(`tls ${servername}`),
    tlsDone: (info, error) => tell(`tls done ${said(error) ?? info?.alpnProtocol}`),
  };
  const reached = async (start: string): Promise<void> => {
    while (!steps.some((step) => step.startsWith(start))) await once(events, 'step');
  };
  const giveUp = openSocket(
    {
      hostname: '127.0.0.1',
      port,
      socketPath: undefined,
      localAddress: undefined,
      lookup: undefined,
      allowAddress: undefined,
      keepAliveMs: 0,
      tls: tls === undefined || tls instanceof TlsClient ? tls : new TlsClient(tls),
      alpnProtocols: [],
      ...options,
    },
    told,
    { opened: resolve, failed: reject },
  );
  return { steps, wire: promise, giveUp, reached };
}

/** Node's codes are the part of an error that stays the same. */
function said(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  return 'code' in error ? String(error.code) : error.message;
}

/** A peer that says nothing. */
function silentPeer(options: { readonly tls?: boolean } = {}): Promise<BytePeer> {
  return BytePeer.listen(async (conversation) => {
    await conversation.readUntilClose();
  }, options);
}

/** A port that nobody listens on. */
async function refusedPort(): Promise<number> {
  const peer = await silentPeer();
  await peer[Symbol.asyncDispose]();
  return peer.port;
}

const loopback: Lookup = (_hostname, _options, callback) => callback(null, [{ address: '127.0.0.1', family: 4 }]);

test('an address is connected to without a lookup', async () => {
  await using peer = await silentPeer();
  const opening = open(peer.port);
  const wire = await opening.wire;
  expect(opening.steps).toEqual(['connect 127.0.0.1', 'connect done 127.0.0.1 ok']);
  expect(wire.info).toMatchObject({ remoteAddress: '127.0.0.1', remotePort: peer.port, localAddress: '127.0.0.1', tls: undefined });
  wire.destroy();
});

test('an address that the system takes for another is connected to all the same', async () => {
  await using peer = await silentPeer();
  const opening = open(peer.port, { hostname: '0.0.0.0' });
  const wire = await opening.wire;
  expect(opening.steps).toEqual(['connect 0.0.0.0', 'connect done 0.0.0.0 ok']);
  wire.destroy();
});

test.for<{ fact: string; lookup: Lookup }>([
  { fact: 'within the call', lookup: loopback },
  { fact: 'later', lookup: (...args) => void setImmediate(() => loopback(...args)) },
  { fact: 'twice', lookup: (...args) => [1, 2].forEach(() => loopback(...args)) },
  { fact: 'with one address where it was asked for all', lookup: (_hostname, _options, callback) => callback(null, '127.0.0.1', 4) },
])('a lookup may answer $fact', async ({ lookup }) => {
  await using peer = await silentPeer();
  const opening = open(peer.port, { hostname: 'peer.test', lookup });
  const wire = await opening.wire;
  expect(opening.steps).toEqual(['dns peer.test', 'dns done 127.0.0.1', 'connect 127.0.0.1', 'connect done 127.0.0.1 ok']);
  wire.destroy();
});

test.for<{ fact: string; lookup: Lookup; says: string }>([
  {
    fact: 'fails',
    lookup: (_hostname, _options, callback) => callback(Object.assign(new Error('no such name'), { code: 'ENOTFOUND' }), []),
    says: 'ENOTFOUND',
  },
  {
    fact: 'throws',
    lookup: () => {
      throw Object.assign(new Error('broken'), { code: 'EBROKEN' });
    },
    says: 'EBROKEN',
  },
  { fact: 'finds no address', lookup: (_hostname, _options, callback) => callback(null, []), says: 'the name has no address' },
  {
    fact: 'gives what is no address',
    lookup: (_hostname, _options, callback) => callback(null, 'peer.test', 4),
    says: 'the lookup gave what is not an IP address',
  },
  {
    fact: 'gives nothing, later',
    lookup: (_hostname, _options, callback) => {
      setImmediate(() => {
        Reflect.apply(callback, undefined, [null]);
      });
    },
    says: 'the name has no address',
  },
])('a lookup that $fact fails the opening', async ({ lookup, says }) => {
  const opening = open(1, { hostname: 'peer.test', lookup });
  await expect(opening.wire).rejects.toBeInstanceOf(Error);
  expect(opening.steps).toEqual(['dns peer.test', `dns done ${says}`]);
});

test('one address after the other is tried', async () => {
  await using peer = await silentPeer();
  const lookup: Lookup = (_hostname, _options, callback) =>
    callback(null, [
      { address: '127.0.0.2', family: 4 },
      { address: '127.0.0.1', family: 4 },
    ]);
  const opening = open(peer.port, { hostname: 'peer.test', lookup });
  const wire = await opening.wire;
  expect(opening.steps).toEqual([
    'dns peer.test',
    'dns done 127.0.0.2 127.0.0.1',
    'connect 127.0.0.2',
    'connect done 127.0.0.2 ECONNREFUSED',
    'connect 127.0.0.1',
    'connect done 127.0.0.1 ok',
  ]);
  wire.destroy();
});

test('the error for several addresses holds one for each', async () => {
  const lookup: Lookup = (_hostname, _options, callback) =>
    callback(null, [
      { address: '127.0.0.2', family: 4 },
      { address: '127.0.0.1', family: 4 },
    ]);
  const opening = open(await refusedPort(), { hostname: 'peer.test', lookup });
  await expect(opening.wire).rejects.toBeInstanceOf(AggregateError);
  expect(opening.steps.filter((step) => step.includes('done 127'))).toHaveLength(3);
});

test('a refused port fails the opening', async () => {
  const opening = open(await refusedPort());
  await expect(opening.wire).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  expect(opening.steps).toEqual(['connect 127.0.0.1', 'connect done 127.0.0.1 ECONNREFUSED']);
});

test('TLS tells what was agreed', async () => {
  await using peer = await silentPeer({ tls: true });
  const opening = open(peer.port, { tls: CA });
  const wire = await opening.wire;
  expect(opening.steps).toEqual(['connect 127.0.0.1', 'connect done 127.0.0.1 ok', 'tls ', 'tls done undefined']);
  expect(wire.info.tls).toMatchObject({ protocol: 'TLSv1.3', authorized: true, resumed: false, alpnProtocol: undefined });
  wire.destroy();
});

test.for([
  { fact: 'a host name', hostname: 'localhost', tls: CA, sent: 'localhost' },
  { fact: 'a host name without its last dot (RFC 6066 §3)', hostname: 'localhost.', tls: CA, sent: 'localhost' },
  { fact: 'the server name that was asked for', hostname: '127.0.0.1', tls: { ...CA, servername: 'localhost' }, sent: 'localhost' },
  { fact: 'no address', hostname: '127.0.0.1', tls: CA, sent: false },
])('TLS asks for $fact', async ({ hostname, tls, sent }) => {
  const asked: unknown[] = [];
  await using peer = await BytePeer.listen((conversation) => conversation.closed, {
    tls: {
      SNICallback: (servername, callback) => {
        asked.push(servername);
        callback(null);
      },
    },
  });
  const opening = open(peer.port, { hostname, tls, lookup: loopback });
  const wire = await opening.wire;
  expect(asked).toEqual(sent === false ? [] : [sent]);
  wire.destroy();
});

test('ALPN offers what it is told', async () => {
  await using peer = await BytePeer.listen((conversation) => conversation.closed, { tls: { ALPNProtocols: ['http/1.1'] } });
  const opening = open(peer.port, { tls: CA, alpnProtocols: ['http/1.1'] });
  const wire = await opening.wire;
  expect(wire.info.tls?.alpnProtocol).toBe('http/1.1');
  wire.destroy();
});

test.for<{ fact: string; tls: TlsOptions; hostname: string; code: string }>([
  { fact: 'an unknown authority', tls: {}, hostname: '127.0.0.1', code: 'SELF_SIGNED_CERT_IN_CHAIN' },
  { fact: 'another authority', tls: { ca: rootCertificates[0] }, hostname: '127.0.0.1', code: 'SELF_SIGNED_CERT_IN_CHAIN' },
  { fact: 'another name', tls: CA, hostname: 'peer.test', code: 'ERR_TLS_CERT_ALTNAME_INVALID' },
  {
    fact: 'an unknown authority, where rejectUnauthorized is undefined',
    tls: { rejectUnauthorized: undefined },
    hostname: '127.0.0.1',
    code: 'SELF_SIGNED_CERT_IN_CHAIN',
  },
  {
    fact: 'another name, where checkServerIdentity is undefined',
    tls: { ...CA, checkServerIdentity: undefined },
    hostname: 'peer.test',
    code: 'ERR_TLS_CERT_ALTNAME_INVALID',
  },
  {
    fact: 'an identity whose check throws',
    tls: {
      ...CA,
      checkServerIdentity: () => {
        throw Object.assign(new Error('not this one'), { code: 'EPINNED' });
      },
    },
    hostname: '127.0.0.1',
    code: 'EPINNED',
  },
])('a certificate of $fact is refused', async ({ tls, hostname, code }) => {
  await using peer = await silentPeer({ tls: true });
  const opening = open(peer.port, { hostname, tls, lookup: loopback });
  await expect(opening.wire).rejects.toMatchObject({ code });
  expect(opening.steps.at(-1)).toBe(`tls done ${code}`);
  await peer.whenOpenConnections(0);
});

test('certificates are not verified where that is asked for', async () => {
  await using peer = await silentPeer({ tls: true });
  const wire = await open(peer.port, { tls: { rejectUnauthorized: false } }).wire;
  expect(wire.info.tls?.authorized).toBe(false);
  wire.destroy();
});

test.for([
  { fact: 'closes', says: 'ECONNRESET', script: 'close' },
  { fact: 'resets', says: 'ECONNRESET', script: 'reset' },
  { fact: 'answers in the clear', says: 'ERR_SSL_WRONG_VERSION_NUMBER', script: 'plain' },
])('a peer that $fact in the handshake fails the opening', async ({ says, script }) => {
  await using peer = await BytePeer.listen(async (conversation) => {
    await conversation.read(5);
    if (script === 'reset') conversation.reset();
    else if (script === 'close') conversation.destroy();
    else await conversation.write('HTTP/1.1 400 Bad Request\r\n\r\n');
    await conversation.closed;
  });
  const opening = open(peer.port, { tls: CA });
  await expect(opening.wire).rejects.toMatchObject({ code: says });
  expect(opening.steps).toEqual(['connect 127.0.0.1', 'connect done 127.0.0.1 ok', 'tls ', `tls done ${says}`]);
});

test('options that TLS cannot use throw at once', () => {
  expect(() => open(1, { tls: { key: 'no key' } })).toThrow(/DECODER|PEM/);
});

describe('a Unix domain socket', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'wire-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  test.for([false, true])('is connected to in place of an address (TLS %s), and its name is not resolved', async (isTls) => {
    const socketPath = join(folder, `${isTls}.sock`);
    const accept = (socket: Socket): void =>
      void socket
        .on('error', () => {})
        .end('hello')
        .resume();
    const server = isTls ? createTlsServer({ ...testCertificate }, accept) : createServer(accept);
    server.listen(socketPath);
    await once(server, 'listening');
    const tls = isTls ? CA : undefined;
    const opening = open(1, { hostname: 'localhost', socketPath, tls, allowAddress: () => false });
    const wire = await opening.wire;
    const closed = new Promise<void>((resolve) => {
      wire.attach({ onData() {}, onEnd: () => wire.destroy(), onDrain() {}, onClose: () => resolve() });
    });
    expect(opening.steps).toEqual([
      `connect ${socketPath}`,
      `connect done ${socketPath} ok`,
      ...(isTls ? ['tls localhost', 'tls done undefined'] : []),
    ]);
    expect(wire.info).toMatchObject({ remoteAddress: socketPath, remotePort: undefined, tls: isTls ? { authorized: true } : undefined });
    await closed;
    server.close();
    await once(server, 'close');
  });

  test('whose certificate is another host’s is refused, also where the host is an address', async () => {
    const socketPath = join(folder, 'named.sock');
    const server = createTlsServer({ ...testCertificate });
    server.listen(socketPath);
    await once(server, 'listening');
    for (const hostname of ['peer.test', '192.0.2.1']) {
      await expect(open(1, { hostname, socketPath, tls: CA }).wire).rejects.toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
    }
    server.close();
    await once(server, 'close');
  });

  test('that is not there fails the opening', async () => {
    const socketPath = join(folder, 'none.sock');
    const opening = open(1, { socketPath });
    await expect(opening.wire).rejects.toMatchObject({ code: 'ENOENT' });
    expect(opening.steps).toEqual([`connect ${socketPath}`, `connect done ${socketPath} ENOENT`]);
  });
});

test('a connection comes from the address that is asked for, and goes to one of its family', async () => {
  await using peer = await silentPeer();
  const both: Lookup = (_hostname, _options, callback) =>
    callback(null, [
      { address: '::1', family: 6 },
      { address: '127.0.0.1', family: 4 },
    ]);
  const wire = await open(peer.port, { hostname: 'peer.test', lookup: both, localAddress: '127.0.0.9' }).wire;
  expect(wire.info).toMatchObject({ localAddress: '127.0.0.9', remoteAddress: '127.0.0.1' });
  wire.destroy();
  const six: Lookup = (_hostname, _options, callback) => callback(null, [{ address: '::1', family: 6 }]);
  await expect(open(peer.port, { hostname: 'peer.test', lookup: six, localAddress: '127.0.0.9' }).wire).rejects.toThrow(
    'the name has no address of the family of 127.0.0.9',
  );
});

test('of a dead address and a live one the live one is taken, and families take turns (RFC 8305 §4)', async () => {
  await using peer = await silentPeer();
  const many: Lookup = (_hostname, _options, callback) =>
    callback(null, [
      { address: '127.0.0.2', family: 4 },
      { address: '127.0.0.1', family: 4 },
      { address: '::1', family: 6 },
    ]);
  const opening = open(peer.port, { hostname: 'peer.test', lookup: many });
  const wire = await opening.wire;
  expect(opening.steps.filter((step) => /^connect [\d:]/.test(step))).toEqual(['connect 127.0.0.2', 'connect ::1', 'connect 127.0.0.1']);
  expect(opening.steps.at(-1)).toBe('connect done 127.0.0.1 ok');
  expect(wire.info.remoteAddress).toBe('127.0.0.1');
  wire.destroy();
});

test('what the guard refuses is left out, of a name and as an address itself', async () => {
  await using peer = await silentPeer();
  const two: Lookup = (_hostname, _options, callback) =>
    callback(null, [
      { address: '127.0.0.2', family: 4 },
      { address: '127.0.0.1', family: 4 },
    ]);
  const asked: string[] = [];
  const allowAddress: AllowAddress = (address, { hostname, port, family }) => {
    asked.push(`${address} for ${hostname}:${port} (${family})`);
    return address === '127.0.0.1';
  };
  const opening = open(peer.port, { hostname: 'peer.test', lookup: two, allowAddress });
  const wire = await opening.wire;
  expect(asked).toEqual([`127.0.0.2 for peer.test:${peer.port} (4)`, `127.0.0.1 for peer.test:${peer.port} (4)`]);
  expect(opening.steps).toEqual(['dns peer.test', 'dns done 127.0.0.2 127.0.0.1', 'connect 127.0.0.1', 'connect done 127.0.0.1 ok']);
  wire.destroy();
  const refused = open(peer.port, { hostname: '127.0.0.2', allowAddress });
  await expect(refused.wire).rejects.toThrow(new AddressRefused('allowAddress refuses 127.0.0.2'));
  expect(refused.steps).toEqual([]);
  const given = open(peer.port, { hostname: '127.0.0.2', allowAddress });
  given.giveUp();
  expect(peer.connectionsOpened).toBe(1);
});

test('given up in the lookup, it ends that and does not connect', async () => {
  await using peer = await silentPeer();
  const asked = Promise.withResolvers<() => void>();
  const opening = open(peer.port, {
    hostname: 'peer.test',
    lookup: (...args) => asked.resolve(() => loopback(...args)),
  });
  const answer = await asked.promise;
  opening.giveUp();
  expect(opening.steps).toEqual(['dns peer.test', 'dns done it was given up']);
  answer();
  opening.giveUp();
  await new Promise(setImmediate);
  expect(opening.steps).toHaveLength(2);
  expect(peer.connectionsOpened).toBe(0);
});

test('given up before its first step, it takes none', async () => {
  let lookups = 0;
  const opening = open(1, { hostname: 'peer.test', lookup: () => (lookups += 1) });
  opening.giveUp();
  await new Promise(setImmediate);
  expect(opening.steps).toEqual([]);
  expect(lookups).toBe(0);
});

test('given up while it connects, it ends that', async () => {
  await using peer = await silentPeer();
  const opening = open(peer.port);
  await opening.reached('connect');
  opening.giveUp();
  const steps = ['connect 127.0.0.1', 'connect done 127.0.0.1 it was given up'];
  expect(opening.steps).toEqual(steps);
  await peer.whenOpenConnections(0);
  expect(opening.steps).toEqual(steps);
});

test('given up in the handshake, it ends that and closes', async () => {
  await using peer = await silentPeer();
  const opening = open(peer.port, { tls: CA });
  await opening.reached('tls');
  opening.giveUp();
  expect(opening.steps.at(-1)).toBe('tls done it was given up');
  await peer.whenOpenConnections(0);
  expect(opening.steps).toHaveLength(4);
});
