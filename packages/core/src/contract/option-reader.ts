import type { Clock } from './clock.ts';

/**
 * For middleware with options: reads them one by one and remembers what is wrong with them, so that one error can name it all. Own properties
 * only: a polluted `Object.prototype` sets none.
 */
export class OptionReader {
  readonly #given = new Map<string, unknown>();
  readonly #problems: string[] = [];
  readonly #what: string;

  /** @throws TypeError when `options` is not an object, or is one of a class that has none: `cache(store)` would be a cache without options, and without the store. */
  constructor(what: string, options: unknown) {
    this.#what = what;
    if (typeof options !== 'object' || options === null || Array.isArray(options)) {
      throw new TypeError(`invalid ${what} options: expected an object`);
    }
    const entries = Object.entries(options);
    if (entries.length === 0 && !isRecord(options)) {
      throw new TypeError(`invalid ${what} options: expected an options object, and not an instance of ${classOf(options)}`);
    }
    for (const [name, value] of entries) if (value !== undefined) this.#given.set(name, value);
  }

  /** The option where it is given and `isValid`, else `byDefault`. */
  read<T>(name: string, byDefault: T, { isValid, expected }: OptionCheck<T>): T {
    if (!this.#given.has(name)) return byDefault;
    const value = this.#given.get(name);
    this.#given.delete(name);
    if (isValid(value)) return value;
    this.#problems.push(`${name}: expected ${expected}`);
    return byDefault;
  }

  /** @throws TypeError naming each option that is invalid, or that nobody has read. */
  finish(): void {
    for (const name of this.#given.keys()) this.#problems.push(`unknown option ${JSON.stringify(name)}`);
    if (this.#problems.length > 0) throw new TypeError(`invalid ${this.#what} options: ${this.#problems.join('; ')}`);
  }
}

/** Whether it is nothing but its properties. Nothing is behind the `Object.prototype` of any realm. */
function isRecord(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return typeof prototype !== 'object' || prototype === null || Object.getPrototypeOf(prototype) === null;
}

function classOf({ constructor }: object): string {
  return typeof constructor === 'function' && constructor.name !== '' ? constructor.name : 'a class';
}

/** What an option may be, and how to say so. */
export interface OptionCheck<T> {
  readonly isValid: (value: unknown) => value is T;
  readonly expected: string;
}

/** A number from `least` to `most`. */
export function numberBetween(least: number, most: number): OptionCheck<number> {
  return {
    isValid: (value): value is number => typeof value === 'number' && value >= least && value <= most,
    expected: `a number from ${least} to ${most}`,
  };
}

/** A whole number from `least` to `most`. */
export function integerBetween(least: number, most: number): OptionCheck<number> {
  return {
    isValid: (value): value is number => Number.isInteger(value) && numberBetween(least, most).isValid(value),
    expected: `an integer from ${least} to ${most}`,
  };
}

/** Something to take the time from. */
export const aClock: OptionCheck<Clock> = {
  isValid: (value): value is Clock =>
    typeof value === 'object' &&
    value !== null &&
    ['nowMs', 'monotonicMs', 'after'].every((method) => typeof Reflect.get(value, method) === 'function'),
  expected: 'a clock with nowMs, monotonicMs and after',
};
