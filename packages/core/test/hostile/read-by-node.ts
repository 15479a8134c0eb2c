import { request, type IncomingMessage } from 'node:http';
import { Duplex } from 'node:stream';

import { newReading, type Input, type MutableReading, type RawField, type Reading } from './reading.ts';

/** What node:http's client, and so llhttp, makes of the bytes, which come over a stream in memory. */
export function readByNode({ method, pieces }: Input): Promise<Reading> {
  const reading = newReading();
  const { promise, resolve } = Promise.withResolvers<Reading>();
  const sent = request({
    method,
    host: 'peer.test',
    // What node:http calls on a socket and a stream has not; nothing of it concerns what is read.
    createConnection: () => Object.assign(new Duplex({ read: () => {}, write: (_chunk, _encoding, done) => done() }), SOCKET_METHODS),
  });
  sent.on('socket', (socket) => {
    process.nextTick(() => {
      for (const piece of pieces) if (piece !== '') socket.push(Buffer.from(piece, 'latin1'));
      socket.push(null);
    });
  });
  sent.on('information', ({ statusCode }) => reading.interim.push(statusCode));
  sent.on('response', (response) => take(response, reading));
  sent.on('upgrade', (response, socket) => {
    takeHead(response, reading);
    socket.destroy();
  });
  sent.on('error', (error) => refuse(error, reading));
  sent.on('close', () => resolve(reading));
  sent.end();
  return promise;
}

const SOCKET_METHODS = { setTimeout: () => {}, setNoDelay: () => {}, setKeepAlive: () => {}, ref: () => {}, unref: () => {} };

function take(response: IncomingMessage, reading: MutableReading): void {
  takeHead(response, reading);
  response.setEncoding('latin1');
  response.on('data', (chunk: string) => {
    reading.body += chunk;
  });
  response.on('end', () => {
    if (!response.complete) return;
    reading.verdict = 'complete';
    reading.trailers = pairs(response.rawTrailers);
  });
  response.on('error', (error) => refuse(error, reading));
}

function takeHead(response: IncomingMessage, reading: MutableReading): void {
  reading.status = response.statusCode;
  reading.reason = response.statusMessage ?? '';
  reading.fields = pairs(response.rawHeaders);
}

/** An error of the parser says where it stood; of the end of the bytes before the response's only the end is told. */
function refuse(error: Error, reading: MutableReading): void {
  if (reading.verdict === 'complete') return;
  if (!('code' in error) || !String(error.code).startsWith('HPE_')) return;
  if (error.code === 'HPE_INVALID_EOF_STATE') return;
  reading.verdict = 'refused';
  reading.why = `${String(error.code)}: ${error.message.replace('Parse Error: ', '')}`;
}

function pairs(raw: readonly string[]): RawField[] {
  return Array.from({ length: raw.length / 2 }, (_, at) => [raw[2 * at] ?? '', raw[2 * at + 1] ?? '']);
}
