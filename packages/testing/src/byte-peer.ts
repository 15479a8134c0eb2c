import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';

import { Connections } from './connections.ts';
import { Conversation, PeerClosed } from './conversation.ts';
import { listen } from './listen.ts';
import { testCertificate } from './test-certificate.ts';

/** Speaks the peer's part on one connection. It must come to its end once the connection has: its reads and `closed` see to that. */
export type PeerScript = (conversation: Conversation) => void | Promise<void>;

/** How a {@link BytePeer} listens. */
export interface BytePeerOptions {
  /** `true` for TLS with {@link testCertificate}, or options of `tls.createServer` that replace it. Default: no TLS. */
  readonly tls?: boolean | TlsOptions | undefined;
}

/**
 * A peer on a free port of 127.0.0.1 that says exactly the bytes its script says: for answers that no HTTP server gives.
 *
 * The script runs once for each connection. When it returns, its connection stays as it is, until the other side or the peer's end closes it.
 * `await using` ends the peer: every connection is closed, and what a script threw is thrown there.
 */
export class BytePeer implements AsyncDisposable {
  readonly port: number;
  /** Like `http://127.0.0.1:40123`, without a path. */
  readonly url: string;
  readonly #server: Server;
  readonly #connections: Connections;
  readonly #conversations: Conversation[] = [];
  readonly #scripts: Promise<void>[] = [];
  readonly #failures: unknown[] = [];
  #closing: Promise<void> | undefined;

  private constructor(listening: { server: Server; connections: Connections; port: number; isTls: boolean }) {
    this.#server = listening.server;
    this.#connections = listening.connections;
    this.port = listening.port;
    this.url = `${listening.isTls ? 'https' : 'http'}://127.0.0.1:${listening.port}`;
  }

  /** Starts a peer. Resolves when it listens. */
  static async listen(script: PeerScript, options: BytePeerOptions = {}): Promise<BytePeer> {
    const { tls } = options;
    const isTls = tls !== undefined && tls !== false;
    const server = isTls ? createTlsServer({ ...testCertificate, ...(tls === true ? {} : tls) }) : createServer();
    const connections = new Connections(server);
    const peer = new BytePeer({ server, connections, port: await listen(server), isTls });
    server.on(isTls ? 'secureConnection' : 'connection', (socket: Socket) => peer.#converse(socket, script));
    return peer;
  }

  /** How many connections there have been. */
  get connectionsOpened(): number {
    return this.#connections.opened;
  }

  /** How many connections there are. */
  get openConnections(): number {
    return this.#connections.open;
  }

  /** Resolves once exactly `count` connections are open. */
  whenOpenConnections(count: number): Promise<void> {
    return this.#connections.whenOpen(count);
  }

  /**
   * Closes the peer and every connection, and waits for its scripts. Idempotent. A script that waits for more is told that the peer was closed, which is no failure.
   * @throws what a script threw; an AggregateError where several did.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#close();
    await this.#closing;
  }

  async #close(): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
    for (const conversation of this.#conversations) conversation.endBy(new PeerClosed());
    this.#connections.destroyAll();
    await closed;
    await Promise.all(this.#scripts);
    if (this.#failures.length === 1) throw this.#failures[0];
    if (this.#failures.length > 1) throw new AggregateError(this.#failures, `${this.#failures.length} scripts of a byte peer failed`);
  }

  #converse(socket: Socket, script: PeerScript): void {
    const number = this.#connections.numberOf(socket);
    const conversation = new Conversation(socket, number, () => this.#connections.reset(number));
    this.#conversations.push(conversation);
    this.#scripts.push(this.#run(conversation, script));
  }

  async #run(conversation: Conversation, script: PeerScript): Promise<void> {
    try {
      await script(conversation);
    } catch (error) {
      if (error instanceof PeerClosed) return;
      this.#failures.push(error);
      // Whoever waits for this peer's next word should not wait for the test's time limit.
      conversation.destroy();
    }
  }
}
