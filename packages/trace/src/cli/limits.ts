/** What may be asked for at most. More than that is the business of a load generator on several machines. */
export const LIMITS = {
  requests: 1_000_000,
  concurrency: 1_000,
  /** In milliseconds: an hour. */
  timeoutMs: 3_600_000,
  /** Of a file that is sent: it is held in memory. */
  dataBytes: 67_108_864,
  /** Requests that the page of `--html` shows: the last ones. */
  htmlRequests: 5_000,
  /** Of the document of `--har`. */
  harBytes: 67_108_864,
} as const;

/** In milliseconds, for one request. */
export const DEFAULT_TIMEOUT_MS = 30_000;
