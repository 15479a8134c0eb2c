import type { Clock, Timer } from '../contract/clock.ts';
import { deadline } from '../contract/deadline.ts';

/** Waits for the peer to acknowledge our SETTINGS, which are sent once (RFC 9113 §6.5.3). */
export class SettingsTimer {
  #timer: Timer | undefined;
  #isAcknowledged = false;

  /** @param settingsTimeoutMs 0 for no limit. */
  constructor({ clock, settingsTimeoutMs }: { readonly clock: Clock; readonly settingsTimeoutMs: number }, onTimeout: () => void) {
    if (settingsTimeoutMs === 0) return;
    this.#timer = deadline(clock, settingsTimeoutMs, onTimeout);
    this.#timer.unref();
  }

  /** @returns false where they were before. */
  acknowledged(): boolean {
    this.stop();
    const isFirst = !this.#isAcknowledged;
    this.#isAcknowledged = true;
    return isFirst;
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }
}
