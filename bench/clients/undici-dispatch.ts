import type { Dispatcher } from 'undici';
import type { BenchClient, Target } from '../client.ts';
import { undiciPool } from './undici-pool.ts';

/** undici's lowest interface: a handler that collects the chunks, and no stream. */
export function openUndiciDispatch({ url, concurrency, check }: Target): BenchClient {
  const { origin, pathname } = new URL(url);
  const pool = undiciPool(origin, concurrency);
  return {
    get: () =>
      new Promise((resolve, reject) => {
        pool.dispatch({ method: 'GET', path: pathname }, new TextHandler(check, { resolve, reject }));
      }),
    close: () => pool.destroy(),
  };
}

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

class TextHandler implements Dispatcher.DispatchHandler {
  readonly #check: Target['check'];
  readonly #waiter: Waiter;
  readonly #chunks: Buffer[] = [];
  #status = 0;

  constructor(check: Target['check'], waiter: Waiter) {
    this.#check = check;
    this.#waiter = waiter;
  }

  onRequestStart(): void {
    // undici wants the method to be there.
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number): void {
    this.#status = status;
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    const [first, second] = this.#chunks;
    const body = first !== undefined && second === undefined ? first : Buffer.concat(this.#chunks);
    try {
      this.#check(this.#status, body.toString('utf8'));
      this.#waiter.resolve();
    } catch (error) {
      this.#waiter.reject(error);
    }
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#waiter.reject(error);
  }
}
