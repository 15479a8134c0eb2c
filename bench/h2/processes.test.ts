import { rootCertificates } from 'node:tls';
import { expect, test } from 'vitest';

import { SIZES } from '../answers.ts';
import { Child, nodeProgram } from '../child.ts';
import type { ClientName } from '../client-names.ts';
import { buildGoClient } from '../go-client.ts';
import { jobFor, measureWork } from '../measure.ts';
import { defaultClients } from '../parts.ts';
import { clientsThere, startClient, type Place } from '../place.ts';
import { WORKS, type WorkName } from '../works.ts';
import { findH2load } from './h2load.ts';
import { measureBlocked, measureIdleOrigins, measureOpenStreams } from './measure-held.ts';
import { startNghttpd } from './nghttpd.ts';

/** Each starts a process for every client. */
const LIMIT_MS = 60_000;

const place: Place = {
  pinning: { client: [], server: [], note: 'not pinned' },
  go: await buildGoClient(),
  h2load: await findH2load(),
  onProgress: () => {},
};
const isThere = await nghttpdIsThere();
const works: readonly WorkName[] = ['h2-get-64k', 'h2c-get-1k', 'h2-upload-1m', 'h2c-upload-1m'];

async function nghttpdIsThere(): Promise<boolean> {
  await using server = await startNghttpd(place);
  return server !== undefined;
}

async function nghttpd() {
  const server = await startNghttpd(place);
  if (server === undefined) throw new Error('there is no nghttpd');
  return server;
}

test.skipIf(!isThere).for(works)('every client can do %s', { timeout: LIMIT_MS }, async (name) => {
  await using server = await nghttpd();
  const clients = clientsThere(name, defaultClients(name), place);
  const exchangeOnce = async (client: ClientName): Promise<string> => {
    await using child = await startClient(jobFor(client, WORKS[name], server, 2), place);
    await child.ask({ kind: 'exchange' }, 'done');
    return client;
  };
  expect(await Promise.all(clients.map(exchangeOnce))).toEqual(clients);
});

test.skipIf(!isThere)(
  'clients take turns, each over one connection, and the server’s CPU time is known',
  { timeout: LIMIT_MS },
  async () => {
    await using server = await nghttpd();
    const clients = clientsThere('h2-streams', defaultClients('h2-streams'), place);
    // Long enough for h2load's start, which is taken off, to be little of it.
    const plan = { clients, concurrency: 200, launches: 1, rounds: 2, warmUpMs: 100, windowMs: 300 };
    const measured = await measureWork('h2-streams', plan, server, place);
    expect(measured.map(({ client }) => client)).toEqual(clients);
    for (const { windows } of measured) {
      expect(windows).toHaveLength(2);
      for (const { requests, cpuMicros, serverBusy } of windows) {
        expect(requests).toBeGreaterThan(0);
        expect(cpuMicros).toBeGreaterThan(0);
        expect(serverBusy).toBeGreaterThan(0);
      }
    }
    expect(await server.connections()).toBe(0);
  },
);

test.skipIf(!isThere).for(clientsThere('h2-get-1k', ['h2load', 'go', 'node:http2'], place))(
  '%s stops at the first wrong answer',
  { timeout: LIMIT_MS },
  async (client) => {
    await using server = await nghttpd();
    await using child = await startClient({ ...jobFor(client, WORKS['h2-get-1k'], server, 1), answerBytes: 2_048 }, place);
    await expect(child.ask({ kind: 'exchange' }, 'done')).rejects.toThrow(/^\S+: .*wrong answer/);
  },
);

const holders = clientsThere('h2c-open', defaultClients('h2c-open'), place);

test.for(holders)('%s holds streams open, and connections idle', { timeout: LIMIT_MS }, async (client) => {
  const [streams, plain, overTls] = await Promise.all([
    measureOpenStreams([client], { streams: 20, launches: 2 }, place),
    measureIdleOrigins([client], { connections: 5, isTls: false, launches: 1 }, place),
    measureIdleOrigins([client], { connections: 3, isTls: true, launches: 1 }, place),
  ]);
  expect([streams, plain, overTls].map(([measured]) => [measured?.count, measured?.looks.length])).toEqual([
    [20, 2],
    [5, 1],
    [3, 1],
  ]);
});

test('no client takes all of a body that nobody takes', { timeout: LIMIT_MS }, async () => {
  for (const { client, takenBytes } of await measureBlocked(holders, 3, place)) {
    expect({ client, isSome: takenBytes > 0, isAll: takenBytes >= 3 * SIZES['1m'] }).toEqual({ client, isSome: true, isAll: false });
  }
});

test('tells of a client that there is not over HTTP/2', async () => {
  const job = JSON.stringify({ client: 'floor', ca: rootCertificates[0] });
  await using child = new Child([], nodeProgram('floor', new URL('./client-process.ts', import.meta.url), job));
  await expect(child.first('ready')).rejects.toThrow('floor: Error: there is no HTTP/2 client floor');
});
