/**
 * The comparison's server, in a process of its own: it says 1 KiB, over and over. With the argument `close` it closes each connection after its answer, and says so
 * (`Connection: close`), as many a server does that is told to keep none. Tells its port, then, whenever it is asked, how many connections were opened so far.
 */
import { createServer } from 'node:http';

import { endWithParent } from '../shared/child-program.ts';

const BODY = Buffer.alloc(1_024, 'x');
let opened = 0;

endWithParent();
const isClosing = process.argv[2] === 'close';
const server = createServer((_, response) => {
  if (isClosing) response.setHeader('Connection', 'close');
  response.end(BODY);
});
server.on('connection', () => {
  opened += 1;
});
process.on('message', () => process.send?.({ opened }));
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server does not listen on a port');
  process.send?.({ port: address.port });
});
