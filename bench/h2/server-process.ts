import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { listen } from '../../packages/core/test/servers/listen.ts';

const LOOKS = 100;
const LOOK_EVERY_MS = 50;

/** A server of somebody else's, which listens on a port of 127.0.0.1. It does not outlive this process, however this one ends. */
export class ServerProcess implements AsyncDisposable {
  readonly port: number;
  readonly #process: ChildProcess;
  readonly #ended: Promise<unknown>;

  private constructor(port: number, [file = '', ...args]: readonly string[]) {
    this.port = port;
    this.#process = spawn(file, args, { stdio: ['ignore', 'ignore', 'inherit'] });
    const kill = (): void => void this.#process.kill('SIGKILL');
    process.once('exit', kill);
    this.#ended = once(this.#process, 'exit').finally(() => process.removeListener('exit', kill));
    this.#ended.catch(() => {});
  }

  /** Starts it with the command for a port that was free a moment ago. @throws Error when it ends, or does not listen. */
  static async start(commandFor: (port: number) => readonly string[]): Promise<ServerProcess> {
    const port = await freePort();
    const server = new ServerProcess(port, commandFor(port));
    try {
      for (let look = 0; look < LOOKS; look++) {
        if (await isListening(port)) return server;
        await Promise.race([delay(LOOK_EVERY_MS), server.#ended.then(() => Promise.reject(new Error('it has ended')))]);
      }
      throw new Error(`nothing after ${LOOKS * LOOK_EVERY_MS} ms`);
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw new Error(`${server.#process.spawnfile} does not listen on port ${port}`, { cause: error });
    }
  }

  /** The CPU time that its threads have taken. */
  async cpuMicros(): Promise<number> {
    const tasks = `/proc/${this.#process.pid}/task`;
    let nanos = 0;
    for (const task of await readdir(tasks)) nanos += Number.parseInt(await readFile(`${tasks}/${task}/schedstat`, 'latin1'), 10);
    return nanos / 1_000;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill('SIGKILL');
    // One that could not be started has told that already.
    await this.#ended.catch(() => {});
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
      socket.once('close', () => resolve(isThere));
      socket.destroy();
    };
    socket.once('connect', () => tell(true));
    socket.once('error', () => tell(false));
  });
}
