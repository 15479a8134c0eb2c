import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { ClientReport } from './outcome.ts';
import type { Scenario } from './plan.ts';
import { judge, type Journal, type Verdict } from './verdict.ts';

/** What is tried. */
export interface Trial {
  readonly scenario: Scenario;
  readonly seed: number;
  readonly requests: number;
  /** Callers at once, each with a connection at most. */
  readonly connections: number;
}

/** The program of a client. */
export type ClientCommand = readonly [file: string, ...args: string[]];

const SERVER = fileURLToPath(new URL('./server.ts', import.meta.url));
const CLIENT = fileURLToPath(new URL('./client-process.ts', import.meta.url));

/** A client that runs on Node. */
export function nodeClient(name: string): ClientCommand {
  return [process.execPath, '--conditions=source', '--unhandled-rejections=strict', CLIENT, name];
}

/** Runs a client against a server of its own, in processes of their own, and holds the word of the one against the other's. */
export async function runTrial(command: ClientCommand, { scenario, seed, requests, connections }: Trial): Promise<Verdict> {
  await using server = new Program([process.execPath, '--conditions=source', SERVER, scenario, String(seed), String(requests)]);
  const { port } = await server.says(isListening);
  await using client = new Program([...command, `http://127.0.0.1:${port}`, String(seed), String(requests), String(connections)]);
  const report = await client.says(isReport);
  await client.ended();
  server.endInput();
  const journal = await server.says(isJournal);
  await server.ended();
  return judge(seed, requests, journal, report);
}

/** A process that says what it has to say in lines. It does not outlive this one. */
class Program implements AsyncDisposable {
  readonly #name: string;
  readonly #process: ChildProcess;
  readonly #lines: AsyncIterator<string, undefined>;
  readonly #closed: Promise<unknown>;

  constructor([file = '', ...args]: readonly string[]) {
    this.#name = [file, ...args].join(' ');
    const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#process = child;
    this.#lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const kill = (): void => void child.kill('SIGKILL');
    process.once('exit', kill);
    this.#closed = once(child, 'close').finally(() => process.removeListener('exit', kill));
    this.#closed.catch(() => {});
  }

  /** The next that it says. @throws Error when it ends without, or says something else. */
  async says<Message>(isIt: (value: unknown) => value is Message): Promise<Message> {
    const result = await this.#lines.next();
    if (result.done === true) throw new Error(`${this.#name} ended without a word`);
    const message: unknown = JSON.parse(result.value);
    if (!isIt(message)) throw new Error(`${this.#name} says ${result.value.slice(0, 200)}`);
    return message;
  }

  endInput(): void {
    this.#process.stdin?.end();
  }

  /** @throws Error when it failed. */
  async ended(): Promise<void> {
    await this.#closed;
    if (this.#process.exitCode !== 0) throw new Error(`${this.#name} ended with ${this.#process.signalCode ?? this.#process.exitCode}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.#closed.catch(() => {});
  }
}

function isListening(value: unknown): value is { readonly port: number } {
  return has(value, 'port');
}

function isReport(value: unknown): value is ClientReport {
  return has(value, 'outcomes', 'errors', 'elapsedMs');
}

function isJournal(value: unknown): value is Journal {
  return has(value, 'seen', 'executed');
}

function has(value: unknown, ...names: readonly string[]): boolean {
  return typeof value === 'object' && value !== null && names.every((name) => Object.hasOwn(value, name));
}
