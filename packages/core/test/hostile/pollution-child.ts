/** Prints what requests put on the wire while `Object.prototype` is clean, and while each of its properties is hostile. A process of its own: it spoils the whole realm. */
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';

import { HttpRequest, RoundTripError, Transport, type HttpRequestInit } from '@roundtripper/core';
import { testCertificate } from '@roundtripper/testing';

import { OK } from './row.ts';

const HOSTILE: Readonly<Record<string, unknown>> = {
  proxy: 'http://127.0.0.1:1',
  auth: { username: 'evil', password: 'evil' },
  username: 'evil',
  password: 'evil',
  socketPath: '/nowhere.sock',
  path: '/nowhere.sock',
  host: 'evil.test',
  hostname: 'evil.test',
  port: 1,
  headers: { 'X-Evil': '1' },
  method: 'DELETE',
  body: 'evil',
  url: 'http://127.0.0.1:1/',
  baseURL: 'http://127.0.0.1:1/',
  agent: {},
  dispatcher: {},
  lookup: (_hostname: string, _options: object, callback: (error: Error) => void) => callback(new Error('evil')),
  localAddress: '127.0.0.99',
  rejectUnauthorized: false,
  checkServerIdentity: () => undefined,
  ca: testCertificate.ca,
  servername: 'localhost',
  signal: AbortSignal.abort(),
  timeout: 1,
  dialTimeout: 1,
  retry: 5,
  cache: 'force-cache',
  close: true,
  trailers: { 'X-Evil': '1' },
  trace: () => {},
  maxResponseHeaderBytes: 1_024,
  disableKeepAlives: true,
  allowHalfOpen: true,
};

const INITS: readonly HttpRequestInit[] = [
  {},
  { headers: { 'X-A': 'b' } },
  { headers: [['X-A', 'b']] },
  { method: 'POST', body: 'hello' },
  { method: 'POST', body: new Uint8Array(3) },
  { method: 'PUT', body: new Blob(['hello']).stream() },
  { method: 'PUT', body: 'hello', trailers: { 'X-Sum': '1' } },
  { host: 'other.test' },
];

const results: Record<string, readonly string[]> = { clean: await runAll() };
for (const [name, value] of Object.entries(HOSTILE)) results[name] = await polluted({ [name]: value });
results['all'] = await polluted(HOSTILE);
process.stdout.write(JSON.stringify(results));

async function polluted(properties: Readonly<Record<string, unknown>>): Promise<readonly string[]> {
  return runAll(
    () => {
      for (const [name, value] of Object.entries(properties)) {
        // oxlint-disable-next-line no-extend-native -- this is the attack
        Object.defineProperty(Object.prototype, name, { value, configurable: true, enumerable: true, writable: true });
      }
    },
    () => {
      for (const name of Object.keys(properties)) Reflect.deleteProperty(Object.prototype, name);
    },
  );
}

/** What each request wrote, and what came of it; the last says what came of one to a server whose certificate nobody trusts. The servers stay clean. */
async function runAll(spoil: () => void = () => {}, mend: () => void = () => {}): Promise<readonly string[]> {
  const written: string[] = [];
  const server = createServer((socket) => answer(socket, written));
  const tlsServer = createTlsServer(testCertificate, (socket) => socket.on('error', () => {}));
  const urls = [`http://127.0.0.1:${await listen(server)}/a?b`, `https://localhost:${await listen(tlsServer)}/`] as const;
  spoil();
  try {
    const outcomes: string[] = [];
    const transport = new Transport();
    for (const init of INITS) outcomes.push(await outcomeOf(transport, urls[0], bodyAgain(init)));
    outcomes.push(await outcomeOf(transport, urls[1], {}));
    transport.closeIdleConnections();
    return outcomes.map((outcome, at) => `${outcome}: ${written[at]?.replaceAll(/127\.0\.0\.1:\d+/g, 'peer')}`);
  } finally {
    mend();
    server.close();
    tlsServer.close();
  }
}

/** A stream can be sent once. */
function bodyAgain(init: HttpRequestInit): HttpRequestInit {
  return init.body instanceof ReadableStream ? { ...init, body: new Blob(['hello']).stream() } : init;
}

async function outcomeOf(transport: Transport, url: string, init: HttpRequestInit): Promise<string> {
  try {
    const response = await transport.roundTrip(new HttpRequest(url, init));
    return `${response.status} ${await response.text()}`;
  } catch (error) {
    return error instanceof RoundTripError ? error.code : String(error);
  }
}

/** One request after the other, by what it ends with. */
function answer(socket: Socket, written: string[]): void {
  let text = '';
  socket.on('error', () => {});
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1');
    if (!isWhole(text)) return;
    written.push(text);
    text = '';
    socket.write(OK);
  });
}

function isWhole(text: string): boolean {
  const [head = '', body] = text.split(/\r\n\r\n/);
  if (body === undefined) return false;
  if (/transfer-encoding/i.test(head)) return /\r\n0\r\n(?:[^\r]+\r\n)*\r\n$/.test(text);
  return text.length - head.length - 4 >= Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
}

async function listen(server: ReturnType<typeof createServer>): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address: AddressInfo | string | null = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
