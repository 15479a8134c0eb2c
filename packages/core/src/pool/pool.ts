import { assertNever } from '../contract/assert-never.ts';
import type { Clock, Timer } from '../contract/clock.ts';
import type { Connection, ConnectionOwner } from '../contract/connection.ts';
import { deadline } from '../contract/deadline.ts';
import type { Route } from '../contract/route.ts';
import type { RouteStats } from '../contract/route-stats.ts';
import type { CloseReason, TraceListener } from '../contract/trace-event.ts';
import { assign, nextToDial } from './assign.ts';
import type { Connect } from './connect.ts';
import { Connections } from './connections.ts';
import { giveUpOn, isForMany } from './dial-count.ts';
import { donateToPool } from './donate.ts';
import { evict } from './evict.ts';
import { failingWith } from './failing-with.ts';
import { IdleList } from './idle-list.ts';
import type { PoolLimits } from './limits.ts';
import { missingAhead } from './open-ahead.ts';
import { Pauses } from './pauses.ts';
import { PoolLease, restOf, type LeaseOwner, type Rest } from './pool-lease.ts';
import { bequeath, PendingDials, type Dial } from './pending-dials.ts';
import {
  tellDialFailed,
  tellDialStart,
  tellDonated,
  tellGranted,
  tellOpened,
  tellPut,
  tellQueued,
  tellReleased,
  tellUnqueued,
} from './pool-events.ts';
import { closedError, lostError, poolTimeoutError, queueFullError } from './pool-errors.ts';
import { reasonToRetire } from './retire.ts';
import { isServedBy, isSurplus, settle, type PoolMode } from './settle.ts';
import { drain, hasRoom, list, reserve, statsOf, type PooledConnection, type Slot } from './slot.ts';
import { Slots } from './slots.ts';
import type { Want } from './want.ts';

/** Which connection serves whom. It knows neither protocols nor sockets: it is given `connect`, and asks a connection for its capacity. */
export class Pool implements ConnectionOwner, LeaseOwner {
  readonly #clock: Clock;
  readonly #connect: Connect;
  readonly #idle: IdleList;
  readonly #slots: Slots;
  readonly #connections: Connections;
  readonly #dials = new PendingDials();
  readonly #pauses: Pauses;
  #mode: PoolMode = 'open';
  readonly #onEmpty: (() => void)[] = [];

  /** @param limitsOf What it keeps to for a route: asked once for each. */
  constructor(limitsOf: (route: Route) => PoolLimits, clock: Clock, connect: Connect) {
    this.#clock = clock;
    this.#connect = connect;
    this.#slots = new Slots(limitsOf);
    this.#idle = new IdleList(clock);
    this.#connections = new Connections(this.#idle);
    this.#pauses = new Pauses(clock, (slot) => this.#dialForWaiting(slot));
  }

  /** Finds a connection for `want`, now or later. */
  serve(route: Route, want: Want): void {
    if (this.#mode === 'closed') return want.failed(closedError(route));
    this.#mode = 'open';
    for (;;) {
      // Each time anew: closing the last connection of a slot may end the slot.
      const slot = this.#slots.use(route);
      const nowMs = this.#clock.nowMs();
      const assignment = assign(slot, { nowMs, monotonicMs: this.#monotonicMs(slot) }, want.needs);
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
          return this.#grant(assignment.pooled, want, restOf(assignment.pooled, nowMs));
        case 'dial':
          return this.#dial(slot, want);
        case 'wait':
          return this.#enqueue(slot, want, undefined);
        case 'refuse':
          return want.failed(queueFullError(route, slot.limits.maxQueuedPerHost));
        default:
          assertNever(assignment);
      }
    }
  }

  /**
   * Forgets a want that was not served. A dial it began goes on: others may have use for it.
   * @returns false where it does not wait any more: it is being given a connection, or told of its failure, and may see to itself then.
   */
  withdraw(route: Route, want: Want): boolean {
    const slot = this.#slots.get(route);
    return slot !== undefined && this.#leave(slot, want);
  }

  /**
   * Opens connections ahead of need, until `count` of them are at hand or being dialled, as far as the limits allow.
   * Resolves when they are open. @throws what the first that failed did.
   */
  async preconnect(route: Route, count: number): Promise<void> {
    if (this.#mode === 'closed') throw closedError(route);
    this.#mode = 'open';
    const slot = this.#slots.use(route);
    const dials = Array.from({ length: missingAhead(slot, count, this.#monotonicMs(slot)) }, () => {
      const ended = Promise.withResolvers<void>();
      this.#dial(slot, undefined, ended);
      return ended.promise;
    });
    this.#slots.release(slot);
    await Promise.all(dials);
  }

  /** A connection that carried no exchange was closed, or its peer has changed its mind about how many it may carry. */
  onChange(connection: Connection): void {
    const pooled = this.#connections.get(connection);
    if (pooled === undefined) return;
    this.#pauses.heed(pooled.slot, connection);
    if (connection.closeReason !== undefined) this.#remove(pooled);
    else if (connection.isDraining) this.#retire(pooled);
    else {
      this.#review(pooled);
      this.#handOver(pooled);
    }
  }

  /** Closes what is idle now, and until the next request what becomes idle; ends dials that nobody waits for (Go's CloseIdleConnections). */
  closeIdle(): void {
    if (this.#mode === 'open') this.#mode = 'closing-idle';
    this.#idle.closeAll('close-idle-connections');
    this.#dials.abortOrphans();
  }

  /** Fails who waits, ends what is dialled or idle. Exchanges under way go on. @returns a promise for the moment the last connection is closed. */
  shutDown(): Promise<void> {
    this.#mode = 'closed';
    this.#idle.stop();
    this.#idle.closeAll('transport-closed');
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
    for (const connection of this.#connections) connection.close(reason);
  }

  /** Every route that holds something, and those that were the last to be empty, up to 1 000 of them. */
  stats(): RouteStats[] {
    return Array.from(this.#slots, (slot) => statsOf(slot, this.#monotonicMs(slot)));
  }

  /** For {@link PoolLease}: an exchange is over. */
  release(pooled: PooledConnection, trace: TraceListener | undefined, wasUsed: boolean): void {
    pooled.leases -= 1;
    if (wasUsed) pooled.hasCarried = true;
    // One that drains because it has carried as many as it may goes on draining.
    else if (!pooled.isDraining) pooled.granted -= 1;
    const isOver = wasUsed && this.#pauses.carried(pooled);
    if (trace !== undefined) tellReleased(trace, pooled);
    // The listener may have used it, and have given it back.
    if (!this.#idle.has(pooled)) this.#settle(pooled, trace);
    // A server that was left in peace serves again: who waited for that may have a dial.
    if (isOver) this.#dialForWaiting(pooled.slot);
  }

  /** Read only where something depends on it. */
  #monotonicMs(slot: Slot): number {
    return slot.limits.maxConnLifetimeMs === 0 && slot.calm === undefined ? 0 : this.#clock.monotonicMs();
  }

  #enqueue(slot: Slot, want: Want, dial: Dial | undefined): void {
    const { poolTimeoutMs } = slot.limits;
    slot.wants.add(want, dial, poolTimeoutMs === 0 ? undefined : this.#poolTimer(slot, want, poolTimeoutMs));
    tellQueued(want, slot, dial);
    this.#pauses.watch(slot);
  }

  #poolTimer(slot: Slot, want: Want, timeoutMs: number): Timer {
    return deadline(this.#clock, timeoutMs, () => this.#fail(slot, want, poolTimeoutError(slot.route, timeoutMs)));
  }

  /** Takes a want out of the queue; the dial it began goes on without it. @param isServed Whether with a connection. @returns whether it was there. */
  #leave(slot: Slot, want: Want, isServed = false): boolean {
    const dial = slot.wants.dialOf(want);
    if (!slot.wants.delete(want)) return false;
    this.#pauses.unwatch(slot);
    tellUnqueued(want);
    if (dial !== undefined && this.#dials.has(dial)) this.#passOn(dial, isServed);
    this.#slots.release(slot);
    return true;
  }

  /** Of a dial whose request has left: to one that has none, where it was to serve several. If that has waited in vain, so may this one: who comes now does not count on it. */
  #passOn(dial: Dial, isServed: boolean): void {
    const { slot } = dial;
    const heir = isForMany(slot) ? slot.wants.firstWaiting() : undefined;
    if (!isServed) giveUpOn(dial);
    if (heir === undefined) this.#dials.orphan(dial, slot.limits.maxOrphanDials);
    else bequeath(dial, heir);
  }

  /** The bookkeeping first: `granted` may run a whole exchange, and come back here. @param rest Of one that was idle. */
  #grant(pooled: PooledConnection, want: Want, rest: Rest = 'long'): void {
    const { connection, slot } = pooled;
    const wasIdle = this.#idle.delete(pooled);
    const idleTimeMs = wasIdle && want.trace !== undefined ? this.#clock.monotonicMs() - pooled.idleSinceMonotonicMs : 0;
    if (wasIdle) connection.setActive(true);
    pooled.leases += 1;
    pooled.granted += 1;
    slot.tally.exchanges += 1;
    const lease = new PoolLease(this, pooled, want.trace, wasIdle ? rest : 'none');
    if (lease.isReused) slot.tally.reused += 1;
    reserve(pooled);
    if (slot.wants.size > 0) this.#leave(slot, want, true);
    const { dial } = pooled;
    pooled.dial = undefined;
    const isOwn = dial?.begunBy === want;
    if (want.trace !== undefined) tellGranted(want.trace, lease, { idleTimeMs, dialledByAnother: !isOwn && !lease.isReused });
    pooled.reserved -= 1;
    want.granted(lease);
    if (pooled.isShared) this.#review(pooled);
    if (dial !== undefined && !isOwn) tellDonated(dial, connection, 'request');
  }

  /** What carries several exchanges is at hand while it has room, and drains once it has served for long enough. */
  #review(pooled: PooledConnection): void {
    if (reasonToRetire(pooled, this.#monotonicMs(pooled.slot)) === undefined) list(pooled);
    else this.#retire(pooled);
  }

  #settle(pooled: PooledConnection, trace: TraceListener | undefined): void {
    const { connection } = pooled;
    const monotonicMs = this.#monotonicMs(pooled.slot);
    let settlement = settle(pooled, this.#mode, monotonicMs);
    if (trace !== undefined && settlement.kind !== 'stay') {
      tellPut(trace, pooled, settlement);
      // Here too; and it may have closed the pool, ended a wait or begun one.
      if (this.#idle.has(pooled)) return;
      settlement = settle(pooled, this.#mode, monotonicMs);
    }
    switch (settlement.kind) {
      case 'gone':
        return this.#remove(pooled);
      case 'close':
        return connection.close(settlement.reason);
      case 'hand-over':
        return this.#handOver(pooled);
      case 'keep':
        return this.#keep(pooled);
      case 'stay':
        return this.#review(pooled);
      default:
        assertNever(settlement);
    }
  }

  /** To those who wait, in their order. */
  #handOver(pooled: PooledConnection): void {
    const { slot } = pooled;
    for (const want of slot.wants) {
      if (!hasRoom(pooled)) break;
      if (isServedBy(want, pooled)) this.#grant(pooled, want);
    }
    if (pooled.isShared) this.#dialForWaiting(slot);
  }

  #keep(pooled: PooledConnection): void {
    list(pooled);
    pooled.connection.setActive(false);
    this.#idle.add(pooled);
    donateToPool(pooled);
    evict(this.#idle, pooled.slot.limits.maxIdleConns)?.connection.close('max-idle-conns');
  }

  /** Counted before anybody is told: a listener may ask for a connection too. */
  #dial(slot: Slot, want: Want | undefined, ended?: Dial['ended']): void {
    const dial = this.#dials.begin(slot, want, ended);
    if (want !== undefined) {
      if (slot.wants.has(want)) slot.wants.setDial(want, dial);
      else this.#enqueue(slot, want, dial);
    }
    tellDialStart(dial);
    if (dial.controller.signal.aborted) this.#onDialFailed(dial, closedError(slot.route));
    else void this.#runDial(dial);
  }

  async #runDial(dial: Dial): Promise<void> {
    let connection: Connection;
    try {
      connection = await this.#connect(dial.slot.route, { owner: this, trace: dial.trace, signal: dial.controller.signal });
    } catch (error) {
      this.#onDialFailed(dial, error);
      return;
    }
    this.#onDialed(dial, connection);
  }

  #onDialed(dial: Dial, connection: Connection): void {
    const { slot } = dial;
    const pooled = this.#connections.add(connection, dial, this.#monotonicMs(slot));
    this.#dials.end(dial, true);
    this.#pauses.opened(slot, connection);
    tellOpened(dial, connection);
    if (connection.closeReason !== undefined) {
      this.#connections.drop(pooled);
      this.#failDial(dial, lostError(slot.route), failingWith(dial));
      return;
    }
    this.#welcome(pooled, dial);
    // Those who waited for it to carry them all need one each, or the others of a burst to a host that was not known have theirs too.
    if (!pooled.isShared) this.#dialForWaiting(slot);
    else if (hasRoom(pooled)) this.#dials.abortOrphans(slot);
    else if (slot.calm !== undefined) this.#dialForWaiting(slot);
    dial.ended?.resolve();
  }

  /** Go's late binding: the request that it was dialled for may have been served by another meanwhile, or have left. */
  #welcome(pooled: PooledConnection, dial: Dial): void {
    const { want } = dial;
    const { connection, slot } = pooled;
    const isAwaited = want !== undefined && slot.wants.has(want);
    // Who was told of it may have used it, which is not for one that needs an unused one.
    const isSpoilt = isAwaited && !isServedBy(want, pooled);
    if (isAwaited && !isSpoilt && connection.capacity > 0) {
      this.#grant(pooled, want);
      this.#handOver(pooled);
      return;
    }
    // Its peer takes nothing yet. Another dial could come to the same, and so on without end.
    if (isAwaited) slot.wants.dropDial(want, dial);
    if (want !== undefined && isSurplus(pooled)) connection.close('surplus');
    // Or have used it and given it back.
    else if (!this.#idle.has(pooled)) this.#settle(pooled, undefined);
    if (isSpoilt) this.#dialForWaiting(slot);
  }

  #onDialFailed(dial: Dial, error: unknown): void {
    this.#dials.end(dial, false);
    // All are known before any is told: it may ask again, which begins a dial that has not failed.
    const failing = failingWith(dial);
    tellDialFailed(dial, error);
    this.#failDial(dial, error, failing);
  }

  #failDial({ slot, ended }: Dial, error: unknown, failing: readonly Want[]): void {
    for (const want of failing) this.#fail(slot, want, error);
    ended?.reject(error);
    this.#onRoom(slot);
  }

  #fail(slot: Slot, want: Want, error: unknown): void {
    if (this.#leave(slot, want)) want.failed(error);
  }

  #remove(pooled: PooledConnection): void {
    if (this.#connections.drop(pooled)) this.#onRoom(pooled.slot);
  }

  /** It takes no more: those under way go on. */
  #retire(pooled: PooledConnection): void {
    drain(pooled);
    this.#dialForWaiting(pooled.slot);
  }

  /** The first that wait without a dial get one, as far as the limits allow. */
  #dialForWaiting(slot: Slot): void {
    while (this.#mode !== 'closed') {
      const next = nextToDial(slot, this.#monotonicMs(slot));
      if (next === undefined) break;
      this.#dial(slot, next);
    }
    this.#pauses.watch(slot);
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
