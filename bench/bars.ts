import type { SizeName } from './answers.ts';
import type { HitClient } from './cache/hit-clients.ts';
import type { ClientName } from './client-names.ts';
import type { CostName } from './cost-variants.ts';
import type { WorkName } from './works.ts';

/** What the Transport is to be against something else. */
export interface Bar {
  /** Of its figure to the other's. */
  readonly ratio: number;
  /** `below` leaves the ratio itself out: ahead. */
  readonly sense: 'at most' | 'below' | 'at least';
}

/** A bar, what was found, and whether that is within it. */
export interface Verdict {
  /** Like `GET 1 KiB: ≤ 0.7 × go`. */
  readonly title: string;
  readonly bar: string;
  readonly found: number;
  readonly isMet: boolean;
}

const AHEAD: Bar = { ratio: 1, sense: 'below' };

const HTTP2_SMALL_BARS: Partial<Record<ClientName, Bar>> = {
  'go': { ratio: 0.7, sense: 'at most' },
  'undici.request': { ratio: 0.25, sense: 'at most' },
  'node:http2': { ratio: 0.3, sense: 'at most' },
};

const HTTP2_LARGE_BARS: Partial<Record<ClientName, Bar>> = {
  'go': { ratio: 0.6, sense: 'at most' },
  'node:http2': { ratio: 0.5, sense: 'at most' },
};

/** Those without an API: there is no being ahead of them. */
const YARDSTICKS: ReadonlySet<ClientName> = new Set(['floor', 'h2load']);

/** In CPU time for each request. */
const CPU_BARS: Partial<Record<WorkName, Partial<Record<ClientName, Bar>>>> = {
  'get-1k': {
    'floor': { ratio: 1.5, sense: 'at most' },
    'go': { ratio: 0.7, sense: 'at most' },
    'undici.dispatch': { ratio: 0.75, sense: 'at most' },
    'undici.request': { ratio: 0.4, sense: 'at most' },
  },
  'get-64k': { floor: { ratio: 1.3, sense: 'at most' } },
  'h2-get-1k': HTTP2_SMALL_BARS,
  'h2c-get-1k': HTTP2_SMALL_BARS,
  'h2-get-64k': HTTP2_LARGE_BARS,
  'h2c-get-64k': HTTP2_LARGE_BARS,
};

const COSTS_WITH_BAR: ReadonlySet<CostName> = new Set(['shared signal', 'own signal', 'header timeout', 'trace listener']);

/** The bar for CPU time at a work against a client, or undefined where there is none. */
export function cpuBar(work: WorkName, client: ClientName): Bar | undefined {
  return CPU_BARS[work]?.[client] ?? peerBar(client, AHEAD);
}

/** As {@link cpuBar}, for bytes a second. */
export function throughputBar(client: ClientName): Bar | undefined {
  return peerBar(client, { ratio: 1, sense: 'at least' });
}

/** As {@link cpuBar}, for the memory of an idle connection. */
export function idleBar(client: ClientName): Bar | undefined {
  return client === 'go' || client === 'undici.dispatch' ? AHEAD : undefined;
}

/** As {@link cpuBar}, for the memory of an idle HTTP/2 connection, and of an open stream. */
export function heldBar(client: ClientName): Bar | undefined {
  return client === 'undici.request' || client === 'node:http2' ? AHEAD : undefined;
}

/** As {@link cpuBar}, for what is added to a request. */
export function costBar(variant: CostName): Bar | undefined {
  return COSTS_WITH_BAR.has(variant) ? { ratio: 1.1, sense: 'at most' } : undefined;
}

/** In µs of CPU time for each request. */
const MOST_ADDED: Partial<Record<CostName, number>> = { retry: 3, timings: 3 };

/** What a layer that has nothing to do adds to a request, against what it may; undefined where there is no such bar. */
export function judgeAdded(variant: CostName, addedMicros: number): Omit<Verdict, 'title'> | undefined {
  const most = MOST_ADDED[variant];
  return most === undefined ? undefined : { bar: `≤ +${most} µs`, found: addedMicros, isMet: addedMicros <= most };
}

/** In CPU time for each hit, with a body of 1 KiB as text. */
const SMALL_HIT_BARS: Partial<Record<HitClient, Bar>> = { 'undici memory': { ratio: 0.2, sense: 'at most' } };

const HIT_PEERS: ReadonlySet<HitClient> = new Set(['undici memory', 'undici SQLite']);

/** As {@link cpuBar}, for an answer out of our store against one out of somebody else's. */
export function hitBar(size: SizeName, client: HitClient): Bar | undefined {
  return (size === '1k' ? SMALL_HIT_BARS[client] : undefined) ?? (HIT_PEERS.has(client) ? AHEAD : undefined);
}

/** In µs of CPU time, for a body of 1 KiB as text out of memory. */
const MOST_FOR_HIT = 12;

/** A hit by itself, against what it may take; undefined where there is no such bar. */
export function judgeHit(size: SizeName, client: HitClient, micros: number): Omit<Verdict, 'title'> | undefined {
  if (size !== '1k' || client !== 'memory') return undefined;
  return { bar: `≤ ${MOST_FOR_HIT} µs`, found: micros, isMet: micros <= MOST_FOR_HIT };
}

/** What our cache may make of a request that it has no answer to. */
export const MISS_BAR: Bar = { ratio: 1.15, sense: 'at most' };

/** What a store with very many entries may take for what it stores, by one with few. */
export const MANY_BAR: Bar = { ratio: 1.5, sense: 'at most' };

/** How much a process with a store in memory may grow, by what the store was allowed. */
export const GROWTH_BAR: Bar = { ratio: 1.5, sense: 'at most' };

/** What a slow reader may have a client hold: what queues, socket buffers and compiled code take. Of a body of 1 GiB, 1.6 %. */
export const SLOW_MAX_BYTES = 16_777_216;

/** What a client may take of an upload that the server does not take: what a window of 64 KiB has room for, and the chunk of 64 KiB that comes next. */
export const BLOCKED_MAX_BYTES = 131_072;

export function judge(bar: Bar, found: number): Omit<Verdict, 'title'> {
  switch (bar.sense) {
    case 'at most':
      return { bar: `≤ ${shortRatio(bar.ratio)}`, found, isMet: found <= bar.ratio };
    case 'below':
      return { bar: `< ${shortRatio(bar.ratio)}`, found, isMet: found < bar.ratio };
    default:
      return { bar: `≥ ${shortRatio(bar.ratio)}`, found, isMet: found >= bar.ratio };
  }
}

function peerBar(client: ClientName, bar: Bar): Bar | undefined {
  return YARDSTICKS.has(client) || client === 'transport' ? undefined : bar;
}

function shortRatio(ratio: number): string {
  return String(Math.round(ratio * 100) / 100);
}
