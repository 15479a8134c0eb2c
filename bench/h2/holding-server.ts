/**
 * The process of the server that holds what it has: `holding-server.ts <how many ports> <plain or tls>`. It is `node:http2`'s, which gives a stream's window
 * back when its body is read, and here nobody reads.
 */
import { createSecureServer, createServer, type Http2Server, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import { testCertificate } from '@roundtripper/testing';
import { listen } from '../../packages/core/test/servers/listen.ts';
import { SHORT_TEXT } from '../answers.ts';
import { answerAndLive, fail, takeOrders } from '../child-side.ts';
import type { Order, Report } from '../messages.ts';

/** What is measured is at the other end: it is not to be the limit. */
const LIMITS = { settings: { maxConcurrentStreams: 100_000 }, maxSessionMemory: 1_000 };

const CERTIFICATE = { cert: testCertificate.cert, key: testCertificate.key };

const held = new Set<ServerHttp2Stream>();
let connections = 0;

try {
  const [count, kind] = process.argv.slice(2);
  const ports: number[] = [];
  for (let opened = 0; opened < Number(count); opened++) ports.push(await openPort(kind === 'tls'));
  takeOrders(carryOut);
  answerAndLive({ kind: 'listening-on', ports }, () => process.exit(0));
} catch (error) {
  fail(error);
}

function openPort(isTls: boolean): Promise<number> {
  const server: Http2Server = isTls ? createSecureServer({ ...LIMITS, ...CERTIFICATE }) : createServer(LIMITS);
  server.on('session', (session) => {
    connections += 1;
    session.on('close', () => {
      connections -= 1;
    });
    // A client that ends in the middle of something says why itself.
    session.on('error', () => {});
  });
  server.on('stream', answer);
  return listen(server);
}

function answer(stream: ServerHttp2Stream, head: IncomingHttpHeaders): void {
  stream.on('error', () => {});
  if (head[':path'] === `/${SHORT_TEXT}`) {
    stream.respond({ ':status': 200, 'content-length': SHORT_TEXT.length });
    stream.end(SHORT_TEXT);
    return;
  }
  held.add(stream);
  stream.on('close', () => held.delete(stream));
  if (head[':method'] === 'GET') stream.respond({ ':status': 200, 'content-type': 'text/plain' });
}

function carryOut(order: Order): Report {
  if (order.kind === 'ask-held') return { kind: 'holds', connections, streams: held.size };
  throw new Error(`${order.kind} is not for the server that holds`);
}
