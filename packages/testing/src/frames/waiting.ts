import { PeerClosed } from '../conversation.ts';

/** Somebody waits for an item that meets a condition. */
interface Waiter<Item> {
  readonly take: (item: Item) => boolean;
  readonly fail: (error: Error) => void;
}

/** What came and was not taken yet, and who waits for what has not come. A wait is bounded: a test should say what it missed, and not run into its time limit. */
export class Waiting<Item> {
  readonly #limitMs: number;
  readonly #untaken: Item[] = [];
  readonly #waiters = new Set<Waiter<Item>>();
  /** What has come, in words, for the one who waits in vain. */
  readonly #seen: () => string;
  #ended: Error | undefined;

  constructor(limitMs: number, seen: () => string) {
    this.#limitMs = limitMs;
    this.#seen = seen;
  }

  /** It goes to who has waited for one like it the longest. */
  add(item: Item): void {
    for (const waiter of this.#waiters) {
      if (waiter.take(item)) return;
    }
    this.#untaken.push(item);
  }

  /** Nothing more will come. */
  end(reason: Error): void {
    this.#ended ??= reason;
    for (const waiter of this.#waiters) waiter.fail(this.#ended);
  }

  /**
   * The first item that is `wanted` and was not taken; those before it stay for others.
   * @param name Of what is waited for.
   */
  take<Wanted extends Item>(name: string, wanted: (item: Item) => item is Wanted): Promise<Wanted> {
    for (const [index, item] of this.#untaken.entries()) {
      if (!wanted(item)) continue;
      this.#untaken.splice(index, 1);
      return Promise.resolve(item);
    }
    if (this.#ended !== undefined) return Promise.reject(this.#inVain(name, this.#ended));
    return this.#wait(name, wanted);
  }

  #wait<Wanted extends Item>(name: string, wanted: (item: Item) => item is Wanted): Promise<Wanted> {
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        clearTimeout(timer);
        this.#waiters.delete(waiter);
      };
      const waiter: Waiter<Item> = {
        take: (item) => {
          if (!wanted(item)) return false;
          settle();
          resolve(item);
          return true;
        },
        fail: (error) => {
          settle();
          reject(this.#inVain(name, error));
        },
      };
      const timer = setTimeout(() => waiter.fail(new Error(`${this.#limitMs} ms are over`)), this.#limitMs);
      this.#waiters.add(waiter);
    });
  }

  #inVain(name: string, cause: Error): Error {
    if (cause instanceof PeerClosed) return cause;
    return new Error(`waited in vain for ${name}: ${cause.message}; there came ${this.#seen()}`, { cause });
  }
}
