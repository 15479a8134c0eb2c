/** A caching round tripper: one line in the chain, and the answers that the server declares to be fresh are not asked for again. */
import { cache, cacheStatus, memoryStore } from '@roundtripper/cache';
import { compose, HttpRequest, Transport } from '@roundtripper/core';

import { startLocalServer } from './local-server.ts';

let served = 0;
await using server = await startLocalServer((request, response) => {
  served += 1;
  if (request.url === '/news') response.setHeader('Cache-Control', 'max-age=60');
  else response.setHeader('Cache-Control', 'no-store');
  response.end(`answer ${served} of the server`);
});

const httpCache = cache({ store: memoryStore({ maxBytes: 10_000_000 }) });
await using client = compose(httpCache, new Transport());

async function get(path: string): Promise<void> {
  const response = await client.roundTrip(new HttpRequest(server.url + path));
  // A response is stored once its body was read to the end.
  console.log(`GET ${path}: ${response.context.get(cacheStatus)}, ${await response.text()}`);
}

await get('/news');
await get('/news');
await get('/balance');
await get('/balance');
// A POST to it may have changed it: what was stored is dropped (RFC 9111 §4.4).
await (await client.roundTrip(new HttpRequest(`${server.url}/news`, { method: 'POST', body: 'extra!' }))).text();
await get('/news');

const { hits, misses, entries, bytes } = await httpCache.stats();
console.log(`${hits} hit, ${misses} misses; ${entries} response of ${bytes} bytes is stored, until clear() or its time is over`);
await httpCache.clear();
await get('/news');
