import type { Http2Exchange } from './exchange.ts';

/** The exchanges of a connection that are under way, in the order they began. They are linked to one another, as {@link Streams} has its reason for. */
export class ExchangeList {
  #oldest: Http2Exchange | undefined;
  #newest: Http2Exchange | undefined;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(exchange: Http2Exchange): void {
    exchange.older = this.#newest;
    if (this.#newest === undefined) this.#oldest = exchange;
    else this.#newest.newer = exchange;
    this.#newest = exchange;
    this.#size += 1;
  }

  /** Takes it out. Idempotent. */
  delete(exchange: Http2Exchange): void {
    if (!this.#has(exchange)) return;
    const { older, newer } = exchange;
    if (older === undefined) this.#oldest = newer;
    else older.newer = newer;
    if (newer === undefined) this.#newest = older;
    else newer.older = older;
    exchange.older = undefined;
    exchange.newer = undefined;
    this.#size -= 1;
  }

  /** Calls `visit` with those that are there now, but for those that it has taken out before their turn. */
  forEach(visit: (exchange: Http2Exchange) => void): void {
    const all: Http2Exchange[] = [];
    for (let exchange = this.#oldest; exchange !== undefined; exchange = exchange.newer) all.push(exchange);
    for (const exchange of all) if (this.#has(exchange)) visit(exchange);
  }

  #has(exchange: Http2Exchange): boolean {
    return exchange.older !== undefined || this.#oldest === exchange;
  }
}
