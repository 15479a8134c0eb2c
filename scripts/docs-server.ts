/**
 * The server that the examples in the documents talk to, in a process of its own (it is forked by run-docs.ts). Tells its parent the port
 * it got, and begins anew with every message from it, so that no example sees what another has left.
 */
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';

const SLOW_MS = 100;
const wantedPort = Number(process.argv[2] ?? 8080);
let flakyRequests = 0;

const routes: Readonly<Record<string, RequestListener>> = {
  '/': (request, response) => answer(request, response, { 'content-type': 'text/plain; charset=utf-8', 'etag': '"hello"' }, 'hello'),
  '/json': (request, response) => {
    const headers = { 'content-type': 'application/json', 'cache-control': 'max-age=60', 'etag': '"json"' };
    answer(request, response, headers, JSON.stringify({ hello: 'world' }));
  },
  '/flaky': (request, response) => {
    flakyRequests += 1;
    if (flakyRequests % 2 === 0) return answer(request, response, {}, 'hello at last');
    response.writeHead(503, { 'retry-after': '0' }).end('try again');
  },
  '/slow': (request, response) => void setTimeout(() => answer(request, response, {}, 'hello, slowly'), SLOW_MS),
  '/echo': (request, response) => {
    response.writeHead(200, { 'content-type': request.headers['content-type'] ?? 'application/octet-stream' });
    request.pipe(response);
  },
};

function answer(request: IncomingMessage, response: ServerResponse, headers: Record<string, string>, body: string): void {
  const isCurrent = headers['etag'] !== undefined && request.headers['if-none-match'] === headers['etag'];
  if (isCurrent) response.writeHead(304, headers).end();
  else response.writeHead(200, { ...headers, 'content-length': Buffer.byteLength(body) }).end(body);
}

const server = createServer((request, response) => {
  const { pathname } = new URL(request.url ?? '/', 'http://localhost');
  const route = routes[pathname];
  if (route === undefined) response.writeHead(404).end(`no ${pathname} here\n`);
  else route(request, response);
});

server.on('upgrade', (request, socket) => {
  socket.on('error', () => {});
  socket.write(`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${request.headers.upgrade}\r\n\r\n`);
  socket.pipe(socket);
});

process.on('message', () => {
  flakyRequests = 0;
  server.closeAllConnections();
  process.send?.('reset');
});
process.on('disconnect', () => process.exit());
server.on('error', (error: NodeJS.ErrnoException) => {
  // Somebody else's server is there: any other port will do.
  if (error.code !== 'EADDRINUSE') throw error;
  server.listen(0, '127.0.0.1');
});
server.on('listening', () => {
  const address = server.address();
  process.send?.(address === null || typeof address === 'string' ? 0 : address.port);
});
server.listen(wantedPort, '127.0.0.1');
