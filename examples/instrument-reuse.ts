/** Are my connections being reused and, if not, why not? Hooks tell of each one, the meter counts them. */
import { compose, HttpRequest, Transport } from '@roundtripper/core';
import { formatReuseReport, reuseMeter, trace } from '@roundtripper/trace';

import { startLocalServer } from './local-server.ts';

await using server = await startLocalServer((request, response) => {
  if (request.url === '/impolite') response.setHeader('Connection', 'close');
  response.end(request.url === '/large' ? Buffer.alloc(1_000_000) : 'hello');
});

const meter = reuseMeter();
await using client = compose(
  trace({
    gotConn: ({ conn, reused, idleTime }) => {
      console.log(`  connection ${conn.id}: ${reused ? `reused after ${idleTime.toFixed(1)} ms` : 'new'}`);
    },
    connClosed: ({ conn, reason, exchanges }) => console.log(`  connection ${conn.id}: closed after ${exchanges} request(s): ${reason}`),
  }),
  meter,
  new Transport(),
);

async function get(path: string): Promise<void> {
  console.log(`GET ${path}`);
  const response = await client.roundTrip(new HttpRequest(server.url + path));
  await response.text();
}

await get('/');
await get('/');
await get('/impolite');
console.log('GET /large, and its body is not read');
{
  await using response = await client.roundTrip(new HttpRequest(`${server.url}/large`));
  console.log(`  ${response.status}`);
}
console.log('three at once');
await Promise.all([get('/'), get('/'), get('/')]);
await get('/');
client.closeIdleConnections();

console.log(`\n${formatReuseReport(meter.report())}`);
