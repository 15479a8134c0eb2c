import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

/**
 * The server that the documents' examples talk to, in a process of its own: `/` says hello, `/json` may be cached for a minute, `/flaky` answers 503 every
 * other time, `/slow` takes 100 ms, `/echo` sends the request's body back. It tells its parent the port, and ends with it.
 */
const server = createServer(answer);
let flaky = 0;

listen(8080);
process.on('disconnect', () => process.exit());

function listen(port: number): void {
  // Where 8080 is taken any other port will do: the runner puts it in the examples' place.
  server.once('error', () => listen(0));
  server.listen(port, '127.0.0.1', () => {
    const address = server.address();
    process.send?.({ port: typeof address === 'object' ? address?.port : undefined });
  });
}

function answer(request: IncomingMessage, response: ServerResponse): void {
  switch (request.url?.split('?', 1)[0]) {
    case '/':
      response.setHeader('content-type', 'text/plain').end('hello');
      break;
    case '/json':
      response.setHeader('content-type', 'application/json').setHeader('cache-control', 'max-age=60').end('{"hello":"world"}');
      break;
    case '/flaky':
      flaky += 1;
      if (flaky % 2 === 1) response.writeHead(503, { 'retry-after': '0' });
      response.end(flaky % 2 === 1 ? 'busy' : 'hello');
      break;
    case '/slow':
      setTimeout(() => response.end('hello'), 100);
      break;
    case '/echo':
      request.pipe(response);
      break;
    default:
      response.writeHead(404).end('not found');
  }
}
