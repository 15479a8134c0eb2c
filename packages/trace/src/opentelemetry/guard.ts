import { diag } from '@opentelemetry/api';

/** What `fn` returns, or undefined where it throws: what is said of a request must not change it. */
export function guarded<T>(what: string, fn: () => T): T | undefined {
  try {
    const result = fn();
    // An async hook passes for one; its rejection would otherwise end the process.
    if (result instanceof Promise) result.catch((error: unknown) => complain(what, error));
    return result;
  } catch (error) {
    complain(what, error);
    return undefined;
  }
}

function complain(what: string, error: unknown): void {
  diag.error(`@roundtripper/trace: ${what} threw`, error);
}
