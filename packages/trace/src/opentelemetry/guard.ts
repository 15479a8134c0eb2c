import { diag } from '@opentelemetry/api';

/** What `fn` returns, or undefined where it throws: what is said of a request must not change it. */
export function guarded<T>(what: string, fn: () => T): T | undefined {
  try {
    return fn();
  } catch (error) {
    diag.error(`@roundtripper/trace: ${what} threw`, error);
    return undefined;
  }
}
