import { integerBetween, numberBetween, OptionReader } from '@roundtripper/core';

import { OriginMap } from './origin-map.ts';

/**
 * How much is repeated over all requests to an origin, so that retries cannot multiply the load on a server that fails. What shares one object shares the budget: several `retry()`, and hedging.
 * Times are of a monotonic clock, in milliseconds. None of the three may throw: they are called from timers, too.
 */
export interface RetryBudget {
  /** A request begins: it earns a part of a retry. */
  deposit(origin: string, monotonicMs: number): void;
  /** An attempt has ended: well, or as it does when there is too much to do (an error, 429, or a status from 500). */
  record(origin: string, result: 'success' | 'failure'): void;
  /** Takes one retry out. @returns false where there is none: it must not be made. */
  withdraw(origin: string, monotonicMs: number): boolean;
}

/** Options of {@link retryBudget}. */
export interface RetryBudgetOptions {
  /** How many retries a request earns. Default 0.2: a fifth more load at most. 0 to 1 000. */
  readonly ratio?: number | undefined;
  /** How many retries a second there are besides, so that a program with few requests has some. Default 10; 0 to 1 000 000. It counts for each process by itself. */
  readonly reservePerSecond?: number | undefined;
  /** For how long what was earned can be spent, in milliseconds. Default 10 000; 1 000 to 60 000. */
  readonly window?: number | undefined;
  /** How many origins are remembered. Default 1 000; 2 to 1 000 000. One that is forgotten begins anew. */
  readonly maxOrigins?: number | undefined;
}

/**
 * A budget with Finagle's numbers: each origin has the retries that its requests of the last 10 seconds have earned, 20 % of them, and 10 a second besides. Unlike Finagle's (and tower's) it does not forget what was spent when the
 * window has passed: that gives everything back at once, and in an outage makes all clients that share it come again together every 10 seconds.
 * @throws TypeError naming each option that is unknown or invalid.
 */
export function retryBudget(options: RetryBudgetOptions = {}): RetryBudget {
  const reader = new OptionReader('retryBudget', options);
  const ratio = reader.read('ratio', 0.2, numberBetween(0, 1_000));
  const reservePerSecond = reader.read('reservePerSecond', 10, numberBetween(0, 1_000_000));
  const window = reader.read('window', 10_000, numberBetween(1_000, 60_000));
  const accounts = new OriginMap<Account>(reader.read('maxOrigins', 1_000, integerBetween(2, 1_000_000)));
  reader.finish();
  const rules: AccountRules = {
    deposit: Math.round(ratio * RETRY),
    reservePerMs: (reservePerSecond * RETRY) / 1_000,
    mostReserve: (reservePerSecond * window * RETRY) / 1_000,
    slotMs: window / SLOTS,
  };
  return {
    deposit: (origin, monotonicMs) => accountOf(accounts, origin, rules).deposit(monotonicMs),
    record: () => {},
    withdraw: (origin, monotonicMs) => accountOf(accounts, origin, rules).withdraw(monotonicMs),
  };
}

/** One retry, in the whole numbers that are reckoned with. */
const RETRY = 1_000;

/** What is earned in a tenth of the window is forgotten together. */
const SLOTS = 10;

interface AccountRules {
  readonly deposit: number;
  readonly reservePerMs: number;
  readonly mostReserve: number;
  readonly slotMs: number;
}

function accountOf(accounts: OriginMap<Account>, origin: string, rules: AccountRules): Account {
  const known = accounts.get(origin);
  if (known !== undefined) return known;
  const account = new Account(rules);
  accounts.set(origin, account);
  return account;
}

/** What one origin's requests have earned and was not spent, in a window that moves by slots, and its reserve, which fills up as time passes. */
class Account {
  readonly #rules: AccountRules;
  readonly #slots = new Float64Array(SLOTS);
  /** Of all slots. */
  #sum = 0;
  /** The number of the slot that time is in, counted from the clock's start. */
  #current = 0;
  #reserve: number;
  #reserveAtMs = 0;

  constructor(rules: AccountRules) {
    this.#rules = rules;
    this.#reserve = rules.mostReserve;
  }

  deposit(monotonicMs: number): void {
    const { deposit } = this.#rules;
    this.#advance(monotonicMs);
    const slot = this.#current % SLOTS;
    this.#slots[slot] = (this.#slots[slot] ?? 0) + deposit;
    this.#sum += deposit;
  }

  withdraw(monotonicMs: number): boolean {
    this.#advance(monotonicMs);
    this.#refill(monotonicMs);
    if (this.#sum + this.#reserve < RETRY) return false;
    this.#reserve -= RETRY - this.#takeEarned(RETRY);
    return true;
  }

  /** Takes what will be forgotten first. @returns how much of `amount` there was. */
  #takeEarned(amount: number): number {
    let taken = 0;
    for (let age = SLOTS - 1; age >= 0 && taken < amount; age--) {
      const slot = (this.#current + SLOTS - age) % SLOTS;
      const part = Math.min(this.#slots[slot] ?? 0, amount - taken);
      this.#slots[slot] = (this.#slots[slot] ?? 0) - part;
      taken += part;
    }
    this.#sum -= taken;
    return taken;
  }

  #refill(monotonicMs: number): void {
    const { reservePerMs, mostReserve } = this.#rules;
    this.#reserve = Math.min(mostReserve, this.#reserve + (monotonicMs - this.#reserveAtMs) * reservePerMs);
    this.#reserveAtMs = monotonicMs;
  }

  /** Forgets what is older than the window. */
  #advance(monotonicMs: number): void {
    const now = Math.floor(monotonicMs / this.#rules.slotMs);
    const passed = Math.min(now - this.#current, SLOTS);
    for (let step = 0; step < passed; step++) {
      const slot = (now - step) % SLOTS;
      this.#sum -= this.#slots[slot] ?? 0;
      this.#slots[slot] = 0;
    }
    if (passed > 0) this.#current = now;
  }
}
