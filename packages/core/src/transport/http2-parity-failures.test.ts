import type { Fault } from '@roundtripper/testing';
import { describe, expect, test } from 'vitest';

import { fetchText, holdExchange, isInUse, send, until } from '../../test/exchanges.ts';
import { ProtocolBench, PROTOCOLS } from '../../test/protocols.ts';
import { rejectionOf } from '../../test/rejection-of.ts';
import type { HttpRequestInit } from '../contract/http-request.ts';
import type { RequestBodyInit } from '../contract/request-body.ts';
import type { Phase, RoundTripErrorCode, Sent } from '../contract/round-trip-error.ts';

interface Expected {
  readonly code: RoundTripErrorCode;
  readonly phase: Phase;
  readonly sent: Sent;
}

/** A body that gives one chunk and then waits; it tells when it is given up. */
function unfinished(): { readonly body: ReadableStream<string>; readonly released: Promise<unknown> } {
  const { promise, resolve } = Promise.withResolvers<unknown>();
  return { body: new ReadableStream({ start: (controller) => controller.enqueue('x'), cancel: resolve }), released: promise };
}

async function* failing(cause: Error): AsyncGenerator<string> {
  yield 'x';
  throw cause;
}

describe.each(PROTOCOLS)('$name', (protocol) => {
  const { isShared } = protocol;

  /** The next request goes well: over the same connection where one failure leaves it to the others. */
  async function expectGoesOn(bench: ProtocolBench, isKept = isShared): Promise<void> {
    expect(await bench.fetchText()).toBe('ok');
    expect(bench.server.connectionsOpened).toBe(isKept ? 1 : 2);
    expect(bench.transport.stats()).toMatchObject([{ open: 1, idle: 1, busy: 0, waiting: 0 }]);
  }

  describe('a server that fails', () => {
    test.for<{ fault: Fault; error: Expected }>([
      { fault: 'close-before-response', error: { code: 'connection-closed', phase: 'response-head', sent: 'all' } },
      { fault: 'reset-before-response', error: { code: 'connection-reset', phase: 'response-head', sent: 'all' } },
    ])('on a fresh connection: $fault', async ({ fault, error }) => {
      await using bench = await ProtocolBench.open(protocol);
      bench.server.enqueue({ fault });
      expect(await rejectionOf(bench.send())).toMatchObject({ ...error, timeout: false, origin: bench.url, isConnectionReused: false });
      await expectGoesOn(bench, false);
    });

    test.for<Fault>(['truncate-body', 'reset-body'])('in the body: %s', async (fault) => {
      await using bench = await ProtocolBench.open(protocol);
      bench.server.enqueue({ fault, body: 'half' });
      const response = await bench.send();
      expect(await rejectionOf(response.text())).toMatchObject({ code: 'truncated', phase: 'response-body', sent: 'all', timeout: false });
      expect(bench.recorder.all('bodyEnd')).toMatchObject([{ error: { code: 'truncated' } }]);
      await expectGoesOn(bench, false);
    });

    test.for<{ fault: 'close-before-response' | 'reset-before-response'; method: string }>([
      { fault: 'close-before-response', method: 'GET' },
      { fault: 'reset-before-response', method: 'GET' },
      { fault: 'close-before-response', method: 'POST' },
    ])('on a connection that was there before: $fault, of a $method', async ({ fault, method }) => {
      await using bench = await ProtocolBench.open(protocol);
      expect(await bench.fetchText()).toBe('ok');
      bench.server.enqueue({ fault });
      const body = method === 'POST' ? 'pay' : null;
      if (method === 'GET') expect(await bench.fetchText({ method, body })).toBe('ok');
      else expect(await rejectionOf(bench.send({ method, body }))).toMatchObject({ code: 'stale-connection', sent: 'all' });
      expect(bench.recorder.all('resend')).toHaveLength(method === 'GET' ? 1 : 0);
      expect(bench.server.requests).toHaveLength(method === 'GET' ? 3 : 2);
    });

    test.for<{ how: 'idle' | 'close' | 'reset' }>([{ how: 'idle' }, { how: 'close' }, { how: 'reset' }])(
      'between requests ($how): the next is served, whatever it is, and sent once',
      async ({ how }) => {
        await using bench = await ProtocolBench.open(protocol);
        for (const init of [{}, { method: 'POST', body: 'pay' }] satisfies HttpRequestInit[]) {
          expect(await bench.fetchText()).toBe('ok');
          if (how === 'idle') bench.server.closeIdleConnections();
          else bench.server.closeAllConnections(how);
          await until(() => bench.transport.stats()[0]?.open === 0);
          expect(await bench.fetchText(init)).toBe('ok');
        }
        expect(bench.server.requests).toHaveLength(4);
        expect(bench.recorder.kinds).not.toContain('resend');
      },
    );
  });

  describe('limits', () => {
    test('responseHeaderTimeout', async () => {
      await using bench = await ProtocolBench.open(protocol, { transport: { responseHeaderTimeout: 1_000 } });
      bench.server.enqueue({ fault: 'never-answer' });
      const response = bench.send({ method: 'POST', body: 'text' });
      await bench.server.takeRequest();
      await bench.clock.advance(999);
      expect(bench.recorder.kinds).not.toContain('requestFailed');
      await bench.clock.advance(1);
      const error = { code: 'header-timeout', phase: 'response-head', sent: 'all', timeout: true };
      expect(await rejectionOf(response)).toMatchObject(error);
      await expectGoesOn(bench);
    });

    test('bodyIdleTimeout, of a response', async () => {
      await using bench = await ProtocolBench.open(protocol, { transport: { bodyIdleTimeout: 1_000 } });
      bench.server.enqueue({ body: 'half', fault: 'stall-body' });
      const response = await bench.send();
      const chunks = response.chunks();
      await chunks.next();
      const rest = rejectionOf(chunks.next());
      await bench.clock.advance(1_000);
      expect(await rest).toMatchObject({ code: 'body-timeout', phase: 'response-body', sent: 'all', timeout: true });
      await expectGoesOn(bench);
    });

    test('bodyIdleTimeout, of a response that did not want the body', async () => {
      await using bench = await ProtocolBench.open(protocol, { transport: { bodyIdleTimeout: 1_000 } });
      bench.server.enqueue({ status: 417, body: 'half', when: 'request-head', fault: 'stall-body' });
      const response = await bench.send({ method: 'POST', body: 'text', headers: { Expect: '100-continue' }, close: true });
      const chunks = response.chunks();
      await chunks.next();
      const rest = rejectionOf(chunks.next());
      await bench.clock.advance(1_000);
      expect(await rest).toMatchObject({ code: 'body-timeout', phase: 'response-body', sent: 'partial', timeout: true });
      expect(bench.recorder.kinds).not.toContain('requestBodyStart');
    });

    test('bodyIdleTimeout, of a request', async () => {
      await using bench = await ProtocolBench.open(protocol, {
        transport: { bodyIdleTimeout: 1_000 },
        handler: (request, response) => {
          // It reads nothing of a body.
          if (request.method === 'GET') response.end('ok');
        },
      });
      let asked = 0;
      const body = new ReadableStream<Uint8Array>({
        pull: (controller) => {
          asked += 1;
          controller.enqueue(Buffer.alloc(65_536));
        },
      });
      const response = rejectionOf(bench.send({ method: 'POST', body }));
      await bench.server.takeRequest();
      let before = -1;
      let still = 0;
      await until(() => {
        still = asked === before ? still + 1 : 0;
        before = asked;
        return still > 50;
      });
      await bench.clock.advance(1_000);
      expect(await response).toMatchObject({ code: 'body-timeout', phase: 'request', sent: 'partial', timeout: true });
      await expectGoesOn(bench);
    });

    test.for<{ fact: string; body: string | string[] }>([
      { fact: 'declared', body: 'x'.repeat(11) },
      { fact: 'in parts', body: ['x'.repeat(6), 'x'.repeat(5)] },
    ])('maxResponseBodyBytes, of a body $fact', async ({ body }) => {
      await using bench = await ProtocolBench.open(protocol, { transport: { maxResponseBodyBytes: 10 } });
      bench.server.enqueue({ body: 'x'.repeat(10) });
      expect(await bench.fetchText()).toHaveLength(10);
      bench.server.enqueue({ body });
      const response = await bench.send();
      expect(await rejectionOf(response.text())).toMatchObject({ code: 'response-limit', phase: 'response-body', sent: 'all' });
      await expectGoesOn(bench);
    });

    test('maxResponseHeaderBytes', async () => {
      await using bench = await ProtocolBench.open(protocol, { transport: { maxResponseHeaderBytes: 1_024 } });
      // Many short fields: of one long one HTTP/2 ends the connection.
      const headers = Object.fromEntries(Array.from({ length: 80 }, (_, at) => [`x${at}`, 'y'.repeat(isShared ? 1 : 10)]));
      bench.server.enqueue({ headers });
      expect(await rejectionOf(bench.send())).toMatchObject({ code: 'response-limit', phase: 'response-head', sent: 'all' });
      await expectGoesOn(bench);
    });
  });

  describe('a request body that fails', () => {
    const cause = new Error('the disk is gone');
    test.for<{ fact: string; body: () => RequestBodyInit; code: RoundTripErrorCode; headers?: Record<string, string> }>([
      {
        fact: 'in its middle',
        body: () => failing(cause),
        code: 'request-body-failed',
      },
      { fact: 'when it is opened', body: () => () => Promise.reject(cause), code: 'request-body-failed' },
      {
        fact: 'by being shorter than declared',
        body: () => ReadableStream.from(['x']),
        code: 'request-body-length',
        headers: { 'Content-Length': '2' },
      },
      {
        fact: 'by being longer',
        body: () => ReadableStream.from(['xyz']),
        code: 'request-body-length',
        headers: { 'Content-Length': '2' },
      },
    ])('$fact', async ({ body, code, headers = {} }) => {
      await using bench = await ProtocolBench.open(protocol);
      const error = await rejectionOf(bench.send({ method: 'POST', body: body(), headers }));
      expect(error).toMatchObject({ code, phase: 'request', timeout: false });
      if (code === 'request-body-failed') expect(error).toMatchObject({ cause });
      await expectGoesOn(bench, isShared);
    });
  });

  describe('an abort', () => {
    test('before anything was done: nothing is', async () => {
      await using bench = await ProtocolBench.open(protocol);
      const { body, released } = unfinished();
      expect(await rejectionOf(bench.send({ method: 'POST', body, signal: AbortSignal.abort('enough') }))).toBe('enough');
      expect([await released, bench.server.connectionsOpened, bench.transport.stats()]).toEqual(['enough', 0, []]);
    });

    test('while it is dialled: the connection is kept for who comes', async () => {
      await using bench = await ProtocolBench.open(protocol);
      const controller = new AbortController();
      const response = bench.send({ signal: controller.signal });
      controller.abort('enough');
      expect(await rejectionOf(response)).toBe('enough');
      await until(() => bench.transport.stats()[0]?.idle === 1);
      await expectGoesOn(bench, true);
    });

    test('while the body is sent', async () => {
      await using bench = await ProtocolBench.open(protocol);
      const controller = new AbortController();
      const { body, released } = unfinished();
      const response = bench.send({ method: 'POST', body, signal: controller.signal });
      await bench.server.takeRequest();
      controller.abort('enough');
      expect([await rejectionOf(response), await released]).toEqual(['enough', 'enough']);
      await expectGoesOn(bench);
    });

    test('while the answer is awaited', async () => {
      await using bench = await ProtocolBench.open(protocol);
      const controller = new AbortController();
      bench.server.enqueue({ fault: 'never-answer' });
      const response = bench.send({ signal: controller.signal });
      await bench.server.takeRequest();
      controller.abort('enough');
      expect(await rejectionOf(response)).toBe('enough');
      expect(bench.recorder.all('requestFailed')).toEqual([{ kind: 'requestFailed', error: 'enough' }]);
      await expectGoesOn(bench);
    });

    test('in the response body', async () => {
      await using bench = await ProtocolBench.open(protocol);
      const controller = new AbortController();
      bench.server.enqueue({ body: 'half', fault: 'stall-body' });
      const response = await bench.send({ signal: controller.signal });
      const text = rejectionOf(response.text());
      controller.abort('enough');
      expect(await text).toBe('enough');
      await expectGoesOn(bench);
    });

    test('after the end: nothing happens', async () => {
      await using bench = await ProtocolBench.open(protocol);
      const controller = new AbortController();
      const response = await bench.send({ signal: controller.signal });
      expect(await response.text()).toBe('ok');
      controller.abort('enough');
      await expectGoesOn(bench, true);
    });

    test('by dispose(), before the body was read', async () => {
      await using bench = await ProtocolBench.open(protocol, { transport: { maxDrainBytes: 0 } });
      bench.server.enqueue({ body: 'half', fault: 'stall-body' });
      const response = await bench.send();
      await response.dispose();
      expect(await rejectionOf(response.text())).toMatchObject({ code: 'body-disposed' });
      expect(bench.recorder.all('bodyEnd')).toMatchObject([{ error: { code: 'body-disposed' } }]);
      await expectGoesOn(bench);
    });
  });

  describe('close', () => {
    test('closes what is idle, and takes no more', async () => {
      await using bench = await ProtocolBench.open(protocol);
      await bench.fetchText();
      await bench.transport.close();
      await bench.server.whenOpenConnections(0);
      expect(bench.recorder.closeReasons).toEqual(['transport-closed']);
      expect(await rejectionOf(bench.send())).toMatchObject({ code: 'transport-closed', phase: 'queue', sent: 'nothing' });
    });

    test('waits for what is under way', async () => {
      await using bench = await ProtocolBench.open(protocol);
      const held = await holdExchange(bench.transport, bench.server);
      const other = isShared ? await holdExchange(bench.transport, bench.server) : held;
      const closed = bench.transport.close();
      expect(await rejectionOf(bench.send())).toMatchObject({ code: 'transport-closed' });
      expect(await held.finish()).toBe('ok');
      if (isShared) expect(await other.finish()).toBe('ok');
      await closed;
      expect(bench.transport.stats().filter(isInUse)).toEqual([]);
    });

    test('for so long', async () => {
      await using bench = await ProtocolBench.open(protocol);
      const held = await holdExchange(bench.transport, bench.server);
      const text = rejectionOf(held.response.text());
      const closed = bench.transport.close({ timeout: 1_000 });
      await bench.clock.advance(1_000);
      await closed;
      expect(await text).toMatchObject({ code: 'transport-closed', phase: 'response-body', sent: 'all' });
    });

    test('or does not', async () => {
      await using bench = await ProtocolBench.open(protocol);
      bench.server.enqueue({ fault: 'never-answer' }, { body: 'half', fault: 'stall-body' });
      const awaited = bench.send();
      await bench.server.takeRequest();
      const text = rejectionOf((await bench.send()).text());
      await bench.transport.close({ graceful: false });
      expect(await rejectionOf(awaited)).toMatchObject({ code: 'transport-closed', phase: 'response-head', sent: 'all' });
      expect(await text).toMatchObject({ code: 'transport-closed', phase: 'response-body' });
    });

    test('closeIdleConnections() leaves what is under way, and its connection goes after that', async () => {
      await using bench = await ProtocolBench.open(protocol);
      await bench.fetchText();
      bench.transport.closeIdleConnections();
      await bench.server.whenOpenConnections(0);
      const held = await holdExchange(bench.transport, bench.server);
      bench.transport.closeIdleConnections();
      expect(await held.finish()).toBe('ok');
      await bench.server.whenOpenConnections(0);
      expect(bench.transport.stats()).toMatchObject([{ open: 0, opened: 2, closed: { 'close-idle-connections': 2 } }]);
      expect(await fetchText(bench.transport, bench.url)).toBe('ok');
      expect((await send(bench.transport, bench.url)).connection?.reused).toBe(true);
    });
  });
});
