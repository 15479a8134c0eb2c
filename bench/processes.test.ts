import { mkdtemp, rm, stat } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { expect, test, vi } from 'vitest';

import { Child, nodeProgram } from './child.ts';
import { HTTP1_CLIENT_NAMES, type ClientName } from './client-names.ts';
import { COST_NAMES } from './cost-variants.ts';
import { buildGoClient } from './go-client.ts';
import { measureCosts } from './measure-costs.ts';
import { measureIdle, measureSlow } from './measure-memory.ts';
import { jobFor, measureWork } from './measure.ts';
import { clientsThere, startClient, startServer, type Place } from './place.ts';
import { WORKS, type WorkName } from './works.ts';

/** Each starts a process for every client. */
const LIMIT_MS = 60_000;

const steps: string[] = [];
const place: Place = {
  pinning: { client: [], server: [], note: 'not pinned' },
  go: await buildGoClient(),
  h2load: undefined,
  onProgress: (text) => steps.push(text),
};
const clients = clientsThere('get-1k', HTTP1_CLIENT_NAMES, place);
const works: readonly WorkName[] = ['post-1k', 'upload-1m', 'download-1m', 'tls-get-64k'];

test.for(works)('every client can do %s', { timeout: LIMIT_MS }, async (name) => {
  await using server = await startServer(place);
  const exchangeOnce = async (client: ClientName): Promise<string> => {
    await using child = await startClient(jobFor(client, WORKS[name], server, 2), place);
    await child.ask({ kind: 'exchange' }, 'done');
    return client;
  };
  expect(await Promise.all(clients.map(exchangeOnce))).toEqual(clients);
});

test('clients take turns, and the server says how busy it was', { timeout: LIMIT_MS }, async () => {
  await using server = await startServer(place);
  steps.length = 0;
  const plan = { clients: clients.slice(0, 3), concurrency: 10, launches: 2, rounds: 2, warmUpMs: 10, windowMs: 10 };
  const measured = await measureWork('get-64k', plan, server, place);
  expect(steps.slice(-2)).toEqual(['get-64k, launch 2 of 2: round 1 of 2', 'get-64k, launch 2 of 2: round 2 of 2']);
  expect(measured.map(({ client }) => client)).toEqual(plan.clients);
  for (const { windows } of measured) {
    expect(windows).toHaveLength(4);
    for (const { requests, cpuMicros, serverBusy, allocatedBytes } of windows) {
      expect(requests).toBeGreaterThan(0);
      expect(cpuMicros).toBeGreaterThan(0);
      expect(serverBusy).toBeGreaterThan(0);
      expect(allocatedBytes).toBeGreaterThan(0);
    }
  }
});

test('connections are opened, counted and left idle', { timeout: LIMIT_MS }, async () => {
  const some = clientsThere('idle', ['transport', 'go', 'undici.dispatch'], place);
  const idle = await measureIdle(some, { connections: 20, isTls: false }, place);
  expect(idle.map(({ client }) => client)).toEqual(some);
  const [overTls] = await measureIdle(['transport'], { connections: 10, isTls: true }, place);
  expect(overTls?.connections).toBe(10);
});

test('a slow reader reads something and not everything', { timeout: LIMIT_MS }, async () => {
  await using server = await startServer(place);
  const slow = await measureSlow(clients.slice(1, 4), { everyMs: 5, slowMs: 200, pauseMs: 100 }, server, place);
  for (const { readBytes } of slow) expect(readBytes).toBeGreaterThan(0);
});

test('what a signal, a limit, a listener and middleware cost is measured beside a plain request', { timeout: LIMIT_MS }, async () => {
  await using server = await startServer(place);
  const costs = await measureCosts({ launches: 1, rounds: 2, warmUpMs: 10, windowMs: 5 }, server, place);
  expect(costs.map(({ variant }) => variant)).toEqual(COST_NAMES);
  for (const { pairs } of costs) expect(pairs).toHaveLength(2);
});

test(
  'a server that is to stay awake is busy though nobody asks it anything, where it has a processor for itself',
  { timeout: LIMIT_MS },
  async () => {
    await using server = await startServer(place, { isAwake: true });
    // One that sleeps takes next to nothing for being asked how much it has taken.
    const enoughMicros = availableParallelism() > 1 ? 300_000 : 0;
    const beforeMicros = await server.cpuMicros();
    await vi.waitFor(async () => expect((await server.cpuMicros()) - beforeMicros).toBeGreaterThan(enoughMicros), {
      timeout: LIMIT_MS,
      interval: 100,
    });
  },
);

test('a profile is written where it was asked for', { timeout: LIMIT_MS }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'bench-'));
  try {
    const file = join(folder, 'a.cpuprofile');
    await using server = await startServer(place);
    await using child = await startClient(jobFor('transport', WORKS['get-1k'], server), place);
    await child.ask({ kind: 'profile', forMs: 20, file }, 'done');
    expect((await stat(file)).size).toBeGreaterThan(1_000);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test.for(clientsThere('get-1k', ['transport', 'go'], place))('%s stops at the first wrong answer', async (client) => {
  await using server = await startServer(place);
  await using child = await startClient({ ...jobFor(client, WORKS['get-1k'], server, 1), answerBytes: 2_048 }, place);
  await expect(child.ask({ kind: 'exchange' }, 'done')).rejects.toThrow(
    /^(go|transport): .*wrong answer: status 200 with 1024 bytes, expected 200 with 2048/,
  );
});

test('a body of another length than the one asked for is a wrong answer', async () => {
  await using server = await startServer(place);
  await using child = await startClient({ ...jobFor('transport', WORKS['post-1k'], server, 1), bodyBytes: 1_000 }, place);
  await expect(child.ask({ kind: 'exchange' }, 'done')).rejects.toThrow('wrong answer: status 400');
});

test('clients do not trust a server whose certificate they do not know', async () => {
  await using server = await startServer(place);
  const job = { ...jobFor('transport', WORKS['tls-get-1k'], server, 1), ca: rootCertificates[0] };
  await using child = new Child([], nodeProgram('transport', new URL('./client-process.ts', import.meta.url), JSON.stringify(job)));
  await child.first('ready');
  await expect(child.ask({ kind: 'exchange' }, 'done')).rejects.toThrow('certificate');
});

test('tells of a process that cannot start', async () => {
  await using child = new Child(
    [],
    nodeProgram('curl', new URL('./client-process.ts', import.meta.url), JSON.stringify({ client: 'curl', ca: rootCertificates[0] })),
  );
  await expect(child.first('ready')).rejects.toThrow('curl: Error: there is no client curl');
});
