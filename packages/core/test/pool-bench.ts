import { TestClock } from '@roundtripper/testing';

import type { Lease } from '../src/contract/connection.ts';
import { HttpRequest } from '../src/contract/http-request.ts';
import { parseTarget } from '../src/contract/origin.ts';
import type { Route } from '../src/contract/route.ts';
import type { TraceEvent } from '../src/contract/trace-event.ts';
import type { ConnectOptions } from '../src/pool/connect.ts';
import type { PoolLimits } from '../src/pool/limits.ts';
import { Pool } from '../src/pool/pool.ts';
import type { Needs, QueuePlace, Want } from '../src/pool/want.ts';
import { FakeConnection } from './fake-connection.ts';
import { UNLIMITED } from './unlimited.ts';

interface PendingDial {
  readonly options: ConnectOptions;
  readonly route: Route;
  readonly resolve: (connection: FakeConnection) => void;
  readonly reject: (error: Error) => void;
}

const REQUEST = new HttpRequest('http://example.com/');
const OUTCOME = { answered: () => {}, failed: () => {} };

/** A request that notes what it is told, and begins an exchange that the test ends. */
export class TestWant implements Want {
  readonly events: TraceEvent[] = [];
  readonly needs: Needs;
  place: QueuePlace | undefined;
  lease: Lease | undefined;
  error: unknown;
  isWithdrawn = false;
  readonly #reactions: Readonly<Record<string, () => void>>;

  /** @param reactions What is done, from within the call, when it is told of an event, `granted` or `failed`. */
  constructor(needs: Needs = 'any', reactions: Readonly<Record<string, () => void>> = {}) {
    this.needs = needs;
    this.#reactions = reactions;
  }

  readonly trace = (event: TraceEvent): void => {
    this.events.push(event);
    this.#reactions[event.kind]?.();
  };

  granted(lease: Lease): void {
    if (this.isWithdrawn) {
      lease.release(false);
      return;
    }
    this.lease = lease;
    lease.connection.exchange(REQUEST, lease, OUTCOME);
    this.#reactions['granted']?.();
  }

  failed(error: unknown): void {
    this.error = error;
    this.#reactions['failed']?.();
  }

  get id(): number | undefined {
    return this.lease?.connection.info.id;
  }

  get kinds(): string[] {
    return this.events.map((event) => event.kind);
  }
}

/** A pool whose dials end when the test says so. */
export class Bench implements AsyncDisposable {
  readonly clock: TestClock = new TestClock();
  readonly dials: PendingDial[] = [];
  readonly pool: Pool;
  readonly #maxExchanges: number;

  constructor(limits: Partial<PoolLimits> = {}, maxExchanges = 1) {
    this.#maxExchanges = maxExchanges;
    const all: PoolLimits = { ...UNLIMITED, maxIdleConns: 100, maxIdleConnsPerHost: 100, idleConnTimeoutMs: 90_000, ...limits };
    this.pool = new Pool(
      () => all,
      this.clock,
      (route, options) => {
        const { promise, resolve, reject } = Promise.withResolvers<FakeConnection>();
        const giveUp = (): void => reject(new Error('given up'));
        options.signal.addEventListener('abort', giveUp, { once: true });
        promise.catch(() => {}).finally(() => options.signal.removeEventListener('abort', giveUp));
        this.dials.push({ options, route, resolve, reject });
        return promise;
      },
    );
  }

  route(host = 'example.com'): Route {
    const { origin } = parseTarget(`http://${host}/`);
    return { key: origin.key, origin, proxy: undefined, isForwarded: false };
  }

  want(host?: string, needs: Needs = 'any'): TestWant {
    return this.serve(new TestWant(needs), host);
  }

  wants(count: number, needs?: Needs): TestWant[] {
    return Array.from({ length: count }, () => this.want(undefined, needs));
  }

  serve(want: TestWant, host?: string): TestWant {
    this.pool.serve(this.route(host), want);
    return want;
  }

  withdraw(want: TestWant | undefined, host?: string): void {
    if (want === undefined) return;
    want.isWithdrawn = true;
    this.pool.withdraw(this.route(host), want);
  }

  /** The dial begun first among those under way succeeds. */
  async dialled(maxExchanges: number = this.#maxExchanges, isShared?: boolean, turnsAway = false): Promise<FakeConnection> {
    const dial = this.dials.shift();
    if (dial === undefined) throw new Error('nobody dials');
    const connection = new FakeConnection(dial.options.owner, dial.route.origin.key, maxExchanges, isShared);
    connection.turnsAway = turnsAway;
    dial.resolve(connection);
    await this.clock.advance(0);
    return connection;
  }

  /** The same, and the connection is closed again before the pool has heard of it. */
  async dialledDead(maxExchanges: number = this.#maxExchanges, asksForCalm = false): Promise<void> {
    const dial = this.dials.shift();
    if (dial === undefined) throw new Error('nobody dials');
    const connection = new FakeConnection(dial.options.owner, dial.route.origin.key, maxExchanges);
    connection.asksForCalm = asksForCalm;
    connection.close('server-closed-idle');
    dial.resolve(connection);
    await this.clock.advance(0);
  }

  async dialFails(error: Error): Promise<void> {
    this.dials.shift()?.reject(error);
    await this.clock.advance(0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const down = this.pool.shutDown();
    this.pool.closeAll('transport-closed');
    await down;
  }

  /** A connection to `host` that is idle. */
  async idle(host?: string): Promise<FakeConnection> {
    this.want(host);
    const connection = await this.dialled();
    connection.finish();
    return connection;
  }
}
