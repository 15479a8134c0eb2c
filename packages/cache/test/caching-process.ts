import { once } from 'node:events';

import { compose, HttpRequest, Transport } from '@roundtripper/core';
import { createClient } from 'redis';

import { cache, cacheStatus } from '../src/index.ts';
import { redisStore } from '../src/redis/index.ts';

/**
 * A process of a fleet: `node caching-process.ts <Redis> <URL>` asks once through a cache in Redis, prints what came of it, and
 * goes on until its input ends.
 */
const [, , redisUrl = '', url = ''] = process.argv;
const client = createClient({ url: redisUrl });
await client.connect();
const store = redisStore({ client, timeout: 5_000 });
const transport = new Transport();
const response = await compose(cache({ store, mode: 'shared', storeTimeout: 10_000 }), transport).roundTrip(new HttpRequest(url));
process.stdout.write(`${JSON.stringify({ status: response.context.get(cacheStatus), body: await response.text() })}\n`);
await once(process.stdin.resume(), 'end');
await transport.close();
await store[Symbol.asyncDispose]();
client.destroy();
