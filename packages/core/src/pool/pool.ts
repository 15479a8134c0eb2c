import { assertNever } from '../contract/assert-never.ts';
import type { Clock } from '../contract/clock.ts';
import type { Connection, ConnectionOwner } from '../contract/connection.ts';
import { RoundTripError } from '../contract/round-trip-error.ts';
import type { Route, RouteStats } from '../contract/route.ts';
import { emit, type CloseReason, type TraceListener } from '../contract/trace-event.ts';
import { assign } from './assign.ts';
import { evict } from './evict.ts';
import { IdleList } from './idle-list.ts';
import type { PoolLimits } from './limits.ts';
import { PoolLease, type LeaseOwner } from './pool-lease.ts';
import { isServedBy, settle, type PoolMode } from './settle.ts';
import { emptySlot, type PooledConnection, type Slot } from './slot.ts';
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

interface Dial {
  readonly slot: Slot;
  readonly want: Want;
  readonly controller: AbortController;
}

/** Which connection serves whom. It knows neither protocols nor sockets: it is given `connect`, and asks a connection for its capacity. */
export class Pool implements ConnectionOwner, LeaseOwner {
  readonly #limits: PoolLimits;
  readonly #clock: Clock;
  readonly #connect: Connect;
  readonly #idle: IdleList;
  readonly #slots = new Map<string, Slot>();
  readonly #connections = new Map<Connection, PooledConnection>();
  readonly #dials = new Set<Dial>();
  #mode: PoolMode = 'open';
  readonly #onEmpty: (() => void)[] = [];

  constructor(limits: PoolLimits, clock: Clock, connect: Connect) {
    this.#limits = limits;
    this.#clock = clock;
    this.#connect = connect;
    this.#idle = new IdleList(clock, limits.idleConnTimeoutMs);
  }

  /** Finds a connection for `want`, now or later. */
  serve(route: Route, want: Want): void {
    if (this.#mode === 'closed') {
      want.failed(closedError(route));
      return;
    }
    this.#mode = 'open';
    for (;;) {
      // Each time anew: closing the last connection of a slot ends the slot.
      const slot = this.#slotOf(route);
      const assignment = assign(slot, this.#limits, this.#clock.nowMs(), want.isFreshOnly);
      switch (assignment.kind) {
        case 'expire':
          assignment.pooled.connection.close('idle-timeout');
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
          want.failed(queueFullError(route, this.#limits.maxQueuedPerHost));
          return;
        default:
          assertNever(assignment);
      }
    }
  }

  /** Forgets a want that was not served. A dial it began goes on: others may have use for it. */
  withdraw(route: Route, want: Want): void {
    const slot = this.#slots.get(route.key);
    if (slot?.wants.delete(want) !== true) return;
    if (want.trace !== undefined) emit(want.trace, { kind: 'queueEnd' });
    this.#prune(slot);
  }

  /** A connection that carried no exchange was closed. */
  onChange(connection: Connection): void {
    const pooled = this.#connections.get(connection);
    if (pooled !== undefined && connection.closeReason !== undefined) this.#remove(pooled);
  }

  /** Closes what is idle now, and until the next request what becomes idle; ends dials that nobody waits for (Go's CloseIdleConnections). */
  closeIdle(): void {
    if (this.#mode === 'open') this.#mode = 'closing-idle';
    for (const pooled of this.#idle.connections) pooled.connection.close('close-idle-connections');
    for (const dial of this.#dials) if (!dial.slot.wants.has(dial.want)) dial.controller.abort();
  }

  /** Fails who waits, ends what is dialled or idle. Exchanges under way go on. @returns a promise for the moment the last connection is closed. */
  shutDown(): Promise<void> {
    this.#mode = 'closed';
    this.#idle.stop();
    for (const pooled of this.#idle.connections) pooled.connection.close('transport-closed');
    for (const slot of this.#slots.values()) {
      for (const want of slot.wants) this.#fail(slot, want, closedError(slot.route));
    }
    for (const dial of this.#dials) dial.controller.abort();
    return new Promise((resolve) => {
      this.#onEmpty.push(resolve);
      this.#tellIfEmpty();
    });
  }

  /** Closes every connection, whatever it carries. */
  closeAll(reason: CloseReason): void {
    for (const connection of this.#connections.keys()) connection.close(reason);
  }

  /** Routes that have connections or requests now. */
  stats(): RouteStats[] {
    return [...this.#slots.values()].map((slot) => ({
      origin: slot.route.origin.key,
      open: slot.total - slot.dialing,
      idle: slot.ready.filter((pooled) => pooled.leases === 0).length,
      dialing: slot.dialing,
      waiting: slot.wants.size,
    }));
  }

  /** For {@link PoolLease}: an exchange is over. */
  release(pooled: PooledConnection, trace: TraceListener | undefined, wasUsed: boolean): void {
    pooled.leases -= 1;
    if (wasUsed) pooled.hasCarried = true;
    this.#settle(pooled, trace);
  }

  #slotOf(route: Route): Slot {
    let slot = this.#slots.get(route.key);
    if (slot === undefined) {
      slot = emptySlot(route);
      this.#slots.set(route.key, slot);
    }
    return slot;
  }

  #enqueue(slot: Slot, want: Want, dial: Dial | undefined): void {
    slot.wants.set(want, dial);
    if (want.trace !== undefined) emit(want.trace, { kind: 'queueStart', willDial: dial !== undefined });
  }

  /** The bookkeeping first: `granted` may run a whole exchange, and come back here. */
  #grant(pooled: PooledConnection, want: Want): void {
    const { connection, slot } = pooled;
    const wasIdle = this.#idle.delete(pooled);
    const idleTimeMs = wasIdle && want.trace !== undefined ? this.#clock.monotonicMs() - pooled.idleSinceMonotonicMs : 0;
    if (wasIdle) connection.setActive(true);
    pooled.leases += 1;
    this.#unlist(pooled);
    if (slot.wants.delete(want) && want.trace !== undefined) emit(want.trace, { kind: 'queueEnd' });
    if (want.trace !== undefined) {
      emit(want.trace, { kind: 'gotConn', connection: connection.info, reused: pooled.hasCarried, wasIdle, idleTimeMs });
    }
    want.granted(new PoolLease(this, pooled, want.trace, wasIdle));
    // One that carries several exchanges stays at hand for as long as it has room.
    if (connection.capacity > 0 && slot.ready.lastIndexOf(pooled) === -1) slot.ready.push(pooled);
  }

  #settle(pooled: PooledConnection, trace: TraceListener | undefined): void {
    const { connection, slot } = pooled;
    let settlement = settle(pooled, slot, this.#limits, this.#mode);
    if (trace !== undefined && settlement.kind !== 'stay') {
      const info = connection.info;
      emit(
        trace,
        'reason' in settlement
          ? { kind: 'putIdleConn', connection: info, reason: settlement.reason }
          : { kind: 'putIdleConn', connection: info },
      );
      // The listener may have closed the pool, ended a wait or begun one.
      settlement = settle(pooled, slot, this.#limits, this.#mode);
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
        if (connection.capacity > 0 && slot.ready.lastIndexOf(pooled) === -1) slot.ready.push(pooled);
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
    if (pooled.slot.ready.lastIndexOf(pooled) === -1) pooled.slot.ready.push(pooled);
    pooled.connection.setActive(false);
    this.#idle.add(pooled);
    evict(this.#idle.connections, this.#limits)?.connection.close('max-idle-conns');
  }

  /** Counted before anybody is told: a listener may ask for a connection too. */
  #dial(slot: Slot, want: Want): void {
    const dial: Dial = { slot, want, controller: new AbortController() };
    slot.total += 1;
    slot.dialing += 1;
    this.#dials.add(dial);
    if (slot.wants.has(want)) slot.wants.set(want, dial);
    else this.#enqueue(slot, want, dial);
    if (dial.controller.signal.aborted) this.#onDialFailed(dial, closedError(slot.route));
    else void this.#runDial(dial);
  }

  async #runDial(dial: Dial): Promise<void> {
    let connection: Connection;
    try {
      connection = await this.#connect(dial.slot.route, { owner: this, trace: dial.want.trace, signal: dial.controller.signal });
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
    const pooled: PooledConnection = { connection, slot, leases: 0, hasCarried: false, idleSinceMs: 0, idleSinceMonotonicMs: 0 };
    this.#connections.set(connection, pooled);
    if (want.trace !== undefined) emit(want.trace, { kind: 'connOpened', connection: connection.info });
    if (connection.closeReason !== undefined) this.#fail(slot, want, lostError(slot.route));
    // Go's late binding: who asked for it may have been served by another meanwhile, or have left.
    if (slot.wants.has(want)) {
      this.#grant(pooled, want);
      this.#handOver(pooled);
    } else this.#settle(pooled, undefined);
  }

  /** Only the request that began the dial fails with it: others may yet get a connection. */
  #onDialFailed(dial: Dial, error: unknown): void {
    const { slot, want } = dial;
    this.#dials.delete(dial);
    slot.dialing -= 1;
    slot.total -= 1;
    // It may have been served by another connection since, and have begun another dial because that was stale.
    if (slot.wants.dialOf(want) === dial) this.#fail(slot, want, error);
    this.#onRoom(slot);
  }

  #fail(slot: Slot, want: Want, error: unknown): void {
    if (!slot.wants.delete(want)) return;
    if (want.trace !== undefined) emit(want.trace, { kind: 'queueEnd' });
    want.failed(error);
  }

  /** Idempotent: a connection may be closed by the very listener that is told of it. */
  #remove(pooled: PooledConnection): void {
    if (!this.#connections.delete(pooled.connection)) return;
    this.#idle.delete(pooled);
    this.#unlist(pooled);
    pooled.slot.total -= 1;
    this.#onRoom(pooled.slot);
  }

  #unlist(pooled: PooledConnection): void {
    const { ready } = pooled.slot;
    // It nearly always is the last.
    const at = ready.lastIndexOf(pooled);
    if (at === ready.length - 1) ready.pop();
    else if (at !== -1) ready.splice(at, 1);
  }

  /** A connection less: the first that waits without a dial gets one. */
  #onRoom(slot: Slot): void {
    const { maxConnsPerHost } = this.#limits;
    const first = slot.wants.firstWaiting();
    if (first !== undefined && this.#mode !== 'closed' && slot.total < maxConnsPerHost) this.#dial(slot, first);
    this.#prune(slot);
    this.#tellIfEmpty();
  }

  #prune(slot: Slot): void {
    if (slot.total === 0 && slot.wants.size === 0) this.#slots.delete(slot.route.key);
  }

  #tellIfEmpty(): void {
    if (this.#mode !== 'closed' || this.#connections.size > 0 || this.#dials.size > 0) return;
    for (const tell of this.#onEmpty.splice(0)) tell();
  }
}

function closedError(route: Route): RoundTripError {
  return queueError(route, 'transport-closed', 'the transport is closed');
}

function queueFullError(route: Route, limit: number): RoundTripError {
  return queueError(route, 'queue-full', `${limit} requests wait for a connection already (maxQueuedPerHost)`);
}

function lostError(route: Route): RoundTripError {
  return queueError(route, 'connection-closed', 'the connection was closed as soon as it was open');
}

function queueError(route: Route, code: 'transport-closed' | 'queue-full' | 'connection-closed', message: string): RoundTripError {
  return new RoundTripError(`${route.origin.key}: ${message}`, { code, phase: 'queue', sent: 'nothing', origin: route.origin.key });
}
