/** The server's process: answers that were made once, over sockets, with no HTTP library, so that the clients are what is measured. */
import { createServer, type Socket } from 'node:net';
import { answerFor, SIZE_NAMES } from './answers.ts';
import { answerAndLive } from './child-side.ts';
import { RequestScanner } from './request-scanner.ts';

const answers = new Map(SIZE_NAMES.map((size) => [`/${size}`, answerFor(size)]));

const server = createServer({ noDelay: true }, serve);
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  answerAndLive({ kind: 'listening', port: address.port }, () => process.exit(0));
});

function serve(socket: Socket): void {
  const scanner = new RequestScanner();
  socket.on('data', (bytes: Buffer) => {
    for (const path of scanner.feed(bytes)) {
      const answer = answers.get(path);
      if (answer === undefined) socket.destroy();
      else socket.write(answer);
    }
  });
  // A client that ends in the middle of an answer says why itself.
  socket.on('error', () => socket.destroy());
}
