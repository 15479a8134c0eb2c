const REDRAW_MS = 100;
const LINE_MS = 1_000;

/** Says how far it is: on a terminal a line that is rewritten in place, elsewhere a line every second. */
export class Progress implements Disposable {
  readonly #text: () => string;
  readonly #timer: NodeJS.Timeout;

  constructor(text: () => string) {
    this.#text = text;
    this.#timer = process.stdout.isTTY ? setInterval(() => this.#redraw(), REDRAW_MS) : setInterval(() => console.log(text()), LINE_MS);
  }

  /** Leaves the terminal's line empty. */
  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    if (process.stdout.isTTY) process.stdout.write('\r\u001B[2K');
  }

  /** Cut off at the edge: a line that wraps could not be rewritten. */
  #redraw(): void {
    process.stdout.write(`\r\u001B[2K${this.#text().slice(0, (process.stdout.columns || 80) - 1)}`);
  }
}
