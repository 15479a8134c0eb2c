import {
  compose,
  HttpRequest,
  RoundTripError,
  Transport,
  type RoundTripper,
  type TraceEvent,
  type TransportOptions,
} from '@roundtripper/core';
import { testCertificate, TestServer, type ScriptedResponse } from '@roundtripper/testing';
import { isDeepStrictEqual } from 'node:util';
import { expect, test } from 'vitest';

import { reuseMeter, type ReuseMeter } from './reuse-meter.ts';
import type { ReasonCounts } from './reuse-report.ts';

/** Connections and waits of a route; opened less closed, too. */
interface Held {
  readonly origin: string;
  readonly waiting: number;
  readonly open: number;
  readonly openByCount: number;
  readonly opened: number;
  readonly closed: ReasonCounts;
}

/** What the Transport says of its routes. */
function heldBy(transport: Transport): readonly Held[] {
  return transport.stats().map(({ origin, open, waiting, opened, closed }) => {
    return { origin, waiting, open, openByCount: opened - sumOf(closed), opened, closed };
  });
}

/** What the meter says of them, in the same words. */
function countedBy(meter: ReuseMeter, held: readonly Held[]): readonly Held[] {
  const { routes } = meter.report();
  return held.map(({ origin }) => {
    const route = routes.find((other) => other.origin === origin);
    if (route === undefined) return { origin, waiting: 0, open: 0, openByCount: 0, opened: 0, closed: {} };
    const { waiting, connectionsOpen: open, connectionsOpened: opened, closeReasons: closed } = route;
    return { origin, waiting, open, openByCount: opened - sumOf(closed), opened, closed };
  });
}

function sumOf(counts: ReasonCounts): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

/** Mulberry32: the same numbers in every run. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const FINE: ScriptedResponse = { body: 'fine' };

/** What a server does: mostly what it should. */
const ANSWERS: readonly ScriptedResponse[] = [
  ...Array.from({ length: 8 }, () => FINE),
  { body: ['in ', 'parts'] },
  { body: 'x'.repeat(300_000) },
  { body: 'truncated', fault: 'truncate-body' },
  { fault: 'close-before-response' },
];
const HTTP1_ANSWERS: readonly ScriptedResponse[] = [
  ...ANSWERS,
  { body: 'last', headers: { Connection: 'close' } },
  { body: 'last', headers: { 'Keep-Alive': 'timeout=5, max=0' } },
  { fault: 'reset-before-response' },
  { body: 'goodbye', fault: 'close-after-response' },
];
const HTTP2_ANSWERS: readonly ScriptedResponse[] = [
  ...ANSWERS,
  { body: 'last', fault: { kind: 'go-away' } },
  { fault: { kind: 'go-away', lastStreamId: 1 } },
  { fault: { kind: 'reset-stream', at: 'start', code: 'REFUSED_STREAM' } },
  { body: 'half', fault: { kind: 'reset-stream', at: 'body', code: 'INTERNAL_ERROR' } },
];

/** Where some requests are aborted. */
const MOMENTS: readonly TraceEvent['kind'][] = ['queueStart', 'connectStart', 'gotConn', 'wroteHeaders', 'gotResponse'];

interface Load {
  readonly client: RoundTripper;
  readonly random: () => number;
  /** Called at every event, when the meter has counted it. */
  readonly onEvent: () => void;
}

/** One request, that is read, left or aborted. */
async function use({ client, random, onEvent }: Load, url: string): Promise<void> {
  const controller = new AbortController();
  const moment = random() < 0.15 ? MOMENTS[Math.floor(random() * MOMENTS.length)] : undefined;
  const trace = (event: TraceEvent): void => {
    onEvent();
    if (event.kind === moment) controller.abort();
  };
  try {
    const response = await client.roundTrip(new HttpRequest(url, { trace, signal: controller.signal, close: random() > 0.97 }));
    if (random() < 0.1) await response.dispose();
    else await response.text();
  } catch (error) {
    if (error !== controller.signal.reason && !(error instanceof RoundTripError)) throw error;
  }
}

const LIMITS = { maxConnsPerHost: 6, maxIdleConnsPerHost: 3, maxIdleConns: 5, maxRequestsPerConn: 9 } as const;
const tls = { ca: testCertificate.ca };

test.for<{ name: string; start: () => Promise<TestServer>; answers: readonly ScriptedResponse[]; options: TransportOptions; seed: number }>(
  [
    { name: 'HTTP/1.1', start: () => TestServer.start(), answers: HTTP1_ANSWERS, options: LIMITS, seed: 1 },
    {
      name: 'HTTP/1.1 with TLS',
      start: () => TestServer.start({ tls: true }),
      answers: HTTP1_ANSWERS,
      options: { ...LIMITS, tls },
      seed: 2,
    },
    {
      name: 'HTTP/2',
      start: () => TestServer.start({ protocol: 'h2', tls: true, settings: { maxConcurrentStreams: 3 } }),
      answers: HTTP2_ANSWERS,
      options: { ...LIMITS, tls },
      seed: 3,
    },
  ],
)('over $name the meter and stats() agree at every event: opened less closed is open', async ({ start, answers, options, seed }) => {
  const random = seeded(seed);
  await using first = await start();
  await using second = await start();
  const transport = new Transport(options);
  const meter = reuseMeter();
  const disagreements: unknown[] = [];
  let events = 0;
  const onEvent = (): void => {
    events += 1;
    const held = heldBy(transport);
    const counted = countedBy(meter, held);
    if (!isDeepStrictEqual(held, counted)) disagreements.push({ held, counted });
  };
  const load: Load = { client: compose(meter, transport), random, onEvent };
  let left = 200;
  const worker = async (): Promise<void> => {
    while (left-- > 0) {
      const server = left % 2 === 0 ? first : second;
      server.enqueue(answers[Math.floor(random() * answers.length)] ?? FINE);
      await use(load, server.url);
    }
  };
  await Promise.all(Array.from({ length: 20 }, worker));
  for (const { origin, exchanges, reused, idle } of transport.stats()) {
    const counted = { exchanges, reused, connectionsIdle: idle };
    expect(meter.report().routes.find((route) => route.origin === origin)).toMatchObject(counted);
  }
  await transport.close();
  onEvent();
  expect(disagreements.slice(0, 2)).toEqual([]);
  expect(events).toBeGreaterThan(1_500);
  const { connectionsOpen, connectionsIdle, waiting, dialing, closeReasons, reused } = meter.report();
  expect({ connectionsOpen, connectionsIdle, waiting, dialing }).toEqual({
    connectionsOpen: 0,
    connectionsIdle: 0,
    waiting: 0,
    dialing: 0,
  });
  // The load was as varied as it was meant to be.
  expect(Object.keys(closeReasons).length).toBeGreaterThan(4);
  expect(reused).toBeGreaterThan(30);
});
