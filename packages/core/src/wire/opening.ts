import type { Duplex } from 'node:stream';

import { asError } from './as-error.ts';
import type { OpeningSteps } from './opening-steps.ts';
import type { SocketWire } from './socket-wire.ts';

/** How an opening ends: `opened` or `failed`, once, unless it was given up. */
export interface OpeningOutcome {
  opened(wire: SocketWire): void;
  failed(error: Error): void;
}

/** A stream that is on its way to being a wire. It settles once. */
export class Opening {
  readonly #stream: Duplex;
  readonly #steps: OpeningSteps;
  readonly #outcome: OpeningOutcome;
  #isSettled = false;

  constructor(stream: Duplex, steps: OpeningSteps, outcome: OpeningOutcome) {
    this.#stream = stream;
    this.#steps = steps;
    this.#outcome = outcome;
    stream.on('error', this.#fail);
    stream.on('close', this.#onClose);
  }

  /** It is open: the wire that `open` makes owns the stream now. Where it throws the opening has failed, since the events that lead here have nobody to catch it. */
  opened(open: () => SocketWire): void {
    this.#settle(() => {
      const wire = attempt(open);
      if (wire instanceof Error) {
        this.#drop(wire, () => this.#outcome.failed(wire));
        return;
      }
      this.#steps.end();
      this.#outcome.opened(wire);
    });
  }

  /** The stream is destroyed, the step under way ends and no outcome is reported. */
  giveUp(): void {
    this.#abandon(new Error('it was given up'), () => {});
  }

  readonly #fail = (error: Error): void => this.#abandon(error, () => this.#outcome.failed(error));

  readonly #onClose = (): void => this.#fail(new Error('the connection was closed before it was set up'));

  #abandon(error: Error, report: () => void): void {
    this.#settle(() => this.#drop(error, report));
  }

  #drop(error: Error, report: () => void): void {
    discard(this.#stream);
    this.#steps.end(error);
    report();
  }

  #settle(report: () => void): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.#stream.removeListener('error', this.#fail);
    this.#stream.removeListener('close', this.#onClose);
    report();
  }
}

function attempt(open: () => SocketWire): SocketWire | Error {
  try {
    return open();
  } catch (error) {
    return asError(error);
  }
}

/**
 * An error that is still under way has nobody to go to: the stream is given up. Not within the call, which may come from a listener: having told of a
 * connection attempt, Node goes on with the socket whatever became of it.
 */
export function discard(stream: Duplex): void {
  stream.on('error', () => {});
  process.nextTick(() => stream.destroy());
}
