import { watchAbortListeners } from './leaks/abort-listeners.ts';
import { leftAfterGrace } from './leaks/grace.ts';
import { watchHandles } from './leaks/handles.ts';
import { FILE_SCOPE, Ledger, report } from './leaks/ledger.ts';
import { watchPromises, type PromiseSource } from './leaks/public-promises.ts';
import { watchStrayErrors, type StrayErrors } from './leaks/stray-errors.ts';

/** What a {@link LeakCheck} watches besides what it always does. */
export interface LeakCheckOptions {
  /** Methods whose promises must settle, such as `roundTrip` of `Transport`. Each is replaced by one that looks at what it returns. */
  readonly promises?: readonly PromiseSource[] | undefined;
}

/**
 * Finds what a test begins and does not end: sockets, servers, timers (also those that do not keep a process alive), child processes, name lookups, abort listeners, promises
 * of the methods it is told of; and errors that nobody handled. For a test runner's hooks: `enter()` before a test, `leave()` after it.
 *
 * It looks at the whole process, from its making on and for good: one is enough, and tests must not run side by side in it.
 */
export class LeakCheck {
  readonly #ledger = new Ledger();
  readonly #strayErrors: StrayErrors;

  /** @throws TypeError when a class does not have one of the methods. */
  constructor(options: LeakCheckOptions = {}) {
    this.#strayErrors = watchStrayErrors(this.#ledger);
    watchHandles(this.#ledger);
    watchAbortListeners(this.#ledger);
    watchPromises(this.#ledger, options.promises ?? []);
  }

  /** What is begun from here on belongs to a new scope. @returns its number, for {@link leave}. */
  enter(): number {
    return this.#ledger.enterTest();
  }

  /**
   * Waits up to half a second for what the scope has begun to end.
   * @param scope Left out: what was begun outside of every scope.
   * @returns what is left, one text each: what it is and where it was begun. Empty where nothing is.
   */
  async leave(scope: number = FILE_SCOPE): Promise<string[]> {
    const left = await leftAfterGrace(this.#ledger, scope);
    this.#ledger.leave(scope);
    return [...this.#strayErrors.take(scope), ...left.map(report)];
  }

  /** Leaves errors that nobody handles to the process again. */
  stop(): void {
    this.#strayErrors.stop();
  }
}
