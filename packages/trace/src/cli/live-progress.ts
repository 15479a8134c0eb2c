import type { Clock, Timer } from '@roundtripper/core';

import { progressLine, type Progress } from './progress-line.ts';

/** What it is drawn on: the standard error, where that is a terminal. */
export interface ProgressTerminal {
  readonly columns?: number | undefined;
  write(text: string): unknown;
}

const REDRAW_MS = 200;
/** The rate is that of so many redraws: a second. */
const RATE_OVER = 5;
const ERASE = '\r\x1B[2K';

/** A line that is redrawn while requests are under way, and is gone at their end. */
export class LiveProgress {
  readonly #terminal: ProgressTerminal;
  readonly #clock: Clock;
  readonly #progress: () => Omit<Progress, 'perSecond'>;
  readonly #samples: { readonly atMs: number; readonly ended: number }[] = [];
  #timer: Timer | undefined;

  constructor(terminal: ProgressTerminal, clock: Clock, progress: () => Omit<Progress, 'perSecond'>) {
    this.#terminal = terminal;
    this.#clock = clock;
    this.#progress = progress;
    this.#sample(0);
    this.#wait();
  }

  /** Erases the line. Idempotent. */
  end(): void {
    if (this.#timer === undefined) return;
    this.#timer.cancel();
    this.#timer = undefined;
    this.#terminal.write(ERASE);
  }

  #wait(): void {
    this.#timer = this.#clock.after(REDRAW_MS, () => {
      this.#draw();
      this.#wait();
    });
    this.#timer.unref();
  }

  #draw(): void {
    const progress = this.#progress();
    const oldest = this.#sample(progress.ended);
    const latest = this.#samples.at(-1) ?? oldest;
    const elapsedMs = latest.atMs - oldest.atMs;
    const perSecond = elapsedMs > 0 ? ((latest.ended - oldest.ended) * 1_000) / elapsedMs : 0;
    // In the last column some terminals would begin another line.
    const columns = (this.#terminal.columns ?? 80) - 1;
    this.#terminal.write(ERASE + progressLine({ ...progress, perSecond }, columns));
  }

  /** @returns the oldest that is kept. */
  #sample(ended: number): { readonly atMs: number; readonly ended: number } {
    const sample = { atMs: this.#clock.monotonicMs(), ended };
    this.#samples.push(sample);
    if (this.#samples.length > RATE_OVER + 1) this.#samples.shift();
    return this.#samples[0] ?? sample;
  }
}
