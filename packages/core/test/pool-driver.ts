import { TestClock } from '@roundtripper/testing';

import type { Connection, ConnectionOwner, Lease } from '../src/contract/connection.ts';
import type { ConnectionInfo } from '../src/contract/connection-info.ts';
import { parseTarget } from '../src/contract/origin.ts';
import { RoundTripError } from '../src/contract/round-trip-error.ts';
import type { Route } from '../src/contract/route.ts';
import type { RouteStats } from '../src/contract/route-stats.ts';
import type { CloseReason, TraceEvent, TraceListener } from '../src/contract/trace-event.ts';
import type { PoolLimits } from '../src/pool/limits.ts';
import { Pool, type ConnectOptions } from '../src/pool/pool.ts';
import type { Want } from '../src/pool/want.ts';
import { peerIdleTimeoutMs, type RouteCounts, type WantKind } from './pool-model.ts';

/** A real pool, worked from outside: it sees what becomes of requests and connections, and counts for itself. */
export class PoolDriver {
  readonly clock: TestClock = new TestClock();
  readonly pool: Pool;
  readonly wants: DriverWant[] = [];
  readonly dials: PendingDial[] = [];
  /** What must not happen, and did. */
  readonly faults: string[] = [];
  /** How each ended. */
  readonly preconnects: (string | undefined)[] = [];
  readonly #connections: DriverConnection[] = [];
  readonly #maxExchanges: number;
  #dialCount = 0;
  #turns = 0;

  constructor(limits: PoolLimits, maxExchanges = 1) {
    this.#maxExchanges = maxExchanges;
    this.pool = new Pool(
      () => limits,
      this.clock,
      (route, options) => this.#connect(route, options),
    );
  }

  get busy(): DriverConnection[] {
    return this.#open().filter((connection) => connection.carried.length > 0);
  }

  get idle(): DriverConnection[] {
    return this.#open().filter((connection) => connection.carried.length === 0);
  }

  get waiting(): DriverWant[] {
    return this.wants.filter((want) => want.state === 'waiting');
  }

  /** Why connections were closed, by their numbers. */
  get closed(): Map<number, string> {
    const closed = new Map<number, string>();
    for (const { id, closeReason } of this.#connections) if (closeReason !== undefined) closed.set(id, closeReason);
    return closed;
  }

  request(kind: WantKind): void {
    const want = new DriverWant(kind, this);
    this.wants.push(want);
    this.#serve(want);
  }

  /** Its connection was stale: it asks for a fresh one. */
  serveAgain(want: DriverWant): void {
    want.isFreshOnly = true;
    this.#serve(want);
  }

  preconnect(route: string, count: number): void {
    const at = this.preconnects.push(undefined) - 1;
    this.pool.preconnect(routeOf(route), count).then(
      () => (this.preconnects[at] = 'open'),
      (error: unknown) => (this.preconnects[at] = codeOf(error)),
    );
  }

  withdraw(want: DriverWant): void {
    want.state = 'withdrawn';
    this.pool.withdraw(routeOf(want.kind.route), want);
  }

  /** @param isDead Whether it is closed again before the pool sees it. */
  dialed(id: number, isDead: boolean): void {
    const dial = this.#endDial(id);
    if (dial === undefined) return;
    const connection = new DriverConnection(dial, this.#maxExchanges);
    this.#connections.push(connection);
    if (isDead) connection.closeReason = 'server-closed-idle';
    dial.resolve(connection);
  }

  dialFailed(id: number): void {
    this.#endDial(id)?.reject(new Error('dial-failed'));
  }

  counts(route: string): RouteCounts {
    const open = on(this.#open(), route);
    const idle = on(this.idle, route);
    return {
      open: open.length,
      idle: idle.length,
      dialing: on(this.dials, route).length,
      waiting: on(this.waiting, route).length,
    };
  }

  /** Where the pool says something else of a route than what was seen of it. */
  stats(route: string): Partial<RouteStats> {
    const { key } = routeOf(route).origin;
    return this.pool.stats().find(({ origin }) => origin === key) ?? NOTHING;
  }

  /** What the pool is to say of it. */
  expectedStats(route: string): Partial<RouteStats> {
    const { open, idle, dialing, waiting } = this.counts(route);
    const all = on(this.#connections, route);
    const closed: Record<string, number> = {};
    for (const { closeReason } of all) if (closeReason !== undefined) closed[closeReason] = (closed[closeReason] ?? 0) + 1;
    const granted = on(this.wants, route).flatMap((want) => want.grants);
    const reused = granted.filter((isReused) => isReused).length;
    return { open, idle, busy: open - idle, dialing, waiting, opened: all.length, exchanges: granted.length, reused, closed };
  }

  /** What breaks a promise of the pool now, or was found to break one before. */
  findFaults(limits: PoolLimits): readonly string[] {
    const found = [...this.faults];
    const expectThat = (isSo: boolean, fault: string): void => void (isSo || found.push(fault));
    const { maxIdleConns, maxIdleConnsPerHost, maxConnsPerHost } = limits;
    expectThat(maxIdleConns === 0 || this.idle.length <= maxIdleConns, 'too many idle');
    expectThat(limits.keepsAlive || this.idle.length === 0, 'idle, although none is kept');
    for (const route of new Set(this.wants.map((want) => want.route))) {
      const { open, idle, dialing } = this.counts(route);
      expectThat(maxConnsPerHost === 0 || open + dialing <= maxConnsPerHost, `too many connections to ${route}`);
      expectThat(maxIdleConnsPerHost === 0 || idle <= Math.max(0, maxIdleConnsPerHost), `too many idle to ${route}`);
      const hasRoom = maxConnsPerHost === 0 || open + dialing < maxConnsPerHost;
      const hasRetired = limits.maxRequestsPerConn > 0 || limits.maxConnLifetimeMs > 0;
      const mayServe = !hasRetired && on(this.#open(), route).some((connection) => connection.capacity > 0);
      for (const want of on(this.waiting, route)) {
        const isDialing = this.dials.some((dial) => dial.trace === want.trace);
        expectThat(isDialing || !hasRoom, `a request to ${route} waits, and there is room to dial`);
        expectThat(isDialing || idle === 0, `a request to ${route} waits, and a connection is idle`);
        expectThat(want.isFreshOnly || !mayServe, `a request to ${route} waits, and a connection would take it`);
      }
    }
    for (const want of this.wants) expectThat(want.queued === (want.state === 'waiting' ? 1 : 0), 'a wait that was not told, or its end');
    for (const { id, isActive } of this.idle) expectThat(!isActive, `connection ${id} is idle and keeps the process alive`);
    return found;
  }

  /** Told of each grant of a connection that another request gives up: it goes to whoever has waited the longest. */
  checkTurn(want: DriverWant): void {
    const earlier = on(this.waiting, want.route).find((each) => each.turn < want.turn && (want.isFreshOnly || !each.isFreshOnly));
    if (earlier !== undefined) this.faults.push(`request ${this.wants.indexOf(want)} came before its turn`);
  }

  #open(): DriverConnection[] {
    return this.#connections.filter((connection) => connection.closeReason === undefined);
  }

  #serve(want: DriverWant): void {
    this.#turns += 1;
    want.turn = this.#turns;
    want.state = 'waiting';
    this.pool.serve(routeOf(want.kind.route), want);
  }

  #connect(route: Route, { owner, trace, signal }: ConnectOptions): Promise<Connection> {
    const { promise, resolve, reject } = Promise.withResolvers<Connection>();
    this.#dialCount += 1;
    const id = this.#dialCount;
    const giveUp = (): void => {
      this.#endDial(id);
      reject(new Error('dial-failed'));
    };
    signal.addEventListener('abort', giveUp, { once: true });
    const forget = (): void => signal.removeEventListener('abort', giveUp);
    promise.then(forget, forget);
    this.dials.push({ id, route: route.origin.hostname, owner, trace, resolve, reject });
    return promise;
  }

  #endDial(id: number): PendingDial | undefined {
    const at = this.dials.findIndex((dial) => dial.id === id);
    return at === -1 ? undefined : this.dials.splice(at, 1)[0];
  }
}

const NOTHING = { open: 0, idle: 0, busy: 0, dialing: 0, waiting: 0, opened: 0, exchanges: 0, reused: 0, closed: {} };

function codeOf(error: unknown): string {
  if (error instanceof RoundTripError) return error.code;
  return error instanceof Error ? error.message : 'no error at all';
}

function routeOf(hostname: string): Route {
  const { origin } = parseTarget(`http://${hostname}/`);
  return { key: origin.key, origin, proxy: undefined, isForwarded: false };
}

interface PendingDial {
  readonly id: number;
  readonly route: string;
  readonly owner: ConnectionOwner;
  /** Of the request that began it. */
  readonly trace: TraceListener | undefined;
  readonly resolve: (connection: Connection) => void;
  readonly reject: (error: Error) => void;
}

/** A request that keeps what it was told, and complains when it is told what it must not be. */
export class DriverWant implements Want {
  readonly kind: WantKind;
  readonly outcomes: string[] = [];
  /** Of each connection it was given whether that had carried an exchange before. */
  readonly grants: boolean[] = [];
  state: 'new' | 'waiting' | 'granted' | 'failed' | 'withdrawn' = 'new';
  isFreshOnly: boolean;
  /** Waits that were begun and not ended, by the events. */
  queued = 0;
  /** When it asked. */
  turn = 0;
  readonly #driver: PoolDriver;

  constructor(kind: WantKind, driver: PoolDriver) {
    this.kind = kind;
    this.isFreshOnly = kind.isFreshOnly;
    this.#driver = driver;
  }

  get route(): string {
    return this.kind.route;
  }

  readonly trace = (event: TraceEvent): void => {
    if (event.kind === 'queueStart') this.queued += 1;
    if (event.kind === 'queueEnd') this.queued -= 1;
  };

  granted(lease: Lease): void {
    const { connection } = lease;
    if (!(connection instanceof DriverConnection)) throw new TypeError('a connection that was never dialled');
    this.grants.push(lease.isReused);
    this.#settle('granted', `connection ${connection.id}`);
    if (connection.capacity <= 0) this.#driver.faults.push(`connection ${connection.id} was granted without room`);
    if (!connection.isActive) this.#driver.faults.push(`connection ${connection.id} was granted and does not keep the process alive`);
    if (this.isFreshOnly && lease.isReused) this.#driver.faults.push(`a used connection for a request that wants a fresh one`);
    if (lease.isReused && !lease.wasIdle) this.#driver.checkTurn(this);
    if (this.kind.isUnused) {
      lease.release(false);
      return;
    }
    connection.carried.push({ want: this, lease });
  }

  failed(error: unknown): void {
    this.#settle('failed', codeOf(error));
  }

  #settle(state: 'granted' | 'failed', outcome: string): void {
    if (this.state !== 'waiting') this.#driver.faults.push(`a request that is ${this.state} was told: ${outcome}`);
    this.state = state;
    this.outcomes.push(outcome);
  }
}

interface Carried {
  readonly want: DriverWant;
  readonly lease: Lease;
}

/** A connection without a wire. */
export class DriverConnection implements Connection {
  readonly id: number;
  readonly info: ConnectionInfo;
  readonly route: string;
  /** Its exchanges, the oldest first. */
  readonly carried: Carried[] = [];
  closeReason: CloseReason | undefined;
  isActive = true;
  isDraining = false;
  readonly isShared = false;
  readonly #owner: ConnectionOwner;
  readonly #maxExchanges: number;

  constructor(dial: PendingDial, maxExchanges: number) {
    this.id = dial.id;
    this.route = dial.route;
    this.#owner = dial.owner;
    this.#maxExchanges = maxExchanges;
    const nowhere = { remoteAddress: undefined, remotePort: undefined, localAddress: undefined, localPort: undefined, tls: undefined };
    this.info = { id: dial.id, origin: dial.route, protocol: 'http/1.1', ...nowhere };
  }

  get peerIdleTimeoutMs(): number | undefined {
    return peerIdleTimeoutMs(this.id);
  }

  get capacity(): number {
    return this.closeReason === undefined && !this.isDraining ? this.#maxExchanges - this.carried.length : 0;
  }

  exchange(): void {
    // What it carries is kept by the request, which knows itself.
  }

  setActive(isActive: boolean): void {
    this.isActive = isActive;
  }

  /** The oldest exchange ends. One that drains closes with its last. */
  finish(reason?: CloseReason): void {
    const oldest = this.carried.shift();
    if (this.carried.length === 0) this.closeReason = this.isDraining ? 'response-close' : reason;
    oldest?.lease.release();
    // What is given back twice is given back once.
    oldest?.lease.release();
  }

  close(reason: CloseReason): void {
    if (this.closeReason !== undefined) return;
    this.closeReason = reason;
    if (this.carried.length === 0) this.#owner.onChange(this);
    for (const { lease } of this.carried.splice(0)) lease.release();
  }
}

function on<Item extends { readonly route: string }>(items: readonly Item[], route: string): Item[] {
  return items.filter((item) => item.route === route);
}
