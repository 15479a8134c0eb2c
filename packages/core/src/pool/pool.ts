import { assertNever } from '../contract/assert-never.ts';
import type { Clock, Timer } from '../contract/clock.ts';
import type { Connection, ConnectionOwner } from '../contract/connection.ts';
import { deadline } from '../contract/deadline.ts';
import type { Route } from '../contract/route.ts';
import type { RouteStats } from '../contract/route-stats.ts';
import { emit, type CloseReason, type TraceListener } from '../contract/trace-event.ts';
import { assign, mayDial } from './assign.ts';
import { evict } from './evict.ts';
import { IdleList } from './idle-list.ts';
import type { PoolLimits } from './limits.ts';
import { PoolLease, type LeaseOwner } from './pool-lease.ts';
import { PendingDials, type Dial } from './pending-dials.ts';
import { closedError, lostError, poolTimeoutError, queueFullError } from './pool-errors.ts';
import { isServedBy, settle, type PoolMode } from './settle.ts';
import { idleCount, isReused, list, newcomer, statsOf, tallyClosed, unlist, type PooledConnection, type Slot } from './slot.ts';
import { Slots } from './slots.ts';
import type { Want } from './want.ts';

/** What a dial is told. */
export interface ConnectOptions {
  readonly owner: ConnectionOwner;
  /** Of the request that began the dial. */
  readonly trace: TraceListener | undefined;
  /** Aborted when nobody can want the connection any more. */
  readonly signal: AbortSignal;
}

/** Opens a connection along a route. Rejects with what the request that began the dial is to fail with. */
export type Connect = (route: Route, options: ConnectOptions) => Promise<Connection>;

/** Which connection serves whom. It knows neither protocols nor sockets: it is given `connect`, and asks a connection for its capacity. */
export class Pool implements ConnectionOwner, LeaseOwner {
  readonly #clock: Clock;
  readonly #connect: Connect;
  readonly #idle: IdleList;
  readonly #slots: Slots;
  readonly #connections = new Map<Connection, PooledConnection>();
  readonly #dials = new PendingDials();
  #mode: PoolMode = 'open';
  readonly #onEmpty: (() => void)[] = [];

  /** @param limitsOf What it keeps to for a route: asked once for each. */
  constructor(limitsOf: (route: Route) => PoolLimits, clock: Clock, connect: Connect) {
    this.#clock = clock;
    this.#connect = connect;
    this.#slots = new Slots(limitsOf);
    this.#idle = new IdleList(clock);
  }

  /** Finds a connection for `want`, now or later. */
  serve(route: Route, want: Want): void {
    if (this.#mode === 'closed') {
      want.failed(closedError(route));
      return;
    }
    this.#mode = 'open';
    for (;;) {
      // Each time anew: closing the last connection of a slot may end the slot.
      const slot = this.#slots.use(route);
      const assignment = assign(slot, { nowMs: this.#clock.nowMs(), monotonicMs: this.#monotonicMs(slot) }, want.isFreshOnly);
      switch (assignment.kind) {
        case 'expire':
          assignment.pooled.connection.close(assignment.reason);
          break;
        case 'retire':
          this.#retire(assignment.pooled);
          break;
        case 'evict':
          assignment.pooled.connection.close('max-conns-per-host');
          break;
        case 'reuse':
          this.#grant(assignment.pooled, want);
          return;
        case 'dial':
          this.#dial(slot, want);
          return;
        case 'wait':
          this.#enqueue(slot, want, undefined);
          return;
        case 'refuse':
          want.failed(queueFullError(route, slot.limits.maxQueuedPerHost));
          return;
        default:
          assertNever(assignment);
      }
    }
  }

  /** Forgets a want that was not served. A dial it began goes on: others may have use for it. */
  withdraw(route: Route, want: Want): void {
    const slot = this.#slots.get(route);
    if (slot !== undefined) this.#leave(slot, want);
  }

  /**
   * Opens connections ahead of need, until `count` of them are idle or being dialled, as far as the limits allow.
   * Resolves when they are open. @throws what the first that failed did.
   */
  async preconnect(route: Route, count: number): Promise<void> {
    if (this.#mode === 'closed') throw closedError(route);
    this.#mode = 'open';
    const slot = this.#slots.use(route);
    const { maxConnsPerHost } = slot.limits;
    const missing = Math.min(count, mostIdle(slot.limits)) - idleCount(slot) - slot.dialing;
    const room = maxConnsPerHost === 0 ? missing : Math.min(missing, maxConnsPerHost - slot.total);
    const dials = Array.from(
      { length: Math.max(0, room) },
      () =>
        new Promise<void>((resolve, reject) => {
          const ended = (...failure: readonly [error?: unknown]): void => (failure.length === 0 ? resolve() : reject(failure[0]));
          this.#begin({ slot, want: undefined, ended, controller: new AbortController() });
        }),
    );
    this.#slots.release(slot);
    await Promise.all(dials);
  }

  /** A connection that carried no exchange was closed, or its peer has changed its mind about how many it may carry. */
  onChange(connection: Connection): void {
    const pooled = this.#connections.get(connection);
    if (pooled === undefined) return;
    if (connection.closeReason !== undefined) this.#remove(pooled);
    else if (connection.isDraining) this.#retire(pooled);
    else if (connection.capacity === 0) unlist(pooled);
    else {
      list(pooled, this.#monotonicMs(pooled.slot));
      this.#handOver(pooled);
    }
  }

  /** Closes what is idle now, and until the next request what becomes idle; ends dials that nobody waits for (Go's CloseIdleConnections). */
  closeIdle(): void {
    if (this.#mode === 'open') this.#mode = 'closing-idle';
    for (const pooled of this.#idle.connections) pooled.connection.close('close-idle-connections');
    this.#dials.abortOrphans();
  }

  /** Fails who waits, ends what is dialled or idle. Exchanges under way go on. @returns a promise for the moment the last connection is closed. */
  shutDown(): Promise<void> {
    this.#mode = 'closed';
    this.#idle.stop();
    for (const pooled of this.#idle.connections) pooled.connection.close('transport-closed');
    for (const slot of this.#slots) {
      for (const want of slot.wants) this.#fail(slot, want, closedError(slot.route));
    }
    this.#dials.abortAll();
    return new Promise((resolve) => {
      this.#onEmpty.push(resolve);
      this.#tellIfEmpty();
    });
  }

  /** Closes every connection, whatever it carries. */
  closeAll(reason: CloseReason): void {
    for (const connection of this.#connections.keys()) connection.close(reason);
  }

  /** Every route that holds something, and those that were the last to be empty, up to 1 000 of them. */
  stats(): RouteStats[] {
    return Array.from(this.#slots, statsOf);
  }

  /** For {@link PoolLease}: an exchange is over. */
  release(pooled: PooledConnection, trace: TraceListener | undefined, wasUsed: boolean): void {
    pooled.leases -= 1;
    if (wasUsed) pooled.hasCarried = true;
    else pooled.granted -= 1;
    this.#settle(pooled, trace);
  }

  /** Read only where something depends on it. */
  #monotonicMs(slot: Slot): number {
    return slot.limits.maxConnLifetimeMs === 0 ? 0 : this.#clock.monotonicMs();
  }

  #enqueue(slot: Slot, want: Want, dial: Dial | undefined): void {
    const { poolTimeoutMs } = slot.limits;
    slot.wants.add(want, dial, poolTimeoutMs === 0 ? undefined : this.#poolTimer(slot, want, poolTimeoutMs));
    if (want.trace !== undefined) emit(want.trace, { kind: 'queueStart', willDial: dial !== undefined });
  }

  #poolTimer(slot: Slot, want: Want, timeoutMs: number): Timer {
    return deadline(this.#clock, timeoutMs, () => this.#fail(slot, want, poolTimeoutError(slot.route, timeoutMs)));
  }

  /** Takes a want out of the queue; the dial it began goes on without it. @returns whether it was there. */
  #leave(slot: Slot, want: Want): boolean {
    const dial = slot.wants.dialOf(want);
    if (!slot.wants.delete(want)) return false;
    if (want.trace !== undefined) emit(want.trace, { kind: 'queueEnd' });
    if (dial !== undefined && this.#dials.has(dial)) this.#passOn(dial);
    this.#slots.release(slot);
    return true;
  }

  /** Of a dial whose request has left: to one that has none, where it was to serve several. */
  #passOn(dial: Dial): void {
    const { slot } = dial;
    const heir = slot.isShared ? slot.wants.firstWaiting() : undefined;
    if (heir === undefined) this.#dials.orphan(dial, slot.limits.maxOrphanDials);
    else {
      dial.want = heir;
      slot.wants.setDial(heir, dial);
    }
  }

  /** The bookkeeping first: `granted` may run a whole exchange, and come back here. */
  #grant(pooled: PooledConnection, want: Want): void {
    const { connection, slot } = pooled;
    const wasIdle = this.#idle.delete(pooled);
    const idleTimeMs = wasIdle && want.trace !== undefined ? this.#clock.monotonicMs() - pooled.idleSinceMonotonicMs : 0;
    if (wasIdle) connection.setActive(true);
    pooled.leases += 1;
    pooled.granted += 1;
    slot.tally.exchanges += 1;
    if (isReused(pooled)) slot.tally.reused += 1;
    unlist(pooled);
    if (slot.wants.size > 0) this.#leave(slot, want);
    if (want.trace !== undefined) {
      emit(want.trace, { kind: 'gotConn', connection: connection.info, reused: isReused(pooled), wasIdle, idleTimeMs });
    }
    want.granted(new PoolLease(this, pooled, want.trace, wasIdle));
    list(pooled, this.#monotonicMs(pooled.slot));
  }

  #settle(pooled: PooledConnection, trace: TraceListener | undefined): void {
    const { connection } = pooled;
    const monotonicMs = this.#monotonicMs(pooled.slot);
    let settlement = settle(pooled, this.#mode, monotonicMs);
    if (trace !== undefined && settlement.kind !== 'stay') {
      const info = connection.info;
      emit(
        trace,
        'reason' in settlement
          ? { kind: 'putIdleConn', connection: info, reason: settlement.reason }
          : { kind: 'putIdleConn', connection: info },
      );
      // The listener may have closed the pool, ended a wait or begun one.
      settlement = settle(pooled, this.#mode, monotonicMs);
    }
    switch (settlement.kind) {
      case 'gone':
        this.#remove(pooled);
        break;
      case 'close':
        connection.close(settlement.reason);
        break;
      case 'hand-over':
        this.#handOver(pooled);
        break;
      case 'keep':
        this.#keep(pooled);
        break;
      case 'stay':
        list(pooled, this.#monotonicMs(pooled.slot));
        break;
      default:
        assertNever(settlement);
    }
  }

  #handOver(pooled: PooledConnection): void {
    for (const want of pooled.slot.wants) {
      if (pooled.connection.capacity === 0) return;
      if (isServedBy(want, pooled)) this.#grant(pooled, want);
    }
  }

  #keep(pooled: PooledConnection): void {
    list(pooled, this.#monotonicMs(pooled.slot));
    pooled.connection.setActive(false);
    this.#idle.add(pooled);
    evict(this.#idle.connections, pooled.slot.limits.maxIdleConns)?.connection.close('max-idle-conns');
  }

  #dial(slot: Slot, want: Want): void {
    this.#begin({ slot, want, ended: undefined, controller: new AbortController() });
  }

  /** Counted before anybody is told: a listener may ask for a connection too. */
  #begin(dial: Dial): void {
    const { slot, want } = dial;
    slot.total += 1;
    slot.dialing += 1;
    this.#dials.add(dial);
    if (want !== undefined) {
      if (slot.wants.has(want)) slot.wants.setDial(want, dial);
      else this.#enqueue(slot, want, dial);
    }
    if (dial.controller.signal.aborted) this.#onDialFailed(dial, closedError(slot.route));
    else void this.#runDial(dial);
  }

  async #runDial(dial: Dial): Promise<void> {
    let connection: Connection;
    try {
      connection = await this.#connect(dial.slot.route, { owner: this, trace: dial.want?.trace, signal: dial.controller.signal });
    } catch (error) {
      this.#onDialFailed(dial, error);
      return;
    }
    this.#onDialed(dial, connection);
  }

  #onDialed(dial: Dial, connection: Connection): void {
    const { slot, want } = dial;
    this.#dials.delete(dial);
    slot.dialing -= 1;
    slot.tally.opened += 1;
    const pooled = newcomer(slot, connection, this.#monotonicMs(slot));
    this.#connections.set(connection, pooled);
    if (want?.trace !== undefined) emit(want.trace, { kind: 'connOpened', connection: connection.info });
    if (want !== undefined && connection.closeReason !== undefined) this.#fail(slot, want, lostError(slot.route));
    // Go's late binding: who asked for it may have been served by another meanwhile, or have left.
    if (want !== undefined && slot.wants.has(want)) {
      this.#grant(pooled, want);
      this.#handOver(pooled);
    } else if (want !== undefined && connection.isShared && slot.shared.size > 1) connection.close('surplus');
    else this.#settle(pooled, undefined);
    // The others of a burst to a host that was not known have their connection too.
    if (connection.capacity > 1) this.#dials.abortOrphans(slot);
    this.#dialForWaiting(slot);
    dial.ended?.();
  }

  /** Only the request that began the dial fails with it: others may yet get a connection. */
  #onDialFailed(dial: Dial, error: unknown): void {
    const { slot, want } = dial;
    this.#dials.delete(dial);
    slot.dialing -= 1;
    slot.total -= 1;
    // It may have been served by another connection since, and have begun another dial because that was stale.
    if (want !== undefined && slot.wants.dialOf(want) === dial) this.#fail(slot, want, error);
    // Those that were to be served by it too do not try one after the other what has just failed.
    if (slot.isShared && slot.total === 0 && !dial.controller.signal.aborted) {
      for (const other of slot.wants) if (slot.wants.isWaiting(other)) this.#fail(slot, other, error);
    }
    dial.ended?.(error);
    this.#onRoom(slot);
  }

  #fail(slot: Slot, want: Want, error: unknown): void {
    if (this.#leave(slot, want)) want.failed(error);
  }

  /** Idempotent: a connection may be closed by the very listener that is told of it. */
  #remove(pooled: PooledConnection): void {
    const { connection, slot } = pooled;
    if (!this.#connections.delete(connection)) return;
    this.#idle.delete(pooled);
    unlist(pooled);
    slot.shared.delete(pooled);
    slot.total -= 1;
    tallyClosed(slot, connection.closeReason);
    this.#onRoom(slot);
  }

  /** It takes no more: those under way go on. */
  #retire(pooled: PooledConnection): void {
    unlist(pooled);
    pooled.slot.shared.delete(pooled);
    this.#dialForWaiting(pooled.slot);
  }

  /** The first that wait without a dial get one, as far as the limits allow. */
  #dialForWaiting(slot: Slot): void {
    while (this.#mode !== 'closed' && mayDial(slot)) {
      const first = slot.wants.firstWaiting();
      if (first === undefined) return;
      this.#dial(slot, first);
    }
  }

  /** A connection less. */
  #onRoom(slot: Slot): void {
    this.#dialForWaiting(slot);
    this.#slots.release(slot);
    this.#tellIfEmpty();
  }

  #tellIfEmpty(): void {
    if (this.#mode !== 'closed' || this.#connections.size > 0 || this.#dials.size > 0) return;
    for (const tell of this.#onEmpty.splice(0)) tell();
  }
}

/** How many may be idle to one route: more would be closed as soon as they are open. */
function mostIdle({ maxIdleConns, maxIdleConnsPerHost }: PoolLimits): number {
  if (maxIdleConnsPerHost < 0) return 0;
  return Math.min(maxIdleConns || Infinity, maxIdleConnsPerHost || Infinity);
}
