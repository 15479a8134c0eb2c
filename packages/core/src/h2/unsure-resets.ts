/**
 * Go's pendingResets: streams that we have cancelled and of which the peer, silent since they began, may not know. They count as open until it has answered a PING, so that a
 * connection which is dead fills up, and new requests find another. After an answer the peer is not asked again before it has sent HEADERS or DATA: servers of gRPC
 * allow for two PINGs between those (Go issue 70575).
 */
export class UnsureResets {
  #count = 0;
  /** How many frames of messages had come when the peer answered. */
  #answeredAt: number | undefined;

  get count(): number {
    return this.#count;
  }

  /** One more. @param messageFrames How many have come. @returns whether the peer is to be asked. */
  add(messageFrames: number): boolean {
    if (this.#answeredAt === messageFrames) return false;
    this.#count += 1;
    return true;
  }

  /** The peer has answered a PING. @returns whether there were any. */
  answered(messageFrames: number): boolean {
    if (this.#count === 0) return false;
    this.#count = 0;
    this.#answeredAt = messageFrames;
    return true;
  }
}
