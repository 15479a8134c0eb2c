import type { CacheFile } from './cache-file.ts';
import { removeRows } from './entry-rows.ts';
import { HOLD_MS, isHoldDue } from './holds.ts';
import { numberIn } from './row.ts';
import type { Statements } from './statements.ts';

/** Which row, and in which file. */
export interface HeldRow {
  readonly seq: number;
  readonly generation: number;
}

interface Hold {
  /** Who reads the body now, in this process. */
  readers: number;
  /** Until when it is kept for those who have opened it and have not begun: of several ranges of one body one is read after the other. */
  openedUntilMs: number;
  /** How many they are. */
  opened: number;
  /** What this process has written last; 0 for nothing. */
  untilMs: number;
}

/** From so many on it is looked which of them nobody will read any more. */
const MOST_UNREAD = 256;

/** No hold ends then. */
const NEVER = -1;

/**
 * The rows of the large bodies that this process reads, each held once for all its readers, and given back by the last of them. A row has one hold for all processes: one that only this
 * process has written ends at an even millisecond, and is this process's to give back as long as the row has that very value. Who finds another's hold writes one that ends at an odd
 * millisecond: several may rely on it, nobody gives it back, and it ends by itself.
 */
export class BodyHolds {
  readonly #file: CacheFile;
  readonly #nowMs: () => number;
  readonly #holds = new Map<string, Hold>();

  constructor(file: CacheFile, nowMs: () => number) {
    this.#file = file;
    this.#nowMs = nowMs;
  }

  /** A body is opened; who reads it will {@link enter}, if anybody does. */
  open(row: HeldRow): void {
    this.#forgetUnread();
    const hold = this.#holdOf(row);
    hold.opened += 1;
    hold.openedUntilMs = this.#nowMs() + HOLD_MS;
  }

  /** A reader begins; he has to {@link leave}. */
  enter(row: HeldRow): void {
    const hold = this.#holdOf(row);
    hold.opened -= 1;
    hold.readers += 1;
  }

  /** He reads on. Without a hold the body can be read too, as long as nobody deletes it. */
  async keep(row: HeldRow): Promise<void> {
    const hold = this.#holds.get(nameOf(row));
    const nowMs = this.#nowMs();
    if (hold === undefined || !isHoldDue(hold.untilMs, nowMs)) return;
    try {
      hold.untilMs = (await this.#file.write((statements) => this.#held(statements, row, hold.untilMs))) ?? hold.untilMs;
    } catch {
      // The disk may be full: what could be done about it is done where something is to be stored.
    }
  }

  /** He has ended, at the end of the body or before it. */
  leave(row: HeldRow): void {
    const name = nameOf(row);
    const hold = this.#holds.get(name);
    if (hold === undefined) return;
    hold.readers -= 1;
    if (hold.readers > 0 || (hold.opened > 0 && hold.openedUntilMs > this.#nowMs())) return;
    this.#holds.delete(name);
    if (hold.untilMs > 0 && isOwn(hold.untilMs)) this.#giveBack(row, hold.untilMs);
  }

  #holdOf(row: HeldRow): Hold {
    const name = nameOf(row);
    const hold = this.#holds.get(name) ?? { readers: 0, opened: 0, openedUntilMs: 0, untilMs: 0 };
    this.#holds.set(name, hold);
    return hold;
  }

  /** What was opened and never read is not remembered for ever. */
  #forgetUnread(): void {
    if (this.#holds.size < MOST_UNREAD) return;
    const nowMs = this.#nowMs();
    for (const [name, hold] of this.#holds) if (hold.readers === 0 && hold.openedUntilMs <= nowMs) this.#holds.delete(name);
  }

  #held(statements: Statements, { seq, generation }: HeldRow, beforeMs: number): number | undefined {
    if (this.#file.generation !== generation) return undefined;
    const nowMs = this.#nowMs();
    const untilMs = nowMs + HOLD_MS;
    const evenMs = untilMs - (untilMs % 2);
    const row = statements('hold').get(seq, isOwn(beforeMs) ? beforeMs : NEVER, nowMs, evenMs, evenMs - 1);
    return row === undefined ? undefined : numberIn(row, 'held_until_ms');
  }

  /** Nobody waits for it: a hold that is not given back ends by itself. */
  #giveBack({ seq, generation }: HeldRow, untilMs: number): void {
    try {
      const given = this.#file.write((statements) => {
        if (this.#file.generation !== generation || statements('giveBack').run(seq, untilMs).changes === 0) return;
        // It was deleted meanwhile.
        const rows = statements('entry').all(seq);
        removeRows(
          statements,
          rows.filter((row) => row['key'] === null),
          this.#nowMs(),
        );
      });
      if (given instanceof Promise) given.catch(() => {});
    } catch {
      // The file is closed, or full.
    }
  }
}

function isOwn(untilMs: number): boolean {
  return untilMs % 2 === 0;
}

function nameOf({ seq, generation }: HeldRow): string {
  return `${generation}:${seq}`;
}
