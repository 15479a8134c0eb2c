import { inspect } from 'node:util';

/** What nobody caught since it was last asked. */
export interface StrayErrors {
  /** Each as the failure shows it. */
  take(): string[];
  /** Leaves what comes after the file's last gate to the runner. */
  stop(): void;
}

/**
 * Collects unhandled rejections, uncaught exceptions and warnings that listeners pile up. The runner reports the first two without the test they
 * belong to, and stands back when there is another listener.
 */
export function watchStrayErrors(): StrayErrors {
  let seen: string[] = [];
  const onException = (error: unknown, origin: string): void => {
    // Under --unhandled-rejections=strict a rejection comes by both events.
    if (origin !== 'unhandledRejection') seen.push(`uncaught exception ${inspect(error)}`);
  };
  const onRejection = (reason: unknown): void => void seen.push(`unhandled rejection ${inspect(reason)}`);
  const onWarning = (warning: Error): void => {
    if (warning.name === 'MaxListenersExceededWarning') seen.push(`too many listeners: ${warning.message}`);
  };
  process.on('uncaughtException', onException);
  process.on('unhandledRejection', onRejection);
  process.on('warning', onWarning);
  return {
    take: () => {
      const taken = seen;
      seen = [];
      return taken;
    },
    stop: () => {
      process.off('uncaughtException', onException);
      process.off('unhandledRejection', onRejection);
      process.off('warning', onWarning);
    },
  };
}
