import { BASIC_WINDOW_BYTES } from './settings.ts';
import { SendWindow } from './flow-window.ts';

/** Has DATA to send, and waits for its turn. */
export interface DataSource {
  /** Sends one frame. @returns whether it would send another as soon as the connection lets it. */
  sendFrame(): boolean;
}

/** Who waits to send DATA for the connection's sake: its window, or the wire's room. Turn by turn, so that no upload starves another. */
export class SendQueue {
  readonly window: SendWindow = new SendWindow(BASIC_WINDOW_BYTES);
  /** Made for the first that waits: most connections never have one. Not a Set, for the reason that `Line` gives. */
  #waiting: DataSource[] | undefined;
  readonly #hasRoom: () => boolean;

  /** @param hasRoom Whether the wire takes more. */
  constructor(hasRoom: () => boolean) {
    this.#hasRoom = hasRoom;
  }

  /** Whether DATA may be sent now. */
  get isOpen(): boolean {
    return this.window.bytes > 0 && this.#hasRoom();
  }

  wait(source: DataSource): void {
    const waiting = (this.#waiting ??= []);
    if (!waiting.includes(source)) waiting.push(source);
  }

  forget(source: DataSource): void {
    const at = this.#waiting?.indexOf(source) ?? -1;
    if (at !== -1) this.#waiting?.splice(at, 1);
  }

  /** The connection has room: each sends a frame, round after round. */
  sendAll(): void {
    const waiting = this.#waiting;
    if (waiting === undefined) return;
    while (waiting.length > 0 && this.isOpen) {
      const source = waiting.shift();
      // Put at the end, it comes round again in this very loop.
      if (source?.sendFrame() === true) this.wait(source);
    }
  }
}
