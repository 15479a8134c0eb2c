import type { Clock, Timer } from '../contract/clock.ts';
import type { Connection } from '../contract/connection.ts';
import { afterAsking, afterExchange, afterOpening, afterTurningAway, isUntried, pauseLeftMs } from './calm.ts';
import type { PooledConnection, Slot } from './slot.ts';

/** What the peer of a connection says against others like it. */
type Word = 'asks-for-calm' | 'turns-away';

/** The pauses that servers have asked for, or that are due to them, kept by the rule in `calm`. A slot has one timer, and that only while a request waits in it: nothing else would notice the end. */
export class Pauses {
  readonly #clock: Clock;
  readonly #onOver: (slot: Slot) => void;
  readonly #timers = new Map<Slot, Timer>();
  /** Those whose word was heard: the pool is told of a connection again when it closes. */
  readonly #heard = new WeakMap<Connection, Word>();

  /** @param onOver Told that a connection may be opened again. */
  constructor(clock: Clock, onOver: (slot: Slot) => void) {
    this.#clock = clock;
    this.#onOver = onOver;
  }

  /** A connection has changed: its peer may have spoken. */
  heed(slot: Slot, connection: Connection): void {
    const word = wordOf(connection);
    if (word === undefined || this.#heard.get(connection) === word) return;
    this.#heard.set(connection, word);
    const rule = word === 'asks-for-calm' ? afterAsking : afterTurningAway;
    slot.calm = rule(slot.calm, this.#clock.monotonicMs(), Math.random());
  }

  /** A connection was opened. Its peer may have spoken already. */
  opened(slot: Slot, connection: Connection): void {
    if (slot.calm !== undefined) slot.calm = afterOpening(slot.calm, this.#clock.monotonicMs(), Math.random());
    this.heed(slot, connection);
  }

  /** An exchange is over, and with it the connection perhaps, which has told nobody yet. @returns whether connections may be opened as ever because of that. */
  carried({ slot, connection }: PooledConnection): boolean {
    if (connection.closeReason !== undefined) this.heed(slot, connection);
    const before = slot.calm;
    if (before === undefined || wordOf(connection) !== undefined) return false;
    slot.calm = afterExchange(before, this.#clock.monotonicMs());
    return isUntried(before) && !isUntried(slot.calm);
  }

  /** Requests may wait for the end of a pause. */
  watch(slot: Slot): void {
    if (slot.calm === undefined || slot.wants.waitingCount === 0 || this.#timers.has(slot)) return;
    const leftMs = pauseLeftMs(slot.calm, this.#clock.monotonicMs());
    if (leftMs === 0) return;
    const onDue = (): void => {
      this.#timers.delete(slot);
      this.#onOver(slot);
    };
    this.#timers.set(slot, this.#clock.after(Math.ceil(leftMs), onDue));
  }

  /** A request waits no more. */
  unwatch(slot: Slot): void {
    if (this.#timers.size === 0 || slot.wants.waitingCount > 0) return;
    this.#timers.get(slot)?.cancel();
    this.#timers.delete(slot);
  }
}

function wordOf({ asksForCalm, turnsAway }: Connection): Word | undefined {
  if (asksForCalm) return 'asks-for-calm';
  return turnsAway ? 'turns-away' : undefined;
}
