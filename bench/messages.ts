/** What a client's process is told to do. It answers each order with one report. */
export type Order = { readonly kind: 'warm-up'; readonly forMs: number } | { readonly kind: 'measure'; readonly requests: number };

/** What processes tell the one that started them. */
export type Report =
  /** The server, once. */
  | { readonly kind: 'listening'; readonly port: number }
  /** A client, once it is loaded. */
  | { readonly kind: 'ready' }
  | { readonly kind: 'warmed-up'; readonly requestsPerSecond: number }
  | { readonly kind: 'measured'; readonly sample: Sample }
  /** The last one: the process ends. */
  | { readonly kind: 'failed'; readonly message: string };

/** One window of requests. */
export interface Sample {
  readonly requests: number;
  readonly wallMs: number;
  /** User and system time of all threads of the client's process. */
  readonly cpuMicros: number;
  /** The largest resident set of the process so far. */
  readonly peakRssBytes: number;
}
