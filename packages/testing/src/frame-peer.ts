import type { TlsOptions } from 'node:tls';

import { BytePeer } from './byte-peer.ts';
import { PeerClosed, type Conversation } from './conversation.ts';
import { FrameConversation, type FrameConversationOptions } from './frame-conversation.ts';
import { Waiting } from './frames/waiting.ts';

/** Speaks the server's part on one connection. It must come to its end once the connection has: its waits and `closed` see to that. */
export type FrameScript = (peer: FrameConversation) => void | Promise<void>;

/** How a {@link FramePeer} listens and writes. */
export interface FramePeerOptions {
  /** `true` for TLS with `testCertificate` and the ALPN protocol h2, or options of `tls.createServer` that replace these. Default: no TLS, where HTTP/2 is spoken by prior knowledge. */
  readonly tls?: boolean | TlsOptions | undefined;
  /** Whether each byte is a write of its own, up to 8 192 of a connection. Default false. */
  readonly oneByteAtATime?: boolean | undefined;
  /** The longest that a frame or a connection is waited for, in milliseconds. Default 5 000. */
  readonly waitLimit?: number | undefined;
}

/**
 * An HTTP/2 server on a free port of 127.0.0.1 that says exactly the frames its script says, right or wrong: what {@link BytePeer} is for HTTP/1.1.
 *
 * The script runs once for each connection; without one the test asks for each {@link connection} and speaks there. When the script returns, its connection stays as it is.
 * `await using` ends the peer: every connection is closed, and what a script threw, or what a client sent that was not HTTP/2, is thrown there.
 */
export class FramePeer implements AsyncDisposable {
  readonly port: number;
  /** Like `http://127.0.0.1:40123`, without a path. */
  readonly url: string;
  readonly #bytePeer: BytePeer;
  readonly #waiting: Waiting<FrameConversation>;

  private constructor(bytePeer: BytePeer, waiting: Waiting<FrameConversation>) {
    this.#bytePeer = bytePeer;
    this.#waiting = waiting;
    this.port = bytePeer.port;
    this.url = bytePeer.url;
  }

  /** Starts a peer. Resolves when it listens. */
  static async listen(script: FrameScript = () => {}, options: FramePeerOptions = {}): Promise<FramePeer> {
    const { tls = false, oneByteAtATime = false, waitLimit: waitLimitMs = 5_000 } = options;
    const each: FrameConversationOptions = { waitLimitMs, oneByteAtATime };
    const waiting = new Waiting<FrameConversation>(waitLimitMs, () => 'no other');
    const converse = async (conversation: Conversation): Promise<void> => {
      const peer = new FrameConversation(conversation, each);
      waiting.add(peer);
      await Promise.all([peer.read(), (async () => script(peer))()]);
    };
    const bytePeer = await BytePeer.listen(converse, {
      tls: tls === false ? false : { ALPNProtocols: ['h2'], ...(tls === true ? {} : tls) },
    });
    return new FramePeer(bytePeer, waiting);
  }

  /** The first connection that was not asked for before; waits for one to come. */
  connection(): Promise<FrameConversation> {
    return this.#waiting.take('a connection', (_peer): _peer is FrameConversation => true);
  }

  /** How many connections there have been. */
  get connectionsOpened(): number {
    return this.#bytePeer.connectionsOpened;
  }

  /** How many connections there are. */
  get openConnections(): number {
    return this.#bytePeer.openConnections;
  }

  /** Resolves once exactly `count` connections are open. */
  whenOpenConnections(count: number): Promise<void> {
    return this.#bytePeer.whenOpenConnections(count);
  }

  /**
   * Closes the peer and every connection, and waits for its scripts. Idempotent. A script that waits for more is told that the peer was closed, which is no failure.
   * @throws what a script threw, and what a client sent that was not HTTP/2; an AggregateError where there are several.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#waiting.end(new PeerClosed());
    await this.#bytePeer[Symbol.asyncDispose]();
  }
}
