/**
 * What a store outside the process fails by.
 *
 * - `unsupported`: what it stands on is not there: a Node without node:sqlite, no `redis` package, a file system without write-ahead logs, or a file that a newer
 *   version of this package has begun meanwhile.
 * - `not-a-cache`: the file is somebody else's database; nothing was done to it.
 * - `corrupt`: what was stored cannot be read; it was removed.
 * - `busy`: other processes have held the database for longer than was waited.
 * - `unavailable`: the store is closed, cannot be reached, or does not answer in time.
 * - `failed`: it has refused what it was asked, or its file cannot be used; `cause` says why.
 */
export type StoreErrorCode = 'unsupported' | 'not-a-cache' | 'corrupt' | 'busy' | 'unavailable' | 'failed';

/** A store outside the process has failed. No message holds a stored value, a URL or a password, and neither does that of a cause. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
