import { ReceiveWindow } from './flow-window.ts';

/** What a stream has taken in: the peer is told to go on once its reader has room, and not before. */
export class Intake {
  readonly #windowBytes: number;
  #window: ReceiveWindow | undefined;
  #heldBytes = 0;

  constructor(windowBytes: number) {
    this.#windowBytes = windowBytes;
  }

  /** Whether the reader has enough for now. */
  get isFull(): boolean {
    return this.#heldBytes > 0;
  }

  /** See {@link ReceiveWindow.arrive}. */
  arrive(flowBytes: number): boolean {
    this.#window ??= new ReceiveWindow(this.#windowBytes);
    return this.#window.arrive(flowBytes);
  }

  /** So many bytes came that the reader has no room for. */
  hold(bytes: number): void {
    this.#heldBytes += bytes;
  }

  /** @returns how many bytes are not held any more, now that the reader has room or will not come. */
  letGo(): number {
    const bytes = this.#heldBytes;
    this.#heldBytes = 0;
    return bytes;
  }

  /** See {@link ReceiveWindow.giveBack}. */
  giveBack(bytes: number): number {
    return this.#window?.giveBack(bytes) ?? 0;
  }
}
