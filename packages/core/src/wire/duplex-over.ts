import { Duplex } from 'node:stream';

import type { Wire, WireReceiver } from './wire.ts';

/** A wire that has become a stream, and what feeds it. */
export interface WireDuplex {
  readonly duplex: Duplex;
  readonly receiver: WireReceiver;
}

type Written = (error?: Error | null) => void;

/** Hands a wire over as a stream of node:stream, with back-pressure both ways; each half ends by itself. Whoever has the stream owns the wire. */
export function duplexOver(wire: Wire): WireDuplex {
  const pending = new PendingWrite();
  const duplex = new Duplex({
    read: () => wire.resume(),
    write: (chunk: Uint8Array, _encoding, written) => {
      // The writer may reuse its memory once it is called back; the wire may hold it longer.
      if (!wire.write(Buffer.from(chunk))) pending.wait(written);
      else written();
    },
    final: (ended) => wire.endSending(ended),
    destroy: (error, destroyed) => {
      pending.fail(error);
      wire.destroy();
      destroyed(error);
    },
  });
  // Its owner may not listen yet when it breaks, and an error that nobody listens to ends the process. What is read or written later fails with it.
  duplex.on('error', () => {});
  wire.allowHalfOpen();
  return { duplex, receiver: receiverOf(duplex, wire, pending) };
}

function receiverOf(duplex: Duplex, wire: Wire, pending: PendingWrite): WireReceiver {
  let hasEnded = false;
  return {
    onData: (buffer, length) => {
      if (!duplex.push(Buffer.from(buffer.subarray(0, length)))) wire.pause();
    },
    onEnd: () => {
      hasEnded = true;
      duplex.push(null);
    },
    onDrain: () => pending.succeed(),
    onClose: (error) => {
      pending.fail(error);
      // What came before an orderly end is still to be read; the stream then goes by itself.
      if (error !== undefined || !hasEnded) duplex.destroy(error);
    },
  };
}

/** The write that waits for room, of which there is one at most. */
class PendingWrite {
  #written: Written | undefined;
  #isOver = false;

  wait(written: Written): void {
    if (this.#isOver) written(closedError());
    else this.#written = written;
  }

  succeed(): void {
    const written = this.#written;
    this.#written = undefined;
    written?.();
  }

  /** There will be no room any more. */
  fail(error: Error | null | undefined): void {
    this.#isOver = true;
    const written = this.#written;
    this.#written = undefined;
    written?.(error ?? closedError());
  }
}

function closedError(): Error {
  return new Error('the connection was closed before all was written');
}
