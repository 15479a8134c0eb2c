import {
  compose,
  HttpRequest,
  HttpResponse,
  roundTripper,
  type CloseReason,
  type ConnectionInfo,
  type TraceEvent,
  type TraceListener,
} from '@roundtripper/core';
import { TestClock } from '@roundtripper/testing';
import { expect, test } from 'vitest';

import { reuseMeter, type ReuseMeter } from './reuse-meter.ts';
import type { Distribution, ReuseReport } from './reuse-report.ts';

const ORIGIN = 'http://example.com';
const PROXY = 'http://proxy.example:3128';

function connectionOf(id: number, way: Partial<Pick<ConnectionInfo, 'origin' | 'proxy'>> = {}): ConnectionInfo {
  const peer = { remoteAddress: '127.0.0.1', remotePort: 80, localAddress: '127.0.0.1', localPort: 40_000 + id, tls: undefined };
  return { id, origin: ORIGIN, protocol: 'http/1.1', ...peer, ...way };
}

/** The listener that a meter gives to a request. */
async function listenerOf(meter: ReuseMeter, url = ORIGIN): Promise<TraceListener> {
  const given: TraceListener[] = [];
  const next = roundTripper((request) => {
    if (request.trace !== undefined) given.push(request.trace);
    return Promise.resolve(new HttpResponse('ok'));
  });
  await compose(meter, next).roundTrip(new HttpRequest(url));
  const [listener] = given;
  if (listener === undefined) throw new Error('the meter does not listen');
  return listener;
}

const [one, two] = [connectionOf(1), connectionOf(2)];
const getConn: TraceEvent = { kind: 'getConn', hostPort: 'example.com:80', origin: ORIGIN };
const queueEnd: TraceEvent = { kind: 'queueEnd' };
const opened = (connection: ConnectionInfo): TraceEvent => ({ kind: 'connOpened', connection });
const kept = (connection: ConnectionInfo): TraceEvent => ({ kind: 'putIdleConn', connection });

interface Grant {
  readonly reused?: boolean;
  readonly idleTimeMs?: number;
  readonly dialledByAnother?: boolean;
}

function got(connection: ConnectionInfo, { reused = false, idleTimeMs, dialledByAnother = false }: Grant = {}): TraceEvent {
  return { kind: 'gotConn', connection, reused, wasIdle: idleTimeMs !== undefined, idleTimeMs: idleTimeMs ?? 0, dialledByAnother };
}

function closed(connection: ConnectionInfo, reason: CloseReason, exchanges = 1, lifetimeMs = 1): TraceEvent {
  return { kind: 'connClosed', connection, reason, exchanges, lifetimeMs };
}

/** A distribution of these values, in whatever buckets. */
function of(...values: readonly number[]): Readonly<Record<keyof Distribution, unknown>> {
  const sum = values.reduce((total, value) => total + value, 0);
  const mean = values.length === 0 ? 0 : sum / values.length;
  const buckets: unknown = expect.any(Array);
  return { count: values.length, sum, mean, max: Math.max(0, ...values), bounds: buckets, counts: buckets };
}

const nothing = {
  requests: 0,
  failed: 0,
  exchanges: 0,
  reused: 0,
  reuseRate: 0,
  fromIdle: 0,
  idleTime: of(),
  handedOver: 0,
  dialledByAnother: 0,
  resends: 0,
  waited: 0,
  waitTime: {},
  waiting: 0,
  mostWaiting: 0,
  dials: 0,
  dialing: 0,
  dialsFailed: 0,
  dialsDonated: { toRequest: 0, toPool: 0 },
  connectionsOpened: 0,
  connectionsFound: 0,
  connectionsClosed: 0,
  connectionsOpen: 0,
  connectionsIdle: 0,
  mostOpen: 0,
  closedUnused: 0,
  closeReasons: {},
  notKept: {},
  lifetime: of(),
  exchangesPerConnection: of(),
  missedReuse: { ours: of(), servers: of() },
} satisfies Record<keyof Omit<ReuseReport, 'routes' | 'warnings'>, unknown>;

test.for<{ fact: string; events: readonly (TraceEvent | number)[]; counts: Partial<Record<keyof ReuseReport, unknown>> }>([
  { fact: 'nothing happened', events: [], counts: {} },
  {
    fact: 'a fresh connection is no reuse',
    events: [getConn, opened(one), got(one)],
    counts: { exchanges: 1, connectionsOpened: 1, connectionsOpen: 1, mostOpen: 1 },
  },
  {
    fact: 'one that was idle',
    events: [
      opened(one),
      got(one),
      kept(one),
      got(one, { reused: true, idleTimeMs: 10 }),
      kept(one),
      got(one, { reused: true, idleTimeMs: 20 }),
      kept(one),
    ],
    counts: {
      exchanges: 3,
      reused: 2,
      reuseRate: 2 / 3,
      fromIdle: 2,
      idleTime: of(10, 20),
      connectionsOpened: 1,
      connectionsOpen: 1,
      connectionsIdle: 1,
      mostOpen: 1,
    },
  },
  {
    fact: 'one that was handed over was not idle',
    events: [opened(one), got(one), kept(one), got(one, { reused: true })],
    counts: { exchanges: 2, reused: 1, reuseRate: 0.5, handedOver: 1, connectionsOpened: 1, connectionsOpen: 1, mostOpen: 1 },
  },
  {
    fact: 'a dial that was donated to the pool is idle, and late bound to whoever gets it',
    events: [
      { kind: 'dialStart', hostPort: 'example.com:80' },
      opened(one),
      { kind: 'dialEnd', connection: one },
      { kind: 'dialDonated', connection: one, to: 'pool' },
      got(one, { idleTimeMs: 4, dialledByAnother: true }),
      kept(one),
    ],
    counts: {
      exchanges: 1,
      fromIdle: 1,
      idleTime: of(4),
      dialledByAnother: 1,
      dials: 1,
      dialsDonated: { toRequest: 0, toPool: 1 },
      connectionsOpened: 1,
      connectionsOpen: 1,
      connectionsIdle: 1,
      mostOpen: 1,
    },
  },
  {
    fact: 'a dial that goes to another request',
    events: [
      { kind: 'dialStart', hostPort: 'a:80' },
      opened(one),
      { kind: 'dialEnd', connection: one },
      { kind: 'dialDonated', connection: one, to: 'request' },
    ],
    counts: { dials: 1, dialsDonated: { toRequest: 1, toPool: 0 }, connectionsOpened: 1, connectionsOpen: 1, mostOpen: 1 },
  },
  {
    fact: 'dials under way, and those that failed, with whatever error',
    events: [
      { kind: 'dialStart', hostPort: 'a:80' },
      { kind: 'dialStart', hostPort: 'a:80' },
      { kind: 'dialEnd', error: undefined },
    ],
    counts: { dials: 2, dialing: 1, dialsFailed: 1 },
  },
  {
    fact: 'what is waited for, how long, and by how many at once',
    events: [
      { kind: 'queueStart', willDial: true, waitsFor: 'own-dial' },
      10,
      { kind: 'queueStart', willDial: false, waitsFor: 'room' },
      { kind: 'queueStart', willDial: false, waitsFor: 'another-dial' },
      { kind: 'queueStart', willDial: false, waitsFor: 'capacity' },
      5,
      queueEnd,
      queueEnd,
      2,
      queueEnd,
    ],
    counts: { waited: 4, waiting: 1, mostWaiting: 4, waitTime: { 'own-dial': of(15), 'room': of(5), 'another-dial': of(7) } },
  },
  {
    fact: 'connections closed, by reason; one was never used',
    events: [
      opened(one),
      opened(two),
      opened(connectionOf(3)),
      closed(one, 'idle-timeout', 3, 500),
      closed(two, 'idle-timeout', 0, 100),
      { kind: 'putIdleConn', connection: connectionOf(3), reason: 'response-close' },
    ],
    counts: {
      connectionsOpened: 3,
      connectionsClosed: 2,
      connectionsOpen: 1,
      mostOpen: 3,
      closedUnused: 1,
      closeReasons: { 'idle-timeout': 2 },
      notKept: { 'response-close': 1 },
      lifetime: of(500, 100),
      exchangesPerConnection: of(3, 0),
    },
  },
  {
    fact: 'one that was opened unseen is found when it is used, once',
    events: [got(one, { idleTimeMs: 7 }), kept(one), got(one, { reused: true, idleTimeMs: 1 }), closed(one, 'aborted', 2)],
    counts: {
      exchanges: 2,
      reused: 1,
      reuseRate: 0.5,
      fromIdle: 2,
      idleTime: of(7, 1),
      connectionsFound: 1,
      connectionsClosed: 1,
      mostOpen: 1,
      closeReasons: { aborted: 1 },
      lifetime: of(1),
      exchangesPerConnection: of(2),
    },
  },
  {
    fact: 'one that ends before it is told of was opened and closed all the same',
    events: [closed(one, 'connection-lost', 0), opened(one), kept(one)],
    counts: {
      connectionsOpened: 1,
      connectionsClosed: 1,
      mostOpen: 1,
      closedUnused: 1,
      closeReasons: { 'connection-lost': 1 },
      lifetime: of(1),
      exchangesPerConnection: of(0),
    },
  },
  {
    fact: 'a connection closed for being idle, and another opened: for how long it would have had to be kept',
    events: [opened(one), got(one), 100, kept(one), 90_000, closed(one, 'idle-timeout'), 5_000, opened(two)],
    counts: {
      exchanges: 1,
      connectionsOpened: 2,
      connectionsClosed: 1,
      connectionsOpen: 1,
      mostOpen: 1,
      closeReasons: { 'idle-timeout': 1 },
      lifetime: of(1),
      exchangesPerConnection: of(1),
      missedReuse: { ours: of(95_000), servers: of() },
    },
  },
  {
    fact: 'one that the server closed while it was in use was not closed for being idle',
    events: [opened(one), kept(one), got(one, { reused: true }), closed(one, 'server-closed-idle'), 5, opened(two)],
    counts: {
      exchanges: 1,
      reused: 1,
      reuseRate: 1,
      handedOver: 1,
      connectionsOpened: 2,
      connectionsClosed: 1,
      connectionsOpen: 1,
      mostOpen: 1,
      closeReasons: { 'server-closed-idle': 1 },
      lifetime: of(1),
      exchangesPerConnection: of(1),
    },
  },
  {
    fact: 'sent again, and failed',
    events: [getConn, { kind: 'resend', attempt: 2, error: 1 }, getConn, { kind: 'requestFailed', error: 1 }],
    counts: { resends: 1, failed: 1 },
  },
  {
    fact: 'the rest does not matter',
    events: [
      { kind: 'wroteHeaders', fieldNames: () => [] },
      { kind: 'bodyEnd', bodyBytes: 1 },
      { kind: 'leaseReleased', connection: one },
      queueEnd,
    ],
    counts: {},
  },
])('$fact', async ({ events, counts }) => {
  const clock = new TestClock();
  const meter = reuseMeter({ clock });
  const listener = await listenerOf(meter);
  for (const event of events) {
    if (typeof event === 'number') await clock.advance(event);
    else listener(event);
  }
  const { routes, warnings, ...report } = meter.report();
  expect(report).toEqual({ ...nothing, requests: 1, ...counts });
  expect(warnings).toEqual([]);
  const isSought = events.includes(getConn);
  if (routes.length > 0) expect(routes).toEqual([{ origin: ORIGIN, ...nothing, requests: isSought ? 1 : 0, ...counts }]);
  else expect(counts).toEqual({});
});

test('each route is counted by itself: direct, through a tunnel, and a proxy that passes requests on', async () => {
  const meter = reuseMeter();
  const listener = await listenerOf(meter);
  for (const [id, way] of [{}, { proxy: PROXY }, { proxy: PROXY }, { origin: PROXY, proxy: PROXY }].entries()) {
    const connection = connectionOf(id, way);
    for (const event of [opened(connection), got(connection)]) listener(event);
  }
  const { connectionsOpened, routes } = meter.report();
  expect(connectionsOpened).toBe(4);
  expect(routes.map(({ origin, proxy, connectionsOpened: here, exchanges }) => [origin, proxy, here, exchanges])).toEqual([
    [ORIGIN, undefined, 1, 1],
    [ORIGIN, PROXY, 2, 2],
    [PROXY, PROXY, 1, 1],
  ]);
});

test('where the route is told when a connection is looked for, what comes before there is one is counted along it', async () => {
  const meter = reuseMeter();
  const listener = await listenerOf(meter);
  const along = { ...getConn, origin: ORIGIN, proxy: PROXY };
  for (const event of [along, { kind: 'queueStart', willDial: true, waitsFor: 'own-dial' } as const, queueEnd]) listener(event);
  listener({ kind: 'requestFailed', error: 'refused' });
  expect(meter.report().routes).toMatchObject([{ origin: ORIGIN, proxy: PROXY, requests: 1, waited: 1, failed: 1 }]);
});

test('a connection is closed where it was opened, whoever used it last', async () => {
  const meter = reuseMeter();
  const connection = connectionOf(1, { origin: PROXY, proxy: PROXY });
  const first = await listenerOf(meter, 'http://a.example');
  const second = await listenerOf(meter, 'http://b.example');
  first(opened(connection));
  first(got(connection));
  second(got(connection, { reused: true }));
  second(closed(connection, 'timeout', 2));
  expect(meter.report().routes).toMatchObject([
    { origin: PROXY, proxy: PROXY, exchanges: 2, reused: 1, connectionsOpened: 1, connectionsClosed: 1 },
  ]);
});

test('a request that is sent several times at once waits several times', async () => {
  const clock = new TestClock();
  const meter = reuseMeter({ clock });
  const listener = await listenerOf(meter);
  const queueStart: TraceEvent = { kind: 'queueStart', willDial: true, waitsFor: 'own-dial' };
  listener(getConn);
  listener(queueStart);
  await clock.advance(10);
  listener(getConn);
  listener(queueStart);
  await clock.advance(10);
  listener(queueEnd);
  listener(queueEnd);
  expect(meter.report()).toMatchObject({
    requests: 1,
    waited: 2,
    waiting: 0,
    mostWaiting: 2,
    waitTime: { 'own-dial': { count: 2, sum: 30 } },
    routes: [{ requests: 1 }],
  });
});

test('a reset forgets what was counted, and keeps what is there', async () => {
  const meter = reuseMeter();
  const listener = await listenerOf(meter);
  for (const event of [getConn, opened(one), got(one), kept(one), opened(two), got(two)]) listener(event);
  const before = meter.report();
  meter.reset();
  const there = { connectionsOpen: 2, connectionsIdle: 1, mostOpen: 2 };
  expect(meter.report()).toEqual({ ...nothing, ...there, routes: [{ origin: ORIGIN, ...nothing, ...there }], warnings: [] });
  listener(closed(two, 'timeout'));
  listener({ kind: 'requestFailed', error: 'late' });
  const later = { failed: 1, connectionsOpened: 0, connectionsClosed: 1, connectionsOpen: 1, connectionsIdle: 1 };
  expect(meter.report()).toMatchObject({ requests: 0, ...later, routes: [later] });
  expect(before).toMatchObject({ requests: 1, failed: 0, connectionsOpened: 2, connectionsClosed: 0 });
});

test('a report is plain data', async () => {
  const meter = reuseMeter();
  const listener = await listenerOf(meter);
  for (const event of [getConn, opened(one), got(one), closed(one, 'timeout')]) listener(event);
  const report = meter.report();
  expect(JSON.parse(JSON.stringify(report))).toEqual(report);
});

test('of ten thousand origins a hundred are kept by themselves, and nothing that was counted is lost', async () => {
  const meter = reuseMeter({ maxRoutes: 100 });
  const client = compose(
    meter,
    roundTripper((request) => {
      const connection = connectionOf(Number(request.url.hostname.slice(1, -8)), { origin: request.url.origin });
      const events = [
        { ...getConn, origin: request.url.origin },
        opened(connection),
        got(connection),
        kept(connection),
        closed(connection, 'idle-timeout'),
      ];
      for (const event of events) request.trace?.(event);
      return Promise.resolve(new HttpResponse('ok'));
    }),
  );
  for (let host = 0; host < 10_000; host++) await client.roundTrip(new HttpRequest(`http://h${host}.example/`));
  const report = meter.report();
  expect(report).toMatchObject({
    requests: 10_000,
    exchanges: 10_000,
    connectionsOpened: 10_000,
    connectionsClosed: 10_000,
    connectionsOpen: 0,
  });
  expect(report.routes).toHaveLength(101);
  expect(report.routes.at(-1)).toMatchObject({
    origin: 'others',
    requests: 9_900,
    connectionsOpened: 9_900,
    closeReasons: { 'idle-timeout': 9_900 },
  });
  expect(report.routes.slice(0, -1).map(({ origin }) => origin)).toEqual(
    Array.from({ length: 100 }, (_, at) => `http://h${9_900 + at}.example`),
  );
});

test.for([
  { options: { maxRoutes: 0 }, problem: 'maxRoutes' },
  { options: { maxRoutes: 1.5 }, problem: 'maxRoutes' },
  { options: { onWarning: 'x' }, problem: 'onWarning' },
  { options: { warningInterval: 0 }, problem: 'warningInterval' },
  { options: { transportOptions: 1 }, problem: 'transportOptions' },
  { options: { clock: {} }, problem: 'clock' },
  { options: { maxOrigins: 1 }, problem: 'maxOrigins' },
])('options that are none are refused: $options', ({ options, problem }) => {
  expect((): unknown => Reflect.apply(reuseMeter, undefined, [options])).toThrow(TypeError);
  expect((): unknown => Reflect.apply(reuseMeter, undefined, [options])).toThrow(problem);
});
