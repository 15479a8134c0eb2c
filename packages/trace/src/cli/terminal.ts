import type { Clock } from '@roundtripper/core';

import type { StopSignal } from './exit-codes.ts';

/** What the command talks to. */
export interface Terminal {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  /** Calls `listener` at the first signal to stop; the next one ends the process. @returns what takes the listener away. */
  readonly onStop: (listener: (signal: StopSignal) => void) => () => void;
}

/** A standard stream. */
export interface Output {
  readonly isTTY: boolean;
  /** Undefined where it is no terminal. */
  readonly columns: number | undefined;
  /** Resolves once it is written, with what went wrong, if anything did: it does not reject. */
  readonly write: (text: string) => Promise<unknown>;
}
