import { testCertificate } from '@roundtripper/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { HTTP2_SERVERS } from '../../test/servers/http2-servers.ts';
import { bytesOf, SIZES, type StartedServer } from '../../test/servers/interop-server.ts';
import { HttpRequest, type HttpRequestInit } from '../contract/http-request.ts';
import type { HttpResponse } from '../contract/http-response.ts';
import type { TraceEvent } from '../contract/trace-event.ts';
import { Transport } from './transport.ts';

for (const kind of HTTP2_SERVERS) {
  describe.skipIf(!kind.isThere)(kind.name, () => {
    let server: StartedServer;
    let transport: Transport;
    const events: TraceEvent[] = [];
    const get = (path: string, init: HttpRequestInit = {}): Promise<HttpResponse> =>
      transport.roundTrip(new HttpRequest(`${server.url}${path}`, { ...init, trace: (event) => void events.push(event) }));
    const opened = (): number | undefined => transport.stats()[0]?.opened;

    beforeAll(async () => {
      server = await kind.start();
    });

    beforeEach(() => {
      events.length = 0;
      transport = new Transport({
        tls: { ca: testCertificate.ca, servername: 'localhost' },
        protocols: kind.tls ? {} : { http1: false, unencryptedHttp2: true },
      });
    });

    afterEach(() => transport.close({ graceful: false }));

    afterAll(() => server[Symbol.asyncDispose]());

    test('is spoken with in HTTP/2, over one connection, whatever the size of its answers', async () => {
      for (const size of SIZES) {
        const response = await get(`/bytes/${size}`);
        expect([response.status, response.proto, response.contentLength]).toEqual([200, 'HTTP/2.0', size]);
        expect(Buffer.from(await response.bytes()).equals(bytesOf(size))).toBe(true);
      }
      expect(opened()).toBe(1);
    });

    test('answers 500 requests that begin at once, each with its own', async () => {
      // Servers allow some 100 at once: the connections that are opened for the rest are few.
      const sizes = Array.from({ length: 500 }, (_, index) => SIZES[index % 4] ?? 0);
      const bodies = await Promise.all(sizes.map(async (size) => (await get(`/bytes/${size}`)).bytes()));
      expect(bodies.every((body, index) => Buffer.from(body).equals(bytesOf(sizes[index] ?? 0)))).toBe(true);
      expect(opened()).toBeLessThan(500);
      expect(transport.stats()[0]?.busy).toBe(0);
    });

    test('keeps its connection when requests are given up, before and in their answers', async () => {
      for (let round = 0; round < 20; round++) {
        const controller = new AbortController();
        const pending = get('/bytes/1048576', { signal: controller.signal });
        if (round % 2 === 0) await (await pending).dispose();
        else {
          controller.abort();
          await expect(pending).rejects.toBe(controller.signal.reason);
        }
      }
      expect(await (await get('/bytes/1048576')).bytes()).toHaveLength(1_048_576);
    });

    test('says that it does not find what is not there', async () => {
      const response = await get('/status/404');
      await response.dispose();
      expect(response.status).toBe(404);
    });

    if (kind.can.echo) {
      test('gives uploads back: at hand, and in chunks', async () => {
        const body = bytesOf(1_000_000);
        const chunks = async function* (): AsyncGenerator<Uint8Array> {
          for (let at = 0; at < body.byteLength; at += 10_000) yield body.subarray(at, at + 10_000);
        };
        for (const upload of [body, chunks()]) {
          const response = await get('/echo', { method: 'POST', body: upload });
          expect(Buffer.from(await response.bytes()).equals(body)).toBe(true);
        }
      });
    }

    if (kind.can.status) {
      test.for([204, 304, 500])('answers %i', async (status) => {
        const response = await get(`/status/${status}`);
        await response.bytes();
        expect(response.status).toBe(status);
        expect(transport.stats()[0]?.idle).toBe(1);
      });
    }

    if (kind.can.trailers) {
      test('sends a trailer', async () => {
        const response = await get('/trailers');
        await response.text();
        expect(response.trailers.get('x-sum')).toBe('42');
      });
    }

    if (kind.can.requestTrailers) {
      test('reads a trailer', async () => {
        const response = await get('/trailers', { method: 'POST', body: 'body', trailers: { 'x-sum': '17' } });
        expect(await response.text()).toBe('17');
      });
    }

    if (kind.can.headers) {
      test('reads fields, the same again and again, and others between', async () => {
        for (let round = 0; round < 5; round++) {
          const headers = { 'X-Long': 'x'.repeat(4_000), 'X-Round': String(round), 'Cookie': 'a=1; b=2', 'Authorization': 'Bearer s3cret' };
          const seen = await (await get('/headers', { headers })).json();
          expect(seen).toMatchObject({
            'x-long': headers['X-Long'],
            'x-round': String(round),
            'cookie': 'a=1; b=2',
            'authorization': 'Bearer s3cret',
          });
        }
      });
    }

    if (kind.can.hold) {
      test('lets an answer that does not end be given up, and goes on', async () => {
        const held = await get('/hold');
        const controller = new AbortController();
        const never = get('/never', { signal: controller.signal });
        expect(await (await get('/bytes/1')).bytes()).toHaveLength(1);
        await held.dispose();
        controller.abort();
        await expect(never).rejects.toBe(controller.signal.reason);
        expect(await (await get('/bytes/1')).bytes()).toHaveLength(1);
        expect(transport.stats()[0]?.busy).toBe(0);
      });
    }

    if (kind.can.earlyHints) {
      test('hints before it answers', async () => {
        expect(await (await get('/early-hints')).text()).toBe('late');
        expect(events).toContainEqual(expect.objectContaining({ kind: 'got1xxResponse', status: 103 }));
      });
    }

    if (kind.can.goodbye) {
      test('says goodbye: the next request has another connection', async () => {
        expect(await (await get('/goodbye')).text()).toBe('goodbye');
        expect(await (await get('/bytes/1')).bytes()).toHaveLength(1);
        expect(opened()).toBe(2);
        expect(events).toContainEqual(expect.objectContaining({ kind: 'gotGoAway', code: 'NO_ERROR' }));
      });
    }
  });
}
