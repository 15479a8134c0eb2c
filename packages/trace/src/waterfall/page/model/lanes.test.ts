import { describe, expect, test } from 'vitest';

import { pageAttempt, pageConnection, pageData, pageExchange, segmentsFrom } from '../../../../test/page-data.ts';
import type { PageConnection, PageExchange } from '../../page-data.ts';
import { firstLevelTop, gapAt, laneHeight, levelHeight, useAt } from './lane-geometry.ts';
import { lanesOf, type Lane } from './lanes.ts';
import { causeText, countCauses, openedBecause } from './opened-because.ts';

/** A request on connection 1, from one time to another. */
function use(gotMs: number, releasedMs: number): PageExchange {
  return pageExchange({ startMs: gotMs, endMs: releasedMs, attempts: [pageAttempt({ connection: 1, gotMs, releasedMs })] });
}

function lane(exchanges: readonly PageExchange[], connection: PageConnection = pageConnection({ openedMs: 10, closedMs: 90 })): Lane {
  const [only] = lanesOf(pageData({ exchanges, connections: [connection] }));
  if (only === undefined) throw new Error('there is no lane');
  return only;
}

describe('a lane', () => {
  test('is idle before, between and after its requests', () => {
    const { idle, depth } = lane([use(20, 30), use(30, 40), use(60, 70)]);
    expect({ idle, depth }).toEqual({
      idle: [
        [10, 20],
        [40, 60],
        [70, 90],
      ],
      depth: 1,
    });
  });

  test('puts requests that overlap on lines of their own, and takes the first line that is free', () => {
    const { uses, depth, idle } = lane([use(10, 50), use(20, 30), use(25, 60), use(30, 35), use(55, 90)]);
    expect(uses.map(({ level }) => level)).toEqual([0, 1, 2, 1, 0]);
    expect({ depth, idle }).toEqual({ depth: 3, idle: [] });
  });

  test('has its requests in the order in which they got it, not in that in which they began', () => {
    const { uses } = lane([use(40, 50), use(20, 30)]);
    expect(uses.map(({ exchange }) => exchange)).toEqual([1, 0]);
  });

  test('of an open connection goes on to the end of the log', () => {
    expect(lane([], pageConnection({ openedMs: 10 }))).toMatchObject({ endMs: 100, idle: [[10, 100]] });
  });

  test('has the dial that opened it, also where the one who dialled was served by another', () => {
    const segments = segmentsFrom(0, ['queued', 1], ['dns', 2], ['connect', 3], ['wait', 4]);
    const own = pageExchange({ attempts: [pageAttempt({ dialled: 1, connection: 1, gotMs: 6, segments })] });
    const donated = pageExchange({ attempts: [pageAttempt({ dialled: 1, connection: 2, gotMs: 1, dial: segmentsFrom(0, ['tls', 5]) })] });
    expect(lane([own]).dial).toEqual(segmentsFrom(1, ['dns', 2], ['connect', 3]));
    expect(lane([donated]).dial).toEqual(segmentsFrom(0, ['tls', 5]));
  });

  test('forgets requests on connections that the log does not have', () => {
    expect(lane([pageExchange({ attempts: [pageAttempt({ connection: 9, gotMs: 1 })] })]).uses).toEqual([]);
  });
});

describe('a place in a lane', () => {
  const both = lane([use(10, 50), use(20, 30)]);
  const middleOf = (level: number): number => firstLevelTop(2) + (level + 0.5) * levelHeight(2);

  test.for([
    { fact: 'is the request on its line', atMs: 25, level: 1, is: 1 },
    { fact: 'is another on another line', atMs: 25, level: 0, is: 0 },
    { fact: 'is the nearest, within what a hand may miss', atMs: 52, level: 0, is: 0 },
    { fact: 'is none beyond that', atMs: 60, level: 0, is: undefined },
  ])('$fact', ({ atMs, level, is }) => expect(useAt(both, atMs, middleOf(level), 3)?.exchange).toBe(is));

  test('is a gap where nothing was under way', () => {
    expect(gapAt(both, 60)).toEqual([50, 90]);
    expect(gapAt(both, 40)).toBeUndefined();
  });

  test('however many requests there were at once, a lane has a height that can be shown', () => {
    expect([1, 2, 100, 1000].map(laneHeight)).toEqual([26, 28, 123, 512]);
  });
});

describe('a connection was opened', () => {
  const causes = (...connections: readonly Partial<PageConnection>[]): readonly string[] => {
    const numbered = connections.map((known, at) => pageConnection({ id: at + 1, openedMs: known.dialMs ?? 0, ...known }));
    const busy = numbered.map(({ id, openedMs, closedMs = 100 }) =>
      pageExchange({ attempts: [pageAttempt({ connection: id, gotMs: openedMs, releasedMs: closedMs })] }),
    );
    return openedBecause(lanesOf(pageData({ connections: numbered, exchanges: busy }))).map(causeText);
  };

  test('because it was the first, for each origin and proxy', () => {
    const first = 'first to its origin';
    expect(causes({ dialMs: 0 }, { dialMs: 1, origin: 1 }, { dialMs: 2, proxy: 'http://proxy.test' })).toEqual([first, first, first]);
  });

  test('because all others were busy', () => expect(causes({ dialMs: 0 }, { dialMs: 1 }).at(-1)).toBe('all others were busy'));

  test('because one that there had been was closed, which names the reason', () => {
    expect(causes({ dialMs: 0, closedMs: 10, reason: 'response-close' }, { dialMs: 20 }).at(-1)).toBe('replaced one: response-close');
    const last = causes(
      { dialMs: 0 },
      { dialMs: 1, closedMs: 10, reason: 'idle-timeout' },
      { dialMs: 2, closedMs: 11, reason: 'timeout' },
      { dialMs: 20 },
    );
    expect(last.at(-1)).toBe('replaced one: timeout');
  });

  test('each for another of those that were closed, the last of them first', () => {
    const burst = causes(
      { dialMs: 0, closedMs: 10, reason: 'response-close' },
      { dialMs: 1, closedMs: 12, reason: 'max-idle-conns-per-host' },
      { dialMs: 2, closedMs: 11, reason: 'max-idle-conns-per-host' },
      { dialMs: 20 },
      { dialMs: 21 },
      { dialMs: 22 },
      { dialMs: 23 },
    );
    const limit = 'replaced one: max-idle-conns-per-host';
    expect(burst.slice(3)).toEqual([limit, limit, 'replaced one: response-close', 'all others were busy']);
  });

  test('although another was idle, because a request may want a fresh one', () => {
    const connections = [pageConnection({ dialMs: 0 }), pageConnection({ id: 2, dialMs: 50, openedMs: 50 })];
    expect(openedBecause(lanesOf(pageData({ connections })))[1]).toEqual({ kind: 'despite-idle', idle: 1 });
  });

  test('before the log began, where nobody in it dialled it', () => expect(causes({})).toEqual(['open before the log began']));

  test('for reasons that are counted, the most frequent first', () => {
    const counted = countCauses([
      { kind: 'first' },
      { kind: 'all-busy', others: 1 },
      { kind: 'all-busy', others: 2 },
      { kind: 'replaces', reason: 'a' },
      { kind: 'replaces', reason: 'b' },
    ]);
    expect(counted.map(({ because, count }) => [causeText(because), count])).toEqual([
      ['all others were busy', 2],
      ['first to its origin', 1],
      ['replaced one: a', 1],
      ['replaced one: b', 1],
    ]);
  });
});
