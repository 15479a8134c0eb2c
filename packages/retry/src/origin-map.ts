/**
 * What is remembered of origins: bounded, since a program may talk to any number of them. The ones used last are kept, at least half of `mostOrigins` and at most all:
 * two generations, of which the older is dropped whole. Keeping an exact order would cost each request more than all else that is done for it here.
 */
export class OriginMap<T> {
  #young = new Map<string, T>();
  #old = new Map<string, T>();
  readonly #mostYoung: number;

  /** @param mostOrigins At least 2. */
  constructor(mostOrigins: number) {
    this.#mostYoung = Math.floor(mostOrigins / 2);
  }

  get(origin: string): T | undefined {
    const young = this.#young.get(origin);
    if (young !== undefined) return young;
    const old = this.#old.get(origin);
    if (old !== undefined) this.set(origin, old);
    return old;
  }

  set(origin: string, value: T): void {
    this.#young.set(origin, value);
    this.#old.delete(origin);
    if (this.#young.size < this.#mostYoung) return;
    this.#old = this.#young;
    this.#young = new Map();
  }

  delete(origin: string): void {
    this.#young.delete(origin);
    this.#old.delete(origin);
  }

  get size(): number {
    return this.#young.size + this.#old.size;
  }
}
