import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { buffer, text } from 'node:stream/consumers';
import { connect as connectTls } from 'node:tls';
import { expect, test } from 'vitest';

import { BytePeer } from './byte-peer.ts';
import { testCertificate } from './test-certificate.ts';

function dial(peer: BytePeer): Socket {
  return peer.url.startsWith('https:')
    ? connectTls({ port: peer.port, host: '127.0.0.1', servername: 'localhost', ca: testCertificate.ca })
    : connect(peer.port, '127.0.0.1');
}

test.for([false, true])('a peer answers a head with its bytes (TLS %s)', async (tls) => {
  await using peer = await BytePeer.listen(
    async (conversation) => {
      const head = await conversation.readHead();
      await conversation.write(`${head.length} \xff`);
      conversation.end();
    },
    { tls },
  );
  const socket = dial(peer);
  socket.write('GET / HTTP/1.1\r\n\r\n');
  expect([...(await buffer(socket))]).toEqual([0x31, 0x38, 0x20, 0xff]);
  expect(peer.connectionsOpened).toBe(1);
});

test("is one that Node's fetch can use", async () => {
  await using peer = await BytePeer.listen(async (conversation) => {
    await conversation.readHead();
    await conversation.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
  });
  const response = await fetch(peer.url);
  expect(await response.text()).toBe('ok');
});

test('what comes together is read apart', async () => {
  const read: unknown[] = [];
  await using peer = await BytePeer.listen(async (conversation) => {
    read.push(await conversation.readHead(), (await conversation.read(3)).toString(), await conversation.readHead());
    read.push((await conversation.readUntilClose()).toString(), conversation.number);
  });
  const socket = dial(peer);
  socket.end('a\r\n\r\nbodyb\r\n\r\nrest');
  await once(socket.resume(), 'close');
  await peer[Symbol.asyncDispose]();
  expect(read).toEqual(['a\r\n\r\n', 'bod', 'yb\r\n\r\n', 'rest', 1]);
});

test('what comes byte by byte is read together', async () => {
  await using peer = await BytePeer.listen(async (conversation) => {
    const head = await conversation.readHead();
    await conversation.write(head);
    conversation.end();
  });
  const socket = dial(peer).setNoDelay(true);
  for (const character of 'GET /\r\n\r\n') {
    await new Promise<void>((resolve) => {
      socket.write(character, () => resolve());
    });
  }
  expect(await text(socket)).toBe('GET /\r\n\r\n');
});

test('a script may serve as many requests as come', async () => {
  const numbers: number[] = [];
  await using peer = await BytePeer.listen(async (conversation) => {
    for await (const head of conversation.heads()) {
      numbers.push(conversation.number);
      await conversation.write(head.slice(0, 1));
    }
  });
  for (let connection = 0; connection < 2; connection++) {
    const socket = dial(peer);
    for (const request of ['1\r\n\r\n', '2\r\n\r\n']) {
      socket.write(request);
      expect(String(await once(socket, 'data'))).toBe(request.slice(0, 1));
    }
    socket.destroy();
    await peer.whenOpenConnections(0);
  }
  await peer[Symbol.asyncDispose]();
  expect(numbers).toEqual([1, 1, 2, 2]);
});

test.for([false, true])('a reset is one (TLS %s)', async (tls) => {
  await using peer = await BytePeer.listen(
    async (conversation) => {
      await conversation.read(1);
      conversation.reset();
      await conversation.closed;
    },
    { tls },
  );
  const socket = dial(peer);
  socket.write('x');
  await expect(once(socket.resume(), 'end')).rejects.toMatchObject({ code: 'ECONNRESET' });
});

test('destroy closes the connection, and writing to it afterwards says so', async () => {
  const written: boolean[] = [];
  await using peer = await BytePeer.listen(async (conversation) => {
    written.push(await conversation.write('x'));
    conversation.destroy();
    await conversation.closed;
    written.push(await conversation.write('y'));
  });
  expect(await text(dial(peer))).toBe('x');
  await peer[Symbol.asyncDispose]();
  expect(written).toEqual([true, false]);
});

test('a script that does not read leaves the other side to wait', async () => {
  const { promise: read, resolve: beginReading } = Promise.withResolvers<void>();
  await using peer = await BytePeer.listen(async (conversation) => {
    await conversation.write('come on');
    await read;
    await conversation.write(String((await conversation.read(BYTES)).length));
    conversation.end();
  });
  const BYTES = 32 * 1024 * 1024;
  const socket = dial(peer);
  socket.write(Buffer.alloc(BYTES));
  await once(socket, 'readable');
  expect(String(socket.read())).toBe('come on');
  expect(socket.writableLength).toBeGreaterThan(0);
  beginReading();
  expect(await text(socket)).toBe(String(BYTES));
});

test('the close of the other side is seen where nothing was sent', async () => {
  const seen = Promise.withResolvers<void>();
  await using peer = await BytePeer.listen(async (conversation) => {
    await conversation.closed;
    seen.resolve();
  });
  const socket = dial(peer);
  await once(socket, 'connect');
  socket.destroy();
  await seen.promise;
});

test('what a script throws is thrown when the peer is disposed of', async () => {
  const peer = await BytePeer.listen(async (conversation) => {
    expect(await conversation.readHead()).toBe('not what comes');
  });
  const socket = dial(peer);
  socket.write('something else\r\n\r\n');
  await once(socket.resume(), 'close');
  await expect(peer[Symbol.asyncDispose]()).rejects.toThrow('something else');
});

test('several failures are thrown together', async () => {
  const peer = await BytePeer.listen((conversation) => {
    throw new Error(`script ${conversation.number} is broken`);
  });
  for (let count = 0; count < 2; count++) await once(dial(peer).resume(), 'close');
  await expect(peer[Symbol.asyncDispose]()).rejects.toMatchObject({
    errors: [{ message: 'script 1 is broken' }, { message: 'script 2 is broken' }],
  });
});

test('a read that the connection ends before is a failure, with what was missing', async () => {
  const peer = await BytePeer.listen(async (conversation) => void (await conversation.read(10)));
  const socket = dial(peer);
  socket.end('short');
  await once(socket.resume(), 'close');
  await expect(peer[Symbol.asyncDispose]()).rejects.toThrow('connection 1 ended after 5 unread bytes, before 10 bytes');
});

test('a script that still waits when the peer is closed is no failure', async () => {
  const peer = await BytePeer.listen(async (conversation) => void (await conversation.readHead()));
  const socket = dial(peer);
  socket.on('error', () => {});
  await peer.whenOpenConnections(1);
  await peer[Symbol.asyncDispose]();
  await once(socket.resume(), 'close');
  expect(peer.openConnections).toBe(0);
});
