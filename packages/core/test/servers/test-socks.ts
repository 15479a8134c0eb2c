import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

import { listen } from './listen.ts';

/** What a {@link TestSocks} was asked. */
export interface SocksRequest {
  readonly address: string;
  readonly port: number;
  /** Like `user:password`; undefined where none was given. */
  readonly credentials: string | undefined;
}

/** A SOCKS5 server that opens tunnels to 127.0.0.1, whatever name they are for. It asks for a name and a password where they are offered. */
export class TestSocks implements AsyncDisposable {
  readonly port: number;
  readonly host: string;
  readonly requests: SocksRequest[] = [];
  /** The first byte that went through each tunnel to the origin. */
  readonly firstBytes: number[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.port = port;
    this.host = `127.0.0.1:${port}`;
    server.on('connection', (socket) => {
      this.#keep(socket);
      this.#serve(socket).catch(() => socket.destroy());
    });
  }

  static async start(): Promise<TestSocks> {
    const server = createServer();
    return new TestSocks(server, await listen(server));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => this.#sockets.delete(socket));
  }

  async #serve(socket: Socket): Promise<void> {
    const [, count = 0] = await read(socket, 2);
    const methods = await read(socket, count);
    const isAsked = methods.includes(2);
    socket.write(Uint8Array.of(5, isAsked ? 2 : 0));
    const credentials = isAsked ? await this.#credentials(socket) : undefined;
    const [, , , type] = await read(socket, 4);
    const address = await readAddress(socket, type);
    const port = (await read(socket, 2)).readUInt16BE();
    this.requests.push({ address, port, credentials });
    const onward = connect(port, '127.0.0.1');
    this.#keep(onward);
    await once(onward, 'connect');
    onward.once('close', () => socket.destroy());
    socket.once('close', () => onward.destroy());
    socket.once('data', (chunk: Buffer) => this.firstBytes.push(chunk[0] ?? -1));
    socket.write(Uint8Array.of(5, 0, 0, 1, 127, 0, 0, 1, 0, 0));
    socket.pipe(onward);
    onward.pipe(socket);
  }

  async #credentials(socket: Socket): Promise<string> {
    const [, length = 0] = await read(socket, 2);
    const username = await read(socket, length);
    const password = await read(socket, (await read(socket, 1))[0] ?? 0);
    socket.write(Uint8Array.of(1, 0));
    return `${username.toString()}:${password.toString()}`;
  }
}

async function readAddress(socket: Socket, type: number | undefined): Promise<string> {
  if (type === 3) return (await read(socket, (await read(socket, 1))[0] ?? 0)).toString();
  const bytes = await read(socket, type === 1 ? 4 : 16);
  return type === 1 ? bytes.join('.') : bytes.toString('hex');
}

/** Exactly so many bytes. @throws Error when the connection ends before them. */
async function read(socket: Socket, bytes: number): Promise<Buffer> {
  for (;;) {
    const chunk: unknown = bytes === 0 ? Buffer.alloc(0) : socket.read(bytes);
    if (chunk instanceof Buffer && chunk.length === bytes) return chunk;
    if (socket.readableEnded || socket.destroyed) throw new Error('the connection ended');
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        for (const event of ['readable', 'end', 'close']) socket.off(event, wake);
        resolve();
      };
      for (const event of ['readable', 'end', 'close']) socket.on(event, wake);
    });
  }
}
