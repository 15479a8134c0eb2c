import type { CloseReason, WaitsFor } from '@roundtripper/core';

import { addHistogram, distributionOf, emptyHistogram, type Histogram } from './reuse-histogram.ts';
import type { ReuseCounts } from './reuse-report.ts';

/** Counters as they run. {@link countsOf} makes a report of them. */
export interface ReuseTally {
  requests: number;
  failed: number;
  exchanges: number;
  reused: number;
  handedOver: number;
  dialledByAnother: number;
  resends: number;
  /** Of those, the ones whose connection the server had closed. */
  staleConnections: number;
  /** Of those, the ones that an HTTP/2 server had refused. */
  refusedStreams: number;
  waited: number;
  waiting: number;
  mostWaiting: number;
  dials: number;
  dialing: number;
  dialsFailed: number;
  donatedToRequest: number;
  donatedToPool: number;
  connectionsOpened: number;
  connectionsFound: number;
  connectionsClosed: number;
  connectionsOpen: number;
  connectionsIdle: number;
  mostOpen: number;
  closedUnused: number;
  /** The fewest that were idle when one was closed because of `maxIdleConnsPerHost`: what the limit is, where one Transport alone is counted. */
  idleWhenFull: number;
  readonly closeReasons: Map<CloseReason, number>;
  readonly notKept: Map<CloseReason, number>;
  readonly idleTime: Histogram;
  readonly lifetime: Histogram;
  readonly exchangesPerConnection: Histogram;
  readonly waitTime: Map<WaitsFor, Histogram>;
  readonly missedReuse: { readonly ours: Histogram; readonly servers: Histogram };
}

/** In milliseconds. 10 ms, 1 s, 15 s, 90 s and 5 min are what servers and clients are set to. */
const IDLE_MS: readonly number[] = [1, 10, 100, 500, 1_000, 2_000, 5_000, 10_000, 15_000, 30_000, 60_000, 90_000, 120_000, 300_000];
const LIFETIME_MS: readonly number[] = [100, 1_000, 5_000, 15_000, 60_000, 300_000, 900_000, 3_600_000, 14_400_000, 86_400_000];
const EXCHANGES: readonly number[] = [0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 10_000, 100_000];
/** Those that OpenTelemetry advises for HTTP durations. */
const WAIT_MS: readonly number[] = [5, 10, 25, 50, 75, 100, 250, 500, 750, 1_000, 2_500, 5_000, 7_500, 10_000];

/** What there is now, rather than what has happened. */
type Now = Pick<ReuseTally, 'waiting' | 'dialing' | 'connectionsOpen' | 'connectionsIdle'>;

const NOTHING: Now = { waiting: 0, dialing: 0, connectionsOpen: 0, connectionsIdle: 0 };

/** @param now What is there already, and goes on. */
export function emptyTally(now: Now = NOTHING): ReuseTally {
  return {
    requests: 0,
    failed: 0,
    exchanges: 0,
    reused: 0,
    handedOver: 0,
    dialledByAnother: 0,
    resends: 0,
    staleConnections: 0,
    refusedStreams: 0,
    waited: 0,
    waiting: now.waiting,
    mostWaiting: now.waiting,
    dials: 0,
    dialing: now.dialing,
    dialsFailed: 0,
    donatedToRequest: 0,
    donatedToPool: 0,
    connectionsOpened: 0,
    connectionsFound: 0,
    connectionsClosed: 0,
    connectionsOpen: now.connectionsOpen,
    connectionsIdle: now.connectionsIdle,
    mostOpen: now.connectionsOpen,
    closedUnused: 0,
    idleWhenFull: Infinity,
    closeReasons: new Map(),
    notKept: new Map(),
    idleTime: emptyHistogram(IDLE_MS),
    lifetime: emptyHistogram(LIFETIME_MS),
    exchangesPerConnection: emptyHistogram(EXCHANGES),
    waitTime: new Map(),
    missedReuse: { ours: emptyHistogram(IDLE_MS), servers: emptyHistogram(IDLE_MS) },
  };
}

/** What was waited, by what for; made when it is first needed. */
export function waitTimeOf({ waitTime }: ReuseTally, waitsFor: WaitsFor): Histogram {
  const found = waitTime.get(waitsFor);
  if (found !== undefined) return found;
  const made = emptyHistogram(WAIT_MS);
  waitTime.set(waitsFor, made);
  return made;
}

export function increment(counts: Map<CloseReason, number>, reason: CloseReason, by = 1): void {
  counts.set(reason, (counts.get(reason) ?? 0) + by);
}

/** Whether there is anything to tell. */
export function isBlank(tally: ReuseTally): boolean {
  return SUMMED.every((name) => tally[name] === 0);
}

/** Adds what `other` has counted. What were the most of each at once need not have been at the same time: the larger stays. */
export function addTally(tally: ReuseTally, other: ReuseTally): void {
  for (const name of SUMMED) tally[name] += other[name];
  tally.mostWaiting = Math.max(tally.mostWaiting, other.mostWaiting, tally.waiting);
  tally.mostOpen = Math.max(tally.mostOpen, other.mostOpen, tally.connectionsOpen);
  tally.idleWhenFull = Math.min(tally.idleWhenFull, other.idleWhenFull);
  for (const [reason, count] of other.closeReasons) increment(tally.closeReasons, reason, count);
  for (const [reason, count] of other.notKept) increment(tally.notKept, reason, count);
  addHistogram(tally.idleTime, other.idleTime);
  addHistogram(tally.lifetime, other.lifetime);
  addHistogram(tally.exchangesPerConnection, other.exchangesPerConnection);
  for (const [waitsFor, time] of other.waitTime) addHistogram(waitTimeOf(tally, waitsFor), time);
  addHistogram(tally.missedReuse.ours, other.missedReuse.ours);
  addHistogram(tally.missedReuse.servers, other.missedReuse.servers);
}

const SUMMED = [
  'requests',
  'failed',
  'exchanges',
  'reused',
  'handedOver',
  'dialledByAnother',
  'resends',
  'staleConnections',
  'refusedStreams',
  'waited',
  'waiting',
  'dials',
  'dialing',
  'dialsFailed',
  'donatedToRequest',
  'donatedToPool',
  'connectionsOpened',
  'connectionsFound',
  'connectionsClosed',
  'connectionsOpen',
  'connectionsIdle',
  'closedUnused',
] as const;

/** What has been counted up to now. */
export function countsOf(tally: ReuseTally): ReuseCounts {
  const { idleWhenFull: _limit, staleConnections: _stale, refusedStreams: _refused, ...told } = tally;
  const { donatedToRequest: toRequest, donatedToPool: toPool, idleTime, missedReuse, waitTime, ...counts } = told;
  return {
    ...counts,
    reuseRate: tally.exchanges === 0 ? 0 : tally.reused / tally.exchanges,
    fromIdle: idleTime.count,
    idleTime: distributionOf(idleTime),
    waitTime: Object.fromEntries(Array.from(waitTime, ([waitsFor, time]) => [waitsFor, distributionOf(time)])),
    dialsDonated: { toRequest, toPool },
    closeReasons: Object.fromEntries(tally.closeReasons),
    notKept: Object.fromEntries(tally.notKept),
    lifetime: distributionOf(tally.lifetime),
    exchangesPerConnection: distributionOf(tally.exchangesPerConnection),
    missedReuse: { ours: distributionOf(missedReuse.ours), servers: distributionOf(missedReuse.servers) },
  };
}
