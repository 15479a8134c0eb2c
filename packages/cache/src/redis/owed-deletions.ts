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

  /** Does them, the first first. One that fails is owed still, and so are those after it. @throws whatever `remove` throws. */
  async settle(remove: (target: Removal) => Promise<unknown>): Promise<void> {
    for (let next = this.#owed[0]; next !== undefined; next = this.#owed[0]) {
      await remove(next);
      if (this.#owed[0] === next) this.#owed.shift();
    }
  }
}
