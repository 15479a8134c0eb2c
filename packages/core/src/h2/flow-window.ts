/** The largest window there is (RFC 9113 §6.9.1). */
export const MAX_WINDOW: number = 2 ** 31 - 1;

/** What the peer lets us send of DATA: on one stream, or on the connection (RFC 9113 §6.9). */
export class SendWindow {
  #bytes: number;

  constructor(bytes: number) {
    this.#bytes = bytes;
  }

  /** May be negative: what the peer takes back may be under way (RFC 9113 §6.9.2). */
  get bytes(): number {
    return this.#bytes;
  }

  /** @returns how many of so many bytes may be sent now. They count as sent. */
  take(wantedBytes: number): number {
    const taken = Math.max(0, Math.min(wantedBytes, this.#bytes));
    this.#bytes -= taken;
    return taken;
  }

  /**
   * A WINDOW_UPDATE came, or a stream's first window has become another, by a difference that may be negative.
   * @returns whether it stays a window; otherwise the peer has made it too large, which is a FLOW_CONTROL_ERROR, and nothing has changed.
   */
  grow(bytes: number): boolean {
    if (this.#bytes + bytes > MAX_WINDOW) return false;
    this.#bytes += bytes;
    return true;
  }
}

/** As {@link SendWindow.take}, of a stream's window and of its connection's alike. */
export function takeFromBoth(stream: SendWindow, connection: SendWindow, wantedBytes: number): number {
  return connection.take(stream.take(Math.min(wantedBytes, Math.max(0, connection.bytes))));
}

/**
 * What we let the peer send of DATA. Every byte that arrives is given back once: when it was read, when nobody will read it, and padding at once.
 * What is given back is told to the peer in batches: a WINDOW_UPDATE for each frame made a body of 64 KiB a quarter dearer.
 */
export class ReceiveWindow {
  readonly #initialBytes: number;
  readonly #batchBytes: number;
  /** What the peer may still send. */
  #bytes: number;
  /** Given back, and not told yet. */
  #untoldBytes = 0;

  constructor(bytes: number) {
    this.#initialBytes = bytes;
    this.#batchBytes = bytes / 2;
    this.#bytes = bytes;
  }

  /** What has arrived and was not given back. */
  get heldBytes(): number {
    return this.#initialBytes - this.#bytes - this.#untoldBytes;
  }

  /** Whether the peer may send nothing any more. */
  get isFull(): boolean {
    return this.#bytes === 0;
  }

  /** Whether no more than half of it is held. */
  get isHalfFree(): boolean {
    return this.heldBytes <= this.#batchBytes;
  }

  /**
   * So many bytes begin to arrive, padding included. To be called before they are looked at: what was not allowed must not be kept either.
   * @returns whether they were allowed; otherwise it is a FLOW_CONTROL_ERROR.
   */
  arrive(bytes: number): boolean {
    if (bytes > this.#bytes) return false;
    this.#bytes -= bytes;
    return true;
  }

  /**
   * So many bytes of those that have arrived are no longer held.
   * @returns by how much to update the peer's window now; mostly 0.
   */
  giveBack(bytes: number): number {
    this.#untoldBytes += bytes;
    return this.#untoldBytes < this.#batchBytes ? 0 : this.#tell();
  }

  /**
   * Where several share the window: what one of them holds, for ever perhaps, must not keep the others waiting for a batch that cannot come together.
   * @returns by how much to update the peer's window, where it has no more left than was given back.
   */
  tellWhenLow(): number {
    return this.#untoldBytes < this.#bytes ? 0 : this.#tell();
  }

  #tell(): number {
    const told = this.#untoldBytes;
    this.#untoldBytes = 0;
    this.#bytes += told;
    return told;
  }
}
