import { systemClock } from '@roundtripper/core';

import type { StopSignal } from './exit-codes.ts';
import type { Output, Terminal } from './terminal.ts';

/** The terminal of this process. */
export function processTerminal(): Terminal {
  return { stdout: outputOf(process.stdout), stderr: outputOf(process.stderr), env: process.env, clock: systemClock, onStop };
}

function outputOf(stream: NodeJS.WriteStream): Output {
  // What goes wrong is told to the callback of a write, and as an event too, which would end the process.
  stream.on('error', () => {});
  return {
    get isTTY() {
      return stream.isTTY;
    },
    get columns() {
      return stream.isTTY ? stream.columns : undefined;
    },
    write: (text) =>
      new Promise((resolve) => {
        stream.write(text, (error) => resolve(error ?? undefined));
      }),
  };
}

function onStop(listener: (signal: StopSignal) => void): () => void {
  const signals: readonly StopSignal[] = ['SIGINT', 'SIGTERM'];
  const removeAll = (): void => {
    for (const signal of signals) process.off(signal, stopped);
  };
  const stopped = (signal: NodeJS.Signals): void => {
    removeAll();
    listener(signal === 'SIGTERM' ? 'SIGTERM' : 'SIGINT');
  };
  for (const signal of signals) process.on(signal, stopped);
  return removeAll;
}
