import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import type { DriverConnection } from '../../test/driver-connection.ts';
import { PoolDriver, type DriverWant, type Reaction } from '../../test/pool-driver.ts';
import { PoolModel } from '../../test/pool-model.ts';
import { CHANCE } from '../../test/pool-model-calm.ts';
import type { Dialed } from '../../test/pool-model-connection.ts';
import { assertNever } from '../contract/assert-never.ts';
import type { PoolLimits } from './limits.ts';
import type { Needs } from './want.ts';

/** `POOL_MODEL_RUNS=100000 POOL_MODEL_SEED=7 vitest run packages/core/src/pool/model.test.ts` runs it for longer, and elsewhere. */
const RUNS = Number(process.env['POOL_MODEL_RUNS'] ?? 500);
const TIMEOUT_MS = 10_000 + 10 * RUNS;
const SEED = Number(process.env['POOL_MODEL_SEED'] ?? 20_260_101);

const ROUTES = ['a.example', 'b.example', 'c.example'];

/** What happens next, at once. `at` picks one of those that there are. */
type Deed =
  | { readonly kind: 'request'; readonly route: string; readonly needs: Needs; readonly isUnused: boolean }
  | {
      readonly kind:
        | 'finish'
        | 'finish-closing'
        | 'lose-busy'
        | 'lose-idle'
        | 'resend'
        | 'withdraw'
        | 'dial-fails'
        | 'go-away'
        | 'ask-for-calm'
        | 'turn-away';
      readonly at: number;
    }
  | { readonly kind: 'dialed'; readonly at: number; readonly streams: number | undefined; readonly isDead: boolean }
  | { readonly kind: 'resize'; readonly at: number; readonly streams: number }
  | { readonly kind: 'preconnect'; readonly route: string; readonly count: number }
  | { readonly kind: 'close-idle' };

type Command = Deed | { readonly kind: 'advance'; readonly ms: number } | { readonly kind: 'jump'; readonly ms: number };

const index = fc.nat({ max: 12 });
const request = fc.record({
  kind: fc.constant('request' as const),
  route: fc.constantFrom('a.example', 'a.example', 'a.example', ...ROUTES),
  needs: fc.constantFrom<Needs>('any', 'any', 'any', 'any', 'fresh', 'unused'),
  isUnused: fc.constantFrom(false, false, false, false, false, true),
});
const one = <Kind extends string>(kind: Kind): fc.Arbitrary<{ kind: Kind; at: number }> =>
  fc.record({ kind: fc.constant(kind), at: index });
const time = <Kind extends string>(kind: Kind, ...choices: number[]): fc.Arbitrary<{ kind: Kind; ms: number }> =>
  fc.record({ kind: fc.constant(kind), ms: fc.constantFrom(...choices) });

/** What may come from within a call of the pool, too. @param streams How many exchanges a connection carries at once; undefined for one after another. */
function deeds(...streams: (number | undefined)[]): fc.MaybeWeightedArbitrary<Deed>[] {
  const isDead = fc.constantFrom(false, false, false, false, false, false, false, false, false, true);
  return [
    { weight: 10, arbitrary: request },
    { weight: 9, arbitrary: one('finish') },
    { weight: 1, arbitrary: one('lose-busy') },
    { weight: 1, arbitrary: one('lose-idle') },
    { weight: 2, arbitrary: one('resend') },
    { weight: 2, arbitrary: one('withdraw') },
    {
      weight: 10,
      arbitrary: fc.record({ kind: fc.constant('dialed' as const), at: index, streams: fc.constantFrom(...streams), isDead }),
    },
    { weight: 2, arbitrary: one('dial-fails') },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('close-idle' as const) }) },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant('preconnect' as const), route: fc.constantFrom(...ROUTES), count: fc.nat({ max: 4 }) }),
    },
  ];
}

/** The last word of a peer, and what it takes at once. */
const words: fc.MaybeWeightedArbitrary<Deed>[] = [
  { weight: 1, arbitrary: one('finish-closing') },
  { weight: 1, arbitrary: one('go-away') },
  { weight: 1, arbitrary: one('ask-for-calm') },
  { weight: 1, arbitrary: one('turn-away') },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('resize' as const), at: index, streams: fc.nat({ max: 4 }) }) },
];

const sharedDeeds = deeds(undefined, undefined, undefined, 0, 1, 1, 2, 2, 3, 3, 4, 4);

const times: fc.MaybeWeightedArbitrary<Command>[] = [
  // In steps that are longer than what the idle timer may be late.
  { weight: 2, arbitrary: time('advance', 250, 500, 1_000) },
  { weight: 1, arbitrary: time('jump', -5_000, 999, 1_000, 1_001, 3_600_000) },
];

const commandsOf = (...kinds: fc.MaybeWeightedArbitrary<Command>[]): fc.Arbitrary<Command[]> =>
  fc.array(fc.oneof(...kinds, ...times), { maxLength: 60, size: 'max' });

/** What a request does when it is told something, from within. */
interface Reflex {
  readonly moment: string;
  readonly deed: Deed;
}

const MOMENTS = ['queueStart', 'queueEnd', 'connOpened', 'gotConn', 'granted', 'putIdleConn', 'failed'];
const reflexes = fc.array(fc.option(fc.record({ moment: fc.constantFrom(...MOMENTS), deed: fc.oneof(...sharedDeeds) })), {
  maxLength: 30,
  size: 'max',
});

/** Mostly none: a limit that is met first hides the others. */
const rarely = <Value>(none: Value, ...others: Value[]): fc.Arbitrary<Value> => fc.constantFrom(none, none, none, ...others);

const limits: fc.Arbitrary<PoolLimits> = fc.record({
  maxIdleConns: rarely(0, 1, 2, 4),
  maxIdleConnsPerHost: rarely(0, 1, 2, -1),
  maxConnsPerHost: fc.constantFrom(0, 1, 2, 2, 3),
  maxQueuedPerHost: rarely(0, 1, 3),
  isSharedFirst: rarely<boolean>(false, true),
  maxFirstDials: rarely(0, 1, 2),
  opensWhenFull: fc.constantFrom(true, true, false),
  idleConnTimeoutMs: fc.constantFrom(0, 1_000, 1_000),
  poolTimeoutMs: rarely(0, 750),
  maxConnLifetimeMs: rarely(0, 1_500),
  connLifetimeJitter: fc.constant(0),
  maxRequestsPerConn: rarely(0, 1, 3),
  maxOrphanDials: rarely(0, 1, 2),
  keepsAlive: rarely<boolean>(true, true, true, false),
});

beforeEach(() => {
  vi.spyOn(Math, 'random').mockReturnValue(CHANCE);
});
afterEach(() => {
  vi.restoreAllMocks();
});

describe('after any sequence of requests, ends, failures and times', () => {
  test(
    'a pool of connections that carry one exchange is where the model is',
    async () => {
      const property = fc.asyncProperty(limits, commandsOf(...deeds(undefined), ...words), (given, sequence) =>
        check(new Trial(given, new PoolModel(given)), sequence),
      );
      await fc.assert(property, { numRuns: RUNS, seed: SEED });
    },
    TIMEOUT_MS,
  );

  test(
    'a pool of connections some of which carry several is where the model is',
    async () => {
      const property = fc.asyncProperty(limits, commandsOf(...sharedDeeds, ...words), (given, sequence) =>
        check(new Trial(given, new PoolModel(given)), sequence),
      );
      await fc.assert(property, { numRuns: RUNS, seed: SEED });
    },
    TIMEOUT_MS,
  );

  test(
    'a pool that is called back from within its calls keeps its limits, its order and its count, and forgets nobody',
    async () => {
      const property = fc.asyncProperty(limits, commandsOf(...sharedDeeds, ...words), reflexes, (given, sequence, answers) =>
        check(new Trial(given, undefined, answers), sequence),
      );
      await fc.assert(property, { numRuns: RUNS, seed: SEED });
    },
    TIMEOUT_MS,
  );
});

async function check(trial: Trial, sequence: readonly Command[]): Promise<void> {
  for (const each of sequence) {
    await trial.run(each);
    trial.check();
  }
  await trial.end();
}

/** A pool and, where there is one, its model, told the same. */
class Trial {
  readonly #driver: PoolDriver;
  readonly #model: PoolModel | undefined;
  readonly #limits: PoolLimits;
  /** Of the first requests, in turn: those that come from within may have some too. */
  readonly #reflexes: readonly (Reflex | null)[];
  #requests = 0;

  constructor(given: PoolLimits, model: PoolModel | undefined, answers: readonly (Reflex | null)[] = []) {
    this.#limits = given;
    this.#driver = new PoolDriver(given);
    this.#model = model;
    this.#reflexes = answers;
  }

  async run(each: Command): Promise<void> {
    const { clock } = this.#driver;
    if (each.kind === 'advance') {
      this.#model?.advance(each.ms);
      await clock.advance(each.ms);
    } else if (each.kind === 'jump') {
      this.#model?.jumpWallClock(each.ms);
      clock.jumpWallClock(each.ms);
    } else this.#do(each);
    this.#model?.settle();
    await clock.advance(0);
  }

  /** Whatever can be asked of the pool, and whatever it did to others. */
  check(): void {
    const [driver, model] = [this.#driver, this.#model];
    expect(driver.findFaults(this.#limits)).toEqual([]);
    for (const route of ROUTES) expect(driver.stats(route)).toMatchObject(driver.expectedStats(route));
    if (model === undefined) return;
    expect(driver.wants.map((want) => want.outcomes)).toEqual(model.outcomes);
    expect(driver.closed).toEqual(model.closed);
    expect(driver.preconnects).toEqual(model.preconnects);
    for (const route of ROUTES) expect(driver.counts(route)).toEqual(model.counts(route));
  }

  /** Shuts the pool down in whatever state it is, lets what is under way finish, and finds nothing left. */
  async end(): Promise<void> {
    const [driver, model] = [this.#driver, this.#model];
    let isDown = false;
    model?.shutDown();
    const down = driver.pool.shutDown().then(() => {
      isDown = true;
    });
    await this.run({ kind: 'request', route: 'a.example', needs: 'any', isUnused: false });
    this.check();
    expect(isDown).toBe(driver.busy.length === 0);
    while (driver.busy.length > 0) {
      await this.run({ kind: 'finish', at: 0 });
      this.check();
    }
    await down;
    for (const route of ROUTES) expect(driver.counts(route)).toEqual({ open: 0, idle: 0, dialing: 0, waiting: 0 });
    expect(driver.clock.pendingTimers).toBe(0);
    expect(driver.dials).toEqual([]);
    expect(driver.waiting).toEqual([]);
  }

  #do(each: Deed): void {
    const [driver, model] = [this.#driver, this.#model];
    switch (each.kind) {
      case 'request':
        model?.request(each);
        driver.request(each, this.#nextReaction());
        break;
      case 'close-idle':
        model?.closeIdle();
        driver.pool.closeIdle();
        break;
      case 'preconnect':
        model?.preconnect(each.route, each.count);
        driver.preconnect(each.route, each.count);
        break;
      case 'withdraw':
        this.#withdraw(pick(driver.waiting, each.at));
        break;
      case 'dialed':
      case 'dial-fails':
        this.#endDial(pick(driver.dials, each.at)?.id, each.kind === 'dialed' ? each : undefined);
        break;
      case 'resize':
        this.#resize(pick(driver.shared, each.at), each.streams);
        break;
      case 'go-away':
        this.#goAway(pick(driver.open, each.at));
        break;
      case 'ask-for-calm':
        this.#askForCalm(pick(driver.shared, each.at));
        break;
      case 'turn-away':
        this.#turnAway(pick(driver.shared, each.at));
        break;
      default:
        this.#change(each.kind, pick(each.kind === 'lose-idle' ? driver.idle : driver.busy, each.at));
    }
  }

  #nextReaction(): Reaction | undefined {
    const reflex = this.#reflexes[this.#requests];
    this.#requests += 1;
    return reflex ? { moment: reflex.moment, act: () => this.#do(reflex.deed) } : undefined;
  }

  #withdraw(want: DriverWant | undefined): void {
    if (want === undefined) return;
    this.#model?.withdraw(this.#driver.wants.indexOf(want));
    this.#driver.withdraw(want);
  }

  #endDial(id: number | undefined, dialed: Dialed | undefined): void {
    if (id === undefined) return;
    if (dialed === undefined) {
      this.#model?.dialFailed(id);
      this.#driver.dialFailed(id);
    } else {
      this.#model?.dialed(id, dialed);
      this.#driver.dialed(id, dialed);
    }
  }

  #resize(connection: DriverConnection | undefined, streams: number): void {
    if (connection === undefined) return;
    this.#model?.resize(connection.id, streams);
    this.#driver.resize(connection, streams);
  }

  /** Of those that carry one exchange the server says so in its response. */
  #goAway(connection: DriverConnection | undefined): void {
    if (connection === undefined) return;
    if (connection.isShared) {
      this.#model?.goAway(connection.id);
      connection.goAway();
    } else if (connection.capacity === 0) connection.isEnding = true;
  }

  #askForCalm(connection: DriverConnection | undefined): void {
    if (connection === undefined) return;
    this.#model?.refuse(connection.id, 'calm');
    this.#driver.askForCalm(connection);
  }

  #turnAway(connection: DriverConnection | undefined): void {
    if (connection === undefined) return;
    this.#model?.refuse(connection.id, 'away');
    this.#driver.turnAway(connection);
  }

  #change(kind: 'finish' | 'finish-closing' | 'lose-busy' | 'lose-idle' | 'resend', connection: DriverConnection | undefined): void {
    if (connection === undefined) return;
    const model = this.#model;
    switch (kind) {
      case 'finish':
        model?.finish(connection.id, connection.endReason);
        connection.finish();
        break;
      case 'finish-closing':
        this.#goAway(connection);
        model?.finish(connection.id, connection.endReason);
        connection.finish();
        break;
      case 'lose-busy':
        model?.lose(connection.id, 'connection-lost');
        connection.close('connection-lost');
        break;
      case 'lose-idle':
        model?.lose(connection.id, 'server-closed-idle');
        connection.close('server-closed-idle');
        break;
      case 'resend':
        this.#resend(connection);
        break;
      default:
        assertNever(kind);
    }
  }

  /** One that was stale is closed; where a connection carries several, its peer may just have refused this one. */
  #resend(connection: DriverConnection): void {
    const [lease] = connection.carried;
    const want = this.#driver.wants.find((each) => each.lease === lease);
    if (want === undefined) return;
    const reason = connection.isShared ? connection.endReason : 'server-closed-idle';
    this.#model?.finish(connection.id, reason);
    this.#model?.request({ ...want.kind, needs: want.needs === 'any' ? 'fresh' : want.needs }, this.#driver.wants.indexOf(want));
    connection.finish(reason);
    this.#driver.serveAgain(want);
  }
}

function pick<Item>(items: readonly Item[], at: number): Item | undefined {
  return items[at % items.length];
}
