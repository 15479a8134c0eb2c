import type { PoolLimits } from '../src/pool/limits.ts';
import type { Needs } from '../src/pool/want.ts';
import { on } from './pool-model-connection.ts';

/** What a request is like. */
export interface WantKind {
  readonly route: string;
  readonly needs: Needs;
  /** Whether it gives its connection back unused as soon as it has it, as one does that was aborted meanwhile. */
  readonly isUnused: boolean;
}

export interface ModelWant extends WantKind {
  readonly id: number;
}

/** The want is the one that began it, or has it from one that left; both may have left. */
export interface ModelDial {
  readonly id: number;
  readonly route: string;
  want: ModelWant | undefined;
  readonly preconnect: number | undefined;
  /** Whether nobody has waited for it in vain. */
  isPromising: boolean;
}

/** A request that is without a connection. */
export interface Wait {
  readonly want: ModelWant;
  readonly route: string;
  readonly sinceMs: number;
  dial: ModelDial | undefined;
}

interface Preconnect {
  missing: number;
  outcome: string | undefined;
}

/** How many requests without a dial of their own wait for one. */
function requestsPerDial({ keepsAlive, maxRequestsPerConn }: PoolLimits): number {
  const most = maxRequestsPerConn === 0 ? 100 : maxRequestsPerConn - 1;
  return keepsAlive ? Math.min(100, most) : 0;
}

/** Of the model of a pool: who waits, and what is dialled. */
export class ModelQueue {
  readonly preconnects: Preconnect[] = [];
  readonly #limits: PoolLimits;
  #dialCount = 0;
  #dials: ModelDial[] = [];
  /** Those of the dials that were begun by requests that left, and that nobody has taken over. */
  #orphans: ModelDial[] = [];
  /** Those that were given up, and whose end has not come yet. */
  readonly #givenUp = new Set<ModelDial>();
  /** In the order they came. */
  #waits: Wait[] = [];
  /** Whether the last connection that was opened along a route carries several exchanges. */
  readonly #learnt = new Map<string, boolean>();
  /** Of the routes that nothing was learnt of: dials begun since there was none. */
  readonly #firstDials = new Map<string, number>();

  constructor(limits: PoolLimits) {
    this.#limits = limits;
  }

  get waits(): readonly Wait[] {
    return this.#waits;
  }

  get givenUp(): ReadonlySet<ModelDial> {
    return this.#givenUp;
  }

  waitsOn(route: string): Wait[] {
    return on(this.#waits, route);
  }

  withoutDial(route: string): Wait[] {
    return this.waitsOn(route).filter(({ dial }) => dial === undefined);
  }

  waitOf(want: ModelWant | undefined): Wait | undefined {
    return this.#waits.find((wait) => wait.want.id === want?.id);
  }

  /** The route along which nobody waits without a dial but this one, perhaps; undefined where it does not wait, or others do. */
  lastWaitingRoute(wantId: number): string | undefined {
    const wait = this.#waits.find(({ want }) => want.id === wantId);
    return wait !== undefined && this.withoutDial(wait.want.route).every((each) => each === wait) ? wait.want.route : undefined;
  }

  isFull(route: string): boolean {
    const { maxQueuedPerHost } = this.#limits;
    return maxQueuedPerHost > 0 && this.withoutDial(route).length >= maxQueuedPerHost;
  }

  waitUntilMs({ sinceMs }: Wait): number {
    return this.#limits.poolTimeoutMs === 0 ? Infinity : sinceMs + this.#limits.poolTimeoutMs;
  }

  isShared(route: string): boolean {
    return this.#learnt.get(route) ?? this.#limits.isSharedFirst;
  }

  learn(route: string, isShared: boolean): void {
    this.#learnt.set(route, isShared);
  }

  /** Whether a dial along it was to serve those that wait, too. */
  isForMany(route: string): boolean {
    return this.isShared(route) || (!this.#learnt.has(route) && this.#limits.maxFirstDials > 0);
  }

  /** Whether those under way do not serve one more that waits. @param others Who wait without one besides. */
  hasUseForDial(route: string, others: number): boolean {
    return !this.isShared(route) || others >= this.promisingOn(route).length * requestsPerDial(this.#limits);
  }

  /** Whether as many dials are under way as there may be while nothing was learnt of it. */
  isFindingOut(route: string): boolean {
    const { maxFirstDials } = this.#limits;
    return !this.#learnt.has(route) && maxFirstDials > 0 && (this.#firstDials.get(route) ?? 0) >= maxFirstDials;
  }

  add(want: ModelWant, sinceMs: number, isDialing: boolean): void {
    const wait: Wait = { want, route: want.route, sinceMs, dial: undefined };
    this.#waits.push(wait);
    if (isDialing) wait.dial = this.dial(want.route, want);
  }

  /** Its dial goes to another, or on without anybody. @returns whether it was there. */
  leave(wantId: number, isServed: boolean): boolean {
    const wait = this.#waits.find(({ want }) => want.id === wantId);
    if (wait === undefined) return false;
    this.#waits = this.#waits.filter((each) => each !== wait);
    const { dial } = wait;
    if (dial === undefined || !this.#dials.includes(dial)) return true;
    if (!isServed) this.#giveUpOn(dial);
    const [heir] = this.isForMany(dial.route) ? this.withoutDial(dial.route) : [];
    if (heir === undefined) this.#orphan(dial);
    else {
      heir.dial = dial;
      dial.want = heir.want;
    }
    return true;
  }

  #giveUpOn(dial: ModelDial): void {
    const first = this.#firstDials.get(dial.route) ?? 0;
    if (dial.isPromising && first > 0) this.#firstDials.set(dial.route, first - 1);
    dial.isPromising = false;
  }

  #orphan(dial: ModelDial): void {
    this.#orphans.push(dial);
    const { maxOrphanDials } = this.#limits;
    if (maxOrphanDials > 0 && this.#orphans.length > maxOrphanDials) this.#givenUp.add(dial);
  }

  dialsOn(route: string): ModelDial[] {
    return on(this.#dials, route);
  }

  promisingOn(route: string): ModelDial[] {
    return this.dialsOn(route).filter(({ isPromising }) => isPromising);
  }

  findDial(dialId: number): ModelDial | undefined {
    return this.#dials.find(({ id }) => id === dialId);
  }

  dial(route: string, want: ModelWant | undefined, preconnect?: number): ModelDial {
    this.#dialCount += 1;
    const dial: ModelDial = { id: this.#dialCount, route, want, preconnect, isPromising: true };
    this.#dials.push(dial);
    if (!this.#learnt.has(route)) this.#firstDials.set(route, (this.#firstDials.get(route) ?? 0) + 1);
    return dial;
  }

  /** @param outcome Where it has one without a dial. */
  preconnect(route: string, missing: number, outcome: string | undefined): void {
    const id = this.preconnects.push({ missing, outcome: missing === 0 ? (outcome ?? 'open') : undefined }) - 1;
    for (let dial = 0; dial < missing; dial++) this.dial(route, undefined, id);
  }

  endPreconnect(dial: ModelDial, outcome: string): void {
    const preconnect = dial.preconnect === undefined ? undefined : this.preconnects[dial.preconnect];
    if (preconnect === undefined) return;
    preconnect.missing -= 1;
    if (outcome !== 'open' || preconnect.missing === 0) preconnect.outcome ??= outcome;
  }

  endDial(dial: ModelDial): void {
    this.#dials = this.#dials.filter((each) => each !== dial);
    this.#orphans = this.#orphans.filter((each) => each !== dial);
    if (this.dialsOn(dial.route).length === 0) this.#firstDials.delete(dial.route);
  }

  /** Those that nobody waits for: a request without a dial takes what the dial of another opens. */
  giveUpOrphans(route?: string): void {
    for (const dial of this.#orphans) {
      if ((route === undefined || dial.route === route) && this.withoutDial(dial.route).length === 0) this.#givenUp.add(dial);
    }
  }

  giveUpAll(): void {
    for (const dial of this.#dials) this.#givenUp.add(dial);
  }

  forgetGivenUp(): void {
    this.#givenUp.clear();
  }
}
