import type { Socket } from 'node:net';

/** What a script is told that still waits when its peer is closed. */
export class PeerClosed extends Error {
  constructor() {
    super('the peer was closed');
  }
}

/** The head of a message ends here (RFC 9112 §2.1). */
const END_OF_HEAD = Buffer.from('\r\n\r\n');

/**
 * The peer's side of one connection, in bytes. Nothing is read before it is asked for, beyond what Node reads ahead: a script that does not read
 * leaves the other side to fill the buffers. Text is latin1, a character a byte.
 */
export class Conversation {
  /** The number of the connection: 1 is the peer's first. */
  readonly number: number;
  /** Resolves when the connection is closed on both sides. That the other side has closed is only seen once all that it sent was read. */
  readonly closed: Promise<void>;
  readonly #socket: Socket;
  readonly #resetSocket: () => void;
  #chunks: Buffer[] = [];
  #bytes = 0;
  #ended: Error | undefined;
  #wake: (() => void) | undefined;

  /** @internal */
  constructor(socket: Socket, number: number, resetSocket: () => void) {
    this.#socket = socket;
    this.number = number;
    this.#resetSocket = resetSocket;
    this.closed = new Promise((resolve) => {
      socket.once('close', () => {
        this.endBy(new Error('the connection was closed'));
        resolve();
      });
    });
    socket.on('error', (error) => this.endBy(error));
    socket.on('end', () => this.endBy(new Error('the other side closed the connection')));
    socket.on('readable', () => {
      // The end is only told to who reads up to it, also where nothing is left to read.
      if (socket.readableLength === 0) socket.read();
      this.#wake?.();
    });
  }

  /**
   * The next bytes up to an empty line, which is included.
   * @throws Error when the connection ends before it.
   */
  async readHead(): Promise<string> {
    const head = await this.#nextHead();
    if (head === undefined) throw this.#tooShort('the end of a head');
    return head;
  }

  /** Each head, until the other side closes the connection between two of them: a script for as many requests as come, where none has a body. */
  async *heads(): AsyncGenerator<string, void, undefined> {
    for (;;) {
      const head = await this.#nextHead();
      if (head === undefined && this.#bytes > 0) throw this.#tooShort('the end of a head');
      if (head === undefined) return;
      yield head;
    }
  }

  /**
   * Exactly so many bytes.
   * @throws Error when the connection ends before them.
   */
  async read(bytes: number): Promise<Buffer> {
    while (this.#bytes < bytes) {
      if (!(await this.#fill())) throw this.#tooShort(`${bytes} bytes`);
    }
    return this.#take(bytes);
  }

  /** @internal So many bytes; fewer where the connection ends before, however it does. */
  async readUpTo(bytes: number): Promise<Buffer> {
    while (this.#bytes < bytes && (await this.#fill()));
    if (this.#ended instanceof PeerClosed) throw this.#ended;
    return this.#take(Math.min(bytes, this.#bytes));
  }

  /** All that comes until the connection ends, however it does. */
  async readUntilClose(): Promise<Buffer> {
    while (await this.#fill());
    if (this.#ended instanceof PeerClosed) throw this.#ended;
    return this.#take(this.#bytes);
  }

  /** @returns once the system has the bytes: `true`; or `false` where the connection is gone. Waiting for it is back-pressure, not a must. */
  write(bytes: string | Uint8Array): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    if (!this.#socket.writable) return Promise.resolve(false);
    const data = typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes;
    this.#socket.write(data, (error) => resolve(error === undefined || error === null));
    return promise;
  }

  /** Sends what was written, then FIN: nothing more will be said. What comes can still be read. */
  end(): void {
    this.#socket.end();
  }

  /** Closes both directions at once. */
  destroy(): void {
    this.#socket.destroy();
  }

  /** Closes the connection with a reset (RST). */
  reset(): void {
    this.#resetSocket();
  }

  /** @internal What is written leaves at once, and does not wait for more (Nagle's algorithm). */
  setNoDelay(): void {
    this.#socket.setNoDelay(true);
  }

  /** @internal The first reason counts. */
  endBy(reason: Error): void {
    this.#ended ??= reason;
    this.#wake?.();
  }

  async #nextHead(): Promise<string | undefined> {
    for (;;) {
      const at = this.#gather().indexOf(END_OF_HEAD);
      if (at !== -1) return this.#take(at + END_OF_HEAD.length).toString('latin1');
      if (!(await this.#fill())) return undefined;
    }
  }

  /** @returns whether there was more. */
  async #fill(): Promise<boolean> {
    for (;;) {
      const chunk: unknown = this.#socket.read();
      if (chunk instanceof Buffer) {
        this.#chunks.push(chunk);
        this.#bytes += chunk.length;
        return true;
      }
      if (this.#ended instanceof PeerClosed) throw this.#ended;
      if (this.#ended !== undefined) return false;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  #take(bytes: number): Buffer {
    const all = this.#gather();
    this.#chunks = [all.subarray(bytes)];
    this.#bytes -= bytes;
    return all.subarray(0, bytes);
  }

  /** What was read and not taken, in one piece. */
  #gather(): Buffer {
    const all = this.#chunks.length === 1 && this.#chunks[0] !== undefined ? this.#chunks[0] : Buffer.concat(this.#chunks);
    this.#chunks = [all];
    return all;
  }

  #tooShort(expected: string): Error {
    return new Error(`connection ${this.number} ended after ${this.#bytes} unread bytes, before ${expected}`, { cause: this.#ended });
  }
}
