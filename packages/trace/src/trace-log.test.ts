import {
  compose,
  HttpRequest,
  HttpResponse,
  roundTripper,
  type ConnectionInfo,
  type RoundTripper,
  type TraceEvent,
} from '@roundtripper/core';
import { TestClock } from '@roundtripper/testing';
import { expect, test } from 'vitest';

import { bodyEnd, connectionInfo, connOpened, dialEnd, dialStart, getConn, gotConn, gotResponse } from '../test/scripted-events.ts';
import { timings } from './timings.ts';
import { traceLog, type TraceLog } from './trace-log.ts';

/** A log, and what happens to requests that pass it. */
class Logged {
  readonly clock: TestClock = new TestClock();
  readonly log: TraceLog;
  #request: HttpRequest | undefined;
  readonly #client: RoundTripper;

  constructor(maxExchanges = 5_000) {
    this.log = traceLog({ maxExchanges, clock: this.clock });
    const transport = roundTripper((request) => {
      this.#request = request;
      return Promise.resolve(new HttpResponse(null, { request, connection: { ...connectionInfo(0), reused: false } }));
    });
    this.#client = compose(this.log, transport);
  }

  /** A request to which these happen; the others of its events can be told later. */
  async send(...events: readonly TraceEvent[]): Promise<(event: TraceEvent) => void> {
    const response = this.#client.roundTrip(new HttpRequest('https://example.com/'));
    const tell = this.#request?.trace ?? ((): void => {});
    for (const event of events) tell(event);
    await response;
    return tell;
  }

  /** A whole exchange on it. */
  exchange(connection: ConnectionInfo): Promise<(event: TraceEvent) => void> {
    return this.send(getConn, gotConn(connection, true), gotResponse, bodyEnd);
  }

  /** The connections as `id: exchanges`, counted from the first that there was. */
  get carried(): Record<number, number> {
    return Object.fromEntries(this.log.connections.map(({ id, exchanges }) => [id, exchanges.length]));
  }
}

function closed(connection: ConnectionInfo): TraceEvent {
  return { kind: 'connClosed', connection, reason: 'idle-timeout', exchanges: 1, lifetimeMs: 1 };
}

const [one, two, three] = [connectionInfo(1), connectionInfo(2), connectionInfo(3)];

test('requests in their order, and the connections that carried them', async () => {
  const logged = new Logged();
  const tell = await logged.send(getConn, dialStart);
  await logged.clock.advance(5);
  for (const event of [connOpened(one), dialEnd(one), gotConn(one), gotResponse, bodyEnd]) tell(event);
  await logged.clock.advance(5);
  const tellLast = await logged.exchange(one);
  await logged.clock.advance(5);
  tellLast(closed(one));
  const { exchanges, connections, dropped } = logged.log;
  const [first, second] = exchanges.map(({ id }) => id);
  expect(exchanges).toHaveLength(2);
  expect(connections).toEqual([
    {
      id: 1,
      origin: 'https://example.com',
      hostPort: 'example.com:443',
      proto: 'http/1.1',
      proxy: undefined,
      remoteAddress: '127.0.0.1',
      remotePort: 443,
      firstSeenMs: 5,
      dialStartMs: 0,
      openedMs: 5,
      closedMs: 15,
      closeReason: 'idle-timeout',
      exchanges: [first, second],
      exchangeCount: 2,
    },
  ]);
  expect(dropped).toBe(0);
});

test('a connection that was open before the log has no beginning', async () => {
  const logged = new Logged();
  await logged.exchange(one);
  expect(logged.log.connections).toMatchObject([{ openedMs: undefined, dialStartMs: undefined, firstSeenMs: 0, closedMs: undefined }]);
});

test('beyond maxExchanges the oldest go, and closed connections with their last one', async () => {
  const logged = new Logged(2);
  const tell = await logged.exchange(one);
  await logged.exchange(two);
  tell(closed(one));
  expect(logged.carried).toEqual({ 1: 1, 2: 1 });
  await logged.exchange(two);
  expect(logged.carried).toEqual({ 2: 2 });
  expect(logged.log.dropped).toBe(1);
  await logged.exchange(three);
  await logged.exchange(three);
  expect(logged.carried).toEqual({ 2: 0, 3: 2 });
  expect(logged.log.connections).toMatchObject([{ exchangeCount: 2 }, { exchangeCount: 2 }]);
});

test('an open connection whose requests were dropped is remembered until it closes', async () => {
  const logged = new Logged(1);
  const tell = await logged.exchange(one);
  await logged.exchange(two);
  expect(logged.carried).toEqual({ 1: 0, 2: 1 });
  tell(closed(one));
  expect(logged.carried).toEqual({ 2: 1 });
});

test('of open ones without requests no more than maxExchanges', async () => {
  const logged = new Logged(2);
  for (let id = 1; id <= 6; id++) await logged.exchange(connectionInfo(id));
  expect(logged.carried).toEqual({ 3: 0, 4: 0, 5: 1, 6: 1 });
});

test('one that was opened for nothing is remembered, with why it was closed', async () => {
  const logged = new Logged();
  const tell = await logged.exchange(one);
  tell(connOpened(two));
  tell({ kind: 'connClosed', connection: two, reason: 'surplus', exchanges: 0, lifetimeMs: 1 });
  expect(logged.log.connections).toMatchObject([{ id: 1 }, { id: 2, closeReason: 'surplus', exchanges: [], exchangeCount: 0 }]);
});

test('a request that was sent twice on one connection is one of its exchanges', async () => {
  const logged = new Logged();
  await logged.send(getConn, gotConn(one, true), { kind: 'resend', attempt: 2, error: 1 }, getConn, gotConn(one, true), bodyEnd);
  expect(logged.log.connections).toMatchObject([{ exchanges: [logged.log.exchanges[0]?.id], exchangeCount: 2 }]);
});

test('one that was aborted as it was given its connection has not used it', async () => {
  const logged = new Logged();
  await logged.send(getConn, connOpened(one), { kind: 'requestFailed', error: 1 }, gotConn(one));
  expect(logged.log.connections).toMatchObject([{ id: 1, exchanges: [], exchangeCount: 0 }]);
});

test('a request that was dropped while it was under way counts where its connection is known', async () => {
  const logged = new Logged(1);
  const tell = await logged.send(getConn);
  await logged.exchange(one);
  tell(gotConn(one, true));
  tell(connOpened(two));
  tell(gotConn(two));
  expect(logged.log.connections).toMatchObject([{ id: 1, exchanges: [logged.log.exchanges[0]?.id], exchangeCount: 2 }]);
});

test('after clear() nothing is left, and what was under way comes to nothing', async () => {
  const logged = new Logged(1);
  await logged.exchange(one);
  const tell = await logged.send(getConn);
  expect(logged.log.dropped).toBe(1);
  for (let times = 0; times < 2; times++) logged.log.clear();
  tell(gotConn(two));
  tell(closed(one));
  expect([logged.log.exchanges, logged.log.connections, logged.log.dropped]).toEqual([[], [], 0]);
  await logged.exchange(three);
  expect([logged.log.exchanges.length, logged.carried]).toEqual([1, { 3: 1 }]);
});

test('what was read is a copy of its own', async () => {
  const logged = new Logged();
  const { exchanges, connections } = logged.log;
  await logged.exchange(one);
  expect([exchanges, connections]).toEqual([[], []]);
});

test('thousands of requests leave what was asked for', async () => {
  const logged = new Logged(100);
  for (let count = 0; count < 3_000; count++) await logged.exchange(count % 2 === 0 ? one : two);
  const { exchanges, dropped } = logged.log;
  const ids = exchanges.map(({ id }) => id);
  expect([ids.length, dropped, (ids.at(-1) ?? 0) - (ids[0] ?? 0)]).toEqual([100, 2_900, 99]);
  expect(logged.carried).toEqual({ 1: 50, 2: 50 });
});

test('timings of a response that passed a log', async () => {
  const response = await compose(
    traceLog(),
    roundTripper((request) => Promise.resolve(new HttpResponse('x', { request }))),
  ).roundTrip(new HttpRequest('http://example.com/'));
  expect(timings(response)).toMatchObject({ attempts: 0 });
});

test('every mistake in the options is named', () => {
  const options: object = { maxExchanges: 0, max: 1 };
  expect(() => traceLog(options)).toThrow(
    new TypeError('invalid traceLog options: maxExchanges: expected an integer from 1 to 1000000; unknown option "max"'),
  );
});
