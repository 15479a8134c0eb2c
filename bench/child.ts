import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Order, Report } from './messages.ts';

/** How long a process may take to close what it has before it is killed. */
const END_MS = 2_000;

interface Waiter {
  readonly resolve: (report: Report) => void;
  readonly reject: (error: Error) => void;
}

/** A process of the benchmark, on a CPU of its own where that can be. It does not outlive this one, however this one ends. */
export class Child {
  readonly #name: string;
  readonly #process: ChildProcess;
  readonly #ended: Promise<void>;
  #waiter: Waiter | undefined;

  /**
   * @param pinned What goes before the command.
   * @param args For the program; the first is also what messages call it by.
   */
  constructor(pinned: readonly string[], program: URL, args: readonly string[]) {
    this.#name = args[0] ?? 'the server';
    const [file = '', ...rest] = [...pinned, process.execPath, '--conditions=source', fileURLToPath(program), ...args];
    this.#process = spawn(file, rest, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    const kill = (): void => void this.#process.kill('SIGKILL');
    process.once('exit', kill);
    // oxlint-disable-next-line typescript/consistent-type-assertions -- only child-side.ts sends from there
    this.#process.on('message', (message) => this.#onReport(message as Report));
    this.#ended = new Promise((resolve) => {
      const onEnded = (error: Error): void => {
        process.removeListener('exit', kill);
        this.#waiter?.reject(error);
        resolve();
      };
      this.#process.once('error', onEnded);
      // Not 'close': it does not come where this side was the one to disconnect.
      this.#process.once('exit', (code, signal) => onEnded(new Error(`${this.#name}: the process ended with ${signal ?? `code ${code}`}`)));
    });
  }

  /** What it reports first. Rejects when it fails or ends. */
  first(): Promise<Report> {
    return new Promise((resolve, reject) => {
      this.#waiter = { resolve, reject };
    });
  }

  /** Gives an order and waits for its report. Rejects when the process fails or ends. */
  ask(order: Order): Promise<Report> {
    return new Promise((resolve, reject) => {
      this.#waiter = { resolve, reject };
      this.#process.send(order);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#waiter = undefined;
    const timer = setTimeout(() => this.#process.kill('SIGKILL'), END_MS);
    if (this.#process.connected) this.#process.disconnect();
    await this.#ended;
    clearTimeout(timer);
  }

  #onReport(report: Report): void {
    const waiter = this.#waiter;
    this.#waiter = undefined;
    if (report.kind === 'failed') waiter?.reject(new Error(`${this.#name}: ${report.message}`));
    else waiter?.resolve(report);
  }
}
