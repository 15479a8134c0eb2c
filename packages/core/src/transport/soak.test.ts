import { type RecordedRequest, RecordingTrace, TestServer } from '@roundtripper/testing';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { expect, test } from 'vitest';

import { until } from '../../test/exchanges.ts';
import { HttpRequest } from '../contract/http-request.ts';
import { RoundTripError } from '../contract/round-trip-error.ts';
import { Transport } from './transport.ts';

const REQUESTS = 10_000;
const AT_ONCE = 200;

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

/** What the server does, by chance: mostly what it should. */
function misbehave(random: () => number, request: IncomingMessage, response: ServerResponse): void {
  const chance = random();
  const { socket } = request;
  request.resume();
  request.once('end', () => {
    if (chance < 0.02) socket.destroy();
    else if (chance < 0.04) socket.resetAndDestroy();
    else if (chance < 0.06) response.writeHead(200, { 'Content-Length': 10 }).write('short', () => socket.destroy());
    else if (chance < 0.08) response.end('goodbye', () => socket.destroy());
    else if (chance < 0.1) response.writeHead(200, { Connection: 'close' }).end('close');
    else if (chance < 0.15) response.writeHead(503).end('busy');
    else if (chance < 0.2) response.writeHead(204).end();
    else if (chance < 0.3) void (response.write('in '), response.end('chunks'));
    else response.end('fine');
  });
}

/** How requests ended: each exactly once. */
interface Tally {
  answered: number;
  cutOff: number;
  failed: number;
  /** Times that a request went out, as the client has it. */
  written: number;
  /** Of these, how many met a connection that may have been gone already. */
  stale: number;
}

async function one(transport: Transport, url: string, number: number, tally: Tally): Promise<void> {
  const recorder = new RecordingTrace();
  const init = number % 3 === 0 ? { method: 'POST', body: `body ${number}` } : {};
  try {
    const response = await transport.roundTrip(new HttpRequest(`${url}/${number}`, { ...init, trace: recorder.trace }));
    try {
      await response.text();
      tally.answered += 1;
    } catch (error) {
      if (!(error instanceof RoundTripError) || error.code !== 'truncated') throw error;
      tally.cutOff += 1;
    }
  } catch (error) {
    if (!(error instanceof RoundTripError)) throw error;
    expect(['stale-connection', 'connection-closed', 'connection-reset']).toContain(error.code);
    tally.failed += 1;
    if (error.code === 'stale-connection') tally.stale += 1;
  }
  tally.written += recorder.all('wroteHeaders').length;
  tally.stale += recorder.all('resend').length;
}

test('ten thousand requests to a server that closes, resets, truncates and refuses: each ends once, and nothing is left', async () => {
  const random = seeded(20_261_121);
  await using server = await TestServer.start({ handler: (request, response) => misbehave(random, request, response) });
  await using transport = new Transport({ maxConnsPerHost: 50 });
  const tally: Tally = { answered: 0, cutOff: 0, failed: 0, written: 0, stale: 0 };
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < REQUESTS) await one(transport, server.url, next++, tally);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  expect(tally.answered + tally.cutOff + tally.failed).toBe(REQUESTS);
  expect(tally.answered).toBeGreaterThan(REQUESTS * 0.9);
  expect(tally.failed).toBeGreaterThan(0);
  expect(tally.cutOff).toBeGreaterThan(0);

  // What the server saw is what was sent, but for what met a connection that was gone; and no POST came twice.
  expect(server.requests.length).toBeLessThanOrEqual(tally.written);
  expect(tally.written - server.requests.length).toBeLessThanOrEqual(tally.stale);
  const posts = server.requests.filter((request) => request.method === 'POST').map((request) => request.url);
  expect(new Set(posts).size).toBe(posts.length);
  expect(server.requests.filter((request) => !isWhole(request))).toEqual([]);

  // Every connection is accounted for.
  await until(() => transport.stats().every((route) => route.idle === route.open));
  expect(transport.stats()).toMatchObject([{ dialing: 0, waiting: 0 }]);
  await server.whenOpenConnections(transport.stats()[0]?.open ?? 0);
  await transport.close();
  await server.whenOpenConnections(0);
}, 20_000);

function isWhole(request: RecordedRequest): boolean {
  return request.method === 'GET' || request.text() === `body ${request.url.slice(1)}`;
}
