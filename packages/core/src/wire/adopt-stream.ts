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
 * Makes a wire of a stream that somebody else has opened, or is opening. Nothing is reported within the call. @throws Error where it is closed.
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
  if (stream instanceof Socket && stream.connecting) stream.once(stream instanceof TLSSocket ? 'secureConnect' : 'connect', adopt);
  else process.nextTick(adopt);
  return () => opening.giveUp();
}

const NO_STEPS = { dnsStart() {}, dnsDone() {}, connectStart() {}, connectDone() {}, tlsStart() {}, tlsDone() {} };
