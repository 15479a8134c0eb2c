import type { PoolLimits } from '../src/pool/limits.ts';

/** What is counted for one route now. */
export interface RouteCounts {
  readonly open: number;
  readonly idle: number;
  readonly dialing: number;
  readonly waiting: number;
}

/** What a request is like. */
export interface WantKind {
  readonly route: string;
  readonly isFreshOnly: boolean;
  /** Whether it gives its connection back unused as soon as it has it, as one does that was aborted meanwhile. */
  readonly isUnused: boolean;
}

interface ModelWant extends WantKind {
  readonly id: number;
}

interface ModelConnection {
  readonly id: number;
  readonly route: string;
  readonly retireAtMs: number;
  granted: number;
  hasCarried: boolean;
  idleSince: { readonly wallMs: number; readonly monotonicMs: number };
}

/** The want and the preconnect are those that began it, and may have left. */
interface ModelDial {
  readonly id: number;
  readonly route: string;
  readonly want: ModelWant | undefined;
  readonly preconnect: number | undefined;
}

/** A request that is without a connection. */
interface Wait {
  readonly want: ModelWant;
  readonly sinceMs: number;
  dial: ModelDial | undefined;
}

interface Preconnect {
  missing: number;
  outcome: string | undefined;
}

type NextInTurn = { readonly kind: 'hand-over'; readonly want: ModelWant } | { readonly kind: 'make-room' } | { readonly kind: 'nobody' };

const NEVER = { wallMs: 0, monotonicMs: 0 };

/** For how long the peer of a connection says that it holds it idle: every third says so. */
export function peerIdleTimeoutMs(connectionId: number): number | undefined {
  return connectionId % 3 === 0 ? 500 : undefined;
}

/**
 * What a pool of HTTP/1.1 connections is to do, in plain lists: no sockets, no timers, nothing fast. It is told what happens, and says where that leads, for a
 * real pool to be compared with. Dials and connections share their numbers: the fifth dial opens connection 5.
 */
export class PoolModel {
  /** What became of each request, in order: one may be sent twice. */
  readonly outcomes: string[][] = [];
  /** Why each connection was closed. */
  readonly closed: Map<number, string> = new Map();
  readonly preconnects: Preconnect[] = [];
  readonly #limits: PoolLimits;
  #mode: 'open' | 'closing-idle' | 'closed' = 'open';
  #wallMs = 0;
  #monotonicMs = 0;
  #dialCount = 0;
  #dials: ModelDial[] = [];
  /** Those of the dials that were begun by requests that left. */
  #orphans: ModelDial[] = [];
  /** Those that were given up, and whose end has not come yet. */
  readonly #givenUp = new Set<ModelDial>();
  /** In the order they came. */
  #waits: Wait[] = [];
  #busy: ModelConnection[] = [];
  /** Of all routes, the longest idle first. */
  #idle: ModelConnection[] = [];

  constructor(limits: PoolLimits) {
    this.#limits = limits;
  }

  counts(route: string): RouteCounts {
    const idle = on(this.#idle, route).length;
    const waiting = this.#waits.filter(({ want }) => want.route === route).length;
    return { open: idle + on(this.#busy, route).length, idle, dialing: on(this.#dials, route).length, waiting };
  }

  /** @param id Of a request that asks again; otherwise it is a new one. */
  request(kind: WantKind, id: number = this.outcomes.length): void {
    if (id === this.outcomes.length) this.outcomes.push([]);
    const want: ModelWant = { ...kind, id };
    if (this.#mode === 'closed') {
      this.#tell(want, 'transport-closed');
      return;
    }
    this.#mode = 'open';
    const latest = want.isFreshOnly ? undefined : this.#latestIdle(want.route);
    if (latest !== undefined) {
      this.#grant(latest, want);
      return;
    }
    const mayDial = this.#makeRoom(want);
    if (!mayDial && this.#isQueueFull(want.route)) {
      this.#tell(want, 'queue-full');
      return;
    }
    const wait: Wait = { want, sinceMs: this.#monotonicMs, dial: undefined };
    this.#waits.push(wait);
    if (mayDial) wait.dial = this.#dial(want.route, want);
  }

  preconnect(route: string, count: number): void {
    const id = this.preconnects.length;
    const isClosed = this.#mode === 'closed';
    if (!isClosed) this.#mode = 'open';
    const { open, idle, dialing } = this.counts(route);
    const { maxConnsPerHost, maxIdleConns, maxIdleConnsPerHost } = this.#limits;
    const room = maxConnsPerHost === 0 ? count : maxConnsPerHost - open - dialing;
    const mostIdle = maxIdleConnsPerHost < 0 ? 0 : Math.min(maxIdleConnsPerHost || count, maxIdleConns || count, count);
    const missing = isClosed ? 0 : Math.max(0, Math.min(mostIdle - idle - dialing, room));
    this.preconnects.push({ missing, outcome: isClosed ? 'transport-closed' : undefined });
    for (let dial = 0; dial < missing; dial++) this.#dial(route, undefined, id);
    this.#endPreconnect(id, 0);
  }

  /** The request is not told: it is who says so. */
  withdraw(wantId: number): void {
    const wait = this.#waits.find(({ want }) => want.id === wantId);
    if (wait === undefined) return;
    this.#waits = this.#waits.filter((each) => each !== wait);
    const { dial } = wait;
    if (dial === undefined || !this.#dials.includes(dial)) return;
    this.#orphans.push(dial);
    const { maxOrphanDials } = this.#limits;
    if (maxOrphanDials > 0 && this.#orphans.length > maxOrphanDials) this.#givenUp.add(dial);
  }

  /** An exchange ended, and its connection with it where there is a reason. */
  finish(connectionId: number, reason?: string): void {
    const connection = this.#busy.find(({ id }) => id === connectionId);
    if (connection === undefined) return;
    this.#busy = this.#busy.filter((each) => each !== connection);
    connection.hasCarried = true;
    if (reason !== undefined) this.#close(connection, reason);
    else this.#settle(connection);
  }

  /** An idle connection ended. */
  lose(connectionId: number, reason: string): void {
    const connection = this.#idle.find(({ id }) => id === connectionId);
    if (connection !== undefined) this.#close(connection, reason);
  }

  /** @param isDead Whether the connection was closed again before the pool saw it. */
  dialed(dialId: number, isDead = false): void {
    const dial = this.#endDial(dialId);
    if (dial === undefined) return;
    const { id, route, want, preconnect } = dial;
    const retireAtMs = this.#limits.maxConnLifetimeMs === 0 ? Infinity : this.#monotonicMs + this.#limits.maxConnLifetimeMs;
    const connection: ModelConnection = { id, route, retireAtMs, granted: 0, hasCarried: false, idleSince: NEVER };
    if (isDead) {
      if (want !== undefined) this.#failWait(want, 'connection-closed');
      this.#close(connection, 'server-closed-idle');
    } else if (want !== undefined && this.#isWaiting(want)) this.#grant(connection, want);
    else this.#settle(connection);
    if (preconnect !== undefined) this.#endPreconnect(preconnect, 1);
  }

  dialFailed(dialId: number): void {
    const dial = this.#endDial(dialId);
    if (dial === undefined) return;
    const preconnect = dial.preconnect === undefined ? undefined : this.preconnects[dial.preconnect];
    if (preconnect !== undefined) preconnect.outcome ??= 'dial-failed';
    // Only the dial that the request waits for now fails it, and only that request.
    const wait = this.#waits.find((each) => each.dial === dial);
    if (wait !== undefined) this.#failWait(wait.want, 'dial-failed');
    this.#onRoom(dial.route);
  }

  closeIdle(): void {
    if (this.#mode === 'open') this.#mode = 'closing-idle';
    for (const connection of this.#idle) this.#close(connection, 'close-idle-connections');
    for (const dial of this.#orphans) this.#givenUp.add(dial);
  }

  shutDown(): void {
    this.#mode = 'closed';
    for (const connection of this.#idle) this.#close(connection, 'transport-closed');
    for (const { want } of this.#waits) this.#failWait(want, 'transport-closed');
    for (const dial of this.#dials) this.#givenUp.add(dial);
  }

  /** What is not done at once happens: dials that were given up end. */
  settle(): void {
    for (const dial of this.#givenUp) this.dialFailed(dial.id);
    this.#givenUp.clear();
  }

  /** Time goes by, and what is due on the way happens in its order. */
  advance(ms: number): void {
    const endMs = this.#monotonicMs + ms;
    for (;;) {
      const dueMs = Math.min(
        ...this.#idle.map((connection) => this.#idleUntilMs(connection)),
        ...this.#waits.map((wait) => this.#waitUntilMs(wait)),
      );
      this.#wallMs += Math.min(dueMs, endMs) - this.#monotonicMs;
      this.#monotonicMs = Math.min(dueMs, endMs);
      if (dueMs > endMs) return;
      for (const connection of this.#idle) {
        if (this.#idleUntilMs(connection) > dueMs) continue;
        this.#close(connection, this.#reasonToRetire(connection) ?? idleReason(connection, this.#limits));
      }
      for (const wait of this.#waits) {
        if (this.#waitUntilMs(wait) > dueMs) continue;
        this.#failWait(wait.want, 'pool-timeout');
        this.settle();
      }
    }
  }

  /** The machine slept, or its clock was set. */
  jumpWallClock(ms: number): void {
    this.#wallMs += ms;
  }

  #idleUntilMs(connection: ModelConnection): number {
    return Math.min(connection.idleSince.monotonicMs + idleTimeoutMs(connection, this.#limits), connection.retireAtMs);
  }

  #waitUntilMs(wait: Wait): number {
    return this.#limits.poolTimeoutMs === 0 ? Infinity : wait.sinceMs + this.#limits.poolTimeoutMs;
  }

  #reasonToRetire({ granted, retireAtMs }: ModelConnection): string | undefined {
    const { maxRequestsPerConn } = this.#limits;
    if (maxRequestsPerConn > 0 && granted >= maxRequestsPerConn) return 'max-requests-per-conn';
    return this.#monotonicMs >= retireAtMs ? 'max-conn-lifetime' : undefined;
  }

  /** The most recently used, once those are closed that are too old by the wall clock. */
  #latestIdle(route: string): ModelConnection | undefined {
    for (;;) {
      const latest = on(this.#idle, route).at(-1);
      if (latest === undefined || this.#wallMs - latest.idleSince.wallMs <= idleTimeoutMs(latest, this.#limits)) return latest;
      this.#close(latest, idleReason(latest, this.#limits));
    }
  }

  /** Whether another connection may be dialled; who wants a fresh one has the longest idle closed for it. */
  #makeRoom(want: ModelWant): boolean {
    for (;;) {
      if (this.#hasRoom(want.route)) return true;
      const oldest = want.isFreshOnly ? on(this.#idle, want.route)[0] : undefined;
      if (oldest === undefined) return false;
      this.#close(oldest, 'max-conns-per-host');
    }
  }

  #hasRoom(route: string): boolean {
    const { open, dialing } = this.counts(route);
    return this.#limits.maxConnsPerHost === 0 || open + dialing < this.#limits.maxConnsPerHost;
  }

  #isQueueFull(route: string): boolean {
    const { maxQueuedPerHost } = this.#limits;
    return maxQueuedPerHost > 0 && this.#withoutDial(route).length >= maxQueuedPerHost;
  }

  #withoutDial(route: string): Wait[] {
    return this.#waits.filter(({ want, dial }) => want.route === route && dial === undefined);
  }

  #grant(connection: ModelConnection, want: ModelWant): void {
    this.#idle = this.#idle.filter((each) => each !== connection);
    this.#tell(want, `connection ${connection.id}`);
    if (!want.isUnused) {
      connection.granted += 1;
      this.#busy.push(connection);
    }
    this.withdraw(want.id);
    if (want.isUnused) this.#settle(connection);
  }

  /** It carries nothing: to the first that waits, if it serves that; else to the idle ones, if the limits let it. */
  #settle(connection: ModelConnection): void {
    const next = this.#nextFor(connection);
    const { keepsAlive, maxIdleConns } = this.#limits;
    const retired = this.#reasonToRetire(connection);
    if (this.#mode === 'closed') this.#close(connection, 'transport-closed');
    else if (!keepsAlive && connection.hasCarried) this.#close(connection, 'keep-alives-disabled');
    else if (retired !== undefined) this.#close(connection, retired);
    else if (next.kind === 'hand-over') this.#grant(connection, next.want);
    else if (next.kind === 'make-room') this.#close(connection, 'max-conns-per-host');
    else if (!keepsAlive) this.#close(connection, 'keep-alives-disabled');
    else if (this.#mode === 'closing-idle') this.#close(connection, 'close-idle-connections');
    else if (this.#isHostFull(connection.route)) this.#close(connection, 'max-idle-conns-per-host');
    else {
      connection.idleSince = { wallMs: this.#wallMs, monotonicMs: this.#monotonicMs };
      this.#idle.push(connection);
      const [oldest] = this.#idle;
      if (oldest !== undefined && maxIdleConns > 0 && this.#idle.length > maxIdleConns) this.#close(oldest, 'max-idle-conns');
    }
  }

  #isHostFull(route: string): boolean {
    const { maxIdleConnsPerHost } = this.#limits;
    return maxIdleConnsPerHost !== 0 && on(this.#idle, route).length >= maxIdleConnsPerHost;
  }

  /** Whose turn it is: the first that this connection serves, unless somebody before that needs its room. */
  #nextFor(connection: ModelConnection): NextInTurn {
    for (const { want, dial } of this.#waits) {
      if (want.route !== connection.route) continue;
      if (!want.isFreshOnly || !connection.hasCarried) return { kind: 'hand-over', want };
      if (dial === undefined) return { kind: 'make-room' };
    }
    return { kind: 'nobody' };
  }

  #close(connection: ModelConnection, reason: string): void {
    this.#idle = this.#idle.filter((each) => each !== connection);
    this.closed.set(connection.id, reason);
    this.#onRoom(connection.route);
  }

  /** There is a connection less: the first that waits without a dial begins one. */
  #onRoom(route: string): void {
    const [first] = this.#withoutDial(route);
    if (first !== undefined && this.#mode !== 'closed' && this.#hasRoom(route)) first.dial = this.#dial(route, first.want);
  }

  #dial(route: string, want: ModelWant | undefined, preconnect?: number): ModelDial {
    this.#dialCount += 1;
    const dial: ModelDial = { id: this.#dialCount, route, want, preconnect };
    this.#dials.push(dial);
    return dial;
  }

  #endDial(dialId: number): ModelDial | undefined {
    const dial = this.#dials.find(({ id }) => id === dialId);
    this.#dials = this.#dials.filter((each) => each !== dial);
    this.#orphans = this.#orphans.filter((each) => each !== dial);
    return dial;
  }

  #endPreconnect(id: number, opened: number): void {
    const preconnect = this.preconnects[id];
    if (preconnect === undefined) return;
    preconnect.missing -= opened;
    if (preconnect.missing === 0) preconnect.outcome ??= 'open';
  }

  #isWaiting(want: ModelWant): boolean {
    return this.#waits.some((wait) => wait.want.id === want.id);
  }

  #failWait(want: ModelWant, outcome: string): void {
    if (!this.#isWaiting(want)) return;
    this.#tell(want, outcome);
    this.withdraw(want.id);
  }

  #tell(want: ModelWant, outcome: string): void {
    this.outcomes[want.id]?.push(outcome);
  }
}

/** Ours, or the peer's where that is shorter. */
function idleTimeoutMs({ id }: ModelConnection, { idleConnTimeoutMs }: PoolLimits): number {
  return Math.min(idleConnTimeoutMs === 0 ? Infinity : idleConnTimeoutMs, peerIdleTimeoutMs(id) ?? Infinity);
}

function idleReason(connection: ModelConnection, limits: PoolLimits): string {
  return idleTimeoutMs(connection, limits) === limits.idleConnTimeoutMs ? 'idle-timeout' : 'server-idle-timeout';
}

function on<Item extends { readonly route: string }>(items: readonly Item[], route: string): Item[] {
  return items.filter((item) => item.route === route);
}
