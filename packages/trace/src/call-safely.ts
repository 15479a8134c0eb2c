/** Tells a listener of the caller's: what it throws, or what the promise of an async one is rejected with, is its own affair. Neither the request nor the process notices. */
export function callSafely<T>(listener: (value: T) => unknown, value: T): void {
  try {
    const result = listener(value);
    if (result instanceof Promise) result.catch(ignore);
  } catch {
    // As above.
  }
}

function ignore(): void {}
