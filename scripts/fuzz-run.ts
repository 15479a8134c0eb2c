import type { Worker } from 'node:worker_threads';

import { FOUND, writeSample } from '../packages/core/test/hostile/fuzz/corpus-file.ts';
import type { FuzzReport } from './fuzz-messages.ts';

/** For so long one sample may keep the thread busy. */
const HANG_MS = 10_000;

/** A run, as it is told to whoever watches. */
export class FuzzRun {
  readonly #worker: Worker;
  readonly #current: SharedArrayBuffer;
  readonly #startedMs = performance.now();
  #heardMs = performance.now();
  #last = { inputs: 0, corpusSize: 0, signatures: 0 };
  #shownSignatures = 0;
  #findings = 0;

  readonly #keptIn: URL | undefined;

  /**
   * @param current Where the worker puts what it is about to try.
   * @param keptIn The folder for what comes to a new end.
   */
  constructor(worker: Worker, current: SharedArrayBuffer, keptIn: URL | undefined) {
    this.#worker = worker;
    this.#current = current;
    this.#keptIn = keptIn;
  }

  hear(report: FuzzReport): void {
    this.#heardMs = performance.now();
    if (report.kind === 'progress') this.#last = report;
    else if (report.kind === 'found') this.found(report.fault, report.text);
    else if (this.#keptIn !== undefined) for (const text of report.kept) writeSample(this.#keptIn, text);
  }

  tick(): void {
    const { inputs, corpusSize, signatures } = this.#last;
    const seconds = (performance.now() - this.#startedMs) / 1_000;
    const grown = signatures - this.#shownSignatures;
    this.#shownSignatures = signatures;
    console.log(
      `${Math.round(seconds)} s: ${inputs} inputs, ${Math.round(inputs / seconds)}/s; corpus ${corpusSize}; ${signatures} kinds of outcome (+${grown})`,
    );
    if (performance.now() - this.#heardMs < HANG_MS) return;
    this.found(`the reader has been at it for ${HANG_MS / 1_000} s`);
    void this.#worker.terminate();
  }

  /** @param text The sample; what is tried just now where it is not given. */
  found(fault: string, text: string = this.#currentText()): void {
    this.#findings += 1;
    const path = writeSample(FOUND, text);
    console.log(`FOUND: ${fault}\n${text}\nIt is in ${path}. To see it again: npm run fuzz -- --replay ${path}`);
  }

  end(): number {
    this.tick();
    console.log(this.#findings === 0 ? 'Nothing was found.' : `${this.#findings} found.`);
    return this.#findings === 0 ? 0 : 1;
  }

  #currentText(): string {
    const bytes = Buffer.from(this.#current);
    return bytes.toString('utf8', 4, 4 + bytes.readUInt32LE(0));
  }
}
