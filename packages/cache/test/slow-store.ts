import type { CacheStore, EntryWriter } from '../src/store.ts';

/** Operations of a store that wait until the test lets one of them go on, or fail. */
export class Waiting {
  readonly #pending: { readonly run: () => void; readonly fail: () => void }[] = [];

  get size(): number {
    return this.#pending.length;
  }

  /** @param isFailing In place of its answer there is an error. */
  release(at: number, isFailing = false): void {
    const [one] = this.#pending.splice(at % Math.max(1, this.#pending.length), 1);
    if (isFailing) one?.fail();
    else one?.run();
  }

  after<T>(run: () => T | Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#pending.push({
        run: () => {
          try {
            resolve(run());
          } catch (error) {
            reject(error instanceof Error ? error : new Error(String(error)));
          }
        },
        fail: () => reject(new Error('the store has failed')),
      });
    });
  }
}

/** `inner`, each of whose answers waits. */
export function slowStore(inner: CacheStore, waiting: Waiting): CacheStore {
  return {
    lookup: (key) => waiting.after(() => inner.lookup(key)),
    read: (stored, range) => waiting.after(() => inner.read(stored, range)),
    create: (entry) =>
      waiting.after(async () => {
        const writer = await inner.create(entry);
        return writer === undefined ? undefined : slowWriter(writer, waiting);
      }),
    update: (stored, head) => waiting.after(() => inner.update(stored, head)),
    delete: (target) => waiting.after(() => inner.delete(target)),
    clear: () => waiting.after(() => inner.clear()),
    stats: () => inner.stats(),
  };
}

function slowWriter(inner: EntryWriter, waiting: Waiting): EntryWriter {
  return {
    write: (chunk) => waiting.after(() => inner.write(chunk)),
    commit: (bodyBytes) => waiting.after(() => inner.commit(bodyBytes)),
    abort: () => inner.abort(),
  };
}

/** `inner`, whose keys are leased to one at a time. */
export class Leases {
  readonly #held = new Map<string, () => void>();
  /** Leases that were given back twice. */
  overReleased = 0;

  get held(): number {
    return this.#held.size;
  }

  over(inner: CacheStore): CacheStore {
    return {
      lookup: (key) => inner.lookup(key),
      read: (stored, range) => inner.read(stored, range),
      create: (entry) => inner.create(entry),
      put: (stored, bytes) => inner.put?.(stored, bytes) ?? { kind: 'refused', reason: 'no-room' },
      update: (stored, head) => inner.update(stored, head),
      delete: (target) => inner.delete(target),
      clear: () => inner.clear(),
      stats: () => inner.stats(),
      lease: (key) => {
        const { promise, resolve } = Promise.withResolvers<void>();
        if (this.#held.has(key)) {
          const before = this.#held.get(key);
          this.#held.set(key, () => {
            before?.();
            resolve();
          });
          return { kind: 'taken', released: promise, stop: resolve };
        }
        this.#held.set(key, resolve);
        return { kind: 'granted', release: () => this.#release(key) };
      },
    };
  }

  #release(key: string): void {
    const done = this.#held.get(key);
    if (done === undefined) this.overReleased += 1;
    this.#held.delete(key);
    done?.();
  }
}
