import type { Clock, Timer } from '../contract/clock.ts';
import type { Wire, WireReceiver } from '../wire/wire.ts';

/** Go's figure: for how long a peer may take to see why the connection ends. */
const LINGER_MS = 250;

/** Receives for a connection that is over: what still comes is thrown away until the peer has heard why, or a moment has gone by. */
export class Closing implements WireReceiver {
  readonly #wire: Wire;
  readonly #timer: Timer;

  constructor(wire: Wire, clock: Clock) {
    this.#wire = wire;
    this.#timer = clock.after(LINGER_MS, () => wire.destroy());
    wire.setActive(false);
    wire.endSending(() => {});
  }

  onData(): void {}

  onDrain(): void {}

  onEnd(): void {
    this.#wire.destroy();
  }

  onClose(): void {
    this.#timer.cancel();
  }
}
