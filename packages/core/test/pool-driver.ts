import { TestClock } from '@roundtripper/testing';

import type { Connection, ConnectionOwner, Lease } from '../src/contract/connection.ts';
import { parseTarget } from '../src/contract/origin.ts';
import { RoundTripError } from '../src/contract/round-trip-error.ts';
import type { Route } from '../src/contract/route.ts';
import type { RouteStats } from '../src/contract/route-stats.ts';
import type { TraceEvent, TraceListener } from '../src/contract/trace-event.ts';
import type { ConnectOptions } from '../src/pool/connect.ts';
import type { PoolLimits } from '../src/pool/limits.ts';
import { Pool } from '../src/pool/pool.ts';
import type { Needs, QueuePlace, Want } from '../src/pool/want.ts';
import { DriverConnection } from './driver-connection.ts';
import { on, type Dialed, type RouteCounts } from './pool-model-connection.ts';
import type { WantKind } from './pool-model-queue.ts';

/** A real pool, worked from outside: it sees what becomes of requests and connections, and counts for itself. */
export class PoolDriver {
  readonly clock: TestClock = new TestClock();
  readonly pool: Pool;
  readonly wants: DriverWant[] = [];
  readonly dials: PendingDial[] = [];
  /** What must not happen, and did. */
  readonly faults: string[] = [];
  hasReacted = false;
  /** How each ended. */
  readonly preconnects: (string | undefined)[] = [];
  readonly #connections: DriverConnection[] = [];
  /** Whether the last connection that was opened along a route carries several exchanges. */
  readonly #learnt = new Map<string, boolean>();
  /** Until when nothing is to be dialled, of the routes whose server has asked for calm, or has turned something away. */
  readonly #calmUntilMs = new Map<string, number>();
  #dialCount = 0;
  #turns = 0;

  constructor(limits: PoolLimits) {
    this.pool = new Pool(
      () => limits,
      this.clock,
      (route, options) => this.#connect(route, options),
    );
  }

  get open(): DriverConnection[] {
    return this.#connections.filter((connection) => connection.closeReason === undefined);
  }

  get shared(): DriverConnection[] {
    return this.open.filter(({ isShared }) => isShared);
  }

  get busy(): DriverConnection[] {
    return this.open.filter((connection) => connection.carried.length > 0);
  }

  get idle(): DriverConnection[] {
    return this.open.filter((connection) => connection.carried.length === 0);
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

  request(kind: WantKind, reaction?: Reaction): void {
    const want = new DriverWant(kind, this, reaction);
    this.wants.push(want);
    this.#serve(want);
  }

  /** Its connection was stale: it asks for a fresh one. */
  serveAgain(want: DriverWant): void {
    if (want.needs === 'any') want.needs = 'fresh';
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
    // One that has left the queue already is being given a connection, and it is too late.
    want.state = want.queued === 0 ? 'leaving' : 'withdrawn';
    this.pool.withdraw(routeOf(want.kind.route), want);
  }

  dialed(id: number, { streams, isDead }: Dialed): void {
    const dial = this.#endDial(id);
    if (dial === undefined) return;
    const connection = new DriverConnection(dial, streams);
    this.#learnt.set(dial.route, streams !== undefined);
    this.#connections.push(connection);
    if (isDead) connection.closeReason = 'server-closed-idle';
    this.#noteTurningAway(connection);
    dial.resolve(connection);
  }

  dialFailed(id: number): void {
    this.#endDial(id)?.reject(new Error('dial-failed'));
  }

  askForCalm(connection: DriverConnection): void {
    if (!connection.asksForCalm) this.#calmUntilMs.set(connection.route, this.clock.monotonicMs() + LEAST_PAUSE_MS);
    connection.askForCalm();
  }

  turnAway(connection: DriverConnection): void {
    connection.turnAway();
    this.#noteTurningAway(connection);
  }

  resize(connection: DriverConnection, streams: number): void {
    connection.resize(streams);
    this.#noteTurningAway(connection);
  }

  /** When the first does so another may be opened at once. */
  #noteTurningAway({ route, turnsAway }: DriverConnection): void {
    if (turnsAway && !this.#calmUntilMs.has(route)) this.#calmUntilMs.set(route, 0);
  }

  counts(route: string): RouteCounts {
    const open = on(this.open, route);
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
    for (const { id, served } of this.open) {
      expectThat(limits.maxRequestsPerConn === 0 || served <= limits.maxRequestsPerConn, `connection ${id} carries more than it may`);
    }
    for (const route of new Set(this.wants.map((want) => want.route))) {
      const { open, idle, dialing } = this.counts(route);
      expectThat(maxConnsPerHost === 0 || open + dialing <= maxConnsPerHost, `too many connections to ${route}`);
      expectThat(maxIdleConnsPerHost === 0 || idle <= Math.max(0, maxIdleConnsPerHost), `too many idle to ${route}`);
      this.#findForgotten(route, limits, expectThat);
    }
    for (const want of this.wants) expectThat(want.queued === (want.state === 'waiting' ? 1 : 0), 'a wait that was not told, or its end');
    for (const { id, isActive } of this.idle) expectThat(!isActive, `connection ${id} is idle and keeps the process alive`);
    return found;
  }

  /** Whoever waits could not be served, and has a dial, or may not have one. */
  #findForgotten(route: string, limits: PoolLimits, expectThat: (isSo: boolean, fault: string) => void): void {
    const waiting = on(this.waiting, route);
    if (waiting.length === 0) return;
    const { open, dialing } = this.counts(route);
    const { maxConnsPerHost, opensWhenFull, maxRequestsPerConn, maxConnLifetimeMs, keepsAlive } = limits;
    const connections = on(this.open, route);
    const hasRetired = maxRequestsPerConn > 0 || maxConnLifetimeMs > 0 || !keepsAlive;
    for (const { id, isShared, capacity } of connections) {
      const mayServe = !hasRetired && capacity > 0 && waiting.some(({ needs }) => needs === 'any' || (needs === 'fresh' && isShared));
      expectThat(!mayServe, `requests to ${route} wait, and connection ${id} would take one`);
    }
    if (maxConnsPerHost > 0 && open + dialing >= maxConnsPerHost) return;
    if (limits.maxFirstDials > 0 && dialing > 0 && !this.#learnt.has(route)) return;
    if (this.#isHeldBack(route, dialing)) return;
    if (!(this.#learnt.get(route) ?? limits.isSharedFirst)) {
      const mayDial = opensWhenFull || !connections.some((each) => each.isShared);
      expectThat(!mayDial || dialing >= waiting.length, `a request to ${route} waits, and there is room to dial`);
      return;
    }
    // One whose peer takes nothing yet may be waited for: another may come to the same.
    const isAwaited = connections.some((each) => each.isShared && (opensWhenFull ? each.carried.length === 0 : !each.isDraining));
    expectThat(dialing > 0 || isAwaited, `requests to ${route} wait, and there is room to dial`);
  }

  /** One that has asked for calm, or has turned something away, is dialled once at a time until it has served. */
  #isHeldBack(route: string, dialing: number): boolean {
    return this.#calmUntilMs.has(route) && (dialing > 0 || this.stats(route).backingOffMs !== undefined);
  }

  /** Told of each grant of a connection that another request gives up: it goes to whoever has waited the longest. */
  checkTurn(want: DriverWant, { isShared }: Connection): void {
    // One that is not in the queue any more is being given a connection now.
    const isPassed = (each: DriverWant): boolean =>
      each.queued > 0 && (want.needs === each.needs || each.needs === 'any' || (each.needs === 'fresh' && isShared));
    const earlier = on(this.waiting, want.route).find((each) => each.turn < want.turn && isPassed(each));
    if (earlier !== undefined) this.faults.push(`request ${this.wants.indexOf(want)} came before its turn`);
  }

  #serve(want: DriverWant): void {
    this.#turns += 1;
    want.turn = this.#turns;
    want.state = 'waiting';
    this.pool.serve(routeOf(want.kind.route), want);
  }

  #connect(route: Route, { owner, trace, signal }: ConnectOptions): Promise<Connection> {
    const { promise, resolve, reject } = Promise.withResolvers<Connection>();
    const isEarly = this.clock.monotonicMs() < (this.#calmUntilMs.get(route.origin.hostname) ?? 0);
    if (isEarly) this.faults.push('a dial to a server that has just asked for calm');
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

/** The least that a pause takes. */
const LEAST_PAUSE_MS = 125;

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

/** What a request does when it is told something, from within the call that tells it. */
export interface Reaction {
  readonly moment: string;
  readonly act: () => void;
}

/** A request that keeps what it was told, and complains when it is told what it must not be. */
export class DriverWant implements Want {
  readonly kind: WantKind;
  readonly outcomes: string[] = [];
  /** Of each connection it was given whether that had carried an exchange before. */
  readonly grants: boolean[] = [];
  /** Leaving: it has left while it was being given a connection, which is to come still. */
  state: 'new' | 'waiting' | 'granted' | 'failed' | 'leaving' | 'withdrawn' = 'new';
  needs: Needs;
  /** Waits that were begun and not ended, by the events. */
  queued = 0;
  /** When it asked. */
  turn = 0;
  place: QueuePlace | undefined;
  lease: Lease | undefined;
  readonly #driver: PoolDriver;
  #reaction: Reaction | undefined;

  constructor(kind: WantKind, driver: PoolDriver, reaction?: Reaction) {
    this.kind = kind;
    this.needs = kind.needs;
    this.#driver = driver;
    this.#reaction = reaction;
  }

  get route(): string {
    return this.kind.route;
  }

  readonly trace = (event: TraceEvent): void => {
    if (event.kind === 'queueStart') this.queued += 1;
    if (event.kind === 'queueEnd') this.queued -= 1;
    this.#react(event.kind);
  };

  granted(lease: Lease): void {
    const { connection } = lease;
    if (!(connection instanceof DriverConnection)) throw new TypeError('a connection that was never dialled');
    this.grants.push(lease.isReused);
    const isLeaving = this.state === 'leaving';
    this.#settle('granted', `connection ${connection.id}`);
    const { faults } = this.#driver;
    if (connection.closeReason === undefined && connection.capacity <= 0) {
      faults.push(`connection ${connection.id} was granted without room`);
    }
    if (!connection.isActive) faults.push(`connection ${connection.id} was granted and does not keep the process alive`);
    const isUsable = !lease.isReused || this.needs === 'any' || (this.needs === 'fresh' && connection.isShared);
    if (!isUsable) faults.push('a used connection for a request that wants a fresh one');
    if (lease.isReused && !lease.wasIdle) this.#driver.checkTurn(this, connection);
    if (this.kind.isUnused || isLeaving || connection.closeReason !== undefined) {
      lease.release(false);
    } else {
      const isReused = connection.hasCarried || connection.carried.length > 0;
      // What a reaction to the grant itself has begun came after it.
      if (isReused !== lease.isReused && !this.#driver.hasReacted) {
        faults.push(`a connection was said to be ${lease.isReused ? 'used' : 'fresh'}`);
      }
      connection.carried.push(lease);
      connection.served += 1;
      this.lease = lease;
    }
    this.#react('granted');
  }

  failed(error: unknown): void {
    this.#settle('failed', codeOf(error));
    this.#react('failed');
  }

  #react(moment: string): void {
    const reaction = this.#reaction;
    if (reaction?.moment !== moment) return;
    this.#reaction = undefined;
    this.#driver.hasReacted = true;
    try {
      reaction.act();
    } catch (error) {
      this.#driver.faults.push(String(error));
    }
  }

  #settle(state: 'granted' | 'failed', outcome: string): void {
    if (this.state !== 'waiting' && this.state !== 'leaving') {
      this.#driver.faults.push(`a request that is ${this.state} was told: ${outcome}`);
    }
    this.state = state;
    this.outcomes.push(outcome);
  }
}
