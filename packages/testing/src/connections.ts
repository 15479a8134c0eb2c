import type { Server, Socket } from 'node:net';

/** Somebody waits for so many connections to be open. */
interface Waiter {
  readonly count: number;
  readonly resolve: () => void;
}

/** The connections of a server, numbered from 1 in the order in which they came. Below TLS it knows the TCP socket as well, which alone can be reset. */
export class Connections {
  readonly #open = new Map<number, Socket>();
  /** The TLS socket over each: what is written to it, its end too, does not go through the one below. */
  readonly #secure = new Map<number, Socket>();
  readonly #numbers = new WeakMap<Socket, number>();
  #waiters: Waiter[] = [];
  #opened = 0;

  constructor(server: Server) {
    server.on('connection', (socket: Socket) => this.#add(socket));
    server.on('secureConnection', (socket: Socket) => {
      const number = this.numberByPort(socket.remotePort);
      this.#numbers.set(socket, number);
      this.#secure.set(number, socket);
    });
  }

  /** How many there have been. */
  get opened(): number {
    return this.#opened;
  }

  /** How many there are. */
  get open(): number {
    return this.#open.size;
  }

  numberOf(socket: Socket): number {
    return this.#numbers.get(socket) ?? 0;
  }

  /** A TLS socket does not tell which socket it is over; their remote port is the same, and among open ones on one address no other's is. */
  numberByPort(port: number | undefined): number {
    for (const [number, socket] of this.#open) {
      if (socket.remotePort === port) return number;
    }
    return 0;
  }

  /** Writes bytes beside those of the server itself, below TLS. Resolves when the system has them, or the connection is gone. */
  write(number: number, bytes: Uint8Array): Promise<void> {
    const socket = this.#open.get(number);
    if (socket === undefined) return Promise.resolve();
    return new Promise((resolve) => {
      socket.write(bytes, () => resolve());
    });
  }

  /** Resolves once exactly `count` are open. */
  whenOpen(count: number): Promise<void> {
    if (this.#open.size === count) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiters.push({ count, resolve });
    });
  }

  /** Ends it at once, in the regular way (FIN). */
  destroy(number: number): void {
    this.#open.get(number)?.destroy();
  }

  /** Ends it at once, with a reset (RST); where its FIN is being sent, after that. */
  reset(number: number): void {
    const socket = this.#open.get(number);
    if (socket !== undefined) reset(socket, this.#secure.get(number));
  }

  destroyAll(): void {
    for (const socket of this.#open.values()) socket.destroy();
  }

  resetAll(): void {
    for (const number of this.#open.keys()) this.reset(number);
  }

  #add(socket: Socket): void {
    this.#opened += 1;
    const number = this.#opened;
    this.#numbers.set(socket, number);
    this.#open.set(number, socket);
    // The other side may reset it whenever it likes; 'close' follows, and that is all there is to know.
    socket.on('error', () => {});
    socket.once('close', () => {
      this.#open.delete(number);
      this.#secure.delete(number);
      this.#wake();
    });
    this.#wake();
  }

  #wake(): void {
    const woken = this.#waiters.filter((waiter) => waiter.count === this.#open.size);
    this.#waiters = this.#waiters.filter((waiter) => !woken.includes(waiter));
    for (const waiter of woken) waiter.resolve();
  }
}

/**
 * While a FIN of it is being sent, libuv refuses to reset a socket (`EINVAL` of uv_tcp_close_reset), and Node then takes it for closed all the same: its handle would be open for ever, and there would be no
 * 'close'. Whoever has ended it may be about to destroy it at its 'finish': the reset comes first.
 */
function reset(socket: Socket, secure: Socket = socket): void {
  const isSendingEnd = secure.writableEnded && secure.writableLength === 0 && !secure.writableFinished;
  if (isSendingEnd) secure.prependOnceListener('finish', () => socket.resetAndDestroy());
  else socket.resetAndDestroy();
}
