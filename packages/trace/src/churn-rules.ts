import type { CloseReason, WaitsFor } from '@roundtripper/core';

import type { ChurnLimits } from './churn-limits.ts';
import type { ChurnKind, ChurnWarning } from './churn-warning.ts';
import { formatTime } from './format-time.ts';
import type { Histogram } from './reuse-histogram.ts';
import type { ReuseTally } from './reuse-tally.ts';

/** What the rules look at, of one route. */
export type ChurnView = Pick<
  ReuseTally,
  'exchanges' | 'staleConnections' | 'refusedStreams' | 'closeReasons' | 'waitTime' | 'missedReuse' | 'mostWaiting' | 'idleWhenFull'
>;

/** A warning, before it is known of which route. */
export type ChurnFinding = Pick<ChurnWarning, 'kind' | 'count' | 'exchanges' | 'text'>;

/** From when on something is worth a warning: there have to be so many, and so many for each exchange. */
interface ChurnThreshold {
  readonly atLeast: number;
  readonly perExchange: number;
}

/** What is wrong, how it is counted and what can be done about it: pure. */
export interface ChurnRule extends ChurnThreshold {
  readonly kind: ChurnKind;
  /** How many connections or requests it is about. */
  readonly count: (view: ChurnView) => number;
  /** Why, and what to do about it; follows the count. */
  readonly text: (view: ChurnView, limits: ChurnLimits) => string;
}

/** How things stood: what was counted by then, by each rule. */
export interface ChurnBaseline {
  readonly exchanges: number;
  readonly counts: ReadonlyMap<ChurnKind, number>;
}

/** Whether there is enough of it for a warning. @param since Only what came after this counts. */
export function applies({ kind, count, atLeast, perExchange }: ChurnRule, view: ChurnView, since?: ChurnBaseline): boolean {
  const recent = count(view) - (since?.counts.get(kind) ?? 0);
  return recent >= atLeast && recent >= perExchange * (view.exchanges - (since?.exchanges ?? 0));
}

/** What a rule that applies has to say, of all there was. */
export function findingOf({ kind, count: countOf, text }: ChurnRule, view: ChurnView, limits: ChurnLimits): ChurnFinding {
  const count = countOf(view);
  return { kind, count, exchanges: view.exchanges, text: `${count} ${text(view, limits)}` };
}

/** Of every rule that applies. */
export function findChurn(view: ChurnView, limits: ChurnLimits): ChurnFinding[] {
  return CHURN_RULES.filter((rule) => applies(rule, view)).map((rule) => findingOf(rule, view, limits));
}

/** How things stand. */
export function churnBaseline(view: ChurnView): ChurnBaseline {
  return { exchanges: view.exchanges, counts: new Map(CHURN_RULES.map(({ kind, count }) => [kind, count(view)])) };
}

/** One for every ten exchanges: below that, opening connections costs less than it would to look after them. */
const OFTEN: ChurnThreshold = { atLeast: 10, perExchange: 0.1 };

/** To be sent again costs a round trip, and a request that cannot be sent again fails: one in a hundred is many. */
const NOW_AND_THEN: ChurnThreshold = { atLeast: 10, perExchange: 0.01 };

/** Connections that were closed for one of these reasons. */
function closedBecause(...reasons: readonly CloseReason[]): ChurnRule['count'] {
  return ({ closeReasons }) => reasons.reduce((sum, reason) => sum + (closeReasons.get(reason) ?? 0), 0);
}

/** Every rule there is, one of each kind. */
export const CHURN_RULES: readonly ChurnRule[] = [
  {
    ...OFTEN,
    kind: 'max-idle-conns-per-host',
    count: closedBecause('max-idle-conns-per-host'),
    text: ({ idleWhenFull }, { maxIdleConnsPerHost }) => {
      const isSeen = maxIdleConnsPerHost === undefined && Number.isFinite(idleWhenFull);
      const seen = isSeen ? ` (${idleWhenFull} were idle already)` : '';
      return `connections closed because ${valueOf('maxIdleConnsPerHost', maxIdleConnsPerHost)}${seen}: raise it`;
    },
  },
  {
    ...OFTEN,
    kind: 'max-idle-conns',
    count: closedBecause('max-idle-conns'),
    text: (_, { maxIdleConns }) => `connections closed because ${valueOf('maxIdleConns', maxIdleConns)}, for all hosts together: raise it`,
  },
  {
    ...OFTEN,
    kind: 'max-conns-per-host',
    count: ({ waitTime }) => waitTime.get('room')?.count ?? 0,
    text: (view, { maxConnsPerHost }) =>
      `requests waited (${waitOf(view, 'room')}) because ${valueOf('maxConnsPerHost', maxConnsPerHost)}: raise it, or send fewer at once`,
  },
  {
    ...OFTEN,
    kind: 'max-concurrent-streams',
    count: ({ waitTime }) => waitTime.get('capacity')?.count ?? 0,
    text: (view) =>
      `requests waited (${waitOf(view, 'capacity')}) because the server takes no more at once on an HTTP/2 connection: raise its limit, or leave out strictMaxConcurrentStreams`,
  },
  {
    ...OFTEN,
    kind: 'max-conn-lifetime',
    count: closedBecause('max-conn-lifetime'),
    text: (_, { maxConnLifetime }) => `connections closed because ${valueOf('maxConnLifetime', maxConnLifetime, 'ms')}: raise it`,
  },
  {
    ...OFTEN,
    kind: 'max-requests-per-conn',
    count: closedBecause('max-requests-per-conn'),
    text: (_, { maxRequestsPerConn }) => `connections closed because ${valueOf('maxRequestsPerConn', maxRequestsPerConn)}: raise it`,
  },
  {
    ...OFTEN,
    kind: 'keep-alives-disabled',
    count: closedBecause('keep-alives-disabled'),
    text: () => 'connections closed because disableKeepAlives is set: each request opens one. Leave it out',
  },
  {
    ...OFTEN,
    kind: 'close-idle-connections',
    count: closedBecause('close-idle-connections'),
    text: () => 'connections closed because closeIdleConnections() was called: call it less often',
  },
  {
    ...OFTEN,
    kind: 'request-close',
    count: closedBecause('request-close'),
    text: () => 'connections closed because their requests ask for it (Connection: close): leave that out',
  },
  {
    ...OFTEN,
    kind: 'response-close',
    count: closedBecause('response-close', 'until-close'),
    text: () => 'connections closed because the server ends them after its response: have it keep connections alive',
  },
  {
    ...OFTEN,
    kind: 'http-1.0',
    count: closedBecause('http-1.0'),
    text: () => 'connections closed because the server speaks HTTP/1.0: have it, or the proxy before it, speak HTTP/1.1',
  },
  {
    ...OFTEN,
    kind: 'idle-timeout',
    count: ({ missedReuse }) => missedReuse.ours.count,
    text: ({ missedReuse }, { idleConnTimeout }) =>
      `connections opened anew because ${valueOf('idleConnTimeout', idleConnTimeout, 'ms')}, and the next request came after ${meanAndMax(missedReuse.ours)}: raise it`,
  },
  {
    ...OFTEN,
    kind: 'server-idle-timeout',
    count: ({ missedReuse }) => missedReuse.servers.count,
    text: ({ missedReuse }) =>
      `connections opened anew because the server closes idle ones, and the next request came after ${meanAndMax(missedReuse.servers)}: raise its idle timeout`,
  },
  {
    ...OFTEN,
    kind: 'server-max-requests',
    count: closedBecause('server-max-requests'),
    text: () => 'connections closed because the server takes few requests on each (Keep-Alive: max): raise its limit',
  },
  {
    ...NOW_AND_THEN,
    kind: 'stale-connections',
    count: ({ staleConnections }) => staleConnections,
    text: () => "requests sent again because the server had closed their connection: set idleConnTimeout below the server's idle timeout",
  },
  {
    ...NOW_AND_THEN,
    kind: 'refused-streams',
    count: ({ refusedStreams }) => refusedStreams,
    text: () => 'requests sent again because an HTTP/2 server refused them: it takes fewer at once. Raise its limit, or send fewer',
  },
  {
    ...OFTEN,
    kind: 'body-abandoned',
    count: closedBecause('body-abandoned'),
    text: () => 'connections closed because the body of a response was not read to its end: read it, or ask for less',
  },
  {
    ...OFTEN,
    kind: 'aborted',
    count: closedBecause('aborted'),
    text: () =>
      'connections closed because their request was cancelled: in HTTP/1.1 that takes the connection with it; cancel fewer, or use HTTP/2',
  },
  {
    ...OFTEN,
    kind: 'request-unfinished',
    count: closedBecause('request-unfinished'),
    text: () => 'connections closed because the server answered before it had the request body: send `Expect: 100-continue`',
  },
];

/** Like `maxConnsPerHost is 8`, or `of maxConnsPerHost` where its value was not told. */
function valueOf(name: string, value: number | undefined, unit = ''): string {
  return value === undefined ? `of ${name}` : `${name} is ${value} ${unit}`.trimEnd();
}

function waitOf({ waitTime, mostWaiting }: ChurnView, waitsFor: WaitsFor): string {
  return `${meanAndMax(waitTime.get(waitsFor))}, at most ${mostWaiting} at once`;
}

function meanAndMax(times: Pick<Histogram, 'count' | 'sum' | 'max'> | undefined): string {
  if (times === undefined || times.count === 0) return 'for no time';
  return `${formatTime(times.sum / times.count)} on average, ${formatTime(times.max)} at most`;
}
