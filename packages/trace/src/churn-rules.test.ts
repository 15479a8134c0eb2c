import type { CloseReason } from '@roundtripper/core';
import { expect, test } from 'vitest';

import type { ChurnLimits } from './churn-limits.ts';
import { applies, CHURN_RULES, churnBaseline, findChurn, type ChurnRule, type ChurnView } from './churn-rules.ts';
import type { ChurnKind } from './churn-warning.ts';
import { record } from './reuse-histogram.ts';
import { emptyTally, increment, waitTimeOf, type ReuseTally } from './reuse-tally.ts';

function closedBy(reason: CloseReason, count = 212, exchanges = 1_000): ReuseTally {
  const tally = emptyTally();
  tally.exchanges = exchanges;
  increment(tally.closeReasons, reason, count);
  return tally;
}

function after(change: (tally: ReuseTally) => void, exchanges = 100): ReuseTally {
  const tally = emptyTally();
  tally.exchanges = exchanges;
  change(tally);
  return tally;
}

const times = (count: number, act: () => void): void => Array.from({ length: count }).forEach(act);

const ROWS: readonly { kind: ChurnKind; view: ChurnView; limits?: ChurnLimits; text: string }[] = [
  {
    kind: 'max-idle-conns-per-host',
    view: closedBy('max-idle-conns-per-host'),
    limits: { maxIdleConnsPerHost: 2 },
    text: '212 connections closed because maxIdleConnsPerHost is 2: raise it',
  },
  {
    kind: 'max-idle-conns-per-host',
    view: { ...closedBy('max-idle-conns-per-host'), idleWhenFull: 2 },
    text: '212 connections closed because of maxIdleConnsPerHost (2 were idle already): raise it',
  },
  {
    kind: 'max-idle-conns-per-host',
    view: closedBy('max-idle-conns-per-host'),
    text: '212 connections closed because of maxIdleConnsPerHost: raise it',
  },
  {
    kind: 'max-idle-conns',
    view: closedBy('max-idle-conns'),
    limits: { maxIdleConns: 10 },
    text: '212 connections closed because maxIdleConns is 10, for all hosts together: raise it',
  },
  {
    kind: 'max-conns-per-host',
    view: after((tally) => {
      tally.mostWaiting = 12;
      times(10, () => record(waitTimeOf(tally, 'room'), 20));
      times(10, () => record(waitTimeOf(tally, 'room'), 50));
    }),
    limits: { maxConnsPerHost: 8 },
    text: '20 requests waited (35.0 ms on average, 50.0 ms at most, at most 12 at once) because maxConnsPerHost is 8: raise it, or send fewer at once',
  },
  {
    kind: 'max-concurrent-streams',
    view: after((tally) => {
      tally.mostWaiting = 15;
      times(20, () => record(waitTimeOf(tally, 'capacity'), 35));
    }),
    text: '20 requests waited (35.0 ms on average, 35.0 ms at most, at most 15 at once) because the server takes no more at once on an HTTP/2 connection: raise its limit, or leave out strictMaxConcurrentStreams',
  },
  {
    kind: 'max-conn-lifetime',
    view: closedBy('max-conn-lifetime'),
    limits: { maxConnLifetime: 500 },
    text: '212 connections closed because maxConnLifetime is 500 ms: raise it',
  },
  {
    kind: 'max-requests-per-conn',
    view: closedBy('max-requests-per-conn'),
    text: '212 connections closed because of maxRequestsPerConn: raise it',
  },
  {
    kind: 'keep-alives-disabled',
    view: closedBy('keep-alives-disabled'),
    text: '212 connections closed because disableKeepAlives is set: each request opens one. Leave it out',
  },
  {
    kind: 'close-idle-connections',
    view: closedBy('close-idle-connections'),
    text: '212 connections closed because closeIdleConnections() was called: call it less often',
  },
  {
    kind: 'request-close',
    view: closedBy('request-close'),
    text: '212 connections closed because their requests ask for it (Connection: close): leave that out',
  },
  {
    kind: 'response-close',
    view: after((tally) => {
      increment(tally.closeReasons, 'response-close', 90);
      increment(tally.closeReasons, 'until-close', 5);
    }),
    text: '95 connections closed because the server ends them after its response: have it keep connections alive',
  },
  {
    kind: 'http-1.0',
    view: closedBy('http-1.0'),
    text: '212 connections closed because the server speaks HTTP/1.0: have it, or the proxy before it, speak HTTP/1.1',
  },
  {
    kind: 'idle-timeout',
    view: after((tally) => times(10, () => record(tally.missedReuse.ours, 102_000))),
    limits: { idleConnTimeout: 90_000 },
    text: '10 connections opened anew because idleConnTimeout is 90000 ms, and the next request came after 102.0 s on average, 102.0 s at most: raise it',
  },
  {
    kind: 'server-idle-timeout',
    view: after((tally) => times(10, () => record(tally.missedReuse.servers, 7_000))),
    text: '10 connections opened anew because the server closes idle ones, and the next request came after 7.0 s on average, 7.0 s at most: raise its idle timeout',
  },
  {
    kind: 'server-max-requests',
    view: closedBy('server-max-requests'),
    text: '212 connections closed because the server takes few requests on each (Keep-Alive: max): raise its limit',
  },
  {
    kind: 'stale-connections',
    view: { ...emptyTally(), exchanges: 1_000, staleConnections: 10 },
    text: "10 requests sent again because the server had closed their connection: set idleConnTimeout below the server's idle timeout",
  },
  {
    kind: 'refused-streams',
    view: { ...emptyTally(), exchanges: 1_000, refusedStreams: 10 },
    text: '10 requests sent again because an HTTP/2 server refused them: it takes fewer at once. Raise its limit, or send fewer',
  },
  {
    kind: 'body-abandoned',
    view: closedBy('body-abandoned'),
    text: '212 connections closed because the body of a response was not read to its end: read it, or ask for less',
  },
  {
    kind: 'aborted',
    view: closedBy('aborted'),
    text: '212 connections closed because their request was cancelled: in HTTP/1.1 that takes the connection with it; cancel fewer, or use HTTP/2',
  },
  {
    kind: 'request-unfinished',
    view: closedBy('request-unfinished'),
    text: '212 connections closed because the server answered before it had the request body: send `Expect: 100-continue`',
  },
];

test.for(ROWS)('$text', ({ kind, view, limits = {}, text }) => {
  const [found, ...others] = findChurn(view, limits);
  expect(others).toEqual([]);
  expect(found).toMatchObject({ kind, count: Number.parseInt(text, 10), exchanges: view.exchanges, text });
});

test('each rule has its row above', () => {
  expect(new Set(ROWS.map(({ kind }) => kind))).toEqual(new Set(CHURN_RULES.map(({ kind }) => kind)));
});

test('what is no more than the end of a connection is not warned of', () => {
  for (const reason of [
    'transport-closed',
    'surplus',
    'upgraded',
    'idle-timeout',
    'server-closed-idle',
    'timeout',
    'connection-lost',
  ] as const) {
    expect(findChurn(closedBy(reason), {})).toEqual([]);
  }
});

function ruleOf(kind: ChurnKind): ChurnRule {
  const rule = CHURN_RULES.find((candidate) => candidate.kind === kind);
  if (rule === undefined) throw new Error(`no rule ${kind}`);
  return rule;
}

test.for([
  { fact: 'ten of a hundred are enough', count: 10, exchanges: 100, expected: true },
  { fact: 'nine are not, however few exchanges there were', count: 9, exchanges: 9, expected: false },
  { fact: 'ten of more than a hundred are less than one in ten', count: 10, exchanges: 101, expected: false },
])('$fact', ({ count, exchanges, expected }) => {
  expect(applies(ruleOf('http-1.0'), closedBy('http-1.0', count, exchanges))).toBe(expected);
});

test('a good past does not hide what has begun since, and an old trouble is not told again', () => {
  const past = closedBy('http-1.0', 20, 10_000);
  const baseline = churnBaseline(past);
  const rule = ruleOf('http-1.0');
  expect(applies(rule, closedBy('http-1.0', 40, 10_100))).toBe(false);
  expect(applies(rule, closedBy('http-1.0', 40, 10_100), baseline)).toBe(true);
  expect(applies(rule, closedBy('http-1.0', 25, 10_005), baseline)).toBe(false);
});
