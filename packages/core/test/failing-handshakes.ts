import { TestServer, testCertificate } from '@roundtripper/testing';
import { fork } from 'node:child_process';
import { once } from 'node:events';

import { HttpRequest } from '../src/contract/http-request.ts';
import { Transport } from '../src/transport/transport.ts';

/**
 * A process of its own, in which nothing else is measured: it tells how many bytes of the heap each handshake that failed has left behind.
 * The server is in another one.
 */
const ROUNDS = 300;

if (process.argv[2] === 'server') {
  const server = await TestServer.start({ tls: true });
  process.send?.(server.url);
} else {
  const server = fork(import.meta.filename, ['server'], { execArgv: process.execArgv });
  const message: readonly unknown[] = await once(server, 'message');
  const url = String(message[0]);
  const transport = new Transport({ tls: { ca: testCertificate.ca, servername: 'else.test' } });
  await fail(transport, url);
  const before = heapUsed();
  await fail(transport, url);
  process.stdout.write(String((heapUsed() - before) / ROUNDS));
  await transport.close();
  server.kill();
}

async function fail(transport: Transport, url: string): Promise<void> {
  for (let round = 0; round < ROUNDS; round++) {
    const error: unknown = await transport.roundTrip(new HttpRequest(url)).catch((caught: unknown) => caught);
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code !== 'tls-failed') throw new Error('a handshake did not fail as it should', { cause: error });
  }
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
}

function heapUsed(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}
