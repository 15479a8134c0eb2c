import { Duplex } from 'node:stream';

import type { BodySink, IncomingBody } from '../contract/incoming-body.ts';

/** The sending half of a tunnel. */
export interface TunnelSender {
  /** @returns false where the writer should wait for {@link ByteDuplex.onRoom}. The bytes are the sender's. */
  writeBody(bytes: Uint8Array): boolean;
  /** No more will come. */
  endBody(): unknown;
}

type Written = (error?: Error | null) => void;

/** What comes of a body and what is sent elsewhere as one stream of node:stream, with back-pressure both ways. Each half ends by itself. */
export class ByteDuplex implements BodySink {
  readonly duplex: Duplex;
  #written: Written | undefined;

  /** @param onDestroyed Both halves are given up, or over. */
  constructor(body: IncomingBody, sender: TunnelSender, onDestroyed: (error: Error) => void) {
    body.claim();
    let isPiped = false;
    this.duplex = new Duplex({
      read: () => {
        if (isPiped) body.resume();
        else {
          isPiped = true;
          body.pipe(this);
        }
      },
      write: (chunk: Uint8Array, _encoding, written) => {
        // The writer may use its memory again once it is called back; what waits for a window is held longer.
        if (sender.writeBody(Buffer.from(chunk))) written();
        else this.#written = written;
      },
      final: (ended) => {
        sender.endBody();
        ended();
      },
      destroy: (error, destroyed) => {
        const reason = error ?? new Error('the stream was destroyed');
        this.#settle(reason);
        onDestroyed(reason);
        destroyed(error);
      },
    });
    // Its owner may not listen yet when it breaks, and an error that nobody listens to ends the process. What is read or written later fails with it.
    this.duplex.on('error', () => {});
  }

  /** All that was written is sent. */
  onRoom(): void {
    this.#settle();
  }

  write(bytes: Uint8Array): boolean {
    try {
      return this.duplex.push(Buffer.from(bytes));
    } catch (error) {
      // A listener of the caller's has failed: that ends the process, as it would with any stream, and not the connection of others.
      process.nextTick(() => {
        throw error;
      });
      return true;
    }
  }

  end(): void {
    this.duplex.push(null);
  }

  fail(error: unknown): void {
    this.duplex.destroy(error instanceof Error ? error : new Error('the tunnel was given up', { cause: error }));
  }

  #settle(error?: Error): void {
    const written = this.#written;
    this.#written = undefined;
    written?.(error);
  }
}
