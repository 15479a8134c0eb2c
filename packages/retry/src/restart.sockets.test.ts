import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

import { compose, HttpRequest, Transport, type RoundTripper } from '@roundtripper/core';
import { expect, test } from 'vitest';

import { attemptsOf, retry } from './index.ts';

/** Counts what it has carried out, by the number that each request bears, and can be stopped and started again on its port. */
class Journal implements AsyncDisposable {
  readonly carriedOut = new Map<string, number>();
  #server: Server;
  #port = 0;
  #served = 0;
  /** Called when a request was carried out, and before it is answered, with how many there were. */
  onServed: (count: number, method: string | undefined) => void = () => {};

  constructor() {
    this.#server = createServer((request, response) => this.#serve(request, response));
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async start(): Promise<void> {
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
    const address = this.#server.address();
    if (typeof address === 'object' && address !== null) this.#port = address.port;
  }

  /** As a process that is killed: every connection ends, whatever is on it. */
  async kill(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
    this.#server = createServer((request, response) => this.#serve(request, response));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    const id = request.headers['x-id'];
    this.carriedOut.set(String(id), (this.carriedOut.get(String(id)) ?? 0) + 1);
    this.#served += 1;
    this.onServed(this.#served, request.method);
    // The answer takes a while: when the end comes many are carried out, and not answered.
    setTimeout(() => response.end(id), 2);
  }
}

interface Result {
  readonly id: string;
  readonly method: string;
  readonly outcome: string;
}

async function sendOne(client: RoundTripper, url: string, id: string, onRefused: () => void): Promise<Result> {
  const method = Number(id) % 2 === 0 ? 'GET' : 'POST';
  const request = new HttpRequest(url, {
    method,
    headers: { 'x-id': id },
    body: method === 'POST' ? 'x' : null,
    trace: (event) => {
      if (event.kind === 'connectDone' && 'error' in event) onRefused();
    },
  });
  try {
    const response = await client.roundTrip(request);
    return { id, method, outcome: (await response.text()) === id ? 'ok' : 'wrong' };
  } catch (error) {
    return { id, method, outcome: attemptsOf(error).at(-1)?.reason ?? 'unknown' };
  }
}

test('a server that restarts in mid-load: no GET is lost, and no POST is carried out twice', async () => {
  await using journal = new Journal();
  await journal.start();
  const { url } = journal;
  let restarts = 0;
  let down: Promise<void> | undefined;
  let refused = 0;
  journal.onServed = (count, method) => {
    // With a POST that is carried out and will never be answered.
    if (count < 500 * (restarts + 1) || restarts === 3 || method !== 'POST') return;
    restarts += 1;
    refused = 0;
    down = journal.kill();
  };
  // It comes back when it was missed.
  const onRefused = (): void => {
    refused += 1;
    if (refused === 20) void down?.then(() => journal.start());
  };
  await using client = compose(
    retry({ retries: 200, minTimeout: 1, maxTimeout: 10, budget: false }),
    new Transport({ maxConnsPerHost: 30 }),
  );
  const results: Result[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < 3_000) {
      next += 1;
      results.push(await sendOne(client, url, String(next), onRefused));
    }
  };
  await Promise.all(Array.from({ length: 60 }, worker));
  await down;

  expect([restarts, results.length]).toEqual([3, 3_000]);
  expect(results.filter(({ method, outcome }) => method === 'GET' && outcome !== 'ok')).toEqual([]);
  const posts = results.filter(({ method }) => method === 'POST');
  expect(posts.filter(({ id }) => (journal.carriedOut.get(id) ?? 0) > 1)).toEqual([]);
  // What is said to have gone well was carried out, and what failed is said to be what may have been.
  expect(posts.filter(({ id, outcome }) => outcome === 'ok' && journal.carriedOut.get(id) !== 1)).toEqual([]);
  const inDoubt = posts.filter(({ outcome }) => outcome !== 'ok');
  expect([inDoubt.length >= 3, inDoubt.every(({ outcome }) => outcome === 'not-idempotent')]).toEqual([true, true]);
});
