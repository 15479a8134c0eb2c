import { BytePeer, testCertificate } from '@roundtripper/testing';
import { once } from 'node:events';
import { Duplex } from 'node:stream';
import { createSecureContext, createServer, TLSSocket, type PeerCertificate, type TlsOptions as ServerOptions } from 'node:tls';
import { describe, expect, test } from 'vitest';

import type { TlsInfo } from '../contract/connection-info.ts';
import { openSocket } from './open-socket.ts';
import { TlsClient, type TlsOptions, type TlsPeer } from './tls-client.ts';
import type { Wire } from './wire.ts';

const CA: TlsOptions = { ca: testCertificate.ca };
const STEPS = { dnsStart() {}, dnsDone() {}, connectStart() {}, connectDone() {}, tlsStart() {}, tlsDone() {} };

function open(port: number, tls: TlsClient, hostname = '127.0.0.1'): Promise<Wire> {
  const options = {
    hostname,
    port,
    socketPath: undefined,
    localAddress: undefined,
    lookup: undefined,
    allowAddress: undefined,
    keepAliveMs: 0,
    tls,
    alpnProtocols: ['http/1.1'],
  };
  return new Promise((opened, failed) => {
    openSocket(options, STEPS, { opened, failed });
  });
}

/** One that answers, as TLS 1.3 gives its tickets with the first bytes it sends. */
function answeringPeer(tls: ServerOptions = {}): Promise<BytePeer> {
  return BytePeer.listen(
    async (conversation) => {
      // A client that refuses the certificate says nothing.
      await conversation.read(1).catch(() => {});
      await conversation.write('x');
      await conversation.readUntilClose();
    },
    { tls },
  );
}

/** A connection that was used and closed. */
async function use(port: number, tls: TlsClient, hostname?: string): Promise<TlsInfo | undefined> {
  const wire = await open(port, tls, hostname);
  await new Promise<void>((resolve) => {
    wire.attach({ onData: () => wire.destroy(), onEnd() {}, onDrain() {}, onClose: () => resolve() });
    wire.write('x');
  });
  return wire.info.tls;
}

describe.for(['TLSv1.2', 'TLSv1.3'] as const)('over %s', (version) => {
  const only = { minVersion: version, maxVersion: version };

  test('the session of a server is resumed by the next connection to it', async () => {
    await using peer = await answeringPeer(only);
    const tls = new TlsClient(CA);
    expect(await use(peer.port, tls)).toMatchObject({ protocol: version, resumed: false, authorized: true });
    expect(await use(peer.port, tls)).toMatchObject({ protocol: version, resumed: true, authorized: true });
    expect(await use(peer.port, tls)).toMatchObject({ protocol: version, resumed: true, authorized: true });
  });

  test('it is offered to no other port and no other name', async () => {
    await using peer = await answeringPeer(only);
    // The same keys for its tickets: it would take the other's session.
    const ticketKeys = Buffer.alloc(48, 'k');
    await using one = await answeringPeer({ ...only, ticketKeys });
    await using other = await answeringPeer({ ...only, ticketKeys });
    const tls = new TlsClient(CA);
    await use(one.port, tls);
    expect(await use(other.port, tls)).toMatchObject({ resumed: false });
    expect(await use(one.port, tls)).toMatchObject({ resumed: true });
    await use(peer.port, tls, '127.0.0.1');
    expect(await use(peer.port, tls, 'localhost')).toMatchObject({ resumed: false });
  });

  test('a server that has changed its keys is met with a whole handshake', async () => {
    const server = createServer({ ...testCertificate, ...only }, (socket) => {
      socket.on('data', () => socket.write('x'));
      socket.on('error', () => {});
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const tls = new TlsClient(CA);
    await use(port, tls);
    server.setTicketKeys(Buffer.alloc(48, 'k'));
    expect(await use(port, tls)).toMatchObject({ resumed: false });
    expect(await use(port, tls)).toMatchObject({ resumed: true });
    server.close();
    await once(server, 'close');
  });

  test('other options verify in full: sessions are not theirs (CVE-2025-68121)', async () => {
    await using peer = await answeringPeer(only);
    const tls = new TlsClient(CA);
    await use(peer.port, tls);
    expect(await use(peer.port, tls)).toMatchObject({ resumed: true });
    await expect(use(peer.port, new TlsClient({}))).rejects.toMatchObject({ code: 'SELF_SIGNED_CERT_IN_CHAIN' });
    expect(await use(peer.port, new TlsClient(CA))).toMatchObject({ resumed: false });
  });

  test('a proxy’s session is not offered to an origin, nor the other way round (CVE-2021-22890)', async () => {
    await using peer = await answeringPeer(only);
    const toProxies = new TlsClient(CA);
    const toOrigins = new TlsClient(CA);
    await use(peer.port, toProxies);
    expect(await use(peer.port, toOrigins)).toMatchObject({ resumed: false });
  });

  test('what was not verified leaves no session: the next connection is refused too', async () => {
    await using peer = await answeringPeer(only);
    let checks = 0;
    const tls = new TlsClient({
      ...CA,
      checkServerIdentity: () => {
        checks += 1;
        return Object.assign(new Error('not this one'), { code: 'EPINNED' });
      },
    });
    await expect(use(peer.port, tls)).rejects.toMatchObject({ code: 'EPINNED' });
    await expect(use(peer.port, tls)).rejects.toMatchObject({ code: 'EPINNED' });
    expect(checks).toBe(2);
  });
});

test('it keeps the sessions of the last 100 servers', () => {
  const tls = new TlsClient({});
  const peer = (port: number): TlsPeer => ({ hostname: 'peer.test', port, alpnProtocols: [] });
  for (let port = 1; port <= 101; port++) {
    // As Node tells of one.
    const socket = new TLSSocket(new Duplex({ read() {}, write() {} }));
    tls.keepSessions(socket, peer(port));
    socket.emit('session', Buffer.from([port]));
    socket.destroy();
    // One that is renewed is the latest.
    if (port === 50) socket.emit('session', Buffer.from([0]));
  }
  const kept = Array.from({ length: 101 }, (_, at) => at + 1).filter((port) => 'session' in tls.connectOptions(peer(port)));
  expect(kept).toEqual(Array.from({ length: 100 }, (_, at) => at + 2));
});

test('it forgets a session that led to a failure', () => {
  const tls = new TlsClient({});
  const peer: TlsPeer = { hostname: 'peer.test', port: 443, alpnProtocols: [] };
  const socket = new TLSSocket(new Duplex({ read() {}, write() {} }));
  tls.keepSessions(socket, peer);
  socket.emit('session', Buffer.from('s'));
  socket.destroy();
  expect(tls.connectOptions(peer)).toHaveProperty('session', Buffer.from('s'));
  tls.dropSession(peer);
  expect(tls.connectOptions(peer)).not.toHaveProperty('session');
});

test.for([undefined, null, 0, '', 'false'])('%o for rejectUnauthorized leaves the verification on (CVE-2021-22939)', async (value) => {
  await using peer = await answeringPeer();
  const tls: unknown = Reflect.construct(TlsClient, [{ rejectUnauthorized: value }]);
  if (!(tls instanceof TlsClient)) throw new Error('it is no client');
  await expect(use(peer.port, tls)).rejects.toMatchObject({ code: 'SELF_SIGNED_CERT_IN_CHAIN' });
});

test('functions among the options are called (GHSA-w293-vg96-wgc3)', async () => {
  await using peer = await answeringPeer();
  const checked: [string, string][] = [];
  const tls = new TlsClient({
    ...CA,
    checkServerIdentity: (hostname: string, certificate: PeerCertificate) => {
      checked.push([hostname, certificate.subjectaltname ?? '']);
      return undefined;
    },
  });
  await use(peer.port, tls, 'localhost');
  expect(checked).toEqual([['localhost', expect.stringContaining('DNS:localhost')]]);
});

test('a context of the caller’s is used as it is', async () => {
  await using peer = await answeringPeer();
  expect(await use(peer.port, new TlsClient({ secureContext: createSecureContext(CA) }))).toMatchObject({ authorized: true });
});

test('what cannot be read is refused when the client is made', () => {
  for (const options of [{ key: 'no key' }, { cert: 'no certificate' }, { ciphers: 'NO-SUCH-CIPHER' }, { pfx: 'none' }]) {
    expect(() => new TlsClient(options)).toThrow(Error);
  }
});
