/**
 * Loads all that is published and sends a GET through it, on whichever Node runs this: beside the installed packages, where pack-packages.ts copies it.
 * Plain JavaScript, for a Node that strips no types.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { HttpRequest, Transport } from '@roundtripper/core';

for (const name of ['cache', 'retry', 'testing', 'trace']) await import(`@roundtripper/${name}`);

const server = createServer((request, response) => {
  response.end(`${request.method} ${request.url}`);
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const address = server.address();
assert(address !== null && typeof address !== 'string');

const transport = new Transport();
for (const path of ['/first', '/second']) {
  const response = await transport.roundTrip(new HttpRequest(`http://127.0.0.1:${address.port}${path}`));
  assert.equal(response.status, 200);
  assert.equal(await response.text(), `GET ${path}`);
}
await transport.close();
server.close();
await once(server, 'close');
console.log(`Node ${process.version}: two requests answered`);
