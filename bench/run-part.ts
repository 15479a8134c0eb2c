import type { BenchServer } from './bench-server.ts';
import { growthResult } from './cache/growth-result.ts';
import { hitResult } from './cache/hit-result.ts';
import { manyResult } from './cache/many-result.ts';
import { measureGrowth } from './cache/measure-growth.ts';
import { measureHits } from './cache/measure-hits.ts';
import { measureMany } from './cache/measure-many.ts';
import { measureMisses } from './cache/measure-misses.ts';
import { missResult } from './cache/miss-result.ts';
import { MISSES } from './cache/misses.ts';
import { costResult } from './cost-result.ts';
import { effortFor, heldLaunchesFor, slowPlanFor } from './efforts.ts';
import { exchangeResult } from './exchange-result.ts';
import type { Flags } from './flags.ts';
import { blockedResult, idleOriginsResult, openStreamsResult } from './h2/held-result.ts';
import { measureBlocked, measureIdleOrigins, measureOpenStreams } from './h2/measure-held.ts';
import { measureCosts } from './measure-costs.ts';
import { connectionsAllowed, measureIdle, measureSlow } from './measure-memory.ts';
import { measureWork } from './measure.ts';
import { idleResult, slowResult } from './memory-result.ts';
import { defaultClients, type PartName } from './parts.ts';
import { clientsThere, startServer, type Place } from './place.ts';
import type { Result } from './result.ts';
import type { Effort } from './turns.ts';

/** TLS takes a handshake for each connection, and much the same memory whoever holds it. */
const TLS_SHARE = 0.2;

/** HTTP/2 has one connection for an origin: a program that has thousands of them is rare. */
const HTTP2_SHARE = 0.1;

const STORED = { few: 100, many: 100_000 };

/** How long a process is idle before it is looked how large it is: V8 keeps pages for some seconds after it was busy. */
const IDLE_MS = 10_000;

const OPEN_STREAMS = 2_000;
const BLOCKED_UPLOADS = 100;

/** Measures one part of a run. */
export async function runPart(part: PartName, flags: Flags, server: BenchServer, place: Place): Promise<Result> {
  const clients = clientsThere(part, flags.clients ?? defaultClients(part), place);
  const given = effortFor(part, flags.effort);
  const effort: Effort = { ...given, launches: flags.launches ?? given.launches, rounds: flags.rounds ?? given.rounds };
  const heldLaunches = flags.launches ?? heldLaunchesFor(flags.effort);
  switch (part) {
    case 'cost':
      return costResult(await withAwakeServer(place, (awake) => measureCosts(effort, awake, place)));
    case 'slow':
      return slowResult(await measureSlow(clients, slowPlanFor(flags.effort), server, place));
    case 'idle':
      return idleResult(await measureIdle(clients, { connections: connectionsAllowed(flags.connections), isTls: false }, place), false);
    case 'tls-idle': {
      const connections = Math.ceil(connectionsAllowed(flags.connections) * TLS_SHARE);
      return idleResult(await measureIdle(clients, { connections, isTls: true }, place), true);
    }
    case 'cache-hit-1k':
      return hitResult('1k', await measureHits('1k', effort, place));
    case 'cache-hit-64k':
      return hitResult('64k', await measureHits('64k', effort, place));
    case 'cache-miss':
      return missResult(await withAwakeServer(place, (awake) => measureMisses(MISSES, effort, { server: awake, place })));
    case 'cache-many':
      return manyResult(STORED, await measureMany(STORED, effort, place));
    case 'cache-memory':
      return growthResult(STORED.many, await measureGrowth({ responses: STORED.many, settleMs: IDLE_MS }, place));
    case 'h2c-blocked':
      return blockedResult(await measureBlocked(clients, BLOCKED_UPLOADS, place));
    case 'h2c-open':
      return openStreamsResult(await measureOpenStreams(clients, { streams: OPEN_STREAMS, launches: heldLaunches }, place));
    case 'h2c-idle':
    case 'h2-idle': {
      const isTls = part === 'h2-idle';
      const connections = Math.ceil(connectionsAllowed(flags.connections) * HTTP2_SHARE * (isTls ? 0.5 : 1));
      return idleOriginsResult(await measureIdleOrigins(clients, { connections, isTls, launches: heldLaunches }, place), isTls);
    }
    default:
      return exchangeResult(part, await measureWork(part, { ...effort, clients, concurrency: flags.concurrency }, server, place));
  }
}

/** For what compares two that differ by little. */
async function withAwakeServer<T>(place: Place, measure: (server: BenchServer) => Promise<T>): Promise<T> {
  await using server = await startServer(place, { isAwake: true });
  return await measure(server);
}
