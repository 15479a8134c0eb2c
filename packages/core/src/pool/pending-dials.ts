import type { TraceListener } from '../contract/trace-event.ts';
import { beginDial, endDial } from './dial-count.ts';
import type { Slot } from './slot.ts';
import type { Want } from './want.ts';

/** A connection that is being opened. */
export interface Dial {
  readonly slot: Slot;
  /** The request that began it, or has taken it over from one that left; undefined where none did. */
  want: Want | undefined;
  /** Who began it, whoever has it now; undefined where no request did. */
  readonly begunBy: Want | undefined;
  /** Of the request that began it. */
  readonly trace: TraceListener | undefined;
  /** Told how it ended. */
  readonly ended: Pick<PromiseWithResolvers<void>, 'resolve' | 'reject'> | undefined;
  readonly controller: AbortController;
  /** Whether nobody has waited for it in vain yet. */
  isPromising: boolean;
}

/** The dials under way. Those whose request has left are orphans: others may have use for what they open, but there is a limit to that. */
export class PendingDials {
  readonly #all = new Set<Dial>();
  readonly #orphans = new Set<Dial>();

  has(dial: Dial): boolean {
    return this.#all.has(dial);
  }

  get size(): number {
    return this.#all.size;
  }

  /** One begins, and counts. */
  begin(slot: Slot, want: Want | undefined, ended: Dial['ended']): Dial {
    const dial: Dial = { slot, want, begunBy: want, trace: want?.trace, ended, controller: new AbortController(), isPromising: true };
    beginDial(slot);
    this.#all.add(dial);
    return dial;
  }

  /** It is over. @param isOpen Whether it has opened a connection. */
  end(dial: Dial, isOpen: boolean): void {
    this.#all.delete(dial);
    this.#orphans.delete(dial);
    endDial(dial, isOpen);
  }

  /** Its request has left, with a connection of another or with none. @param limit How many may go on so; 0 for no limit. */
  orphan(dial: Dial, limit: number): void {
    this.#orphans.add(dial);
    if (limit > 0 && this.#orphans.size > limit) dial.controller.abort();
  }

  /** Ends those that nobody waits for: a request without a dial takes what the dial of another opens. @param slot Only those of this one. */
  abortOrphans(slot?: Slot): void {
    for (const dial of this.#orphans) {
      if (dial.slot.wants.waitingCount === 0 && (slot === undefined || dial.slot === slot)) dial.controller.abort();
    }
  }

  abortAll(): void {
    for (const dial of this.#all) dial.controller.abort();
  }
}

/** Another request waits for it in the place of the one that began it. */
export function bequeath(dial: Dial, heir: Want): void {
  dial.want = heir;
  dial.slot.wants.setDial(heir, dial);
}
