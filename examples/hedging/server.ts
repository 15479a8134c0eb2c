/**
 * The server of the measurement, in a process of its own: it answers 1 KiB after 5 to 15 ms, and one request in a hundred, whichever it is, after 300. Tells its
 * port, then, whenever it is asked, how many requests there were so far.
 */
import { createServer } from 'node:http';

import { endWithParent } from '../shared/child-program.ts';

const BODY = Buffer.alloc(1_024, 'x');
const SLOW_SHARE = 0.01;
const SLOW_MS = 300;
let requests = 0;

endWithParent();
const server = createServer((_, response) => {
  requests += 1;
  const delayMs = Math.random() < SLOW_SHARE ? SLOW_MS : 5 + Math.random() * 10;
  const timer = setTimeout(() => response.end(BODY), delayMs);
  // Given up: a server that heeds that does not do the work twice.
  response.once('close', () => clearTimeout(timer));
});
process.on('message', () => process.send?.({ requests }));
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server does not listen on a port');
  process.send?.({ port: address.port });
});
