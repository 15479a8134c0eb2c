import { TestClock } from '@roundtripper/testing';
import { expect, test } from 'vitest';

import { ChurnAlarm } from './churn-alarm.ts';
import type { ChurnWarning } from './churn-warning.ts';
import { emptyTally, increment, type ReuseTally } from './reuse-tally.ts';

interface Route {
  readonly origin: string;
  readonly proxy: string | undefined;
  readonly tally: ReuseTally;
}

const routeTo = (origin: string, proxy?: string): Route => ({ origin, proxy, tally: emptyTally() });

function alarmAt(intervalMs: number): {
  readonly clock: TestClock;
  readonly warnings: ChurnWarning[];
  readonly lose: (route: Route, count: number, reused?: number) => void;
} {
  const clock = new TestClock();
  const warnings: ChurnWarning[] = [];
  const alarm = new ChurnAlarm((warning) => warnings.push(warning), intervalMs, clock);
  /** Connections that carried one exchange each, after exchanges that cost none. */
  const lose = (route: Route, count: number, reused = 0): void => {
    route.tally.exchanges += reused;
    for (let lost = 0; lost < count; lost++) {
      route.tally.exchanges += 1;
      increment(route.tally.closeReasons, 'response-close');
      alarm.check(route, {});
    }
  };
  return { clock, warnings, lose };
}

test('it warns once there is enough of it, and says of which route', () => {
  const { warnings, lose } = alarmAt(1_000);
  const [direct, proxied] = [routeTo('http://a'), routeTo('http://a', 'http://p')];
  lose(direct, 9);
  lose(proxied, 9);
  expect(warnings).toEqual([]);
  lose(proxied, 1);
  lose(direct, 1);
  expect(warnings).toMatchObject([
    { kind: 'response-close', origin: 'http://a', proxy: 'http://p', count: 10, exchanges: 10 },
    { kind: 'response-close', origin: 'http://a', count: 10 },
  ]);
  expect(warnings[1]).not.toHaveProperty('proxy');
});

test('it warns again when the interval is over, and only where it goes on', async () => {
  const { clock, warnings, lose } = alarmAt(1_000);
  const [goesOn, stops] = [routeTo('http://goes-on'), routeTo('http://stops')];
  lose(stops, 10);
  lose(goesOn, 50);
  await clock.advance(999);
  lose(goesOn, 50);
  expect(warnings.map(({ count }) => count)).toEqual([10, 10]);
  await clock.advance(1);
  lose(goesOn, 1);
  expect(warnings.slice(2)).toMatchObject([{ origin: 'http://goes-on', count: 101 }]);
});

test('a good past does not hide what has begun', async () => {
  const { clock, warnings, lose } = alarmAt(1_000);
  const route = routeTo('http://a');
  lose(route, 1, 1_000_000);
  await clock.advance(60_000);
  lose(route, 30);
  // One long ago, one that the minute begins with, and ten.
  expect(warnings).toMatchObject([{ count: 12 }]);
});

test('of many routes in trouble ten are told of in an interval', async () => {
  const { clock, warnings, lose } = alarmAt(1_000);
  const routes = Array.from({ length: 50 }, (_, at) => routeTo(`http://h${at}`));
  for (const route of routes) lose(route, 20);
  expect(warnings).toHaveLength(10);
  await clock.advance(1_000);
  for (const route of routes) lose(route, 20);
  expect(warnings).toHaveLength(20);
});
