import type { SuiteFetch } from 'http-cache-tests/client/config.mjs';

/** A cache that is put to the test: fresh, and no one else's. */
export interface Subject extends AsyncDisposable {
  readonly fetch: SuiteFetch;
}
