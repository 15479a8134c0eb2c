import type { Connection, ConnectionOwner, Lease } from '../src/contract/connection.ts';
import type { ConnectionInfo } from '../src/contract/connection-info.ts';
import type { CloseReason } from '../src/contract/trace-event.ts';
import { peerIdleTimeoutMs } from './pool-model-connection.ts';

/** A connection without a wire, of either kind. */
export class DriverConnection implements Connection {
  readonly id: number;
  readonly info: ConnectionInfo;
  readonly route: string;
  readonly isShared: boolean;
  /** Its exchanges, the oldest first. */
  readonly carried: Lease[] = [];
  closeReason: CloseReason | undefined;
  /** How often its owner had it tell of its end. */
  closesTold = 0;
  isActive = true;
  hasCarried = false;
  /** Exchanges that it was to carry. */
  served = 0;
  isDraining = false;
  asksForCalm = false;
  /** Of one that is not shared: whether it closes with the exchange that it carries. */
  isEnding = false;
  readonly #owner: ConnectionOwner;
  #streams: number;
  #hasTurnedAway = false;

  /** @param streams How many exchanges it carries at once; undefined for one that carries them one after another. */
  constructor({ id, route, owner }: { id: number; route: string; owner: ConnectionOwner }, streams: number | undefined) {
    this.id = id;
    this.route = route;
    this.isShared = streams !== undefined;
    this.#owner = owner;
    this.#streams = streams ?? 1;
    const nowhere = { remoteAddress: undefined, remotePort: undefined, localAddress: undefined, localPort: undefined, tls: undefined };
    this.info = { id, origin: route, protocol: this.isShared ? 'h2' : 'http/1.1', ...nowhere };
  }

  get peerIdleTimeoutMs(): number | undefined {
    return peerIdleTimeoutMs(this.id, this.isShared);
  }

  get capacity(): number {
    return this.closeReason === undefined && !this.isDraining ? Math.max(0, this.#streams - this.carried.length) : 0;
  }

  get turnsAway(): boolean {
    return !this.hasCarried && (this.#hasTurnedAway || this.#streams === 0);
  }

  /** Why it would be closed by the end of one exchange, if nobody says otherwise. */
  get endReason(): CloseReason | undefined {
    if (this.isEnding) return 'response-close';
    return this.isDraining && this.carried.length === 1 ? 'server-goaway' : undefined;
  }

  exchange(): void {
    // What it carries is kept by the request, which knows itself.
  }

  tellClosed(): void {
    this.closesTold += 1;
  }

  setActive(isActive: boolean): void {
    this.isActive = isActive;
  }

  /** The oldest exchange ends. */
  finish(reason: CloseReason | undefined = this.endReason): void {
    const oldest = this.carried.shift();
    this.hasCarried = true;
    if (reason !== undefined) this.closeReason = reason;
    oldest?.release();
    // What is given back twice is given back once.
    oldest?.release();
  }

  /** Its peer takes so many exchanges at once from now on. */
  resize(streams: number): void {
    const before = this.capacity;
    this.#streams = streams;
    if (this.capacity !== before || this.turnsAway) this.#owner.onChange(this);
  }

  /** Its peer takes no more: it closes with the last. */
  goAway(): void {
    if (this.isDraining || this.closeReason !== undefined) return;
    this.isDraining = true;
    if (this.carried.length === 0) this.close('server-goaway');
    else this.#owner.onChange(this);
  }

  /** The same, because it is asked too much. */
  askForCalm(): void {
    this.asksForCalm = true;
    if (this.isDraining) this.#owner.onChange(this);
    else this.goAway();
  }

  /** The same, and it does not look at some of what it was asked, or at nothing. */
  turnAway(): void {
    this.#hasTurnedAway = true;
    if (this.isDraining) this.#owner.onChange(this);
    else this.goAway();
  }

  close(reason: CloseReason): void {
    if (this.closeReason !== undefined) return;
    this.closeReason = reason;
    if (this.carried.length === 0) this.#owner.onChange(this);
    for (const lease of this.carried.splice(0)) lease.release();
  }
}
