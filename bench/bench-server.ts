/** What clients are measured against: one server, with and without TLS. */
export interface BenchServer extends AsyncDisposable {
  /** Like `http://127.0.0.1:40123`. */
  readonly origin: string;
  readonly tlsOrigin: string;
  /** What it is and of which version, like `nghttpd 1.52.0`; undefined where it is our own. */
  readonly version: string | undefined;
  /** The CPU time it has taken since it was started. */
  cpuMicros(): Promise<number>;
  /** How many connections are open to it. */
  connections(): Promise<number>;
}
