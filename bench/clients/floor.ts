import { connect, type Socket } from 'node:net';
import type { BenchClient, Target } from '../client.ts';

/**
 * What no client on node:net can do without: a socket for each request in flight, one write, the bytes read into a shared buffer, a look for
 * the body's length, the body as text, one promise. No pool, no URL, no request and no header objects, no checks, no errors but fatal ones.
 */
export function openFloor(target: Target): BenchClient {
  const idle: FloorConnection[] = [];
  const all: FloorConnection[] = [];
  return {
    get: () =>
      new Promise((resolve, reject) => {
        let connection = idle.pop();
        if (connection === undefined) {
          connection = new FloorConnection(target, idle);
          all.push(connection);
        }
        connection.send({ resolve, reject });
      }),
    close: async () => {
      for (const connection of all) connection.close();
    },
  };
}

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

const readBuffer = Buffer.allocUnsafeSlow(262_144);

class FloorConnection {
  readonly #target: Target;
  readonly #idle: FloorConnection[];
  readonly #head: string;
  readonly #socket: Socket;
  #waiter: Waiter | undefined;
  #status = 0;
  /** Of a body that comes in several reads; kept for the next one. */
  #body: Buffer = Buffer.alloc(0);
  #bodyBytes = 0;
  #remainingBytes = 0;

  constructor(target: Target, idle: FloorConnection[]) {
    const { hostname, port, host, pathname } = new URL(target.url);
    this.#target = target;
    this.#idle = idle;
    this.#head = `GET ${pathname} HTTP/1.1\r\nHost: ${host}\r\nUser-Agent: floor\r\n\r\n`;
    this.#socket = connect({
      host: hostname,
      port: Number(port),
      noDelay: true,
      onread: { buffer: readBuffer, callback: (bytesRead) => this.#onRead(bytesRead) },
    });
    this.#socket.on('error', (error) => this.#waiter?.reject(error));
    this.#socket.on('close', () => this.#waiter?.reject(new Error('the server closed the connection')));
  }

  send(waiter: Waiter): void {
    this.#waiter = waiter;
    this.#socket.write(this.#head, 'latin1');
  }

  close(): void {
    this.#socket.destroy();
  }

  #onRead(bytesRead: number): boolean {
    if (this.#remainingBytes > 0) this.#takeMore(bytesRead);
    else this.#takeStart(bytesRead);
    return true;
  }

  #takeStart(bytesRead: number): void {
    const headEnd = readBuffer.indexOf('\r\n\r\n', 0, 'latin1');
    const head = readBuffer.toString('latin1', 0, headEnd);
    const lengthAt = head.indexOf('Content-Length: ');
    if (headEnd === -1 || headEnd > bytesRead || lengthAt === -1) {
      this.#waiter?.reject(new Error('the head did not come in one read, or has no Content-Length'));
      return;
    }
    const bodyAt = headEnd + 4;
    this.#status = Number(head.slice(9, 12));
    this.#bodyBytes = Number.parseInt(head.slice(lengthAt + 16, lengthAt + 26), 10);
    if (bytesRead - bodyAt === this.#bodyBytes) this.#end(readBuffer.toString('utf8', bodyAt, bytesRead));
    else this.#keep(bodyAt, bytesRead);
  }

  #keep(bodyAt: number, bytesRead: number): void {
    if (this.#body.byteLength < this.#bodyBytes) this.#body = Buffer.allocUnsafeSlow(this.#bodyBytes);
    readBuffer.copy(this.#body, 0, bodyAt, bytesRead);
    this.#remainingBytes = this.#bodyBytes - (bytesRead - bodyAt);
  }

  #takeMore(bytesRead: number): void {
    readBuffer.copy(this.#body, this.#bodyBytes - this.#remainingBytes, 0, bytesRead);
    this.#remainingBytes -= bytesRead;
    if (this.#remainingBytes <= 0) this.#end(this.#body.toString('utf8', 0, this.#bodyBytes));
  }

  #end(text: string): void {
    const waiter = this.#waiter;
    this.#waiter = undefined;
    this.#remainingBytes = 0;
    this.#idle.push(this);
    try {
      this.#target.check(this.#status, text);
      waiter?.resolve();
    } catch (error) {
      waiter?.reject(error);
    }
  }
}
