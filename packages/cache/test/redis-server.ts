import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';

import { createClient, type RedisClientType } from 'redis';
import { onTestFinished } from 'vitest';

import { serverBinary } from '../../core/test/servers/server-binary.ts';

/** Installed where it may be; tests without it are left out by name. */
export const redisBinary: Awaited<ReturnType<typeof serverBinary>> = await serverBinary('redis-server', 'redis-server');

/** A Redis of its own on 127.0.0.1 that keeps nothing on the disk, and can be treated badly. */
export class RedisServer implements AsyncDisposable {
  readonly port: number;
  #process: ChildProcess;

  private constructor(port: number, process: ChildProcess) {
    this.port = port;
    this.#process = process;
  }

  /** @param config Further lines of its configuration, as `maxmemory 5mb`. */
  static async start(...config: readonly string[]): Promise<RedisServer> {
    const port = await freePort();
    return new RedisServer(port, await launch(port, config));
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Ends it as a power failure would. */
  async kill(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const closed = once(this.#process, 'close');
    this.#process.kill('SIGKILL');
    await closed;
  }

  /** Starts it again, empty, where it was. */
  async restart(): Promise<void> {
    await this.kill();
    this.#process = await launch(this.port, []);
  }

  /** From now on it answers nothing, while its connections stay. */
  stall(): void {
    this.#process.kill('SIGSTOP');
  }

  goOn(): void {
    this.#process.kill('SIGCONT');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}

/** A client as a program has it, connected; it goes after the test. */
export async function connectedClient(server: RedisServer): Promise<RedisClientType> {
  const client = createClient({ url: server.url, socket: { reconnectStrategy: () => 20 } });
  await client.connect();
  onTestFinished(() => {
    if (client.isOpen) client.destroy();
  });
  return client;
}

async function launch(port: number, config: readonly string[]): Promise<ChildProcess> {
  const args = ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--daemonize', 'no'];
  for (const line of config) args.push(...`--${line}`.split(' '));
  const child = spawn(redisBinary.path, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'close').then(() => {
    throw new Error('redis-server has ended by itself');
  });
  ended.catch(() => {});
  let output = '';
  const ready = new Promise<void>((resolve) => {
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      if (output.includes('Ready to accept connections')) resolve();
    });
  });
  await Promise.race([ready, ended]);
  return child;
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('there is no port');
  return address.port;
}
