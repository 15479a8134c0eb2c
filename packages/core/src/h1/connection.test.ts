import { TestClock } from '@roundtripper/testing';
import { describe, expect, test } from 'vitest';

import { engineOptions } from '../../test/engine-options.ts';
import { FakeWire } from '../../test/fake-wire.ts';
import type { Lease } from '../contract/connection.ts';
import { HttpRequest, type HttpRequestInit } from '../contract/http-request.ts';
import type { HttpResponse } from '../contract/http-response.ts';
import type { TraceEvent } from '../contract/trace-event.ts';
import { Http1Connection } from './connection.ts';
import type { Http1Options } from './http1-options.ts';

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

/** A connection on a wire worked by hand, and what it told its owner. */
class Bench {
  readonly wire = new FakeWire();
  readonly clock = new TestClock();
  readonly told: string[] = [];
  readonly events: TraceEvent[] = [];
  readonly connection: Http1Connection;

  constructor(options: Partial<Http1Options> = {}) {
    this.connection = new Http1Connection(
      this.wire,
      { id: 1, origin: 'http://example.com', protocol: 'http/1.1', ...this.wire.info },
      engineOptions(this.clock, options),
      { owner: { onChange: () => this.told.push('change') }, listener: undefined },
    );
  }

  send(init: HttpRequestInit = {}, isReused = false): Promise<HttpResponse> {
    const request = new HttpRequest('http://example.com/', { trace: (event) => this.events.push(event), ...init });
    return new Promise((answered, failed) => {
      const lease: Lease = {
        connection: this.connection,
        isReused,
        wasIdle: false,
        needsLook: false,
        release: () => this.told.push('release'),
      };
      this.connection.exchange(request, lease, {
        answered,
        failed: (error: unknown) => {
          this.told.push('failed');
          failed(error);
        },
      });
    });
  }

  get kinds(): string[] {
    return this.events.map((event) => event.kind);
  }
}

/** Lets what was resolved go on. */
async function turn(): Promise<void> {
  for (let hop = 0; hop < 50; hop++) await Promise.resolve();
}

test('carries one exchange after the other', async () => {
  const bench = new Bench();
  const { wire, connection } = bench;
  expect(connection.capacity).toBe(1);
  for (const name of ['one', 'two']) {
    const sent = bench.send({ headers: { 'X-Name': name } });
    expect(connection.capacity).toBe(0);
    expect(wire.written).toContain(`X-Name: ${name}\r\n`);
    wire.feed(OK);
    expect(connection.capacity).toBe(1);
    const response = await sent;
    expect(response.status).toBe(200);
    expect(await response.text()).toBe('ok');
  }
  expect(bench.told).toEqual(['release', 'release']);
});

test('a small request is one write', () => {
  const bench = new Bench();
  void bench.send({ method: 'POST', body: 'hello' });
  expect(bench.wire.writes).toBe(1);
  expect(bench.wire.written).toMatch(/\r\n\r\nhello$/);
  bench.wire.feed(OK);
});

test('gives the lease back before the reader sees the end', async () => {
  const bench = new Bench();
  const sent = bench.send();
  bench.wire.feed('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n');
  const text = (await sent).text().then((body) => bench.told.push(body));
  await turn();
  expect(bench.told).toEqual([]);
  bench.wire.feed('0\r\n\r\n');
  expect(bench.told).toEqual(['release']);
  await text;
  expect(bench.told).toEqual(['release', 'ok']);
});

test('tells its events in Go’s order', async () => {
  const bench = new Bench();
  const sent = bench.send();
  bench.wire.feed('HTTP/1.1 103 Early Hints\r\n\r\n');
  bench.wire.feed(OK);
  await sent;
  bench.connection.close('idle-timeout');
  expect(bench.kinds).toEqual([
    'wroteHeaders',
    'wroteRequest',
    'gotFirstResponseByte',
    'got1xxResponse',
    'gotResponse',
    'bodyStart',
    'bodyEnd',
  ]);
  // Its owner says when.
  bench.connection.tellClosed();
  expect(bench.events.at(-1)).toMatchObject({ reason: 'idle-timeout', exchanges: 1 });
});

test('an early answer reaches the caller while the request is being sent', async () => {
  const bench = new Bench();
  const { promise: never } = Promise.withResolvers<string>();
  let isReturned = false;
  const body = {
    async *[Symbol.asyncIterator](): AsyncGenerator<string> {
      try {
        yield 'x';
        yield await never;
      } finally {
        isReturned = true;
      }
    },
  };
  const sent = bench.send({ method: 'POST', body });
  await turn();
  bench.wire.feed('HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno');
  const response = await sent;
  expect(await response.text()).toBe('no');
  expect(bench.told).toEqual([]);
  await bench.clock.advance(49);
  expect(bench.connection.closeReason).toBeUndefined();
  await bench.clock.advance(1);
  expect(bench.connection.closeReason).toBe('request-unfinished');
  expect(bench.told).toEqual(['release']);
  expect(bench.clock.pendingTimers).toBe(0);
  expect(isReturned).toBe(false);
});

test('a request that is sent soon after its answer keeps the connection', async () => {
  const bench = new Bench();
  const { promise, resolve } = Promise.withResolvers<string>();
  const sent = bench.send({
    method: 'POST',
    body: (async function* () {
      yield await promise;
    })(),
  });
  await turn();
  bench.wire.feed(OK);
  expect(await (await sent).text()).toBe('ok');
  resolve('late');
  await turn();
  expect(bench.told).toEqual(['release']);
  expect(bench.connection.capacity).toBe(1);
  expect(bench.clock.pendingTimers).toBe(0);
});

describe('a body that is streamed', () => {
  async function* chunks(...texts: string[]): AsyncGenerator<string> {
    yield* texts;
  }

  test('waits for room', async () => {
    const bench = new Bench();
    bench.wire.hasRoom = false;
    const large = 'x'.repeat(200_000);
    void bench.send({ method: 'POST', body: chunks('a', '', large, large, 'd', 'e') });
    await turn();
    // What is at hand is gathered, up to 256 KiB.
    expect(bench.wire.written.length).toBeGreaterThan(400_000);
    expect(bench.wire.written).toMatch(/xxx\r\n$/);
    bench.wire.drain();
    await turn();
    expect(bench.wire.written).toMatch(/xxx\r\n1\r\nd\r\n1\r\ne\r\n0\r\n\r\n$/);
    bench.wire.feed(OK);
  });

  test('is followed by its trailers', async () => {
    const bench = new Bench();
    void bench.send({ method: 'POST', body: chunks('a'), trailers: () => ({ 'X-Sum': '1' }) });
    await turn();
    expect(bench.wire.written).toMatch(/1\r\na\r\n0\r\nX-Sum: 1\r\n\r\n$/);
    bench.wire.feed(OK);
  });

  test.for([
    { fact: 'shorter than declared', texts: ['a'], code: 'request-body-length' },
    { fact: 'longer than declared', texts: ['a', 'bcd'], code: 'request-body-length' },
  ])('$fact fails, and nothing too much is sent', async ({ texts, code }) => {
    const bench = new Bench();
    const sent = bench.send({ method: 'POST', headers: { 'Content-Length': '2' }, body: chunks(...texts) });
    await expect(sent).rejects.toMatchObject({ code, phase: 'request', sent: 'partial' });
    expect(bench.wire.written).toMatch(/\r\n\r\na$/);
    expect(bench.connection.closeReason).toBe('request-body-failed');
    expect(bench.told).toEqual(['release', 'failed']);
  });

  test('that fails, fails the exchange with its error as the cause', async () => {
    const bench = new Bench();
    const cause = new Error('disk');
    const sent = bench.send({
      method: 'POST',
      body: (async function* () {
        yield 'a';
        throw cause;
      })(),
    });
    await expect(sent).rejects.toMatchObject({ code: 'request-body-failed', phase: 'request', sent: 'partial', cause });
    expect(bench.wire.isDestroyed).toBe(true);
  });
});

describe('a body that is there', () => {
  test('counts as sent when the wire has taken it', async () => {
    const bench = new Bench({ responseHeaderTimeoutMs: 1_000 });
    bench.wire.hasRoom = false;
    const sent = bench.send({ method: 'POST', body: 'x'.repeat(100_000) });
    expect(bench.kinds).toEqual(['wroteHeaders', 'requestBodyStart']);
    await bench.clock.advance(5_000);
    bench.wire.drain();
    expect(bench.kinds).toEqual(['wroteHeaders', 'requestBodyStart', 'wroteRequest']);
    bench.wire.feed(OK);
    expect(await (await sent).text()).toBe('ok');
    expect(bench.told).toEqual(['release']);
  });

  test('that the server does not take costs the connection when the server has answered', async () => {
    const bench = new Bench();
    bench.wire.hasRoom = false;
    const sent = bench.send({ method: 'POST', body: 'x'.repeat(100_000) });
    bench.wire.feed('HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno');
    expect(await (await sent).text()).toBe('no');
    expect(bench.connection.capacity).toBe(0);
    await bench.clock.advance(50);
    expect(bench.connection.closeReason).toBe('request-unfinished');
    expect(bench.told).toEqual(['release']);
  });

  test('whose memory was given away since fails the request, and nothing is sent', async () => {
    const bench = new Bench();
    const body = new Uint8Array(5);
    const request = new HttpRequest('http://example.com/', { method: 'POST', body });
    structuredClone(body, { transfer: [body.buffer] });
    const failed = new Promise((resolve) => {
      const lease: Lease = {
        connection: bench.connection,
        isReused: false,
        wasIdle: false,
        needsLook: false,
        release: () => bench.told.push('release'),
      };
      bench.connection.exchange(request, lease, { answered: resolve, failed: resolve });
    });
    expect(await failed).toMatchObject({ code: 'request-body-length', sent: 'nothing', phase: 'request' });
    expect(bench.wire.written).toBe('');
    expect(bench.told).toEqual(['release']);
  });

  test('has been sent, in part at least, when a listener hears of its head', async () => {
    const bench = new Bench();
    const sent = bench.send({
      method: 'POST',
      body: 'pay',
      trace: (event) => {
        if (event.kind === 'wroteHeaders') bench.connection.close('transport-closed');
      },
    });
    await expect(sent).rejects.toMatchObject({ code: 'transport-closed', sent: 'partial' });
  });
});

test('a wire that cannot be written to fails the request', async () => {
  const bench = new Bench();
  const cause = new Error('no memory');
  bench.wire.write = () => {
    throw cause;
  };
  await expect(bench.send()).rejects.toMatchObject({ code: 'request-body-failed', cause });
  expect(bench.told).toEqual(['release', 'failed']);
});

test('a wire that closes without an end has not ended in order', async () => {
  const bench = new Bench();
  const read = bench.send().then((response) => response.text());
  bench.wire.feed('HTTP/1.1 200 OK\r\n\r\nab');
  bench.wire.close();
  await expect(read).rejects.toMatchObject({ code: 'truncated' });
});

describe('the wire ends', () => {
  const head = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n';
  test.for([
    {
      fact: 'before the answer, on a fresh connection',
      bytes: '',
      reused: false,
      error: undefined,
      code: 'connection-closed',
      phase: 'response-head',
    },
    {
      fact: 'before the answer, on a used one',
      bytes: '',
      reused: true,
      error: undefined,
      code: 'stale-connection',
      phase: 'response-head',
    },
    {
      fact: 'by a reset before the answer',
      bytes: '',
      reused: false,
      error: new Error('ECONNRESET'),
      code: 'connection-reset',
      phase: 'response-head',
    },
    {
      fact: 'by a reset on a used one',
      bytes: '',
      reused: true,
      error: new Error('ECONNRESET'),
      code: 'stale-connection',
      phase: 'response-head',
    },
    { fact: 'in the head', bytes: 'HTTP/1.1 2', reused: true, error: undefined, code: 'connection-closed', phase: 'response-head' },
    {
      fact: 'after an interim response',
      bytes: 'HTTP/1.1 100 Continue\r\n\r\n',
      reused: true,
      error: undefined,
      code: 'connection-closed',
      phase: 'response-head',
    },
    { fact: 'after the head', bytes: head, reused: true, error: undefined, code: 'truncated', phase: 'response-body' },
    { fact: 'in the body', bytes: `${head}ab`, reused: false, error: undefined, code: 'truncated', phase: 'response-body' },
    {
      fact: 'by a reset in a body that ends with the connection',
      bytes: 'HTTP/1.1 200 OK\r\n\r\nab',
      reused: false,
      error: new Error('ECONNRESET'),
      code: 'truncated',
      phase: 'response-body',
    },
    {
      fact: 'before the last chunk',
      bytes: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n',
      reused: false,
      error: undefined,
      code: 'truncated',
      phase: 'response-body',
    },
    {
      fact: 'in the last CRLF',
      bytes: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n',
      reused: false,
      error: undefined,
      code: 'truncated',
      phase: 'response-body',
    },
  ])('$fact', async ({ bytes, reused, error, code, phase }) => {
    const bench = new Bench();
    const read = bench.send({}, reused).then((response) => response.text());
    if (bytes !== '') bench.wire.feed(bytes);
    if (error === undefined) bench.wire.end();
    bench.wire.close(error);
    await expect(read).rejects.toMatchObject({
      name: 'RoundTripError',
      code,
      phase,
      sent: 'all',
      isConnectionReused: reused,
      ...(error === undefined ? {} : { cause: error }),
    });
    expect(bench.told.filter((what) => what === 'release')).toHaveLength(1);
    expect(bench.connection.capacity).toBe(0);
  });

  test('after a body that has no other end: it is whole', async () => {
    const bench = new Bench();
    const read = bench.send().then((response) => response.text());
    bench.wire.feed('HTTP/1.1 200 OK\r\n\r\nab');
    bench.wire.feed('cd');
    bench.wire.end();
    expect(await read).toBe('abcd');
    expect(bench.connection.closeReason).toBe('until-close');
    expect(bench.told).toEqual(['release']);
  });

  test('while it is idle', () => {
    const bench = new Bench();
    bench.wire.end();
    expect(bench.connection.closeReason).toBe('server-closed-idle');
    expect(bench.told).toEqual(['change']);
    bench.wire.close();
    expect(bench.told).toEqual(['change']);
  });
});

describe('bytes that nobody asked for close the connection', () => {
  test.for([
    ['while it is idle', 'x', 'unsolicited-data'],
    ['a response', OK, 'unsolicited-data'],
    ['a 408, which is how some servers close', 'HTTP/1.1 408 Request Timeout\r\n\r\n', 'server-closed-idle'],
  ])('%s', ([, bytes, reason]) => {
    const bench = new Bench();
    bench.wire.feed(bytes ?? '');
    expect(bench.connection.closeReason).toBe(reason);
    expect(bench.told).toEqual(['change']);
  });

  test('behind a response, which is delivered', async () => {
    const bench = new Bench();
    const sent = bench.send();
    bench.wire.feed(`${OK}${OK}`);
    expect(await (await sent).text()).toBe('ok');
    expect(bench.connection.closeReason).toBe('unsolicited-data');
    expect(bench.told).toEqual(['release']);
  });
});

describe('cancelled', () => {
  test('before the answer: the reason comes through, the connection is closed, no listener stays', async () => {
    const bench = new Bench();
    const controller = new AbortController();
    const sent = bench.send({ signal: controller.signal });
    const reason = { just: 'this' };
    controller.abort(reason);
    await expect(sent).rejects.toBe(reason);
    expect(bench.connection.closeReason).toBe('aborted');
    expect(bench.told).toEqual(['release', 'failed']);
  });

  test('in the body: the read fails with the reason', async () => {
    const bench = new Bench();
    const controller = new AbortController();
    const sent = bench.send({ signal: controller.signal });
    bench.wire.feed('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab');
    const read = (await sent).text();
    const reason = new Error('enough');
    controller.abort(reason);
    await expect(read).rejects.toBe(reason);
    expect(bench.connection.closeReason).toBe('aborted');
  });

  test('after the end: nothing happens', async () => {
    const bench = new Bench();
    const controller = new AbortController();
    const sent = bench.send({ signal: controller.signal });
    bench.wire.feed(OK);
    controller.abort();
    expect(await (await sent).text()).toBe('ok');
    expect(bench.connection.closeReason).toBeUndefined();
  });

  test('by disposing of the response: the connection is closed, unless all of it was there', async () => {
    const bench = new Bench({ maxDrainBytes: 0 });
    const first = bench.send();
    bench.wire.feed(OK);
    await (await first).dispose();
    expect(bench.connection.closeReason).toBeUndefined();
    const second = bench.send();
    bench.wire.feed('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab');
    await (await second).dispose();
    expect(bench.connection.closeReason).toBe('body-abandoned');
    expect(bench.told).toEqual(['release', 'release']);
  });

  test('disposing of an old response leaves the exchange of today alone', async () => {
    const bench = new Bench();
    const first = bench.send();
    bench.wire.feed(OK);
    const old = await first;
    const second = bench.send();
    await old.dispose();
    bench.wire.feed(OK);
    expect(await (await second).text()).toBe('ok');
  });
});

test('holds the peer back while the reader is slow, and lets go at the end', async () => {
  const bench = new Bench();
  const sent = bench.send();
  bench.wire.feed('HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n');
  const response = await sent;
  bench.wire.feed('x'.repeat(60_000));
  expect(bench.wire.isPaused).toBe(false);
  bench.wire.feed('x'.repeat(60_000));
  expect(bench.wire.isPaused).toBe(true);
  const read = response.bytes();
  expect(bench.wire.isPaused).toBe(false);
  bench.wire.feed('x'.repeat(80_000));
  expect((await read).byteLength).toBe(200_000);
  expect(bench.told).toEqual(['release']);
});

test('a connection is not left paused when the rest came at once', async () => {
  const bench = new Bench();
  const sent = bench.send();
  bench.wire.feed('HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n');
  bench.wire.feed('x'.repeat(100_000));
  expect(bench.wire.isPaused).toBe(false);
  expect((await (await sent).bytes()).byteLength).toBe(100_000);
});

test('no head within the time limit', async () => {
  const bench = new Bench({ responseHeaderTimeoutMs: 1_000 });
  const sent = bench.send();
  bench.wire.feed('HTTP/1.1 100 Continue\r\n\r\n');
  await bench.clock.advance(999);
  expect(bench.told).toEqual([]);
  const failed = expect(sent).rejects.toMatchObject({ code: 'header-timeout', phase: 'response-head', sent: 'all', timeout: true });
  await bench.clock.advance(1);
  await failed;
  expect(bench.connection.closeReason).toBe('timeout');
});

test('the time limit ends with the head', async () => {
  const bench = new Bench({ responseHeaderTimeoutMs: 1_000 });
  const sent = bench.send();
  bench.wire.feed('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n');
  expect(bench.clock.pendingTimers).toBe(0);
  await bench.clock.advance(5_000);
  bench.wire.feed('ok');
  expect(await (await sent).text()).toBe('ok');
});

test('closed from above during an exchange', async () => {
  const bench = new Bench();
  const sent = bench.send();
  bench.connection.close('transport-closed');
  bench.connection.close('idle-timeout');
  await expect(sent).rejects.toMatchObject({ code: 'transport-closed' });
  expect(bench.connection.closeReason).toBe('transport-closed');
  expect(bench.told).toEqual(['release', 'failed']);
});

test('a malformed response fails the exchange and closes the connection', async () => {
  const bench = new Bench();
  const sent = bench.send();
  bench.wire.feed('HTTP/1.1 200 OK\nSecret: x\r\n\r\n');
  await expect(sent).rejects.toMatchObject({ code: 'malformed-response', phase: 'response-head' });
  await expect(sent).rejects.not.toThrow(/Secret/);
  expect(bench.connection.closeReason).toBe('malformed-response');
});

test.for(['stay', 'close'])('a listener that throws changes nothing (%s)', async (how) => {
  const bench = new Bench();
  const sent = bench.send({
    close: how === 'close',
    trace: () => {
      throw new Error('listener');
    },
  });
  bench.wire.feed(OK);
  expect(await (await sent).text()).toBe('ok');
  expect(bench.connection.closeReason).toBe(how === 'close' ? 'request-close' : undefined);
});

test('an idle connection holds nothing of its last head, however its fields are named', async () => {
  const benches = Array.from({ length: 100 }, () => new Bench());
  const heapBytes = (): number => {
    globalThis.gc?.();
    return process.memoryUsage().heapUsed;
  };
  const exchange = async (bench: Bench, max: number, field: string): Promise<void> => {
    const sent = bench.send({ trace: undefined });
    bench.wire.feed(
      `HTTP/1.1 200 OK\r\n${field}Keep-Alive: timeout=60, max=${max}\r\nConnection: keep-alive, x-something\r\nContent-Length: 0\r\n\r\n`,
    );
    await (await sent).text();
  };
  for (const bench of benches) await exchange(bench, 1_000, '');
  const before = heapBytes();
  for (const bench of benches) await exchange(bench, 999, `X-Large: ${'x'.repeat(60_000)}\r\n`);
  expect((heapBytes() - before) / benches.length).toBeLessThan(6_000);
});
