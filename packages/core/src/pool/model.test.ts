import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { PoolDriver, type DriverConnection, type DriverWant } from '../../test/pool-driver.ts';
import { PoolModel } from '../../test/pool-model.ts';
import { assertNever } from '../contract/assert-never.ts';
import type { PoolLimits } from './limits.ts';

/** `POOL_MODEL_RUNS=100000 POOL_MODEL_SEED=7 vitest run packages/core/src/pool/model.test.ts` runs it for longer, and elsewhere. */
const RUNS = Number(process.env['POOL_MODEL_RUNS'] ?? 500);
const TIMEOUT_MS = 10_000 + 10 * RUNS;
const SEED = Number(process.env['POOL_MODEL_SEED'] ?? 20_260_101);

const ROUTES = ['a.example', 'b.example', 'c.example'];

/** What happens next. `at` picks one of those that there are. */
type Command =
  | { readonly kind: 'request'; readonly route: string; readonly isFreshOnly: boolean; readonly isUnused: boolean }
  | {
      readonly kind:
        | 'finish'
        | 'finish-closing'
        | 'lose-busy'
        | 'lose-idle'
        | 'resend'
        | 'withdraw'
        | 'dialed'
        | 'dialed-dead'
        | 'dial-fails'
        | 'drain';
      readonly at: number;
    }
  | { readonly kind: 'advance' | 'jump'; readonly ms: number }
  | { readonly kind: 'preconnect'; readonly route: string; readonly count: number }
  | { readonly kind: 'close-idle' };

const index = fc.nat({ max: 12 });
const request = fc.record({
  kind: fc.constant('request' as const),
  route: fc.constantFrom('a.example', 'a.example', 'a.example', ...ROUTES),
  isFreshOnly: fc.constantFrom(false, false, false, true),
  isUnused: fc.constantFrom(false, false, false, false, false, true),
});
const one = <Kind extends string>(kind: Kind): fc.Arbitrary<{ kind: Kind; at: number }> =>
  fc.record({ kind: fc.constant(kind), at: index });
const time = <Kind extends string>(kind: Kind, ...choices: number[]): fc.Arbitrary<{ kind: Kind; ms: number }> =>
  fc.record({ kind: fc.constant(kind), ms: fc.constantFrom(...choices) });

const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 10, arbitrary: request },
  { weight: 9, arbitrary: one('finish') },
  { weight: 1, arbitrary: one('finish-closing') },
  { weight: 1, arbitrary: one('lose-busy') },
  { weight: 1, arbitrary: one('lose-idle') },
  { weight: 2, arbitrary: one('resend') },
  { weight: 2, arbitrary: one('withdraw') },
  { weight: 9, arbitrary: one('dialed') },
  { weight: 1, arbitrary: one('dialed-dead') },
  { weight: 2, arbitrary: one('dial-fails') },
  { weight: 1, arbitrary: one('drain') },
  // In steps that are longer than what the idle timer may be late.
  { weight: 2, arbitrary: time('advance', 250, 500, 1_000) },
  { weight: 1, arbitrary: time('jump', -5_000, 999, 1_000, 1_001, 3_600_000) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('close-idle' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('preconnect' as const), route: fc.constantFrom(...ROUTES), count: fc.nat({ max: 4 }) }),
  },
);

/** Mostly none: a limit that is met first hides the others. */
const rarely = <Value>(none: Value, ...others: Value[]): fc.Arbitrary<Value> => fc.constantFrom(none, none, none, ...others);

const limits: fc.Arbitrary<PoolLimits> = fc.record({
  maxIdleConns: rarely(0, 1, 2, 4),
  maxIdleConnsPerHost: rarely(0, 1, 2, -1),
  maxConnsPerHost: fc.constantFrom(0, 1, 2, 2, 3),
  maxQueuedPerHost: rarely(0, 1, 3),
  opensWhenFull: fc.constant(true),
  idleConnTimeoutMs: fc.constantFrom(0, 1_000, 1_000),
  poolTimeoutMs: rarely(0, 750),
  maxConnLifetimeMs: rarely(0, 1_500),
  connLifetimeJitter: fc.constant(0),
  maxRequestsPerConn: rarely(0, 1, 3),
  maxOrphanDials: rarely(0, 1, 2),
  keepsAlive: rarely<boolean>(true, true, true, false),
});

const commands = fc.array(command, { maxLength: 60, size: 'max' });
// Who wants a fresh connection only comes from one that carries a single exchange: of others it is not settled yet how they make room.
const sharedCommands = fc.array(
  command.filter((each) => each.kind !== 'resend' && !(each.kind === 'request' && each.isFreshOnly)),
  { maxLength: 60, size: 'max' },
);

describe('after any sequence of requests, ends, failures and times', () => {
  test(
    'a pool of connections that carry one exchange is where the model is',
    async () => {
      const property = fc.asyncProperty(limits, commands, (given, sequence) => check(new Trial(given, 1, new PoolModel(given)), sequence));
      await fc.assert(property, { numRuns: RUNS, seed: SEED });
    },
    TIMEOUT_MS,
  );

  test(
    'a pool of connections that carry several keeps its limits, its order and its count',
    async () => {
      const several = fc.integer({ min: 2, max: 4 });
      const property = fc.asyncProperty(limits, several, sharedCommands, (given, max, sequence) =>
        check(new Trial({ ...given, keepsAlive: true }, max), sequence),
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

  constructor(given: PoolLimits, maxExchanges: number, model?: PoolModel) {
    this.#limits = given;
    this.#driver = new PoolDriver(given, maxExchanges);
    this.#model = model;
  }

  async run(each: Command): Promise<void> {
    const [driver, model] = [this.#driver, this.#model];
    switch (each.kind) {
      case 'request':
        model?.request(each);
        driver.request(each);
        break;
      case 'advance':
        model?.advance(each.ms);
        await driver.clock.advance(each.ms);
        break;
      case 'jump':
        model?.jumpWallClock(each.ms);
        driver.clock.jumpWallClock(each.ms);
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
      case 'dialed-dead':
      case 'dial-fails':
        this.#endDial(each.kind, pick(driver.dials, each.at)?.id);
        break;
      default:
        this.#change(each.kind, pick(each.kind === 'lose-idle' ? driver.idle : driver.busy, each.at));
    }
    model?.settle();
    await driver.clock.advance(0);
  }

  /** Whatever can be asked of the pool, and whatever it did to others. */
  check(): void {
    const [driver, model] = [this.#driver, this.#model];
    expect(driver.findFaults(this.#limits)).toEqual([]);
    for (const route of ROUTES) expect(driver.stats(route)).toMatchObject(driver.expectedStats(route));
    if (model === undefined) return;
    expect(driver.wants.map((want) => want.outcomes)).toEqual(model.outcomes);
    expect(driver.closed).toEqual(model.closed);
    expect(driver.preconnects).toEqual(model.preconnects.map(({ outcome }) => outcome));
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
    await this.run({ kind: 'request', route: 'a.example', isFreshOnly: false, isUnused: false });
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

  #withdraw(want: DriverWant | undefined): void {
    if (want === undefined) return;
    this.#model?.withdraw(this.#driver.wants.indexOf(want));
    this.#driver.withdraw(want);
  }

  #endDial(kind: 'dialed' | 'dialed-dead' | 'dial-fails', id: number | undefined): void {
    if (id === undefined) return;
    if (kind === 'dial-fails') {
      this.#model?.dialFailed(id);
      this.#driver.dialFailed(id);
    } else {
      this.#model?.dialed(id, kind === 'dialed-dead');
      this.#driver.dialed(id, kind === 'dialed-dead');
    }
  }

  #change(
    kind: 'finish' | 'finish-closing' | 'lose-busy' | 'lose-idle' | 'resend' | 'drain',
    connection: DriverConnection | undefined,
  ): void {
    if (connection === undefined) return;
    const model = this.#model;
    switch (kind) {
      case 'finish':
        model?.finish(connection.id, connection.isDraining ? 'response-close' : undefined);
        connection.finish();
        break;
      case 'finish-closing':
        model?.finish(connection.id, connection.isDraining ? 'response-close' : 'until-close');
        connection.finish('until-close');
        break;
      case 'lose-busy':
        model?.finish(connection.id, 'connection-lost');
        connection.close('connection-lost');
        break;
      case 'lose-idle':
        model?.lose(connection.id, 'server-closed-idle');
        connection.close('server-closed-idle');
        break;
      case 'resend':
        this.#resend(connection);
        break;
      case 'drain':
        // A connection that has room, and all at once has none, would have to say so.
        if (connection.capacity === 0) connection.isDraining = true;
        break;
      default:
        assertNever(kind);
    }
  }

  #resend(connection: DriverConnection): void {
    const want = connection.carried[0]?.want;
    if (want === undefined) return;
    this.#model?.finish(connection.id, 'server-closed-idle');
    this.#model?.request({ ...want.kind, isFreshOnly: true }, this.#driver.wants.indexOf(want));
    connection.close('server-closed-idle');
    this.#driver.serveAgain(want);
  }
}

function pick<Item>(items: readonly Item[], at: number): Item | undefined {
  return items[at % items.length];
}
