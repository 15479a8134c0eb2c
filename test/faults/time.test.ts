import { HttpRequest, Transport, type HttpRequestInit, type TransportOptions } from '@roundtripper/core';
import { TestClock, TestServer } from '@roundtripper/testing';
import { describe, expect, test } from 'vitest';

const TIMEOUT_MS = 80;

async function fetchText(transport: Transport, url: string, init: HttpRequestInit = {}): Promise<string> {
  const response = await transport.roundTrip(new HttpRequest(url, init));
  return response.text();
}

/** A caller that computes something, for longer than any time limit here. */
function compute(): void {
  const untilMs = performance.now() + 3 * TIMEOUT_MS;
  while (performance.now() < untilMs);
}

describe('what came in time is no timeout, though the event loop was busy for longer than the limit:', () => {
  test('the head of an answer', async () => {
    await using server = await TestServer.start({
      handler: (_request, response) => {
        response.end('ok');
        compute();
      },
    });
    await using transport = new Transport({ responseHeaderTimeout: TIMEOUT_MS });
    for (let count = 0; count < 3; count++) expect(await fetchText(transport, server.url)).toBe('ok');
  });

  test('the rest of a body', async () => {
    await using server = await TestServer.start({
      handler: async (_request, response) => {
        response.write('o');
        await new Promise(setImmediate);
        response.end('k');
        compute();
      },
    });
    await using transport = new Transport({ bodyIdleTimeout: TIMEOUT_MS });
    for (let count = 0; count < 3; count++) expect(await fetchText(transport, server.url)).toBe('ok');
  });

  test.for<{ limit: string; options: TransportOptions }>([
    { limit: 'dialTimeout', options: { dialTimeout: TIMEOUT_MS } },
    { limit: 'poolTimeout', options: { poolTimeout: TIMEOUT_MS } },
  ])('a connection ($limit)', async ({ options }) => {
    await using server = await TestServer.start();
    await using transport = new Transport(options);
    const text = await fetchText(transport, server.url, {
      trace: ({ kind }) => {
        if (kind === 'connectStart') compute();
      },
    });
    expect(text).toBe('ok');
  });
});

describe('when the wall clock jumps', () => {
  const HOUR_MS = 3_600_000;

  test.for([HOUR_MS, -HOUR_MS])('by %d ms, a time limit is neither met nor put off', async (jumpMs) => {
    const clock = new TestClock();
    await using server = await TestServer.start();
    server.enqueue({ fault: 'never-answer' });
    await using transport = new Transport({ clock, responseHeaderTimeout: 1_000 });
    const sent = transport.roundTrip(new HttpRequest(server.url));
    let isSettled = false;
    const settled = sent.then(
      () => expect.unreachable(),
      (error: unknown) => {
        isSettled = true;
        return error;
      },
    );
    await server.takeRequest();
    clock.jumpWallClock(jumpMs);
    await clock.advance(999);
    expect(isSettled).toBe(false);
    await clock.advance(1);
    expect(await settled).toMatchObject({ code: 'header-timeout' });
  });

  test('forwards, an idle connection is as old as it looks: it is not used again', async () => {
    const clock = new TestClock();
    await using server = await TestServer.start();
    await using transport = new Transport({ clock });
    await fetchText(transport, server.url);
    clock.jumpWallClock(HOUR_MS);
    await fetchText(transport, server.url);
    expect(server.connectionsOpened).toBe(2);
    expect(transport.stats()).toMatchObject([{ open: 1, idle: 1, closed: { 'idle-timeout': 1 } }]);
  });

  test('backwards, it is used, and ends at its time by the clock that does not jump', async () => {
    const clock = new TestClock();
    await using server = await TestServer.start();
    await using transport = new Transport({ clock, idleConnTimeout: 90_000 });
    await fetchText(transport, server.url);
    clock.jumpWallClock(-HOUR_MS);
    await fetchText(transport, server.url);
    expect(server.connectionsOpened).toBe(1);
    await clock.advance(89_999);
    expect(transport.stats()).toMatchObject([{ idle: 1 }]);
    await clock.advance(1);
    expect(transport.stats()).toMatchObject([{ idle: 0, closed: { 'idle-timeout': 1 } }]);
  });
});
