/**
 * The comparison's client, in a process of its own so that nothing else is measured: `client.ts <url> <requests> <pooled|unpooled>`, with --expose-gc.
 * It warms up and says so; asked to go on it makes its requests, one after the other, and tells what they took.
 */
import { getHeapStatistics } from 'node:v8';

import { HttpRequest, Transport } from '@roundtripper/core';

import { endWithParent } from '../shared/child-program.ts';

/** Code that is not yet compiled allocates more. */
const WARM_UP_REQUESTS = 2_000;
const [url = '', requests = '1', pooling] = process.argv.slice(2);
const transport = new Transport({ disableKeepAlives: pooling === 'unpooled' });

endWithParent();
await makeRequests(Math.min(WARM_UP_REQUESTS, Number(requests)));
// Every scenario then starts without a connection.
transport.closeIdleConnections();
process.once('message', () => void measure());
process.send?.({ warm: true });

async function measure(): Promise<void> {
  globalThis.gc?.();
  const allocatedBefore = allocatedBytes();
  const startedMs = performance.now();
  await makeRequests(Number(requests));
  const tookMs = performance.now() - startedMs;
  const allocated = allocatedBytes() - allocatedBefore;
  await transport.close();
  process.send?.({ tookMs, allocated });
}

async function makeRequests(count: number): Promise<void> {
  for (let number = 0; number < count; number++) {
    const response = await transport.roundTrip(new HttpRequest(url));
    await response.text();
  }
}

/**
 * V8's own count of all that was ever allocated on its heap, collected or not. It counts in whole allocation buffers: each reading may be half a
 * megabyte off (measured against arrays of a known size), which for 4 000 requests is 0.1 KiB a request. Memory outside the heap (sockets, read buffers) is not in it.
 */
function allocatedBytes(): number {
  const statistics: object = getHeapStatistics();
  const bytes: unknown = Reflect.get(statistics, 'total_allocated_bytes');
  // Before V8 14 it is not there.
  return typeof bytes === 'number' ? bytes : Number.NaN;
}
