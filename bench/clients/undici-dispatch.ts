import { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import type { BenchClient, TakeChunk, Target } from '../client.ts';
import { undiciPool } from './undici-pool.ts';

/** undici's lowest interface: a handler that is given the chunks, and no stream. */
export function openUndiciDispatch({ url, concurrency, bodyBytes, check }: Target): BenchClient {
  const { origin, pathname } = new URL(url);
  const pool = undiciPool(origin, concurrency);
  const send = (method: 'GET' | 'POST', headers: Record<string, string> | null, body: string | Readable | null): Promise<void> =>
    new Promise((resolve, reject) => {
      pool.dispatch({ method, path: pathname, headers, body }, new TextHandler(check, { resolve, reject }));
    });
  return {
    get: () => send('GET', null, null),
    post: (json) => send('POST', { 'content-type': 'application/json' }, json),
    upload: (chunks) => send('POST', { 'content-length': String(bodyBytes) }, Readable.from(chunks)),
    download: (take) =>
      new Promise((resolve, reject) => {
        pool.dispatch({ method: 'GET', path: pathname }, new ChunkHandler(take, { resolve, reject }));
      }),
    close: () => pool.destroy(),
  };
}

interface Waiter<Value> {
  readonly resolve: (value: Value) => void;
  readonly reject: (error: unknown) => void;
}

class TextHandler implements Dispatcher.DispatchHandler {
  readonly #check: Target['check'];
  readonly #waiter: Waiter<void>;
  readonly #chunks: Buffer[] = [];
  #status = 0;

  constructor(check: Target['check'], waiter: Waiter<void>) {
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

class ChunkHandler implements Dispatcher.DispatchHandler {
  readonly #take: TakeChunk;
  readonly #waiter: Waiter<number>;
  #status = 0;

  constructor(take: TakeChunk, waiter: Waiter<number>) {
    this.#take = take;
    this.#waiter = waiter;
  }

  onRequestStart(): void {
    // undici wants the method to be there.
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number): void {
    this.#status = status;
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    const wait = this.#take(chunk.byteLength);
    if (wait === undefined) return;
    controller.pause();
    void wait.then(() => controller.resume());
  }

  onResponseEnd(): void {
    this.#waiter.resolve(this.#status);
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#waiter.reject(error);
  }
}
