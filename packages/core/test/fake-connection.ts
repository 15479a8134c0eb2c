import type { Connection, ConnectionOwner, ExchangeOutcome, Lease } from '../src/contract/connection.ts';
import type { ConnectionInfo } from '../src/contract/connection-info.ts';
import type { HttpRequest } from '../src/contract/http-request.ts';
import type { CloseReason } from '../src/contract/trace-event.ts';

/** A connection without a wire: exchanges begin when the pool grants them and end when the test says so. */
export class FakeConnection implements Connection {
  static #lastId = 0;
  readonly info: ConnectionInfo;
  readonly leases: Lease[] = [];
  closeReason: CloseReason | undefined;
  isActive = true;
  peerIdleTimeoutMs: number | undefined;
  readonly #owner: ConnectionOwner;
  readonly #maxExchanges: number;

  constructor(owner: ConnectionOwner, origin: string, maxExchanges = 1) {
    this.#owner = owner;
    this.#maxExchanges = maxExchanges;
    FakeConnection.#lastId += 1;
    const nowhere = { remoteAddress: undefined, remotePort: undefined, localAddress: undefined, localPort: undefined, tls: undefined };
    this.info = { id: FakeConnection.#lastId, origin, protocol: 'http/1.1', ...nowhere };
  }

  isDraining = false;

  get isShared(): boolean {
    return this.#maxExchanges > 1;
  }

  get capacity(): number {
    return this.closeReason === undefined && !this.isDraining ? this.#maxExchanges - this.leases.length : 0;
  }

  exchange(_request: HttpRequest, lease: Lease, _outcome: ExchangeOutcome): void {
    this.leases.push(lease);
  }

  setActive(isActive: boolean): void {
    this.isActive = isActive;
  }

  /** The oldest exchange ends. */
  finish(reason?: CloseReason): void {
    const lease = this.leases.shift();
    if (reason !== undefined) this.closeReason = reason;
    lease?.release();
    lease?.release();
  }

  close(reason: CloseReason): void {
    if (this.closeReason !== undefined) return;
    this.closeReason = reason;
    if (this.leases.length === 0) this.#owner.onChange(this);
    for (const lease of this.leases.splice(0)) lease.release();
  }
}
