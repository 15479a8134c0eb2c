import { BytePeer, RecordingTrace, TestServer, testCertificate } from '@roundtripper/testing';
import { expect, test } from 'vitest';

import { fetchText, holdExchange, send, until } from '../../test/exchanges.ts';
import { rejectionOf } from '../../test/rejection-of.ts';
import type { Lookup } from '../wire/checked-lookup.ts';
import { Transport } from './transport.ts';

const EXCHANGE = [
  'wroteHeaders',
  'wroteRequest',
  'gotFirstResponseByte',
  'gotResponse',
  'bodyStart',
  'bodyEnd',
  'leaseReleased',
  'putIdleConn',
];

test('a fresh connection is told of step by step, over TLS', async () => {
  await using server = await TestServer.start({ tls: true });
  const lookup: Lookup = (_hostname, _options, callback) => callback(null, [{ address: '127.0.0.1', family: 4 }]);
  await using transport = new Transport({ tls: { ca: testCertificate.ca }, lookup });
  const recorder = new RecordingTrace();
  const url = `https://localhost:${server.port}`;
  const response = await send(transport, url, { trace: recorder.trace });
  await response.text();
  const id = response.connection?.id ?? -1;
  const connection = {
    id,
    origin: url,
    protocol: 'http/1.1',
    remotePort: server.port,
    tls: { alpnProtocol: 'http/1.1', authorized: true },
  };
  expect(recorder.events).toMatchObject([
    { kind: 'getConn', hostPort: `localhost:${server.port}`, origin: url },
    { kind: 'queueStart', willDial: true, waitsFor: 'own-dial' },
    { kind: 'dialStart', hostPort: `localhost:${server.port}` },
    { kind: 'dnsStart', hostname: 'localhost' },
    { kind: 'dnsDone', addresses: ['127.0.0.1'] },
    { kind: 'connectStart', address: '127.0.0.1', port: server.port },
    { kind: 'connectDone', address: '127.0.0.1', port: server.port },
    { kind: 'tlsHandshakeStart', servername: 'localhost' },
    { kind: 'tlsHandshakeDone', protocol: 'TLSv1.3', alpnProtocol: 'http/1.1', resumed: false },
    { kind: 'connOpened', connection },
    { kind: 'dialEnd', connection },
    { kind: 'queueEnd' },
    { kind: 'gotConn', connection, reused: false, wasIdle: false, idleTimeMs: 0, dialledByAnother: false },
    { kind: 'wroteHeaders' },
    { kind: 'wroteRequest', bodyBytes: 0 },
    { kind: 'gotFirstResponseByte' },
    { kind: 'gotResponse', status: 200, proto: 'HTTP/1.1' },
    { kind: 'bodyStart' },
    { kind: 'bodyEnd', bodyBytes: 2 },
    { kind: 'leaseReleased', connection },
    { kind: 'putIdleConn', connection },
  ]);
});

test('a reused connection has nothing to wait for', async () => {
  await using server = await TestServer.start();
  await using transport = new Transport();
  await fetchText(transport, server.url);
  const recorder = new RecordingTrace();
  await fetchText(transport, server.url, { trace: recorder.trace });
  expect(recorder.kinds).toEqual(['getConn', 'gotConn', ...EXCHANGE]);
  expect(recorder.all('gotConn')).toMatchObject([{ reused: true, wasIdle: true }]);
});

test('one that waits its turn is told of the wait, and of a connection that was not idle', async () => {
  await using server = await TestServer.start();
  await using transport = new Transport({ maxConnsPerHost: 1 });
  const held = await holdExchange(transport, server);
  const recorder = new RecordingTrace();
  const waiting = fetchText(transport, server.url, { trace: recorder.trace });
  expect(recorder.events).toMatchObject([{ kind: 'getConn' }, { kind: 'queueStart', willDial: false, waitsFor: 'room' }]);
  await held.finish();
  await waiting;
  expect(recorder.kinds).toEqual(['getConn', 'queueStart', 'queueEnd', 'gotConn', ...EXCHANGE]);
  expect(recorder.all('gotConn')).toMatchObject([{ reused: true, wasIdle: false, idleTimeMs: 0 }]);
});

test('one that is sent again tells of both attempts', async () => {
  await using server = await TestServer.start();
  await using transport = new Transport();
  await fetchText(transport, server.url);
  server.enqueue({ fault: 'reset-before-response' });
  const recorder = new RecordingTrace();
  await fetchText(transport, server.url, { trace: recorder.trace });
  expect(recorder.kinds).toEqual([
    'getConn',
    'gotConn',
    'wroteHeaders',
    'wroteRequest',
    'leaseReleased',
    'putIdleConn',
    'connClosed',
    'resend',
    'getConn',
    'queueStart',
    'dialStart',
    'connectStart',
    'connectDone',
    'connOpened',
    'dialEnd',
    'queueEnd',
    'gotConn',
    ...EXCHANGE,
  ]);
  expect(recorder.all('putIdleConn').map((event) => event.reason)).toEqual(['server-closed-idle', undefined]);
  expect(recorder.all('connClosed')).toMatchObject([{ reason: 'server-closed-idle', exchanges: 2 }]);
});

test('one that fails tells so last', async () => {
  await using server = await TestServer.start();
  await using transport = new Transport();
  server.enqueue({ fault: 'close-before-response' });
  const recorder = new RecordingTrace();
  const error = await rejectionOf(send(transport, server.url, { trace: recorder.trace }));
  expect(recorder.kinds.slice(-5)).toEqual(['wroteRequest', 'leaseReleased', 'putIdleConn', 'connClosed', 'requestFailed']);
  expect(recorder.all('requestFailed')).toEqual([{ kind: 'requestFailed', error }]);
});

test('one whose dial fails ends each step that began', async () => {
  const server = await TestServer.start();
  await server[Symbol.asyncDispose]();
  await using transport = new Transport();
  const recorder = new RecordingTrace();
  const error = await rejectionOf(send(transport, server.url, { trace: recorder.trace }));
  expect(recorder.kinds).toEqual([
    'getConn',
    'queueStart',
    'dialStart',
    'connectStart',
    'connectDone',
    'dialEnd',
    'queueEnd',
    'requestFailed',
  ]);
  expect(recorder.all('dialEnd')).toEqual([{ kind: 'dialEnd', error }]);
  expect(recorder.all('connectDone')).toMatchObject([{ error: { code: 'ECONNREFUSED' } }]);
  expect(recorder.all('requestFailed')).toEqual([{ kind: 'requestFailed', error }]);
});

test('one whose body is cut off tells how much there was', async () => {
  await using server = await TestServer.start();
  await using transport = new Transport();
  server.enqueue({ body: 'half', fault: 'truncate-body' });
  const recorder = new RecordingTrace();
  const error = await rejectionOf(fetchText(transport, server.url, { trace: recorder.trace }));
  expect(recorder.all('bodyEnd')).toEqual([{ kind: 'bodyEnd', bodyBytes: 4, error }]);
  expect(recorder.closeReasons).toEqual(['truncated']);
  expect(recorder.kinds).not.toContain('requestFailed');
});

test('interim responses are told of', async () => {
  await using peer = await BytePeer.listen(async (conversation) => {
    await conversation.readHead();
    await conversation.write('HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n');
    await conversation.readUntilClose();
  });
  await using transport = new Transport();
  const recorder = new RecordingTrace();
  await send(transport, peer.url, { trace: recorder.trace });
  const [interim] = recorder.all('got1xxResponse');
  expect(interim?.status).toBe(103);
  expect(interim?.headers.get('link')).toBe('</a>');
  expect(recorder.kinds.filter((kind) => kind.startsWith('got'))).toEqual([
    'gotConn',
    'gotFirstResponseByte',
    'got1xxResponse',
    'gotResponse',
  ]);
});

test('a connection’s end is told to the request that used it last', async () => {
  await using server = await TestServer.start();
  await using transport = new Transport();
  const first = new RecordingTrace();
  const last = new RecordingTrace();
  await fetchText(transport, server.url, { trace: first.trace });
  await fetchText(transport, server.url, { trace: last.trace });
  server.closeIdleConnections();
  await until(() => last.kinds.includes('connClosed'));
  expect(first.kinds).not.toContain('connClosed');
  expect(last.all('connClosed')).toMatchObject([{ reason: 'server-closed-idle', exchanges: 2 }]);
  expect(last.all('connClosed')[0]?.lifetimeMs).toBeGreaterThan(0);
});

test('no event and no error holds what may be secret', async () => {
  await using server = await TestServer.start();
  await using transport = new Transport();
  server.enqueue({ body: 'x', headers: { 'Set-Cookie': 's3cret' }, fault: 'truncate-body' });
  const recorder = new RecordingTrace();
  const url = `http://user:s3cret@127.0.0.1:${server.port}/?token=s3cret`;
  const error = await rejectionOf(fetchText(transport, url, { headers: { Authorization: 's3cret' }, trace: recorder.trace }));
  expect(String(error)).not.toContain('s3cret');
  expect(JSON.stringify([error, recorder.events])).not.toContain('s3cret');
});
