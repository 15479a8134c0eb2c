/**
 * Loads all that is published and sends a GET through it, on whichever Node runs this: beside the installed packages, where pack-packages.ts copies it.
 * Plain JavaScript, for a Node that strips no types.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { HttpRequest, Transport } from '@roundtripper/core';

for (const name of ['cache', 'retry', 'testing', 'trace']) await import(`@roundtripper/${name}`);

const server = createServer((request, response) => {
  if (request.url === '/unread') response.write('of a body that does not end');
  else response.end(`${request.method} ${request.url}`);
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const address = server.address();
assert(address !== null && typeof address !== 'string');

const transport = new Transport();
/** @param {string} path */
const get = (path) => transport.roundTrip(new HttpRequest(`http://127.0.0.1:${address.port}${path}`));
for (const path of ['/first', '/second']) {
  const response = await get(path);
  assert.equal(response.status, 200);
  assert.equal(await response.text(), `GET ${path}`);
}

// What keeps what a promise was resolved with differs from one V8 to the next.
setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc');
const drop = async () => (await get('/unread')).status;
assert.equal(await drop(), 200);
const isBusy = () => transport.stats().some(({ busy }) => busy > 0);
for (let turn = 0; turn < 500 && isBusy(); turn++) {
  await new Promise((resolve) => setTimeout(resolve, 10));
  collectGarbage();
}
assert(!isBusy(), 'a response that was dropped keeps its connection');

await transport.close();
server.close();
await once(server, 'close');
console.log(`Node ${process.version}: two requests answered, and a response that was dropped given up`);
