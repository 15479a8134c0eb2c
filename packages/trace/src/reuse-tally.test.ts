import { expect, test } from 'vitest';

import { record } from './reuse-histogram.ts';
import { addTally, countsOf, emptyTally, increment, isBlank, waitTimeOf, type ReuseTally } from './reuse-tally.ts';

const COUNTERS = [
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
  'dials',
  'dialsFailed',
  'donatedToRequest',
  'donatedToPool',
  'connectionsOpened',
  'connectionsFound',
  'connectionsClosed',
  'closedUnused',
] as const;

/** With something in every counter. */
function filled(by: number): ReuseTally {
  const tally = emptyTally({ waiting: by, dialing: by, connectionsOpen: by, connectionsIdle: by });
  for (const name of COUNTERS) tally[name] = by;
  tally.idleWhenFull = by;
  increment(tally.closeReasons, by === 1 ? 'idle-timeout' : 'timeout', by);
  increment(tally.notKept, 'timeout', by);
  for (const histogram of [tally.idleTime, tally.lifetime, tally.exchangesPerConnection, waitTimeOf(tally, 'room')]) record(histogram, by);
  record(tally.missedReuse.ours, by);
  record(tally.missedReuse.servers, by);
  return tally;
}

test('of nothing there are no shares and no means', () => {
  expect(countsOf(emptyTally())).toMatchObject({
    reuseRate: 0,
    fromIdle: 0,
    idleTime: { count: 0, sum: 0, mean: 0, max: 0 },
    waitTime: {},
    closeReasons: {},
  });
  expect(isBlank(emptyTally())).toBe(true);
});

test('what is there now keeps a tally from being blank', () => {
  expect(isBlank(emptyTally({ waiting: 0, dialing: 0, connectionsOpen: 1, connectionsIdle: 1 }))).toBe(false);
});

test('a sum has every counter in it', () => {
  const sum = filled(1);
  addTally(sum, filled(2));
  addTally(sum, emptyTally());
  const wide = { count: 2, sum: 3, max: 2 };
  expect(sum).toMatchObject({
    ...Object.fromEntries(Object.entries(sum).flatMap(([name, value]) => (typeof value === 'number' ? [[name, 3]] : []))),
    // Of these nobody knows whether they were at the same time; what is there now is.
    mostWaiting: 3,
    mostOpen: 3,
    idleWhenFull: 1,
    idleTime: wide,
    lifetime: wide,
    exchangesPerConnection: wide,
    missedReuse: { ours: wide, servers: wide },
  });
  expect([...sum.closeReasons, ...sum.notKept]).toEqual([
    ['idle-timeout', 1],
    ['timeout', 2],
    ['timeout', 3],
  ]);
  expect(sum.waitTime.get('room')).toMatchObject(wide);
});

test('what was counted does not change when counting goes on', () => {
  const tally = filled(1);
  const before = countsOf(tally);
  const copy = structuredClone(before);
  addTally(tally, filled(2));
  expect(before).toEqual(copy);
});
