import { createServer, type IncomingMessage } from 'node:http';
import { connect, createServer as createTcpServer, type AddressInfo, type Server as TcpServer } from 'node:net';
import type { Duplex } from 'node:stream';
import { BytePeer, RecordingTrace } from '@roundtripper/testing';
import { describe, expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';

import { fetchText, isInUse, send, until } from '../../test/exchanges.ts';
import { rejectionOf } from '../../test/rejection-of.ts';
import { HttpRequest } from '../contract/http-request.ts';
import type { HttpResponse } from '../contract/http-response.ts';
import { Transport } from './transport.ts';

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const SWITCHING = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n';
const UPGRADE = { headers: { Connection: 'Upgrade', Upgrade: 'echo' } };
const WEBSOCKET = {
  'Connection': 'Upgrade',
  'Upgrade': 'websocket',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
};

/** Answers with `first`, and the connection's later bytes as they come. */
function echoPeer(first: string): Promise<BytePeer> {
  return BytePeer.listen(async (conversation) => {
    await conversation.readHead();
    await conversation.write(first);
    const nextByte = (): Promise<Buffer | undefined> => conversation.read(1).catch(() => undefined);
    for (let byte = await nextByte(); byte !== undefined; byte = await nextByte()) await conversation.write(byte);
  });
}

function socketOf(response: HttpResponse): Duplex {
  if (response.socket === undefined) throw new Error('the connection was not handed over');
  return response.socket;
}

/** The next so many bytes, as text. */
async function read(socket: Duplex, bytes: number): Promise<string> {
  let text = '';
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
    text += String(chunk);
    if (text.length >= bytes) break;
  }
  return text;
}

/** A server that is closed when its test ends. */
async function listening(server: TcpServer): Promise<AsyncDisposable & { readonly port: number }> {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  const close = async (): Promise<void> => {
    await new Promise((resolve) => {
      server.close(resolve);
    });
  };
  return { port: portOf(address), [Symbol.asyncDispose]: close };
}

function portOf({ port }: AddressInfo): number {
  return port;
}

describe('101 Switching Protocols', () => {
  test('hands the connection over, with what came behind the head', async () => {
    await using peer = await echoPeer(`${SWITCHING}hello`);
    await using transport = new Transport();
    const recorder = new RecordingTrace();
    const response = await send(transport, peer.url, { ...UPGRADE, trace: recorder.trace });
    expect([response.status, response.headers.get('upgrade'), response.body]).toEqual([101, 'echo', null]);
    expect(recorder.closeReasons).toEqual(['upgraded']);
    expect(transport.stats()).toMatchObject([{ open: 0, busy: 0, closed: { upgraded: 1 } }]);
    const socket = socketOf(response);
    expect(await read(socket, 5)).toBe('hello');
    socket.write('x');
    socket.write('yz');
    expect(await read(socket, 3)).toBe('xyz');
    socket.destroy();
    await peer.whenOpenConnections(0);
  });

  test('the socket outlives the Transport', async () => {
    await using peer = await echoPeer(SWITCHING);
    const transport = new Transport();
    const socket = socketOf(await send(transport, peer.url, UPGRADE));
    await transport.close();
    socket.write('still here');
    expect(await read(socket, 10)).toBe('still here');
    socket.destroy();
  });

  test('half of it can be ended, and the other half read', async () => {
    const server = createTcpServer({ allowHalfOpen: true }, (socket) => {
      let text = '';
      socket.on('data', (bytes) => {
        if (text === '') socket.write(SWITCHING);
        text += String(bytes);
      });
      socket.on('end', () => socket.end(`got ${text.slice(text.indexOf('\r\n\r\n') + 4)}`));
    });
    await using listener = await listening(server);
    await using transport = new Transport();
    const socket = socketOf(await send(transport, `http://127.0.0.1:${listener.port}`, UPGRADE));
    socket.end('all');
    expect(await read(socket, 1_000)).toBe('got all');
  });

  test('what nobody reads stays with the peer', async () => {
    let written = 0;
    const total = 50_000_000;
    await using peer = await BytePeer.listen(async (conversation) => {
      await conversation.readHead();
      await conversation.write(SWITCHING);
      for (; written < total && (await conversation.write('x'.repeat(100_000))); written += 100_000);
      conversation.end();
      await conversation.readUntilClose();
    });
    await using transport = new Transport();
    const socket = socketOf(await send(transport, peer.url, UPGRADE));
    let before = -1;
    for (let still = 0; still < 20; still = written === before ? still + 1 : 0) {
      before = written;
      await new Promise(setImmediate);
    }
    expect(written).toBeLessThan(total);
    let bytes = 0;
    for await (const chunk of socket) bytes += Buffer.from(chunk).byteLength;
    expect(bytes).toBe(total);
  });

  test('a reset is the socket’s error', async () => {
    await using peer = await BytePeer.listen(async (conversation) => {
      await conversation.readHead();
      await conversation.write(SWITCHING);
      await conversation.read(1);
      conversation.reset();
    });
    await using transport = new Transport();
    const socket = socketOf(await send(transport, peer.url, UPGRADE));
    const failure = new Promise((resolve) => {
      socket.once('error', resolve);
    });
    socket.resume();
    socket.write('x');
    expect(await failure).toMatchObject({ code: 'ECONNRESET' });
  });

  test('an abort after it leaves the socket alone', async () => {
    await using peer = await echoPeer(SWITCHING);
    await using transport = new Transport();
    const controller = new AbortController();
    const socket = socketOf(await send(transport, peer.url, { ...UPGRADE, signal: controller.signal }));
    controller.abort();
    socket.write('x');
    expect(await read(socket, 1)).toBe('x');
    socket.destroy();
  });

  test('to dispose of the response destroys the socket', async () => {
    await using peer = await echoPeer(SWITCHING);
    await using transport = new Transport();
    {
      await using response = await send(transport, peer.url, UPGRADE);
      expect(socketOf(response).destroyed).toBe(false);
    }
    await peer.whenOpenConnections(0);
  });

  test('not asked for, it is an error', async () => {
    await using peer = await echoPeer(SWITCHING);
    await using transport = new Transport();
    expect(await rejectionOf(send(transport, peer.url))).toMatchObject({ code: 'malformed-response' });
    await peer.whenOpenConnections(0);
  });

  test('before the request was sent, it is an error', async () => {
    const body = new ReadableStream({ start: (controller) => controller.enqueue(Buffer.from('x')) });
    await using peer = await echoPeer(SWITCHING);
    await using transport = new Transport();
    const failure = await rejectionOf(send(transport, peer.url, { ...UPGRADE, method: 'POST', body }));
    expect(failure).toMatchObject({ code: 'malformed-response', sent: 'partial' });
    await peer.whenOpenConnections(0);
  });

  test('refused, it is a response like any other, and the connection is kept', async () => {
    await using peer = await BytePeer.listen(async (conversation) => {
      for await (const _ of conversation.heads()) await conversation.write(OK);
    });
    await using transport = new Transport();
    const response = await send(transport, peer.url, UPGRADE);
    expect([response.socket, await response.text()]).toEqual([undefined, 'ok']);
    expect(await fetchText(transport, peer.url)).toBe('ok');
    expect(peer.connectionsOpened).toBe(1);
  });

  test.for([false, true])('what came before the server’s end is there for a reader who comes late (TLS %s)', async (tls) => {
    await using peer = await BytePeer.listen(
      async (conversation) => {
        await conversation.readHead();
        await conversation.write(`${SWITCHING}hello`);
        conversation.end();
      },
      { tls },
    );
    await using transport = new Transport({ tls: { rejectUnauthorized: false } });
    const socket = socketOf(await send(transport, peer.url, UPGRADE));
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
    expect(await read(socket, 1_000)).toBe('hello');
    socket.end();
    await peer.whenOpenConnections(0);
  });

  test('its server may end first, and hear the answer', async () => {
    const heard = Promise.withResolvers<string>();
    const server = createTcpServer({ allowHalfOpen: true }, (socket) => {
      let text = '';
      socket.once('data', () => {
        socket.on('data', (bytes) => {
          text += String(bytes);
        });
        socket.end(`${SWITCHING}question`);
      });
      socket.on('end', () => heard.resolve(text));
    });
    await using listener = await listening(server);
    await using transport = new Transport();
    const socket = socketOf(await send(transport, `http://127.0.0.1:${listener.port}`, UPGRADE));
    expect(await read(socket, 1_000)).toBe('question');
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
    socket.end('x'.repeat(5_000_000));
    expect((await heard.promise).length).toBe(5_000_000);
  });

  test('a reset before anybody listens ends no process, and fails what is read and written', async () => {
    await using peer = await BytePeer.listen(async (conversation) => {
      await conversation.readHead();
      await conversation.write(SWITCHING);
      conversation.reset();
    });
    await using transport = new Transport();
    const socket = socketOf(await send(transport, peer.url, UPGRADE));
    await until(() => socket.destroyed);
    expect(socket.errored).toMatchObject({ code: 'ECONNRESET' });
    expect(await rejectionOf(read(socket, 1))).toMatchObject({ code: 'ECONNRESET' });
  });

  test('a write that finds no room any more is called back with an error', async () => {
    await using peer = await BytePeer.listen(async (conversation) => {
      await conversation.readHead();
      await conversation.write(SWITCHING);
      await conversation.read(1);
      conversation.reset();
    });
    await using transport = new Transport();
    const socket = socketOf(await send(transport, peer.url, UPGRADE));
    const failure = new Promise((resolve) => {
      socket.write(Buffer.alloc(50_000_000), resolve);
    });
    expect(await failure).toBeInstanceOf(Error);
  });

  test('aborted by the listener that hears of it, the request fails and its connection closes once', async () => {
    await using peer = await echoPeer(SWITCHING);
    await using transport = new Transport();
    const controller = new AbortController();
    const recorded = new RecordingTrace((event) => {
      if (event.kind === 'gotResponse') controller.abort();
    });
    const failure = await rejectionOf(send(transport, peer.url, { ...UPGRADE, signal: controller.signal, trace: recorded.trace }));
    expect(failure).toBe(controller.signal.reason);
    expect(recorded.closeReasons).toEqual(['aborted']);
    expect(transport.stats()).toMatchObject([{ open: 0, closed: { aborted: 1 } }]);
    await peer.whenOpenConnections(0);
  });

  test('where keep-alive is off the request does not ask to close', async () => {
    const head = Promise.withResolvers<string>();
    await using peer = await BytePeer.listen(async (conversation) => {
      head.resolve(await conversation.readHead());
      await conversation.write(OK);
    });
    await using transport = new Transport({ disableKeepAlives: true });
    expect(await fetchText(transport, peer.url, UPGRADE)).toBe('ok');
    expect(await head.promise).toContain('Connection: Upgrade\r\n');
    await peer.whenOpenConnections(0);
  });

  test('a WebSocket server of ws is spoken to over it', async () => {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
    await new Promise((resolve) => {
      server.once('listening', resolve);
    });
    const address = server.address();
    if (typeof address !== 'object' || address === null) throw new Error('no port');
    server.on('connection', (webSocket) => webSocket.on('message', (data: Buffer) => webSocket.send(`echo ${data.toString()}`)));
    await using transport = new Transport();
    const response = await send(transport, `http://127.0.0.1:${address.port}/`, { headers: WEBSOCKET });
    expect(response.headers.get('sec-websocket-accept')).toBe('s3pPLMBiTxaQ9kYGzzhZRbK+xOo=');
    const socket = socketOf(response);
    // RFC 6455 §5.2: a text frame, masked with zeros as a client must; the server's are not masked.
    socket.write(Buffer.from([0x81, 0x85, 0, 0, 0, 0, ...Buffer.from('hello')]));
    expect(await read(socket, 12)).toBe(`${String.fromCharCode(0x81, 10)}echo hello`.replace('\u0081', '\ufffd'));
    socket.destroy();
    await new Promise((resolve) => {
      server.close(resolve);
    });
  });
});

describe('CONNECT', () => {
  /** A proxy on node:http that opens tunnels, and says what it was asked for. */
  async function proxy(asked: IncomingMessage[]): Promise<AsyncDisposable & { readonly port: number }> {
    const server = createServer((_request, response) => response.end('no tunnel'));
    const tunnels = new Set<Duplex>();
    server.on('connect', (request, client: Duplex, head: Buffer) => {
      asked.push(request);
      const [host = '', port = ''] = (request.url ?? '').split(':');
      const target = connect(Number(port), host, () => {
        client.write('HTTP/1.1 200 Connection Established\r\nContent-Length: 5\r\n\r\n');
        target.write(head);
        target.pipe(client).pipe(target);
      });
      for (const socket of [client, target]) {
        tunnels.add(socket);
        socket.on('error', () => {});
        socket.once('close', () => {
          tunnels.delete(socket);
          client.destroy();
          target.destroy();
        });
      }
    });
    return listening(server);
  }

  test('opens a tunnel, whose head’s length means nothing, and ws speaks through it', async () => {
    const asked: IncomingMessage[] = [];
    await using through = await proxy(asked);
    const server = new WebSocketServer({ noServer: true });
    const target = createServer();
    target.on('upgrade', (request, socket, head) => {
      server.handleUpgrade(request, socket, head, (webSocket) =>
        webSocket.on('message', (data: Buffer) => webSocket.send(`echo ${data.toString()}`)),
      );
    });
    await using upgraded = await listening(target);
    await using transport = new Transport();
    const host = `127.0.0.1:${upgraded.port}`;
    const response = await send(transport, `http://127.0.0.1:${through.port}`, { method: 'CONNECT', host });
    expect([response.status, asked[0]?.url, asked[0]?.headers.host]).toEqual([200, host, host]);
    const client = new WebSocket(`ws://${host}/`, { createConnection: () => Reflect.apply(socketOf, undefined, [response]) });
    const message = new Promise((resolve, reject) => {
      client.once('error', reject);
      client.once('open', () => client.send('hello'));
      client.once('message', (data: Buffer) => resolve(data.toString()));
    });
    expect(await message).toBe('echo hello');
    const closed = new Promise((resolve) => {
      client.once('close', resolve);
    });
    client.terminate();
    await closed;
  });

  test('with a proxy, it goes through a tunnel to the server of its URL, and no credentials go elsewhere', async () => {
    const asked: IncomingMessage[] = [];
    await using outer = await proxy(asked);
    const heads: string[] = [];
    await using inner = await BytePeer.listen(async (conversation) => {
      heads.push(await conversation.readHead());
      await conversation.write('HTTP/1.1 200 OK\r\n\r\n');
      await conversation.readUntilClose();
    });
    await using transport = new Transport({ proxy: `http://127.0.0.1:${outer.port}` });
    const headers = { 'Proxy-Authorization': 'Basic aW5uZXI6cHc=' };
    const response = await send(transport, inner.url, { method: 'CONNECT', host: 'example.com:443', headers });
    expect([asked.map(({ url }) => url), asked[0]?.headers['proxy-authorization']]).toEqual([[`127.0.0.1:${inner.port}`], undefined]);
    expect(heads[0]).toMatch(/^CONNECT example\.com:443 HTTP\/1\.1\r\n[^]*Proxy-Authorization: Basic aW5uZXI6cHc=\r\n/);
    socketOf(response).destroy();
  });

  test('refused, it is a response like any other', async () => {
    await using peer = await BytePeer.listen(async (conversation) => {
      for await (const _ of conversation.heads()) await conversation.write('HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\nno');
    });
    await using transport = new Transport();
    const response = await send(transport, peer.url, { method: 'CONNECT', host: 'example.com:443' });
    expect([response.status, response.socket, await response.text()]).toEqual([403, undefined, 'no']);
    expect(transport.stats()).toMatchObject([{ idle: 1 }]);
  });

  test.for([
    { fact: 'a body', url: 'http://proxy/', init: { host: 'a:1', body: 'x' }, message: 'has no body' },
    { fact: 'a path', url: 'http://proxy/path', init: { host: 'a:1' }, message: 'has no path' },
    { fact: 'no host', url: 'http://proxy/', init: {}, message: 'host and port' },
    { fact: 'no port', url: 'http://proxy/', init: { host: 'a' }, message: 'host and port' },
    { fact: 'a port and nothing before it', url: 'http://proxy/', init: { host: ':443' }, message: 'host and port' },
    { fact: 'a port beyond 65535', url: 'http://proxy/', init: { host: 'a:65536' }, message: 'host and port' },
    { fact: 'port 0', url: 'http://proxy/', init: { host: 'a:0' }, message: 'host and port' },
    { fact: 'an address without brackets', url: 'http://proxy/', init: { host: '::1:443' }, message: 'host and port' },
  ])('with $fact, it is a mistake of the caller', async ({ url, init, message }) => {
    await using transport = new Transport();
    const failure = await rejectionOf(transport.roundTrip(new HttpRequest(url, { method: 'CONNECT', ...init })));
    expect(failure).toBeInstanceOf(TypeError);
    expect(String(failure)).toContain(message);
    expect(transport.stats().filter(isInUse)).toEqual([]);
  });
});
