import { describe, expect, test } from 'vitest';

import { ExchangeBench } from '../../test/exchange-bench.ts';
import { rejectionOf } from '../../test/rejection-of.ts';
import type { HttpRequestInit } from '../contract/http-request.ts';
import type { HttpResponse } from '../contract/http-response.ts';

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

/** One request with `Expect: 100-continue` on a wire worked by hand. */
function expecting(
  init: HttpRequestInit = {},
  expectContinueTimeoutMs = 1_000,
): ExchangeBench & { readonly response: Promise<HttpResponse> } {
  const bench = new ExchangeBench({ expectContinueTimeoutMs });
  const trace = bench.recorder.trace;
  const response = bench.send({ method: 'POST', headers: { Expect: '100-continue' }, body: 'hello', trace, ...init });
  return Object.assign(bench, { response });
}

describe('Go C.14: Expect: 100-continue', () => {
  test('the body waits for 100, and the connection is kept', async () => {
    const bench = expecting();
    await bench.settle();
    expect(bench.wire.written).toMatch(/Expect: 100-continue\r\nContent-Type: [^\r]*\r\nUser-Agent: [^\r]*\r\nContent-Length: 5\r\n\r\n$/);
    bench.wire.feed('HTTP/1.1 100 Continue\r\n\r\n');
    await bench.settle();
    expect(bench.writtenBody).toBe('hello');
    bench.wire.feed(OK);
    expect(await (await bench.response).text()).toBe('ok');
    expect(bench.isReusable).toBe(true);
    expect(bench.recorder.kinds).toEqual([
      'wroteHeaders',
      'wait100Continue',
      'gotFirstResponseByte',
      'got100Continue',
      'got1xxResponse',
      'requestBodyStart',
      'wroteRequest',
      'gotResponse',
      'bodyStart',
      'bodyEnd',
    ]);
    expect(bench.clock.pendingTimers).toBe(0);
  });

  test.for([200, 500])('%d without a 100: the body is sent still, and the connection is kept', async (status) => {
    const bench = expecting();
    bench.wire.feed(`HTTP/1.1 ${status} X\r\nContent-Length: 2\r\n\r\nok`);
    expect(await (await bench.response).text()).toBe('ok');
    await bench.settle();
    expect(bench.writtenBody).toBe('hello');
    expect(bench.isReusable).toBe(true);
    expect(bench.clock.pendingTimers).toBe(0);
  });

  test.for([200, 417])('%d with Connection: close: the body is not sent, and the connection is closed', async (status) => {
    const bench = expecting();
    bench.wire.feed(`HTTP/1.1 ${status} X\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok`);
    expect(await (await bench.response).text()).toBe('ok');
    await bench.clock.advance(2_000);
    expect(bench.writtenBody).toBe('');
    expect(bench.connection.closeReason).toBe('response-close');
    expect(bench.clock.pendingTimers).toBe(0);
  });

  test('nothing for as long as expectContinueTimeout: the body is sent, and the connection is kept', async () => {
    const bench = expecting();
    await bench.clock.advance(999);
    expect(bench.writtenBody).toBe('');
    await bench.clock.advance(1);
    expect(bench.writtenBody).toBe('hello');
    bench.wire.feed(OK);
    expect(await (await bench.response).text()).toBe('ok');
    expect(bench.isReusable).toBe(true);
    expect(bench.recorder.kinds).not.toContain('got100Continue');
  });

  test.for([undefined, new Error('reset')])('the connection ends (%s): an error, and no body', async (error) => {
    const bench = expecting();
    if (error === undefined) bench.wire.end();
    else bench.wire.close(error);
    const code = error === undefined ? 'connection-closed' : 'connection-reset';
    expect(await rejectionOf(bench.response)).toMatchObject({ code, sent: 'partial', phase: 'request' });
    await bench.clock.advance(2_000);
    expect(bench.writtenBody).toBe('');
    expect(bench.clock.pendingTimers).toBe(0);
  });

  test('the connection is closed where the answer says nothing of it but could be read otherwise (CVE-2024-24791)', async () => {
    const bench = expecting();
    bench.wire.feed('HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok');
    expect(await (await bench.response).text()).toBe('ok');
    expect(bench.writtenBody).toBe('');
    expect(bench.connection.closeReason).toBe('http-1.0');
  });
});

test('a time limit of 0 sends the body at once', () => {
  const bench = expecting({}, 0);
  expect(bench.writtenBody).toBe('hello');
  expect(bench.recorder.kinds).not.toContain('wait100Continue');
  bench.wire.feed(OK);
});

test('a request without a body waits for nothing', async () => {
  const bench = expecting({ body: null });
  bench.wire.feed(OK);
  expect(await (await bench.response).text()).toBe('ok');
  expect(bench.recorder.kinds).not.toContain('wait100Continue');
});

test('a second 100 changes nothing', async () => {
  const bench = expecting();
  bench.wire.feed('HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n');
  await bench.settle();
  expect(bench.writtenBody).toBe('hello');
  expect(bench.recorder.all('got100Continue')).toHaveLength(1);
  expect(bench.recorder.all('got1xxResponse')).toHaveLength(2);
  bench.wire.feed(OK);
  await (await bench.response).text();
});

test('another interim response is no word for the body', async () => {
  const bench = expecting();
  bench.wire.feed('HTTP/1.1 103 Early Hints\r\n\r\n');
  await bench.settle();
  expect(bench.writtenBody).toBe('');
  bench.wire.feed('HTTP/1.1 100 Continue\r\n\r\n');
  await bench.settle();
  expect(bench.writtenBody).toBe('hello');
  bench.wire.feed(OK);
  await (await bench.response).text();
});

test('aborted while it waits, the body is given up', async () => {
  const controller = new AbortController();
  let isCancelled = false;
  const body = new ReadableStream({
    cancel: () => {
      isCancelled = true;
    },
  });
  const bench = expecting({ signal: controller.signal, body });
  const failure = rejectionOf(bench.response);
  controller.abort();
  expect(await failure).toBe(controller.signal.reason);
  await bench.clock.advance(2_000);
  expect(bench.writtenBody).toBe('');
  expect(bench.connection.closeReason).toBe('aborted');
  expect(bench.clock.pendingTimers).toBe(0);
  // Who made the request releases its body when it has failed: nobody opened it here.
  expect(isCancelled).toBe(false);
});

test('aborted by the listener that hears of the 100, nothing more is written', async () => {
  const controller = new AbortController();
  const bench = expecting({
    signal: controller.signal,
    trace: (event) => {
      if (event.kind === 'got100Continue') controller.abort();
    },
  });
  const failure = rejectionOf(bench.response);
  bench.wire.feed('HTTP/1.1 100 Continue\r\n\r\n');
  expect(await failure).toBe(controller.signal.reason);
  await bench.settle();
  expect(bench.writtenBody).toBe('');
});

test('a stream whose server does not want it is released', async () => {
  let isCancelled = false;
  const body = new ReadableStream({
    cancel: () => {
      isCancelled = true;
    },
  });
  const bench = expecting({ body });
  bench.wire.feed('HTTP/1.1 413 X\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
  expect((await bench.response).status).toBe(413);
  await bench.settle();
  expect(isCancelled).toBe(true);
  expect(bench.wire.written).not.toContain('\r\n\r\n0');
});
