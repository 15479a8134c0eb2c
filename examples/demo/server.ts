/**
 * The demo's server, in a process of its own. It is as good as servers are: some answers are slow, some are "try again", some connections are closed after
 * their answer, and every now and then it closes all that are idle.
 */
import { createServer, type RequestListener, type ServerResponse } from 'node:http';

import { endWithParent } from '../shared/child-program.ts';

const IDLE_CLOSE_MS = 250;
/** How often a path was busy already. */
const busy = new Map<string, number>();

/** By the first segment of the path; `number` is the second. */
const ROUTES: Readonly<Record<string, (response: ServerResponse, number: number) => void>> = {
  products: (response, number) => {
    response.setHeader('Cache-Control', 'max-age=60');
    response.end(`product ${number} `.repeat(50 + (number % 200)));
  },
  prices: (response, number) => json(response, { number, price: (number % 997) / 10 }),
  orders: (response, number) => json(response, { number, status: 'ordered' }),
  slow: (response, number) => void setTimeout(() => json(response, { number, status: 'at last' }), 20 + (number % 200)),
  legacy: (response, number) => {
    response.setHeader('Connection', 'close');
    json(response, { number, status: 'and goodbye' });
  },
  busy: (response, number) => answerWhenAskedAgain(response, number),
};

/** 503 once or twice, then an answer. */
function answerWhenAskedAgain(response: ServerResponse, number: number): void {
  const key = String(number);
  const times = (busy.get(key) ?? 0) + 1;
  busy.set(key, times);
  if (times > 1 + (number % 2)) {
    busy.delete(key);
    json(response, { number, status: 'free' });
    return;
  }
  response.writeHead(503, { 'Retry-After': '0' }).end('busy, try again');
}

function json(response: ServerResponse, value: unknown): void {
  response.setHeader('Content-Type', 'application/json');
  response.setHeader('Cache-Control', 'no-store');
  response.end(JSON.stringify(value));
}

const onRequest: RequestListener = (request, response) => {
  const [, name = '', number = ''] = (request.url ?? '').split('/');
  const route = Object.hasOwn(ROUTES, name) ? ROUTES[name] : undefined;
  // The body first: an answer before it would cost the connection.
  request.resume().once('end', () => {
    if (route === undefined) response.writeHead(404).end();
    else route(response, Number(number));
  });
};

endWithParent();
const server = createServer(onRequest);
setInterval(() => server.closeIdleConnections(), IDLE_CLOSE_MS);
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server does not listen on a port');
  process.send?.({ port: address.port });
});
