const REDRAW_MS = 200;

/** A line at the foot of a terminal that is redrawn as time passes. Where the output is no terminal it is never drawn. */
export class LiveLine implements Disposable {
  readonly #text: () => string;
  readonly #timer: NodeJS.Timeout | undefined;

  constructor(text: () => string) {
    this.#text = text;
    if (process.stdout.isTTY) this.#timer = setInterval(() => this.#draw(), REDRAW_MS);
  }

  /** Prints lines that stay, above the live one. */
  print(lines: string): void {
    this.#erase();
    console.log(lines);
    this.#draw();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#erase();
  }

  #draw(): void {
    if (this.#timer === undefined) return;
    process.stdout.write(`\r\x1B[2K${this.#text().slice(0, (process.stdout.columns ?? 80) - 1)}`);
  }

  #erase(): void {
    if (this.#timer !== undefined) process.stdout.write('\r\x1B[2K');
  }
}
