import { setTimeout as delay } from 'node:timers/promises';

import { compose, HttpRequest, Transport, type RoundTripper } from '@roundtripper/core';
import { testCertificate, TestServer, type SharedHandler } from '@roundtripper/testing';
import { traceLog, type TraceLog } from '@roundtripper/trace';

export interface TrafficOptions {
  /** How many requests are made in all. */
  readonly requests: number;
  /** How many callers make them, one request after the other each. */
  readonly callers: number;
  /** The longest that a caller rests between two, in milliseconds. */
  readonly restMs: number;
}

/**
 * Requests of several callers to three servers, over HTTP/1.1 in the clear, over TLS, and over HTTP/2, with all that goes wrong between services: slow answers, long bodies, 4xx and 5xx, connections
 * that the server closes at once or after a while, connections that break before the answer or in the middle of it, callers that give up, too few connections for a burst.
 * What is asked for is the same each time; how long it takes is what it took.
 */
export async function recordTraffic({ requests, callers, restMs }: TrafficOptions): Promise<TraceLog> {
  const log = traceLog();
  await using plain = await TestServer.start({ handler: answer });
  await using secure = await TestServer.start({ handler: answer, tls: true });
  await using h2 = await TestServer.start({ protocol: 'h2', handler: answer, tls: true });
  await using transport = new Transport({ maxConnsPerHost: 6, idleConnTimeout: 250, tls: { ca: testCertificate.ca } });
  const client = compose(log, transport);
  const urls = [plain.url, `https://localhost:${secure.port}`, `https://localhost:${h2.port}`];
  const random = numbersOf(7);
  const paths = Array.from({ length: requests }, (_, at) => `${urls[Math.floor(random() * urls.length)] ?? ''}${pathOf(random(), at)}`);
  const rests = paths.map(() => random() ** 3 * restMs);
  let next = 0;
  const caller = async (): Promise<void> => {
    for (let at = next++; at < requests; at = next++) {
      await ask(client, paths[at] ?? '');
      if (restMs > 0) await delay(rests[at]);
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  return log;
}

/**
 * Three requests, one after the other: the connection of the first carries the second as well, but breaks before that is answered, so that it goes out again on another one. The third has a connection
 * of its own.
 */
export async function recordResend(): Promise<TraceLog> {
  const log = traceLog();
  await using server = await TestServer.start({ handler: answer });
  await using transport = new Transport();
  const client = compose(log, transport);
  for (const path of ['/v1/items', '/v1/broken/before', '/v1/items']) await ask(client, server.url + path);
  return log;
}

/** Mulberry32. */
function numbersOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d_2b_79_f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const PATHS: readonly (readonly [share: number, path: string])[] = [
  [0.62, '/v1/items'],
  [0.13, '/v1/search'],
  [0.06, '/v1/reports/large'],
  [0.04, '/v1/slow'],
  [0.03, '/v1/missing'],
  [0.03, '/v1/unavailable'],
  [0.04, '/v1/legacy/close'],
  [0.015, '/v1/broken/before'],
  [0.015, '/v1/broken/within'],
  [0.01, '/v1/patience'],
  [0.01, '/v1/orders'],
];

function pathOf(drawn: number, at: number): string {
  let sum = 0;
  const [, path] = PATHS.find(([share]) => (sum += share) > drawn) ?? [0, '/v1/items'];
  return path === '/v1/items' ? `${path}/${(at * 37) % 1000}?fields=name,price` : path;
}

/** A caller reads what it gets; what fails it leaves at that. */
async function ask(client: RoundTripper, url: string): Promise<void> {
  const isPost = url.endsWith('/orders');
  const giveUp = new AbortController();
  const timer = url.endsWith('/patience')
    ? setTimeout(() => giveUp.abort(new DOMException('the caller waits 40 ms', 'TimeoutError')), 40)
    : undefined;
  const request = new HttpRequest(
    url,
    isPost ? { method: 'POST', body: 'x'.repeat(40_000), signal: giveUp.signal } : { signal: giveUp.signal },
  );
  try {
    const response = await client.roundTrip(request);
    await response.bytes();
  } catch {
    // The log has it.
  } finally {
    clearTimeout(timer);
  }
}

const answer: SharedHandler = async (request, response) => {
  const path = request.url ?? '';
  const steps = ANSWERS.find(([prefix]) => path.startsWith(prefix))?.[1];
  if (steps === undefined) response.end(JSON.stringify({ path }));
  else await steps(response, request);
};

type Steps = (response: Parameters<SharedHandler>[1], request: Parameters<SharedHandler>[0]) => void | Promise<void>;

const ANSWERS: readonly (readonly [prefix: string, steps: Steps])[] = [
  ['/v1/search', (response) => later(12, () => response.end('found'))],
  ['/v1/slow', (response) => later(120, () => response.end('at last'))],
  ['/v1/reports', (response) => inParts(response)],
  ['/v1/missing', (response) => void response.writeHead(404).end('no')],
  ['/v1/unavailable', (response) => later(4, () => response.writeHead(503).end('not now'))],
  ['/v1/legacy', (response, request) => closing(response, request)],
  ['/v1/broken/before', (response) => void response.destroy()],
  ['/v1/broken/within', (response) => void response.write('half', () => response.destroy())],
  ['/v1/patience', (response) => later(90, () => response.end('too late'))],
];

async function later(ms: number, then: () => void): Promise<void> {
  await delay(ms);
  then();
}

async function inParts(response: Parameters<Steps>[0]): Promise<void> {
  for (let part = 0; part < 4; part++) {
    response.write('0123456789abcdef'.repeat(1024));
    await delay(6);
  }
  response.end();
}

/** HTTP/2 has no such field. */
function closing(response: Parameters<Steps>[0], request: Parameters<Steps>[1]): void {
  if (request.httpVersion === '1.1') response.setHeader('connection', 'close');
  response.end('bye');
}
