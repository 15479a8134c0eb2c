import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';

import { discard, Opening, type OpeningOutcome } from './opening.ts';
import { OpeningSteps } from './opening-steps.ts';
import { SocketWire } from './socket-wire.ts';
import { tlsInfo } from './tls-client.ts';
import { socketInfo } from './wire-info.ts';

/** What is used of a stream that goes both ways. */
const METHODS = ['on', 'once', 'off', 'write', 'end', 'pause', 'resume', 'cork', 'uncork', 'destroy'];

/** Whether it is a stream of node:stream that goes both ways, of whichever copy of that module. */
export function isDuplex(value: unknown): value is Duplex {
  return typeof value === 'object' && value !== null && METHODS.every((name) => typeof Reflect.get(value, name) === 'function');
}

/**
 * Makes a wire of a stream that somebody else has opened, or is opening; TLS that is in its handshake is waited for. Nothing is reported
 * within the call. @throws Error where it is closed.
 * @returns a function that gives it up, as that of `openSocket` does.
 */
export function adoptStream(stream: Duplex, outcome: OpeningOutcome): () => void {
  // It would tell of its end to nobody: that was told already.
  if (stream.destroyed || !stream.writable || !stream.readable) {
    discard(stream);
    throw new Error('the stream is closed, or goes one way only');
  }
  const opening = new Opening(stream, new OpeningSteps(NO_STEPS), outcome);
  const adopt = (): void =>
    opening.opened(() => {
      const wire = new SocketWire();
      wire.open(stream, socketInfo(stream, stream instanceof TLSSocket ? tlsInfo(stream) : undefined), false);
      return wire;
    });
  const awaited = awaitedEvent(stream);
  if (awaited === undefined) process.nextTick(adopt);
  else stream.once(awaited, adopt);
  return () => opening.giveUp();
}

/** What the stream has yet to tell before it may be written to; nothing where it is open. */
function awaitedEvent(stream: Duplex): 'connect' | 'secureConnect' | undefined {
  if (stream instanceof TLSSocket) return stream.connecting || !hasFinished(stream) ? 'secureConnect' : undefined;
  return stream instanceof Socket && stream.connecting ? 'connect' : undefined;
}

/**
 * Over a socket that is connected TLS never is `connecting`. With the peer's Finished the handshake is over, and in the same call Node verifies the certificate.
 * (`secureConnecting` is not documented, and stays true where the socket was not made by `tls.connect`.)
 */
function hasFinished(socket: TLSSocket): boolean {
  return socket.getPeerFinished() instanceof Uint8Array;
}

const NO_STEPS = { dnsStart() {}, dnsDone() {}, connectStart() {}, connectDone() {}, tlsStart() {}, tlsDone() {} };
