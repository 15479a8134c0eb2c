import { expect, test } from 'vitest';

import { RouteRows, type RouteRow } from './reuse-routes.ts';

function useOnce(rows: RouteRows, origin: string, proxy?: string): RouteRow {
  const row = rows.use(origin, proxy);
  row.tally.requests += 1;
  return row;
}

const namesOf = (rows: RouteRows): string[] => Array.from(rows, ({ origin }) => origin);

test('a route through a proxy is another than the direct one, and than one through another proxy', () => {
  const rows = new RouteRows(10);
  const all = [undefined, 'http://p:1', 'http://p:2', undefined, 'http://p:1'].map((proxy) => useOnce(rows, 'http://a', proxy));
  expect(new Set(all).size).toBe(3);
  expect(Array.from(rows, ({ proxy, tally }) => [proxy, tally.requests])).toEqual([
    ['http://p:2', 1],
    [undefined, 2],
    ['http://p:1', 2],
  ]);
});

test('the least recently used are counted together once there are too many', () => {
  const rows = new RouteRows(2);
  for (const origin of ['a', 'b', 'a', 'c']) useOnce(rows, origin);
  expect(namesOf(rows)).toEqual(['a', 'c', 'others']);
  expect([...rows].at(-1)?.tally.requests).toBe(1);
});

test('one that has an open connection or a request that waits is kept before one that holds nothing', () => {
  const rows = new RouteRows(3);
  useOnce(rows, 'open').tally.connectionsOpen = 1;
  useOnce(rows, 'waiting').tally.waiting = 1;
  for (const origin of ['quiet', 'new']) useOnce(rows, origin);
  expect(namesOf(rows)).toEqual(['open', 'waiting', 'new', 'others']);
});

test('where all hold something the least recently used has to go, and what it holds is counted with the rest from then on', () => {
  const rows = new RouteRows(1);
  const first = useOnce(rows, 'first');
  first.tally.connectionsOpen = 2;
  useOnce(rows, 'second').tally.connectionsOpen = 1;
  expect(rows.standingFor(first)).toMatchObject({ origin: 'others', tally: { requests: 1, connectionsOpen: 2 } });
  rows.tallyOf(first).connectionsOpen -= 1;
  expect(useOnce(rows, 'first')).not.toBe(first);
  expect(Array.from(rows, ({ origin, tally }) => [origin, tally.requests, tally.connectionsOpen])).toEqual([
    ['first', 1, 0],
    ['others', 2, 2],
  ]);
});

test('a reset keeps what is there', () => {
  const rows = new RouteRows(3);
  const row = useOnce(rows, 'a');
  row.tally.connectionsOpen = 1;
  useOnce(rows, 'b');
  rows.reset();
  expect(Array.from(rows, ({ origin, tally }) => [origin, tally.requests, tally.connectionsOpen, tally.mostOpen])).toEqual([
    ['a', 0, 1, 1],
  ]);
  expect(rows.use('a', undefined)).toBe(row);
});
