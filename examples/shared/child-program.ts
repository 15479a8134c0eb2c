import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** How a {@link ChildProgram} is started. */
export interface ChildProgramOptions {
  readonly args?: readonly string[];
  /** Flags for Node, besides those of this process. */
  readonly nodeFlags?: readonly string[];
}

/**
 * A program of the examples in a process of its own, which talks by messages. It ends when it is disposed of; and, since a program that is started
 * this way ends when the channel to its parent does ({@link endWithParent}), also when this process crashes or is killed.
 */
export class ChildProgram implements AsyncDisposable {
  readonly #file: URL;
  readonly #child: ChildProcess;

  private constructor(file: URL, child: ChildProcess) {
    this.#file = file;
    this.#child = child;
  }

  static start(file: URL, { args = [], nodeFlags = [] }: ChildProgramOptions = {}): ChildProgram {
    return new ChildProgram(file, fork(file, [...args], { execArgv: [...process.execArgv, ...nodeFlags] }));
  }

  /** The next message from it. Rejects when it ends instead. */
  async receive(): Promise<unknown> {
    const wait = new AbortController();
    const { signal } = wait;
    try {
      return await Promise.race([this.#message(signal), this.#end(signal)]);
    } finally {
      wait.abort();
    }
  }

  /** Says something, and waits for the answer. */
  async ask(message: string): Promise<unknown> {
    const answer = this.receive();
    this.#child.send(message);
    return answer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await ended;
  }

  async #message(signal: AbortSignal): Promise<unknown> {
    const args: readonly unknown[] = await once(this.#child, 'message', { signal });
    return args[0];
  }

  async #end(signal: AbortSignal): Promise<never> {
    const args: readonly unknown[] = await once(this.#child, 'exit', { signal });
    throw new Error(`${this.#file.pathname} ended with ${String(args[0] ?? args[1])}`);
  }
}

/** For the child: ^C at a terminal comes to every process, and the parent is the one to say when it is over. */
export function endWithParent(): void {
  process.on('SIGINT', () => {});
  process.on('disconnect', () => process.exit());
}

/** A number in a message. @throws Error where it is not there. */
export function numberIn(message: unknown, name: string): number {
  const value: unknown = typeof message === 'object' && message !== null ? Reflect.get(message, name) : undefined;
  if (typeof value === 'number') return value;
  throw new Error(`expected a message with the number ${name}`);
}
