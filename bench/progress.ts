/** Tells on stderr how far it is: one line that changes on a terminal, a line for each step elsewhere. */
export class Progress implements Disposable {
  readonly #isTerminal = process.stderr.isTTY;

  show(text: string): void {
    process.stderr.write(this.#isTerminal ? `\r\x1B[2K${text.slice(0, (process.stderr.columns ?? 80) - 1)}` : `${text}\n`);
  }

  [Symbol.dispose](): void {
    if (this.#isTerminal) process.stderr.write('\r\x1B[2K');
  }
}
