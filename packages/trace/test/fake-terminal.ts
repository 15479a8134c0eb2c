import { systemClock, type Clock } from '@roundtripper/core';

import type { StopSignal } from '../src/cli/exit-codes.ts';
import type { Output, Terminal } from '../src/cli/terminal.ts';

/** A terminal whose text can be looked at. */
export class FakeTerminal implements Terminal {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock = systemClock;
  readonly stdout: Output;
  readonly stderr: Output;
  out = '';
  err = '';
  #stop: ((signal: StopSignal) => void) | undefined;

  /** @param outError What writing to the standard output ends with. */
  constructor({ env = {}, isTTY = false, outError }: Partial<{ env: Terminal['env']; isTTY: boolean; outError: unknown }> = {}) {
    this.env = env;
    const shape = { isTTY, columns: isTTY ? 80 : undefined };
    this.stdout = {
      ...shape,
      write: async (text) => {
        if (outError === undefined) this.out += text;
        return outError;
      },
    };
    this.stderr = {
      ...shape,
      write: async (text) => {
        this.err += text;
      },
    };
  }

  readonly onStop = (listener: (signal: StopSignal) => void): (() => void) => {
    this.#stop = listener;
    return () => {
      this.#stop = undefined;
    };
  };

  /** As ^C does. */
  stop(signal: StopSignal): void {
    if (this.#stop === undefined) throw new Error('nobody listens for signals');
    this.#stop(signal);
  }
}
