/** Middleware of one's own: a function from one RoundTripper to another. Two chains of it share one pool of connections. */
import { compose, HttpRequest, HttpResponse, roundTripper, Transport, type Middleware } from '@roundtripper/core';

import { startLocalServer } from './local-server.ts';

/** Changes the request on its way in. A request is immutable: it derives another. */
const withToken =
  (token: string): Middleware =>
  (next) =>
    roundTripper((request) => {
      const headers = [...request.headers.fields(), ['Authorization', `Bearer ${token}`] as const];
      return next.roundTrip(request.with({ headers }));
    });

/** Looks at the response on its way out. */
const logged: Middleware = (next) =>
  roundTripper(async (request) => {
    const response = await next.roundTrip(request);
    const how = response.connection === undefined ? 'no connection at all' : `connection ${response.connection.id}`;
    console.log(`${request.method} ${request.target.path}: ${response.status}, over ${how}`);
    return response;
  });

/** Answers by itself: what it does not pass on it releases. */
const readOnly: Middleware = (next) =>
  roundTripper(async (request) => {
    if (request.method === 'GET') return next.roundTrip(request);
    request.body?.release();
    return new HttpResponse('this client only reads', { status: 405, request });
  });

await using server = await startLocalServer((request, response) => {
  response.end(request.headers.authorization === undefined ? 'hello, stranger' : 'hello, friend');
});
await using transport = new Transport();
// The first listed sees a request first.
const anonymous = compose(logged, readOnly, transport);
const authorized = compose(logged, readOnly, withToken('s3cret'), transport);

for (const client of [anonymous, authorized]) {
  const response = await client.roundTrip(new HttpRequest(`${server.url}/greeting`));
  console.log(`  ${await response.text()}`);
}
const refused = await authorized.roundTrip(new HttpRequest(`${server.url}/greeting`, { method: 'POST', body: 'hi' }));
console.log(`  ${await refused.text()}`);
