import { inspect } from 'node:util';

import { creation } from './creation.ts';
import type { Ledger } from './ledger.ts';

/** A class and those of its methods whose promises must settle. */
export interface PromiseSource {
  readonly name: string;
  readonly prototype: object;
  readonly methods: readonly string[];
}

/** Enters every promise that these methods return into the ledger, until it settles. */
export function watchPromises(ledger: Ledger, sources: readonly PromiseSource[]): void {
  for (const { name, prototype, methods } of sources) {
    for (const method of methods) watchMethod(ledger, { name, prototype, method });
  }
}

function watchMethod(ledger: Ledger, watched: { readonly name: string; readonly prototype: object; readonly method: string }): void {
  const { name, prototype, method } = watched;
  const original: unknown = Reflect.get(prototype, method);
  if (typeof original !== 'function') throw new TypeError(`${name} has no method ${method}: the gates cannot watch it`);
  const replacement = function replacement(this: unknown, ...args: unknown[]): unknown {
    const result: unknown = Reflect.apply(original, this, args);
    if (result instanceof Promise) enter(ledger, { promise: result, call: `${name}.${method}()`, above: replacement });
    return result;
  };
  Reflect.set(prototype, method, replacement);
}

/**
 * The promise is looked at, never subscribed to: a reaction of ours would count as handling its rejection, and a promise derived from it would settle
 * a microtask later than in production. Until the gate it is held weakly, so that a test of what garbage collection frees is not disturbed.
 */
function enter(
  ledger: Ledger,
  made: { readonly promise: Promise<unknown>; readonly call: string; readonly above: (...args: never[]) => unknown },
): void {
  const weakly = new WeakRef(made.promise);
  // The entry must not hold `made`, and with it the promise.
  const { call } = made;
  let atTheGate: Promise<unknown> | undefined;
  ledger.open(weakly, {
    kind: 'unsettled promise of',
    created: creation(made.above),
    describe: () => call,
    isOver: () => {
      // A promise that nobody can settle any more is garbage, and a leak all the same: from the first look on it is kept.
      atTheGate ??= weakly.deref();
      return !isPending(atTheGate);
    },
  });
}

/** Node's one public way to ask. Nothing of the value is shown. */
function isPending(promise: Promise<unknown> | undefined): boolean {
  if (promise === undefined) return false;
  return inspect(promise, { depth: 0, customInspect: false, maxStringLength: 0, maxArrayLength: 0 }).startsWith('Promise { <pending>');
}
