import { getEventListeners } from 'node:events';

import { compose, HttpRequest, Transport, type Middleware } from '@roundtripper/core';
import { TestServer } from '@roundtripper/testing';

import { concurrencyLimit, hedge, retry } from '../src/index.ts';

const middlewares: ReadonlyMap<string | undefined, Middleware> = new Map([
  ['retry', retry({ perTryTimeout: 60_000 })],
  ['hedge', hedge({ after: 60_000 })],
  ['concurrencyLimit', concurrencyLimit({ limit: 1 })],
]);
const middleware = middlewares.get(process.argv[2]);
if (middleware === undefined) throw new Error(`expected one of ${[...middlewares.keys()].join(', ')}`);

/** Drops a response of which the body goes on, asked for by the middleware of the first argument with a signal that lives on; prints who listens to that, before and after garbage was collected. */
const { signal } = new AbortController();
await using server = await TestServer.start({ handler: (_, response) => void response.writeHead(200).write('some') });
await using client = compose(middleware, new Transport());
const listeners = (): number => getEventListeners(signal, 'abort').length;

/** Not outside of a function: what that holds lives as long as it does. */
async function drop(): Promise<number> {
  const { status } = await client.roundTrip(new HttpRequest(server.url, { signal }));
  return status;
}

const status = await drop();
const before = listeners();
for (let turns = 0; turns < 100 && listeners() > 0; turns++) {
  globalThis.gc?.();
  await new Promise(setImmediate);
}
if (listeners() === 0) await server.whenOpenConnections(0);
process.stdout.write(JSON.stringify({ status, isHeard: before > 0, listeners: listeners() }));
