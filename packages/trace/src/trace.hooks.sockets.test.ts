import { compose, HttpRequest, Transport, type TransportOptions } from '@roundtripper/core';
import { testCertificate, TestServer, type SharedHandler, type TestServerOptions } from '@roundtripper/testing';
import { describe, expect, test } from 'vitest';

import { checkHooks } from './check-hooks.ts';
import type { ClientTrace } from './client-trace.ts';
import { trace } from './trace.ts';

/** An interim response, then the answer. */
const handler: SharedHandler = (request, response) => {
  request.resume().once('end', () => {
    response.writeEarlyHints({ link: '</style.css>; rel=preload' });
    response.end('ok');
  });
};

const tls = { ca: testCertificate.ca };
const PROTOCOLS: readonly { readonly name: string; readonly server: TestServerOptions; readonly transport: TransportOptions }[] = [
  { name: 'HTTP/1.1', server: { handler, tls: true }, transport: { tls } },
  { name: 'HTTP/2', server: { protocol: 'h2', handler, tls: true }, transport: { tls } },
];

/** In the order of the tree: what a cold POST that waits for 100 Continue brings over TLS. */
const COLD = [
  'getConn',
  'queueStart',
  'dialStart',
  'dnsStart',
  'dnsDone',
  'connectStart',
  'connectDone',
  'tlsHandshakeStart',
  'tlsHandshakeDone',
  'connOpened',
  'dialEnd',
  'queueEnd',
  'gotConn',
  'wroteHeaderField',
  'wroteHeaders',
  'wait100Continue',
  'gotFirstResponseByte',
  'got100Continue',
  'got1xxResponse',
  'requestBodyStart',
  'wroteRequest',
  'got1xxResponse',
  'gotResponse',
  'bodyStart',
  'bodyEnd',
  'leaseReleased',
  'putIdleConn',
  'connClosed',
] as const;

function post(url: string): HttpRequest {
  return new HttpRequest(url, { method: 'POST', body: 'text', headers: { Expect: '100-continue' } });
}

/** Hooks that do all the same, one for each name. */
function hooksOf(act: (name: string) => unknown, names: readonly string[] = COLD): ClientTrace {
  return checkHooks(Object.fromEntries(names.map((name) => [name, () => act(name)]))) ?? {};
}

describe.for(PROTOCOLS)('over $name', ({ server: serverOptions, transport: transportOptions }) => {
  const lookup: TransportOptions['lookup'] = (_hostname, _options, callback) => callback(null, [{ address: '127.0.0.1', family: 4 }]);
  const open = (): Transport => new Transport({ ...transportOptions, lookup, expectContinueTimeout: 60_000 });

  test('the hooks are called in the order of the tree', async () => {
    await using server = await TestServer.start(serverOptions);
    const called: string[] = [];
    {
      await using client = compose(trace(hooksOf((name) => called.push(name))), open());
      const response = await client.roundTrip(post(`https://localhost:${server.port}/`));
      expect(await response.text()).toBe('ok');
    }
    // There are several fields.
    expect(called.filter((name, at) => name !== 'wroteHeaderField' || called[at - 1] !== name)).toEqual(COLD);
  });

  test.for(['throws', 'rejects'])('hooks of which each %s change nothing', async (how) => {
    await using server = await TestServer.start(serverOptions);
    const failing = hooksOf(
      (name) => {
        if (how === 'throws') throw new Error(name);
        return Promise.reject(new Error(name));
      },
      // Of this one it means something.
      [...COLD.filter((name) => how === 'rejects' || name !== 'got1xxResponse'), 'event'],
    );
    await using client = compose(trace(failing), open());
    const response = await client.roundTrip(post(`https://localhost:${server.port}/`));
    expect(await response.text()).toBe('ok');
  });

  test('what got1xxResponse throws is what the request rejects with', async () => {
    await using server = await TestServer.start(serverOptions);
    const reason = { not: 'an error' };
    const failures: unknown[] = [];
    await using transport = open();
    const throwing: ClientTrace = {
      got1xxResponse: (status) => {
        // oxlint-disable-next-line typescript/only-throw-error -- whatever it is
        if (status === 103) throw reason;
      },
      requestFailed: (error) => failures.push(error),
    };
    const rejection = await compose(trace(throwing), transport)
      .roundTrip(post(`https://localhost:${server.port}/`))
      .catch((error: unknown) => error);
    expect(rejection).toBe(reason);
    expect(failures[0]).toBe(reason);
    const response = await transport.roundTrip(post(`https://localhost:${server.port}/`));
    expect(await response.text()).toBe('ok');
  });
});
