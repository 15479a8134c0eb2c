import { nextUse } from './entry-rows.ts';
import { integerIn } from './row.ts';
import type { Statements } from './statements.ts';

/** How many responses' uses are remembered before they are written down: a use that waits is lost with the process, which does no harm. */
const UNWRITTEN = 256;

/** The same of uses: a process that only reads, and few responses again and again, has them kept for it while others store. */
const UNWRITTEN_USES = 1_024;

/** Among so few responses every use counts: the order is exact, and costs little. */
const EXACT_ENTRIES = 1_024;

/** Of the others, so many in a hundred are as good as new: to write down their use would change little. */
const RECENT_PERCENT = 75;

/** So many uses are passed over before it is asked again what is recent: other processes store and use too. */
const PASSED_OVER = 1_024;

/**
 * The uses that are not written down yet. Of many responses most never are: what is used is moved to the end of the line where it is among the quarter that is next to go,
 * and stays where it is otherwise. With 100 000 responses, each with its row in another page, to move all that are used is a third of what a hit costs: 70 and 45 µs, or 50 and 32 where
 * some are asked for more than others.
 */
export class Uses {
  /** Ids, the last used last. */
  readonly #ids = new Set<string>();
  #added = 0;
  /** What was last used after that is recent; undefined where it is not known. */
  #recentAfter: number | undefined;
  #passedOver = 0;

  /** A response was used. @param last Its last use, as its row has it; undefined where nobody has looked. @returns whether it is time to {@link flush}. */
  add(id: string, last: number | undefined): boolean {
    if (last !== undefined && this.#recentAfter !== undefined && last > this.#recentAfter) {
      this.#passedOver += 1;
      if (this.#passedOver >= PASSED_OVER) this.#recentAfter = undefined;
      return false;
    }
    this.#ids.delete(id);
    this.#ids.add(id);
    this.#added += 1;
    return this.#ids.size >= UNWRITTEN || this.#added >= UNWRITTEN_USES;
  }

  /** Writes down, in a transaction, the uses of what is not recent anyway. */
  flush(statements: Statements): void {
    let use = nextUse(statements);
    const entries = integerIn(statements('totals').get(), 'entries');
    // No two responses have the same number, so that no more than these have a higher one.
    const recentAfter = use - 1 - Math.max(0, Math.floor(((entries - EXACT_ENTRIES) * RECENT_PERCENT) / 100));
    for (const id of this.#ids) use += Number(statements('touch').run(use, id, recentAfter).changes);
    this.#ids.clear();
    this.#added = 0;
    this.#recentAfter = recentAfter;
    this.#passedOver = 0;
  }
}
