import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';

import { listen } from './listen.ts';

/** The longest that a server is waited for; a hook of a test has ten seconds. */
const START_LIMIT_MS = 8_000;

/** A process that listens on a port of 127.0.0.1, until it is disposed of. */
export class RunningServer implements AsyncDisposable {
  readonly port: number;
  readonly #process: ChildProcess;
  readonly #output: string[];

  private constructor(port: number, process: ChildProcess, output: string[]) {
    this.port = port;
    this.#process = process;
    this.#output = output;
  }

  /** Starts `path` with the arguments for a port that was free a moment ago. Resolves when it listens. @throws Error when it ends before that or does not begin within 8 seconds, with what it said. */
  static async start(path: string, args: (port: number) => readonly string[] | Promise<readonly string[]>): Promise<RunningServer> {
    const port = await freePort();
    const child = spawn(path, [...(await args(port))], { stdio: ['ignore', 'pipe', 'pipe'] });
    const output: string[] = [];
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => output.push(chunk.toString()));
    const server = new RunningServer(port, child, output);
    const failed = new Promise<never>((_resolve, reject) => {
      child.once('error', reject);
      child.once('exit', () => reject(new Error(`${path} has ended: ${server.output}`)));
    });
    failed.catch(() => {});
    const limit = performance.now() + START_LIMIT_MS;
    while (!(await Promise.race([isListening(port), failed]))) {
      if (performance.now() < limit) continue;
      await server[Symbol.asyncDispose]();
      throw new Error(`${path} does not listen after ${START_LIMIT_MS} ms: ${server.output}`);
    }
    return server;
  }

  /** What it has printed so far. */
  get output(): string {
    return this.#output.join('');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const closed = once(this.#process, 'close');
    this.#process.kill('SIGKILL');
    await closed;
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listen(server);
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  return port;
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const tell = (isThere: boolean): void => {
      socket.destroy();
      socket.once('close', () => resolve(isThere));
    };
    socket.once('connect', () => tell(true));
    socket.once('error', () => tell(false));
  });
}
