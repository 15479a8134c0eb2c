import type { Removal } from './redis-deletion.ts';

/** So many deletions are remembered; where there are more, everything goes. */
const MOST = 1_000;

/** Deletions that Redis was not there for: until it has heard of them, it would serve what is invalid. */
export class OwedDeletions {
  #owed: Removal[] = [];

  add(target: Removal): void {
    if (target.kind === 'everything' || this.#owed.length >= MOST) this.#owed = [{ kind: 'everything' }];
    else if (this.#owed[0]?.kind !== 'everything') this.#owed.push(target);
  }

  get isEmpty(): boolean {
    return this.#owed.length === 0;
  }

  /** Does the first one. Where that fails it is owed still. @throws whatever `remove` throws. */
  async settleFirst(remove: (target: Removal) => Promise<unknown>): Promise<void> {
    const [first] = this.#owed;
    if (first === undefined) return;
    await remove(first);
    if (this.#owed[0] === first) this.#owed.shift();
  }
}
