import type { Http2SecureServer, Http2Server, Http2Session } from 'node:http2';

/** The sessions of a server, and how many streams are open on each. */
export class Http2Sessions {
  readonly #server: Http2Server | Http2SecureServer;
  readonly #openStreams = new Map<Http2Session, number>();
  readonly #onDone = new Map<Http2Session, () => void>();

  constructor(server: Http2Server | Http2SecureServer) {
    this.#server = server;
    server.on('session', (session: Http2Session) => this.#add(session));
  }

  /** Says goodbye (GOAWAY) where no stream is open, and closes. */
  closeIdle(): void {
    for (const [session, streams] of this.#openStreams) {
      if (streams === 0) session.close();
    }
    // Those of HTTP/1.1, where it is spoken too. The types do not know it.
    const closeIdle: unknown = Reflect.get(this.#server, 'closeIdleConnections');
    if (typeof closeIdle === 'function') Reflect.apply(closeIdle, this.#server, []);
  }

  /** Calls back when no stream is open any more, and what was sent on the last one is written. */
  whenDone(session: Http2Session, onDone: () => void): void {
    this.#onDone.set(session, onDone);
  }

  #add(session: Http2Session): void {
    this.#openStreams.set(session, 0);
    session.once('close', () => {
      this.#openStreams.delete(session);
      this.#onDone.delete(session);
    });
    session.on('stream', (stream) => {
      this.#count(session, 1);
      stream.once('close', () => this.#count(session, -1));
    });
  }

  #count(session: Http2Session, by: 1 | -1): void {
    const streams = this.#openStreams.get(session);
    if (streams === undefined) return;
    this.#openStreams.set(session, streams + by);
    const onDone = this.#onDone.get(session);
    // node:http2 tells of the end of a stream while it still gathers what it writes.
    if (streams + by === 0 && onDone !== undefined) setImmediate(onDone);
  }
}
