import {
  compose,
  HttpRequest,
  roundTripper,
  Transport,
  type HttpResponse,
  type Middleware,
  type RoundTripper,
  type TransportOptions,
} from '@roundtripper/core';
import { testCertificate, TestServer, type Fault } from '@roundtripper/testing';
import { expect, test } from 'vitest';

import { faultsOf } from '../test/sound-record.ts';
import type { ExchangeRecord } from './exchange-record.ts';
import { recordOf } from './record-exchanges.ts';
import { recordTimings } from './record-timings.ts';
import { timingsOf, type Timings } from './timings.ts';

/** mulberry32: the same numbers from 0 to 1 in each run. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const FAULTS: readonly Fault[] = ['close-before-response', 'reset-before-response', 'truncate-body', 'reset-body', 'close-after-response'];
const HTTP2_FAULTS: readonly Fault[] = [
  { kind: 'reset-stream', at: 'start', code: 'INTERNAL_ERROR' },
  { kind: 'reset-stream', at: 'body', code: 'CANCEL' },
  { kind: 'reset-stream', at: 'start', code: 'REFUSED_STREAM' },
  'close-before-response',
];

/** What a request may ask for, and what may become of it, by chance. */
class Chances {
  readonly #random = randomNumbers(20_260_101);

  /** With this probability. */
  that(probability: number): boolean {
    return this.#random() < probability;
  }

  upTo(most: number): number {
    return Math.floor(this.#random() * (most + 1));
  }

  of<T>(these: readonly T[]): T | undefined {
    return these[this.upTo(these.length - 1)];
  }
}

/** Repeats what failed or was not found once. */
const once: Middleware = (next) =>
  roundTripper(async (request) => {
    try {
      const response = await next.roundTrip(request);
      if (response.status !== 503) return response;
      await response.dispose();
      request.trace?.({ kind: 'retry', attempt: 2, delayMs: 0, reason: 'why', status: 503 });
    } catch (error) {
      if (request.signal?.aborted === true) throw error;
      request.trace?.({ kind: 'retry', attempt: 2, delayMs: 0, reason: 'why', error });
    }
    return next.roundTrip(request);
  });

/** A request that is given up at one of its events, where `atEvent` is not too late. */
function requestTo(url: string, chances: Chances): HttpRequest {
  const controller = new AbortController();
  let left = chances.that(0.15) ? chances.upTo(18) : -1;
  const trace = (): void => {
    if (left-- === 0) controller.abort(new Error('given up'));
  };
  const hasBody = chances.that(0.3);
  return new HttpRequest(`${url}/${chances.upTo(9)}`, {
    method: hasBody ? 'PUT' : 'GET',
    body: hasBody ? 'x'.repeat(chances.upTo(20_000)) : null,
    signal: controller.signal,
    trace,
  });
}

async function read(response: HttpResponse, chances: Chances): Promise<void> {
  if (chances.that(0.1)) return response.dispose();
  if (chances.that(0.1)) {
    for await (const _ of response.chunks()) break;
    return undefined;
  }
  await response.bytes();
  return undefined;
}

interface Load {
  readonly client: RoundTripper;
  readonly server: TestServer;
  /** Default: the server's own. */
  readonly url?: string;
  readonly faults: readonly Fault[];
  readonly requests: number;
}

/** @throws Where a record does not lie within the time that its caller has seen go by. */
async function run({ client, server, url = server.url, faults, requests }: Load, chances: Chances): Promise<void> {
  let begun = 0;
  const work = async (): Promise<void> => {
    while (begun++ < requests) {
      if (chances.that(0.08)) {
        server.enqueue({ body: 'x'.repeat(chances.upTo(10_000) + 2), fault: chances.of(faults) });
      } else if (chances.that(0.05)) server.enqueue({ status: 503, body: 'later' });
      const beforeMs = performance.now();
      const record = recordOf(await outcomeOf(client, requestTo(url, chances), chances));
      const { startMs = 0, endMs = Number.POSITIVE_INFINITY } = record ?? {};
      if (startMs < beforeMs || endMs > performance.now()) throw new Error(`${record?.id}: ${startMs} to ${endMs}, begun at ${beforeMs}`);
    }
  };
  await Promise.all(Array.from({ length: 20 }, work));
}

/** The response, whether or not its body could be read, or what the request failed with. */
async function outcomeOf(client: RoundTripper, request: HttpRequest, chances: Chances): Promise<unknown> {
  let response: HttpResponse;
  try {
    response = await client.roundTrip(request);
  } catch (error) {
    return error;
  }
  await read(response, chances).catch(() => {});
  return response;
}

const body = Buffer.alloc(3_000, 'x');

test('of 10 000 requests at random, many of which fail, every one has an end, and its phases add up', { timeout: 60_000 }, async () => {
  const chances = new Chances();
  const records: ExchangeRecord[] = [];
  const recording = recordTimings({ onExchange: (record) => void records.push(record) });
  const tls: TransportOptions = { tls: { ca: testCertificate.ca } };
  await using plain = await TestServer.start({ handler: (_, response) => void response.end(body) });
  await using secure = await TestServer.start({ tls: true });
  await using http2 = await TestServer.start({ protocol: 'h2', tls: true });
  await using few = new Transport({ maxConnsPerHost: 4 });
  await using many = new Transport({ maxIdleConnsPerHost: 2 });
  await using fresh = new Transport({ ...tls, disableKeepAlives: true });
  await using shared = new Transport({ ...tls, protocols: { http1: true, http2: true } });
  const over = (transport: Transport): RoundTripper => compose(recording, once, transport);
  const local = (server: TestServer): string => server.url.replace('127.0.0.1', 'localhost');
  await run({ client: over(few), server: plain, faults: FAULTS, requests: 5_500 }, chances);
  await run({ client: over(many), server: plain, faults: FAULTS, requests: 1_500 }, chances);
  await run({ client: over(fresh), server: plain, url: local(plain), faults: FAULTS, requests: 800 }, chances);
  await run({ client: over(fresh), server: secure, url: local(secure), faults: FAULTS, requests: 200 }, chances);
  await run({ client: over(shared), server: http2, faults: HTTP2_FAULTS, requests: 2_000 }, chances);
  expect(records).toHaveLength(10_000);
  expect(records.flatMap((record) => faultsOf(record)).slice(0, 10)).toEqual([]);
  const found = records.map((record) => timingsOf(record));
  const count = (isSo: (timings: Timings, at: number) => boolean): number => found.filter(isSo).length;
  const counts = {
    failed: count((_, at) => records[at]?.error !== undefined),
    withoutConnection: count(({ connection }) => connection === undefined),
    withoutAnswer: count(({ receive, connection }) => connection !== undefined && receive === undefined),
    repeated: count(({ attempts }) => attempts > 1),
    queued: count(({ queued }) => queued > 0),
    dns: count(({ dns }) => dns !== undefined),
    connect: count(({ connect }) => connect !== undefined),
    ssl: count(({ ssl }) => ssl !== undefined),
    reused: count(({ reused }) => reused === true),
  };
  // That they happened at all: about 1 500, 200, 400, 1 400, 7 000, 300, 1 500, 200 and 7 700 do.
  for (const [what, times] of Object.entries(counts)) expect(times, what).toBeGreaterThan(50);
});
