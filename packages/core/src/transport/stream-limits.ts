/** Routes whose limits are remembered; the one that was told longest ago goes first. */
const MOST_ROUTES = 1_000;

/** What a client may assume before the server has spoken: what RFC 9113 §6.5.2 asks servers not to go below, and Go's figure. */
const UNTOLD_STREAMS = 100;

/**
 * How many streams at once the servers at the end of routes have said that they take on a connection. The next connection keeps to it from its first
 * request on: its server would refuse what is beyond, and each refusal is a request that goes out again, later.
 */
export class StreamLimits {
  readonly #byRoute = new Map<string, number>();

  /** How many streams a new connection may open before its server has said anything: at least one, or it would never begin. */
  assumedFor(routeKey: string): number {
    return Math.max(1, Math.min(this.#byRoute.get(routeKey) ?? UNTOLD_STREAMS, UNTOLD_STREAMS));
  }

  /** A server has spoken. */
  learn(routeKey: string, streams: number): void {
    this.#byRoute.delete(routeKey);
    // What is assumed anyway need not be remembered.
    if (streams >= UNTOLD_STREAMS) return;
    this.#byRoute.set(routeKey, streams);
    const [oldest] = this.#byRoute.keys();
    if (this.#byRoute.size > MOST_ROUTES && oldest !== undefined) this.#byRoute.delete(oldest);
  }
}
