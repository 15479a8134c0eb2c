import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { listen } from '../../packages/core/test/servers/listen.ts';

/** A server that can be told to read its configuration again, and does so by starting anew while it serves. */
export interface Reloadable {
  readonly name: string;
  readonly path: string;
  /** The text of its configuration: it passes everything on to an origin, and says in `x-process` which of its processes did. */
  readonly configuration: (port: number, origin: number, folder: string) => string;
  readonly args: (file: string, folder: string) => readonly string[];
  /** What tells its first process to do so. */
  readonly signal: NodeJS.Signals;
}

/** It runs in the foreground, so that its first process is the one that is started here. */
export class ReloadableServer implements AsyncDisposable {
  readonly url: string;
  readonly #signal: NodeJS.Signals;
  readonly #process: ChildProcess;
  readonly #folder: string;

  private constructor(port: number, signal: NodeJS.Signals, { child, folder }: { child: ChildProcess; folder: string }) {
    this.url = `http://127.0.0.1:${port}`;
    this.#signal = signal;
    this.#process = child;
    this.#folder = folder;
  }

  /** @param origin The port of it. Resolves when it listens. @throws Error when it ends before that, with what it said. */
  static async start({ path, configuration, args, signal }: Reloadable, origin: number): Promise<ReloadableServer> {
    const folder = await mkdtemp(join(tmpdir(), 'roundtripper-'));
    const port = await freePort();
    const file = join(folder, 'configuration');
    await writeFile(file, configuration(port, origin, folder));
    const child = spawn(path, [...args(file, folder)], { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    const server = new ReloadableServer(port, signal, { child, folder });
    while (!(await isListening(port))) {
      if (child.exitCode === null) continue;
      await server[Symbol.asyncDispose]();
      throw new Error(`${path} has ended: ${said}`);
    }
    return server;
  }

  reload(): void {
    this.#process.kill(this.#signal);
  }

  /** Its other processes end with the first, which is told, not killed: it could not tell them otherwise. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      const closed = once(this.#process, 'close');
      this.#process.kill('SIGTERM');
      await closed;
    }
    await rm(this.#folder, { recursive: true, force: true });
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listen(server);
  server.close();
  await once(server, 'close');
  return port;
}

async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  const isThere = await new Promise<boolean>((resolve) => {
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
  });
  socket.destroy();
  await once(socket, 'close');
  return isThere;
}
