import { BytePeer, testCertificate, TestClock, TestServer } from '@roundtripper/testing';
import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import { describe, expect, test } from 'vitest';

import { send } from '../../test/exchanges.ts';
import { rejectionOf } from '../../test/rejection-of.ts';
import type { Dialer } from '../contract/dialer.ts';
import { Transport } from './transport.ts';

const { ca } = testCertificate;

describe('dialTLS that gives a socket still in its handshake', () => {
  test('has the request wait for it', async () => {
    await using server = await TestServer.start({ tls: true });
    await using transport = new Transport({ dialTLS: handshaking({ ca }) });
    const response = await send(transport, `https://localhost:${server.port}/`);
    expect(await response.text()).toBe('ok');
    expect(response.connection?.tls).toMatchObject({ protocol: 'TLSv1.3', authorized: true });
    expect(response.connection?.tls?.cipher).toMatch(/^TLS_/);
  });

  test('fails the request that it fails, before a byte of it is sent', async () => {
    await using server = await TestServer.start({ tls: true });
    await using transport = new Transport({ dialTLS: handshaking({}) });
    const error = await rejectionOf(send(transport, `https://localhost:${server.port}/`));
    expect(error).toMatchObject({ code: 'dial-failed', phase: 'connect', sent: 'nothing', cause: { code: 'SELF_SIGNED_CERT_IN_CHAIN' } });
    expect(server.requests).toHaveLength(0);
  });

  test.for(['the time limit', 'the end of the Transport'])('is given up by %s', async (by) => {
    await using peer = await BytePeer.listen(async (conversation) => void (await conversation.readUntilClose()));
    const clock = new TestClock();
    const isDialled = Promise.withResolvers<void>();
    const dial = handshaking({ ca });
    await using transport = new Transport({
      clock,
      dialTimeout: 500,
      dialTLS: async (target, options) => {
        const socket = await dial(target, options);
        setImmediate(() => isDialled.resolve());
        return socket;
      },
    });
    const failed = rejectionOf(send(transport, `https://localhost:${peer.port}/`));
    await isDialled.promise;
    if (by === 'the time limit') await clock.advance(500);
    else await transport.close();
    expect(await failed).toMatchObject({ code: by === 'the time limit' ? 'dial-timeout' : 'transport-closed', sent: 'nothing' });
    await peer.whenOpenConnections(0);
  });
});

/** Over a socket that is connected, so that Node does not call it `connecting`. */
function handshaking(options: ConnectionOptions): Dialer {
  return async ({ hostname, port }) => {
    const socket = connectTcp(port, '127.0.0.1');
    await once(socket, 'connect');
    return connectTls({ servername: hostname, ...options, socket });
  };
}
