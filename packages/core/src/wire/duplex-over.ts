import { Duplex } from 'node:stream';

import type { Wire, WireReceiver } from './wire.ts';

/** A wire that has become a stream, and what feeds it. */
export interface WireDuplex {
  readonly duplex: Duplex;
  readonly receiver: WireReceiver;
}

/** Hands a wire over as a stream of node:stream, with back-pressure both ways; half of it can be ended. Whoever has the stream owns the wire. */
export function duplexOver(wire: Wire): WireDuplex {
  let resume: (() => void) | undefined;
  const duplex = new Duplex({
    read: () => wire.resume(),
    write: (chunk: Uint8Array, _encoding, written) => {
      // The writer may reuse its memory once it is called back; the wire may hold it longer.
      if (wire.write(Buffer.from(chunk))) written();
      else resume = written;
    },
    final: (ended) => {
      wire.endSending();
      ended();
    },
    destroy: (error, destroyed) => {
      wire.destroy();
      destroyed(error);
    },
  });
  const receiver: WireReceiver = {
    onData: (buffer, length) => {
      if (!duplex.push(Buffer.from(buffer.subarray(0, length)))) wire.pause();
    },
    onEnd: () => void duplex.push(null),
    onDrain: () => {
      const written = resume;
      resume = undefined;
      written?.();
    },
    onClose: (error) => void duplex.destroy(error),
  };
  return { duplex, receiver };
}
