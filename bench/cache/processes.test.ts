import { testCertificate } from '@roundtripper/testing';
import { expect, test } from 'vitest';

import { SIZES, storablePath } from '../answers.ts';
import { nodeProgram } from '../child.ts';
import { measurePairs } from '../measure-pairs.ts';
import { startServer, type Place } from '../place.ts';
import { FilledCache } from './filled-cache.ts';
import { HIT_CLIENTS, needsRedis } from './hit-clients.ts';
import { MANY_CASES, measureMany } from './measure-many.ts';
import { measureGrowth } from './measure-growth.ts';
import { measureHits } from './measure-hits.ts';
import { measureMisses, type MissJob } from './measure-misses.ts';
import { MISSES } from './misses.ts';
import { findRedis } from './redis.ts';

/** Each starts a process for every client. */
const LIMIT_MS = 60_000;

const EFFORT = { launches: 1, rounds: 2, warmUpMs: 10, windowMs: 5 };

const place: Place = {
  pinning: { client: [], server: [], note: 'not pinned' },
  go: undefined,
  h2load: undefined,
  redis: await findRedis(),
  onProgress: () => {},
};

test('every client answers from its store, having asked the server once', { timeout: LIMIT_MS }, async () => {
  const measured = await measureHits('64k', EFFORT, place);
  expect(measured.map(({ client }) => client)).toEqual(HIT_CLIENTS.filter((client) => place.redis !== undefined || !needsRedis(client)));
  for (const { windows } of measured) expect(windows).toHaveLength(2);
});

test('what needs Redis is left out where there is none', { timeout: LIMIT_MS }, async () => {
  const measured = await measureHits('1k', EFFORT, { ...place, redis: undefined });
  expect(measured.map(({ client }) => client)).toEqual(HIT_CLIENTS.filter((client) => !needsRedis(client)));
});

test('misses are measured beside the same without a cache', { timeout: LIMIT_MS }, async () => {
  await using server = await startServer(place);
  // A store is full the sooner the larger what it stores.
  const misses = MISSES.filter(({ cache, size, isTls, isStored }) => cache === 'none' || size === '64k' || (isTls && !isStored));
  const measured = await measureMisses(misses, EFFORT, { server, place });
  expect(measured.map(({ miss }) => miss)).toEqual(misses);
  for (const { pairs } of measured) expect(pairs).toHaveLength(2);
});

test.for([
  { fact: 'stored and should not be', isStored: false, path: storablePath('1k') },
  { fact: 'not stored and should be', isStored: true, path: '/1k' },
])('an answer that is $fact ends the run', async ({ isStored, path }) => {
  await using server = await startServer(place);
  for (const cache of ['ours', "undici's"] as const) {
    const miss = { cache, isStored, size: '1k', isTls: false } as const;
    const job: MissJob = {
      miss,
      url: `${server.origin}${path}`,
      ca: testCertificate.ca,
      concurrency: 5,

      answerBytes: SIZES['1k'],
    };
    const program = nodeProgram(cache, new URL('./miss-process.ts', import.meta.url), JSON.stringify(job));
    await expect(measurePairs(program, EFFORT, place)).rejects.toThrow(/of \d+ answers \d+ were stored/);
  }
});

test('few entries and many are stored, and asked for', { timeout: LIMIT_MS }, async () => {
  const measured = await measureMany({ few: 20, many: 300 }, EFFORT, place);
  expect(measured.map(({ name }) => name)).toEqual(MANY_CASES);
  for (const { few, many } of measured) expect([few.length, many.length]).toEqual([2, 2]);
});

test('what a store says it holds, and may hold, is told with what its process takes', { timeout: LIMIT_MS }, async () => {
  const [full, changed, bounded] = await measureGrowth({ responses: 500, settleMs: 0 }, place);
  expect(full).toMatchObject({ entries: 500, evictions: 0, bytes: full?.maxBytes });
  expect(changed).toMatchObject({ entries: 500, evictions: 500, bytes: full?.maxBytes, maxBytes: full?.maxBytes });
  expect(bounded?.entries).toBeLessThan(500);
  expect(bounded?.bytes).toBeLessThanOrEqual(500 * SIZES['1k']);
  for (const each of [full, changed, bounded]) expect(each?.liveGrownBytes).toBeGreaterThan(0);
});

test('a hit that is a miss ends the run', async () => {
  await using server = await startServer(place);
  await using filled = await FilledCache.open({
    store: 'memory',
    exchange: 'hit',
    entries: 20,
    maxBytes: 1_048_576,
    url: `${server.origin}${storablePath('1k')}`,
    concurrency: 2,
    answerBytes: SIZES['1k'],
    folder: '',
  });
  await filled.fill(10);
  await expect(filled.measure(50)).rejects.toThrow('misses');
});
