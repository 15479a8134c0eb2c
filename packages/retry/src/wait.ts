import type { Clock, Timer } from '@roundtripper/core';

/**
 * Waits `delayMs` milliseconds of `clock`, and never less: a timer of the platform may come a millisecond early, and after 24.8 days whatever it was asked for. The process stays alive for it.
 * @throws the signal's reason, as soon as it is aborted.
 */
export function wait(delayMs: number, clock: Clock, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const dueMs = clock.monotonicMs() + delayMs;
    const onAbort = (): void => {
      timer.cancel();
      signal?.removeEventListener('abort', onAbort);
      const reason: unknown = signal?.reason;
      reject(reason);
    };
    const onTime = (): void => {
      const restMs = dueMs - clock.monotonicMs();
      if (restMs > 0) {
        timer = clock.after(Math.ceil(restMs), onTime);
        return;
      }
      signal?.removeEventListener('abort', onAbort);
      resolve();
    };
    let timer: Timer = clock.after(delayMs, onTime);
    // Of a signal that was aborted before nobody hears any more.
    if (signal?.aborted === true) onAbort();
    else signal?.addEventListener('abort', onAbort);
  });
}
