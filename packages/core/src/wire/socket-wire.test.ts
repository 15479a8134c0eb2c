import { Socket } from 'node:net';

import { BytePeer, testCertificate, type PeerScript } from '@roundtripper/testing';
import { describe, expect, test, vi } from 'vitest';

import { openSocket } from './open-socket.ts';
import { TlsClient } from './tls-client.ts';
import type { Wire, WireReceiver } from './wire.ts';

/** What came over a wire, copied: the bytes are lent. */
class Receiver implements WireReceiver {
  readonly calls: string[] = [];
  text = '';
  error: Error | undefined;
  readonly closed: Promise<void>;
  #resolve: () => void = () => {};
  #wake: () => void = () => {};

  constructor() {
    this.closed = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  onData(buffer: Buffer, length: number): void {
    this.text += buffer.toString('latin1', 0, length);
    this.#wake();
  }

  onEnd(): void {
    this.calls.push('end');
  }

  onDrain(): void {
    this.calls.push('drain');
    this.#wake();
  }

  onClose(error: Error | undefined): void {
    this.calls.push('close');
    this.error = error;
    this.#resolve();
  }

  async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

const STEPS = { dnsStart() {}, dnsDone() {}, connectStart() {}, connectDone() {}, tlsStart() {}, tlsDone() {} };

function open(peer: BytePeer): Promise<Wire> {
  const tls = peer.url.startsWith('https:') ? new TlsClient({ ca: testCertificate.ca }) : undefined;
  const options = {
    hostname: '127.0.0.1',
    port: peer.port,
    socketPath: undefined,
    localAddress: undefined,
    lookup: undefined,
    allowAddress: undefined,
    keepAliveMs: 1_000,
    tls,
    alpnProtocols: [],
  };
  return new Promise((opened, failed) => {
    openSocket(options, STEPS, { opened, failed });
  });
}

/** Says what it is told, and the end when it is told that. */
const echo: PeerScript = async (conversation) => {
  await conversation.write(await conversation.readUntilClose());
};

describe.for([false, true])('a wire (TLS %s)', (tls) => {
  test('carries text and bytes, each character a byte', async () => {
    await using peer = await BytePeer.listen(
      async (conversation) => {
        const bytes = await conversation.read(8);
        await conversation.write(bytes);
        await conversation.readUntilClose();
      },
      { tls },
    );
    const wire = await open(peer);
    const receiver = new Receiver();
    wire.attach(receiver);
    expect(wire.write('a\xff')).toBe(true);
    expect(wire.write(new Uint8Array([0, 255]))).toBe(true);
    expect(wire.writeFramed('<', new Uint8Array([1, 2]), '>')).toBe(true);
    await receiver.until(() => receiver.text.length === 8);
    expect(receiver.text).toBe('a\xff\0\xff<\u0001\u0002>');
    wire.destroy();
    await receiver.closed;
    expect(receiver.calls).toEqual(['close']);
    expect(receiver.error).toBeUndefined();
  });

  test('sends what is large in its place, and says when there is room again', async () => {
    const body = new Uint8Array(40_000_000).fill(0x78);
    const gate = Promise.withResolvers<void>();
    await using peer = await BytePeer.listen(
      async (conversation) => {
        await gate.promise;
        const bytes = await conversation.read(body.length + 2);
        await conversation.write(`${bytes[0]} ${bytes.indexOf(0x3e)} ${bytes.length}`);
        await conversation.readUntilClose();
      },
      { tls },
    );
    const wire = await open(peer);
    const receiver = new Receiver();
    wire.attach(receiver);
    expect(wire.writeFramed('<', body, '>')).toBe(false);
    gate.resolve();
    await receiver.until(() => receiver.calls.includes('drain') && receiver.text !== '');
    expect(receiver.text).toBe(`60 ${body.length + 1} ${body.length + 2}`);
    wire.destroy();
    await receiver.closed;
  });

  test('that is paused brings a chunk or two more, and goes on when it is resumed', async () => {
    const total = 30_000_000;
    let written = 0;
    await using peer = await BytePeer.listen(
      async (conversation) => {
        for (; written < total; written += 100_000) await conversation.write('x'.repeat(100_000));
        conversation.end();
        await conversation.readUntilClose();
      },
      { tls },
    );
    const wire = await open(peer);
    const receiver = new Receiver();
    wire.attach(receiver);
    wire.pause();
    wire.pause();
    let before = -1;
    for (let still = 0; still < 20; still = written === before ? still + 1 : 0) {
      before = written;
      await new Promise(setImmediate);
    }
    expect(written).toBeLessThan(total);
    expect(receiver.text.length).toBeLessThan(1_000_000);
    wire.resume();
    wire.resume();
    await receiver.closed;
    expect(receiver.text.length).toBe(total);
    expect(receiver.calls).toEqual(['end', 'close']);
  });

  test('that is paused and resumed before its turn is over was never stopped', async () => {
    await using peer = await BytePeer.listen(
      async (conversation) => {
        await conversation.write('x'.repeat(1_000));
        await conversation.readUntilClose();
      },
      { tls },
    );
    const wire = await open(peer);
    const pause = vi.spyOn(Socket.prototype, 'pause');
    const receiver = new Receiver();
    wire.attach(receiver);
    wire.pause();
    await Promise.resolve();
    wire.resume();
    await receiver.until(() => receiver.text.length === 1_000);
    expect(pause).not.toHaveBeenCalled();
    pause.mockRestore();
    wire.destroy();
    await receiver.closed;
  });

  test('tells of the peer’s end, and of its own', async () => {
    await using peer = await BytePeer.listen((conversation) => conversation.end(), { tls });
    const wire = await open(peer);
    const receiver = new Receiver();
    wire.attach(receiver);
    await receiver.closed;
    expect(receiver.calls).toEqual(['end', 'close']);
    expect(receiver.error).toBeUndefined();
    expect(wire.write('x')).toBe(false);
    const late = new Receiver();
    wire.attach(late);
    await late.closed;
    expect(late.calls).toEqual(['close']);
  });

  test('tells of a reset', async () => {
    await using peer = await BytePeer.listen(
      async (conversation) => {
        await conversation.read(1);
        conversation.reset();
      },
      { tls },
    );
    const wire = await open(peer);
    const receiver = new Receiver();
    wire.attach(receiver);
    wire.write('x');
    await receiver.closed;
    expect(receiver.error).toMatchObject({ code: 'ECONNRESET' });
    expect(receiver.calls).toEqual(['close']);
  });

  test('to which the peer speaks before anybody listens closes', async () => {
    await using peer = await BytePeer.listen(
      async (conversation) => {
        await conversation.write('220 smtp.example.com\r\n');
        await conversation.readUntilClose();
      },
      { tls },
    );
    const wire = await open(peer);
    await peer.whenOpenConnections(0);
    const receiver = new Receiver();
    wire.attach(receiver);
    await receiver.closed;
    expect(receiver.text).toBe('');
  });

  test('two wires share a buffer and no bytes', async () => {
    await using peer = await BytePeer.listen(
      async (conversation) => {
        const byte = (await conversation.read(1)).toString();
        for (let count = 0; count < 50; count++) await conversation.write(byte.repeat(20_000));
        await conversation.readUntilClose();
      },
      { tls },
    );
    const wires = [await open(peer), await open(peer)];
    const receivers = wires.map((wire, at) => {
      const receiver = new Receiver();
      wire.attach(receiver);
      wire.write(String(at));
      return receiver;
    });
    for (const [at, receiver] of receivers.entries()) {
      await receiver.until(() => receiver.text.length === 1_000_000);
      expect(receiver.text === String(at).repeat(1_000_000)).toBe(true);
    }
    for (const wire of wires) wire.destroy();
    for (const receiver of receivers) await receiver.closed;
  });

  test('that is not active lets the process end, and still brings bytes', async () => {
    await using peer = await BytePeer.listen(echo, { tls });
    const wire = await open(peer);
    const sockets = (): number => process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
    const before = sockets();
    wire.setActive(false);
    expect(sockets()).toBe(before - 1);
    wire.setActive(true);
    expect(sockets()).toBe(before);
    wire.destroy();
  });
});
