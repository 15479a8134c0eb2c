import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { BenchClient, TakeChunk, Target } from '../client.ts';

/**
 * What no client on node:net and node:tls can do without: a socket for each request in flight, the request written, the bytes read into a shared
 * buffer, a look for the body's length, the body as text, one promise. No pool, no URL, no request and no header objects, no checks, no errors
 * but fatal ones.
 */
export function openFloor(target: Target): BenchClient {
  const { url, bodyBytes, check } = target;
  const { host, pathname } = new URL(url);
  const lines = ` ${pathname} HTTP/1.1\r\nHost: ${host}\r\nUser-Agent: floor\r\n`;
  const get = `GET${lines}\r\n`;
  const idle: FloorConnection[] = [];
  const all: FloorConnection[] = [];
  const send = (message: string, start: Omit<Want, 'resolve' | 'reject'>): Promise<number> =>
    new Promise((resolve, reject) => {
      let connection = idle.pop();
      if (connection === undefined) {
        connection = new FloorConnection(url, idle);
        all.push(connection);
      }
      connection.send(message, { ...start, resolve, reject });
    });
  return {
    get: async () => void (await send(get, { check })),
    post: async (json) => {
      const message = `POST${lines}Content-Type: application/json\r\nContent-Length: ${json.length}\r\n\r\n${json}`;
      await send(message, { check });
    },
    upload: async (chunks) => void (await send(`POST${lines}Content-Length: ${bodyBytes}\r\n\r\n`, { check, chunks })),
    download: (take) => send(get, { take }),
    close: async () => {
      for (const connection of all) connection.close();
    },
  };
}

interface Want {
  readonly check?: Target['check'];
  /** Where it is there, the body goes here and is not collected. */
  readonly take?: TakeChunk;
  /** Written after the head. */
  readonly chunks?: AsyncIterable<Uint8Array>;
  readonly resolve: (status: number) => void;
  readonly reject: (error: unknown) => void;
}

/** Takes a body of 64 KiB in one read, and stays in the processor's cache. */
const readBuffer = Buffer.allocUnsafeSlow(98_304);

class FloorConnection {
  readonly #idle: FloorConnection[];
  readonly #socket: Socket;
  #want: Want | undefined;
  #status = 0;
  /** Of a body that comes in several reads; kept for the next one. */
  #body: Buffer = Buffer.alloc(0);
  #bodyBytes = 0;
  #remainingBytes = 0;

  constructor(url: string, idle: FloorConnection[]) {
    this.#idle = idle;
    this.#socket = openSocket(url, (bytesRead) => this.#onRead(bytesRead));
    this.#socket.on('error', (error) => this.#want?.reject(error));
    this.#socket.on('close', () => this.#want?.reject(new Error('the server closed the connection')));
  }

  send(message: string, want: Want): void {
    this.#want = want;
    this.#socket.write(message, 'latin1');
    if (want.chunks !== undefined) this.#sendChunks(want.chunks).catch(want.reject);
  }

  close(): void {
    this.#socket.destroy();
  }

  async #sendChunks(chunks: AsyncIterable<Uint8Array>): Promise<void> {
    for await (const chunk of chunks) {
      if (!this.#socket.write(chunk)) await new Promise((resolve) => this.#socket.once('drain', resolve));
    }
  }

  #onRead(bytesRead: number): boolean {
    const bodyAt = this.#remainingBytes > 0 ? 0 : this.#takeHead(bytesRead);
    if (bodyAt === -1) this.#want?.reject(new Error('the head did not come in one read, or has no Content-Length'));
    else if (this.#want?.take !== undefined) this.#handOn(this.#want.take, bytesRead - bodyAt);
    else this.#collect(bodyAt, bytesRead);
    return !this.#socket.isPaused();
  }

  /** @returns where the body begins, or -1. */
  #takeHead(bytesRead: number): number {
    const headEnd = readBuffer.indexOf('\r\n\r\n', 0, 'latin1');
    const head = readBuffer.toString('latin1', 0, headEnd);
    const lengthAt = head.indexOf('Content-Length: ');
    if (headEnd === -1 || headEnd > bytesRead || lengthAt === -1) return -1;
    this.#status = Number(head.slice(9, 12));
    this.#bodyBytes = Number.parseInt(head.slice(lengthAt + 16, lengthAt + 26), 10);
    this.#remainingBytes = this.#bodyBytes;
    return headEnd + 4;
  }

  #handOn(take: TakeChunk, bytes: number): void {
    this.#remainingBytes -= bytes;
    const wait = bytes > 0 ? take(bytes) : undefined;
    if (this.#remainingBytes === 0) this.#end(undefined);
    else if (wait !== undefined) {
      this.#socket.pause();
      void wait.then(() => this.#socket.resume());
    }
  }

  #collect(bodyAt: number, bytesRead: number): void {
    const bytes = bytesRead - bodyAt;
    if (bytes === this.#bodyBytes) {
      this.#end(readBuffer.toString('utf8', bodyAt, bytesRead));
      return;
    }
    if (this.#body.byteLength < this.#bodyBytes) this.#body = Buffer.allocUnsafeSlow(this.#bodyBytes);
    readBuffer.copy(this.#body, this.#bodyBytes - this.#remainingBytes, bodyAt, bytesRead);
    this.#remainingBytes -= bytes;
    if (this.#remainingBytes === 0) this.#end(this.#body.toString('utf8', 0, this.#bodyBytes));
  }

  #end(text: string | undefined): void {
    const want = this.#want;
    this.#want = undefined;
    this.#remainingBytes = 0;
    this.#idle.push(this);
    try {
      if (text !== undefined) want?.check?.(this.#status, text);
      want?.resolve(this.#status);
    } catch (error) {
      want?.reject(error);
    }
  }
}

function openSocket(url: string, callback: (bytesRead: number) => boolean): Socket {
  const { protocol, hostname, port } = new URL(url);
  const options = { host: hostname, port: Number(port), noDelay: true, onread: { buffer: readBuffer, callback } };
  return protocol === 'https:' ? connectTls(options) : connect(options);
}
