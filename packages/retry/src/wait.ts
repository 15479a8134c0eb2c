import type { Clock } from '@roundtripper/core';

/**
 * Waits `delayMs` milliseconds of `clock`; the process stays alive for it.
 * @throws the signal's reason, as soon as it is aborted.
 */
export function wait(delayMs: number, clock: Clock, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      timer.cancel();
      signal?.removeEventListener('abort', onAbort);
      const reason: unknown = signal?.reason;
      reject(reason);
    };
    const timer = clock.after(delayMs, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    // Of a signal that was aborted before nobody hears any more.
    if (signal?.aborted === true) onAbort();
    else signal?.addEventListener('abort', onAbort);
  });
}
