import type { Connection, ConnectionOwner, ExchangeOutcome, Lease } from '../src/contract/connection.ts';
import type { ConnectionInfo } from '../src/contract/connection-info.ts';
import type { HttpRequest } from '../src/contract/http-request.ts';
import type { CloseReason } from '../src/contract/trace-event.ts';

/** A connection without a wire: exchanges begin when the pool grants them and end when the test says so. */
export class FakeConnection implements Connection {
  static #lastId = 0;
  readonly info: ConnectionInfo;
  readonly isShared: boolean;
  readonly leases: Lease[] = [];
  closeReason: CloseReason | undefined;
  /** How often its owner had it tell of its end. */
  closesTold = 0;
  isActive = true;
  isDraining = false;
  asksForCalm = false;
  turnsAway = false;
  peerIdleTimeoutMs: number | undefined;
  readonly #owner: ConnectionOwner;
  #maxExchanges: number;

  constructor(owner: ConnectionOwner, origin: string, maxExchanges = 1, isShared: boolean = maxExchanges !== 1) {
    this.#owner = owner;
    this.#maxExchanges = maxExchanges;
    this.isShared = isShared;
    FakeConnection.#lastId += 1;
    const nowhere = { remoteAddress: undefined, remotePort: undefined, localAddress: undefined, localPort: undefined, tls: undefined };
    this.info = { id: FakeConnection.#lastId, origin, protocol: 'http/1.1', ...nowhere };
  }

  get capacity(): number {
    return this.closeReason === undefined && !this.isDraining ? Math.max(0, this.#maxExchanges - this.leases.length) : 0;
  }

  exchange(_request: HttpRequest, lease: Lease, _outcome: ExchangeOutcome): void {
    this.leases.push(lease);
  }

  tellClosed(): void {
    this.closesTold += 1;
  }

  setActive(isActive: boolean): void {
    this.isActive = isActive;
  }

  /** Its peer takes so many exchanges at once from now on. */
  resize(maxExchanges: number): void {
    this.#maxExchanges = maxExchanges;
    this.#owner.onChange(this);
  }

  /** Its peer takes no more: it closes with the last exchange. */
  goAway(): void {
    this.isDraining = true;
    if (this.leases.length === 0) this.close('server-goaway');
    else this.#owner.onChange(this);
  }

  /** The same, because it is asked too much. */
  askForCalm(): void {
    this.asksForCalm = true;
    this.goAway();
  }

  /** The same, and nothing that it was asked was looked at. */
  turnAway(): void {
    this.turnsAway = true;
    this.goAway();
  }

  /** The oldest exchange ends. */
  finish(reason?: CloseReason): void {
    const lease = this.leases.shift();
    if (reason !== undefined) this.closeReason = reason;
    else if (this.isDraining && this.leases.length === 0) this.closeReason = 'server-goaway';
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
