import { inspect } from 'node:util';

import type { Ledger } from './ledger.ts';

/** What nobody caught. */
export interface StrayErrors {
  /** What came up in the scope and was not taken yet, each as the failure shows it. */
  take(scope: number): string[];
  /** Leaves what comes after the file's last gate to the runner. */
  stop(): void;
}

/**
 * Collects unhandled rejections, uncaught exceptions and warnings that listeners pile up. The runner reports the first two without the test they
 * belong to, and stands back when there is another listener.
 */
export function watchStrayErrors(ledger: Ledger): StrayErrors {
  let seen: { readonly scope: number; readonly text: string }[] = [];
  const add = (text: string): void => void seen.push({ scope: ledger.scope, text });
  const onException = (error: unknown, origin: string): void => {
    // Under --unhandled-rejections=strict a rejection comes by both events.
    if (origin !== 'unhandledRejection') add(`uncaught exception ${inspect(error)}`);
  };
  const onRejection = (reason: unknown): void => add(`unhandled rejection ${inspect(reason)}`);
  const onWarning = (warning: Error): void => {
    if (warning.name === 'MaxListenersExceededWarning') add(`too many listeners: ${warning.message}`);
  };
  process.on('uncaughtException', onException);
  process.on('unhandledRejection', onRejection);
  process.on('warning', onWarning);
  return {
    take: (scope) => {
      const taken = seen.filter((one) => one.scope === scope);
      seen = seen.filter((one) => one.scope !== scope);
      return taken.map((one) => one.text);
    },
    stop: () => {
      process.off('uncaughtException', onException);
      process.off('unhandledRejection', onRejection);
      process.off('warning', onWarning);
    },
  };
}
