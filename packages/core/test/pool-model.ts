import type { PoolLimits } from '../src/pool/limits.ts';
import { ModelCalm } from './pool-model-calm.ts';
import {
  hasRoom,
  idleReason,
  idleTimeoutMs,
  idleUntilMs,
  chooseFor,
  isServedBy,
  missing,
  oldestInTheWay,
  on,
  openedConnection,
  reasonToRetire,
  turnsAway,
  type Dialed,
  type NextInTurn,
  type ModelConnection,
  type RouteCounts,
} from './pool-model-connection.ts';
import { ModelQueue, type ModelDial, type ModelWant, type WantKind } from './pool-model-queue.ts';

/**
 * What a pool is to do, in plain lists: no sockets, no timers, nothing fast. It is told what happens, and says where that leads, for a real pool to be
 * compared with. Dials and connections share their numbers: the fifth dial opens connection 5.
 */
export class PoolModel {
  /** What became of each request, in order: one may be sent twice. */
  readonly outcomes: string[][] = [];
  /** Why each connection was closed. */
  readonly closed: Map<number, string> = new Map();
  readonly #limits: PoolLimits;
  readonly #queue: ModelQueue;
  readonly #calm = new ModelCalm();
  #mode: 'open' | 'closing-idle' | 'closed' = 'open';
  #wallMs = 0;
  #monotonicMs = 0;
  #uses = 0;
  #open: ModelConnection[] = [];
  /** Those of them that carry nothing, of all routes, the longest idle first. */
  #idle: ModelConnection[] = [];

  constructor(limits: PoolLimits) {
    this.#limits = limits;
    this.#queue = new ModelQueue(limits);
  }

  /** How each ended. */
  get preconnects(): (string | undefined)[] {
    return this.#queue.preconnects.map(({ outcome }) => outcome);
  }

  counts(route: string): RouteCounts {
    const [waiting, dialing] = [this.#queue.waitsOn(route).length, this.#queue.dialsOn(route).length];
    return { open: on(this.#open, route).length, idle: on(this.#idle, route).length, dialing, waiting };
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
    const chosen = this.#choose(want);
    if (chosen !== undefined) return this.#grant(chosen, want);
    const mayDial = this.#makeRoom(want);
    if (!mayDial && this.#queue.isFull(want.route)) {
      this.#tell(want, 'queue-full');
      return;
    }
    this.#queue.add(want, this.#monotonicMs, mayDial);
    this.#calm.watch(want.route, this.#queue.withoutDial(want.route).length, this.#monotonicMs);
  }

  preconnect(route: string, count: number): void {
    const isClosed = this.#mode === 'closed';
    if (!isClosed) this.#mode = 'open';
    const isOneEnough = (this.#queue.isShared(route) && !this.#limits.opensWhenFull) || this.#calm.isUntried(route);
    const most = Math.min(isOneEnough ? 1 : count, missing(count, on(this.#open, route), this.counts(route).dialing, this.#limits));
    const mayOpen = !isClosed && this.#mayOpen({ route, needs: 'any' });
    this.#queue.preconnect(route, mayOpen ? most : 0, isClosed ? 'transport-closed' : undefined);
  }

  /** The request is not told: it is who says so. */
  withdraw(wantId: number, isServed = false): void {
    this.#calm.rest(this.#queue.lastWaitingRoute(wantId));
    this.#queue.leave(wantId, isServed);
  }

  /** An exchange ended, and its connection with it where there is a reason. */
  finish(connectionId: number, reason?: string): void {
    const connection = this.#find(connectionId);
    if (connection === undefined) return;
    connection.carried -= 1;
    connection.hasCarried = true;
    this.#calm.carried(connection, this.#monotonicMs);
    if (reason !== undefined) this.#close(connection, reason);
    else this.#settle(connection);
    this.#dialForWaiting(connection.route);
  }

  /** A connection ended, with all that it carried. */
  lose(connectionId: number, reason: string): void {
    const connection = this.#find(connectionId);
    if (connection === undefined) return;
    if (connection.carried > 0) this.#calm.carried(connection, this.#monotonicMs);
    this.#close(connection, reason);
  }

  /** Its peer takes no more: it asks for calm, or turns away some of what it was asked. */
  refuse(connectionId: number, word: 'calm' | 'away'): void {
    const connection = this.#find(connectionId);
    if (connection === undefined) return;
    if (word === 'calm') this.#calm.asked(connection, this.#monotonicMs);
    else connection.hasTurnedAway = true;
    this.#calm.looked(connection, this.#monotonicMs);
    this.goAway(connectionId);
  }

  /** Its peer takes no more: the connection itself closes with the last exchange. */
  goAway(connectionId: number): void {
    const connection = this.#find(connectionId);
    if (connection === undefined) return;
    if (connection.carried === 0) this.#close(connection, 'server-goaway');
    else this.#drain(connection);
  }

  /** Its peer takes so many exchanges at once. */
  resize(connectionId: number, max: number): void {
    const connection = this.#find(connectionId);
    if (connection === undefined) return;
    const before = Math.max(0, connection.max - connection.carried);
    connection.max = max;
    this.#calm.looked(connection, this.#monotonicMs);
    if (before === Math.max(0, max - connection.carried) && !turnsAway(connection)) return;
    this.#review(connection);
    this.#handOver(connection);
  }

  dialed(dialId: number, { streams, isDead }: Dialed): void {
    const dial = this.#queue.findDial(dialId);
    if (dial === undefined) return;
    const { route } = dial;
    this.#queue.learn(route, streams !== undefined);
    const connection = openedConnection(dialId, route, streams, this.#monotonicMs + (this.#limits.maxConnLifetimeMs || Infinity));
    this.#calm.opened(connection, this.#monotonicMs);
    if (isDead) {
      this.closed.set(dialId, 'server-closed-idle');
      this.#dialEndedBadly(dial, 'connection-closed');
      return;
    }
    this.#queue.endDial(dial);
    this.#open.push(connection);
    this.#welcome(connection, dial);
    if (connection.isShared && this.#open.includes(connection) && hasRoom(connection)) this.#queue.giveUpOrphans(route);
    else if (connection.isShared && this.#calm.isKnown(route)) this.#dialForWaiting(route);
    this.#queue.endPreconnect(dial, 'open');
  }

  dialFailed(dialId: number): void {
    const dial = this.#queue.findDial(dialId);
    if (dial !== undefined) this.#dialEndedBadly(dial, 'dial-failed');
  }

  closeIdle(): void {
    if (this.#mode === 'open') this.#mode = 'closing-idle';
    for (const connection of this.#idle) this.#close(connection, 'close-idle-connections');
    this.#queue.giveUpOrphans();
  }

  shutDown(): void {
    this.#mode = 'closed';
    for (const connection of this.#idle) this.#close(connection, 'transport-closed');
    for (const { want } of this.#queue.waits) this.#failWait(want, 'transport-closed');
    this.#queue.giveUpAll();
  }

  /** What is not done at once happens: dials that were given up end. */
  settle(): void {
    for (const dial of this.#queue.givenUp) this.dialFailed(dial.id);
    this.#queue.forgetGivenUp();
  }

  /** Time goes by, and what is due on the way happens in its order. */
  advance(ms: number): void {
    const endMs = this.#monotonicMs + ms;
    for (;;) {
      const dueMs = Math.min(
        ...this.#idle.map((connection) => idleUntilMs(connection, this.#limits)),
        ...this.#queue.waits.map((wait) => this.#queue.waitUntilMs(wait)),
        this.#calm.dueMs,
      );
      this.#wallMs += Math.min(dueMs, endMs) - this.#monotonicMs;
      this.#monotonicMs = Math.min(dueMs, endMs);
      if (dueMs > endMs) return;
      for (const connection of this.#idle) {
        if (idleUntilMs(connection, this.#limits) > dueMs) continue;
        this.#close(connection, this.#reasonToRetire(connection) ?? idleReason(connection, this.#limits));
      }
      for (const wait of this.#queue.waits) {
        if (this.#queue.waitUntilMs(wait) > dueMs) continue;
        this.#failWait(wait.want, 'pool-timeout');
        this.settle();
      }
      for (const route of this.#calm.wake(dueMs)) this.#dialForWaiting(route);
    }
  }

  /** The machine slept, or its clock was set. */
  jumpWallClock(ms: number): void {
    this.#wallMs += ms;
  }

  #find(connectionId: number): ModelConnection | undefined {
    return this.#open.find(({ id }) => id === connectionId);
  }

  #reasonToRetire(connection: ModelConnection): string | undefined {
    return reasonToRetire(connection, this.#monotonicMs, this.#limits);
  }

  /** The one that serves next, once those are out of the way that are too old. */
  #choose(want: ModelWant): ModelConnection | undefined {
    for (;;) {
      const chosen = chooseFor(want, on(this.#open, want.route), on(this.#idle, want.route));
      if (chosen === undefined) return undefined;
      const isIdle = chosen.carried === 0;
      if (isIdle && this.#wallMs - chosen.idleSince.wallMs > idleTimeoutMs(chosen, this.#limits)) {
        this.#close(chosen, idleReason(chosen, this.#limits));
      } else if (!isIdle && this.#reasonToRetire(chosen) !== undefined) this.#drain(chosen);
      else return chosen;
    }
  }

  /** Whether another connection may be dialled; who wants a fresh one has the longest idle closed for it. */
  #makeRoom(want: ModelWant): boolean {
    for (;;) {
      if (this.#mayDial(want, this.#queue.withoutDial(want.route).length)) return true;
      const oldest = this.#hasRoom(want.route) ? undefined : oldestInTheWay(want, on(this.#idle, want.route));
      if (oldest === undefined) return this.#queue.isFull(want.route) && this.#mayOpen(want);
      this.#close(oldest, 'max-conns-per-host');
    }
  }

  #hasRoom(route: string): boolean {
    const { open, dialing } = this.counts(route);
    return this.#limits.maxConnsPerHost === 0 || open + dialing < this.#limits.maxConnsPerHost;
  }

  #mayOpen({ route, needs }: Pick<WantKind, 'route' | 'needs'>): boolean {
    if (!this.#hasRoom(route) || !this.#calm.mayOpen(route, this.counts(route).dialing, this.#monotonicMs)) return false;
    if (this.#limits.opensWhenFull || needs === 'unused') return true;
    const isServed = on(this.#open, route).some((each) => each.isShared && !each.isDraining);
    return !isServed && !(this.#queue.isShared(route) && this.#queue.promisingOn(route).length > 0);
  }

  /** @param others Who wait without a dial. */
  #mayDial(want: WantKind, others: number): boolean {
    if (!this.#mayOpen(want) || this.#queue.isFindingOut(want.route)) return false;
    return want.needs === 'unused' || this.#queue.hasUseForDial(want.route, others);
  }

  #grant(connection: ModelConnection, want: ModelWant): void {
    this.#idle = this.#idle.filter((each) => each !== connection);
    this.#tell(want, `connection ${connection.id}`);
    connection.carried += 1;
    connection.granted += 1;
    this.#use(connection);
    this.withdraw(want.id, true);
    if (want.isUnused) {
      connection.carried -= 1;
      if (!connection.isDraining) connection.granted -= 1;
      this.#settle(connection);
    }
    if (connection.isShared) this.#review(connection);
  }

  #use(connection: ModelConnection): void {
    this.#uses += 1;
    connection.usedAt = this.#uses;
  }

  /** One that carries several exchanges was used, or has changed: has it served for long enough? */
  #review(connection: ModelConnection): void {
    if (!this.#open.includes(connection)) return;
    if (this.#reasonToRetire(connection) === undefined) this.#use(connection);
    else this.#drain(connection);
  }

  #drain(connection: ModelConnection): void {
    connection.isDraining = true;
    this.#dialForWaiting(connection.route);
  }

  /** It was opened, for a request that may have a connection by now or have left. */
  #welcome(connection: ModelConnection, { route, want, ...dial }: ModelDial): void {
    const wait = this.#queue.waitOf(want);
    if (want !== undefined && wait !== undefined && connection.max > 0) {
      this.#grant(connection, want);
      this.#handOver(connection);
      return;
    }
    // Its peer takes nothing yet.
    if (wait?.dial?.id === dial.id) wait.dial = undefined;
    const others = on(this.#open, route).filter((each) => each !== connection && each.isShared && !each.isDraining);
    const isSurplus = want !== undefined && connection.isShared && others.length > 0 && this.#queue.waitsOn(route).length === 0;
    if (isSurplus) this.#close(connection, 'surplus');
    else this.#settle(connection);
  }

  /** To those who wait, in their order. */
  #handOver(connection: ModelConnection): void {
    for (const { want } of this.#queue.waitsOn(connection.route)) {
      if (!this.#open.includes(connection) || !hasRoom(connection) || this.#reasonToRetire(connection) !== undefined) break;
      if (this.#queue.waitOf(want) !== undefined && isServedBy(want, connection)) this.#grant(connection, want);
    }
    this.#dialForWaiting(connection.route);
  }

  /** It has room again: to those who wait, if it serves them; else, where it carries nothing, to the idle ones, if the limits let it. */
  #settle(connection: ModelConnection): void {
    const next = this.#nextFor(connection);
    const reason = this.#mode === 'closed' ? 'transport-closed' : this.#reasonToRetire(connection);
    if (reason !== undefined && connection.carried === 0) this.#close(connection, reason);
    else if (reason !== undefined) this.#review(connection);
    else if (next === 'hand-over' && hasRoom(connection)) this.#handOver(connection);
    else if (connection.carried > 0) this.#review(connection);
    else if (next === 'make-room') this.#close(connection, 'max-conns-per-host');
    else this.#keep(connection);
  }

  #keep(connection: ModelConnection): void {
    const { keepsAlive, maxIdleConns, maxIdleConnsPerHost } = this.#limits;
    const isHostFull = maxIdleConnsPerHost !== 0 && on(this.#idle, connection.route).length >= maxIdleConnsPerHost;
    if (!keepsAlive) this.#close(connection, 'keep-alives-disabled');
    else if (this.#mode === 'closing-idle') this.#close(connection, 'close-idle-connections');
    else if (isHostFull) this.#close(connection, 'max-idle-conns-per-host');
    else {
      this.#use(connection);
      connection.idleSince = { wallMs: this.#wallMs, monotonicMs: this.#monotonicMs };
      this.#idle.push(connection);
      const [oldest] = this.#idle;
      if (oldest !== undefined && maxIdleConns > 0 && this.#idle.length > maxIdleConns) this.#close(oldest, 'max-idle-conns');
    }
  }

  /** Whose turn it is: the first that this connection serves, unless somebody before that needs its room. */
  #nextFor(connection: ModelConnection): NextInTurn {
    for (const { want, dial } of this.#queue.waitsOn(connection.route)) {
      if (isServedBy(want, connection)) return 'hand-over';
      if (connection.carried === 0 && dial === undefined && !this.#hasRoom(connection.route)) return 'make-room';
    }
    return 'nobody';
  }

  #close(connection: ModelConnection, reason: string): void {
    if (!this.#open.includes(connection)) return;
    this.#open = this.#open.filter((each) => each !== connection);
    this.#idle = this.#idle.filter((each) => each !== connection);
    this.closed.set(connection.id, reason);
    this.#dialForWaiting(connection.route);
  }

  /** Those that wait without a dial begin one, as far as they may. */
  #dialForWaiting(route: string): void {
    for (;;) {
      const waits = this.#queue.withoutDial(route);
      const first = waits.find(({ want }) => this.#mayDial(want, waits.length - 1));
      if (first === undefined || this.#mode === 'closed') break;
      first.dial = this.#queue.dial(route, first.want);
    }
    this.#calm.watch(route, this.#queue.withoutDial(route).length, this.#monotonicMs);
  }

  /** Only the dial that a request waits for now fails it; and that of a route whose connections carry several exchanges all, where it was the last hope. */
  #dialEndedBadly(dial: ModelDial, outcome: string): void {
    this.#queue.endDial(dial);
    const { route } = dial;
    const isLast = this.#queue.dialsOn(route).length === 0 && on(this.#open, route).every((each) => each.isDraining);
    const failsAll = isLast && this.#queue.isForMany(route) && !this.#queue.givenUp.has(dial);
    for (const wait of this.#queue.waitsOn(route)) if (failsAll || wait.dial === dial) this.#failWait(wait.want, outcome);
    this.#queue.endPreconnect(dial, outcome);
    this.#dialForWaiting(route);
  }

  #failWait(want: ModelWant, outcome: string): void {
    if (this.#queue.waitOf(want) === undefined) return;
    this.#tell(want, outcome);
    this.withdraw(want.id);
  }

  #tell(want: ModelWant, outcome: string): void {
    this.outcomes[want.id]?.push(outcome);
  }
}
