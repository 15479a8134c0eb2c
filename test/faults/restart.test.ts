import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

import { HttpRequest, RoundTripError, Transport } from '@roundtripper/core';
import { expect, test } from 'vitest';

const CALLERS = 16;
const CRASHES = 3;
const REQUESTS_BETWEEN = 1_000;

/** Says the port that it listens on. Each answer is the path that was asked for. */
const SERVER = `
  const server = require('node:http').createServer((request, response) => request.resume().on('end', () => response.end(request.url)));
  server.keepAliveTimeout = 0;
  server.listen(Number(process.argv[1]), '127.0.0.1', () => console.log(server.address().port));
`;

/** A server that ends with the test, if not before. */
class Crashing implements AsyncDisposable {
  readonly port: number;
  #process: ChildProcess;

  private constructor(port: number, child: ChildProcess) {
    this.port = port;
    this.#process = child;
  }

  static async start(): Promise<Crashing> {
    const { child, port } = await listening(0);
    return new Crashing(port, child);
  }

  async crash(): Promise<void> {
    const ended = once(this.#process, 'close');
    this.#process.kill('SIGKILL');
    await ended;
  }

  async startAgain(): Promise<void> {
    const { child } = await listening(this.port);
    this.#process = child;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) await this.crash();
  }
}

async function listening(port: number): Promise<{ readonly child: ChildProcess; readonly port: number }> {
  const child = spawn(process.execPath, ['-e', SERVER, String(port)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const said: unknown = await once(child.stdout, 'data');
  return { child, port: Number(String(said)) };
}

/** What callers met since they were asked last. */
class Load {
  readonly failures: unknown[] = [];
  answered = 0;
  isOver = false;
  readonly #callers: readonly Promise<void>[];

  constructor(transport: Transport, url: string) {
    this.#callers = Array.from({ length: CALLERS }, (_, caller) => this.#call(transport, url, caller));
  }

  async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) await new Promise(setImmediate);
  }

  async end(): Promise<void> {
    this.isOver = true;
    await Promise.all(this.#callers);
  }

  async #call(transport: Transport, url: string, caller: number): Promise<void> {
    for (let at = caller; !this.isOver; at++) {
      try {
        const response = await transport.roundTrip(new HttpRequest(`${url}/${at}`, { method: at % 2 === 0 ? 'GET' : 'POST' }));
        if ((await response.text()) === `/${at}`) this.answered += 1;
        else this.failures.push('another’s answer');
      } catch (error) {
        this.failures.push(error);
        // While nobody listens, callers of some patience.
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    }
  }
}

test('a server that crashes under load fails what it had been sent, and nothing more once it is back', { timeout: 60_000 }, async () => {
  await using server = await Crashing.start();
  await using transport = new Transport({ maxConnsPerHost: CALLERS });
  const load = new Load(transport, `http://127.0.0.1:${server.port}`);
  const more = (): Promise<void> => {
    const until = load.answered + REQUESTS_BETWEEN;
    return load.until(() => load.answered >= until);
  };
  for (let crash = 0; crash < CRASHES; crash++) {
    await more();
    await server.crash();
    await load.until(() => load.failures.length > 3 * CALLERS);
    await server.startAgain();
    // A dial may be under way that began before: it fails, or it does not.
    const already = load.failures.length + CALLERS;
    await more();
    expect(load.failures.length).toBeLessThanOrEqual(already);
    const met = load.failures.splice(0);
    expect(met.filter((error) => !(error instanceof RoundTripError))).toEqual([]);
    const sent = met.filter((error) => error instanceof RoundTripError && error.sent !== 'nothing');
    expect(sent.length).toBeLessThanOrEqual(CALLERS);
    const { open = 0, dialing = 0 } = transport.stats()[0] ?? {};
    expect(open + dialing).toBeLessThanOrEqual(CALLERS);
  }
  await more();
  await load.end();
  expect(load.failures).toEqual([]);
});
