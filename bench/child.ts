import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expectReport, type Order, type Report } from './messages.ts';

/** How long a process may take to close what it has before it is killed. */
const END_MS = 2_000;

/** How long it may be silent before it is taken for hung and killed. */
const ANSWER_MS = 60_000;

interface Waiter {
  readonly resolve: (report: Report) => void;
  readonly reject: (error: Error) => void;
}

/** What to start. */
export interface Program {
  /** What messages call it. */
  readonly name: string;
  readonly command: readonly string[];
  /** Added to this process's own. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A program in TypeScript, with what gives the garbage collector into its own hands. */
export function nodeProgram(name: string, file: URL, ...args: readonly string[]): Program {
  return { name, command: [process.execPath, '--conditions=source', '--expose-gc', fileURLToPath(file), ...args] };
}

/** The processes that are there. One listener does for all: more than ten would be taken for a leak. */
class KillAtExit {
  readonly #processes = new Set<ChildProcess>();
  readonly #kill = (): void => {
    for (const each of this.#processes) each.kill('SIGKILL');
  };

  add(child: ChildProcess): void {
    if (this.#processes.size === 0) process.once('exit', this.#kill);
    this.#processes.add(child);
  }

  delete(child: ChildProcess): void {
    this.#processes.delete(child);
    if (this.#processes.size === 0) process.removeListener('exit', this.#kill);
  }
}

const killAtExit = new KillAtExit();

/** A process of the benchmark, on a CPU of its own where that can be. It does not outlive this one, however this one ends. */
export class Child {
  readonly #name: string;
  readonly #process: ChildProcess;
  readonly #ended: Promise<void>;
  #waiter: Waiter | undefined;

  /** @param pinned What goes before the command. */
  constructor(pinned: readonly string[], { name, command, env }: Program) {
    this.#name = name;
    const [file = '', ...rest] = [...pinned, ...command];
    this.#process = spawn(file, rest, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], env: { ...process.env, ...env } });
    killAtExit.add(this.#process);
    // oxlint-disable-next-line typescript/consistent-type-assertions -- only child-side.ts and go/main.go send from there
    this.#process.on('message', (message) => this.#onReport(message as Report));
    this.#ended = new Promise((resolve) => {
      const onEnded = (error: Error): void => {
        killAtExit.delete(this.#process);
        this.#waiter?.reject(error);
        resolve();
      };
      this.#process.once('error', onEnded);
      // Not 'close': it does not come where this side was the one to disconnect.
      this.#process.once('exit', (code, signal) => onEnded(new Error(`${this.#name}: the process ended with ${signal ?? `code ${code}`}`)));
    });
  }

  /** What it reports first. Rejects when that is another report, and when the process fails or ends. */
  async first<Kind extends Report['kind']>(kind: Kind): Promise<Extract<Report, { readonly kind: Kind }>> {
    return expectReport(await this.#next(), kind);
  }

  /** Gives an order and waits for its report. Rejects when that is another one, and when the process fails or ends. */
  async ask<Kind extends Report['kind']>(order: Order, kind: Kind): Promise<Extract<Report, { readonly kind: Kind }>> {
    const report = this.#next();
    this.#process.send(order);
    return expectReport(await report, kind);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#waiter?.reject(new Error(`${this.#name}: ended before it answered`));
    const timer = setTimeout(() => this.#process.kill('SIGKILL'), END_MS);
    if (this.#process.connected) this.#process.disconnect();
    await this.#ended;
    clearTimeout(timer);
  }

  #next(): Promise<Report> {
    const { promise, resolve, reject } = Promise.withResolvers<Report>();
    this.#waiter = { resolve, reject };
    const timer = setTimeout(() => reject(new Error(`${this.#name}: no answer within ${ANSWER_MS / 1_000} s`)), ANSWER_MS);
    return promise.finally(() => clearTimeout(timer));
  }

  #onReport(report: Report): void {
    const waiter = this.#waiter;
    this.#waiter = undefined;
    if (report.kind === 'failed') waiter?.reject(new Error(`${this.#name}: ${report.message}`));
    else waiter?.resolve(report);
  }
}
