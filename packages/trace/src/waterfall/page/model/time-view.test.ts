import { describe, expect, test } from 'vitest';

import { pageData, pageExchange } from '../../../../test/page-data.ts';
import { exchangeFacts } from './exchange-facts.ts';
import { ticksOf } from './ticks.ts';
import { panned, viewBetween, wholeView, zoomed } from './time-view.ts';
import { viewOfRows } from './view-of-rows.ts';

const whole = { fromMs: 0, toMs: 1000 };

describe('the part of the time that is shown', () => {
  test.for([
    { fact: 'zooms in about a time, which stays where it is', view: zoomed(whole, whole, 0.5, 200), is: { fromMs: 100, toMs: 600 } },
    { fact: 'zooms out no further than to all of it', view: zoomed({ fromMs: 100, toMs: 600 }, whole, 9, 200), is: whole },
    {
      fact: 'is moved, not cut, where it would reach beyond an end',
      view: zoomed({ fromMs: 800, toMs: 1000 }, whole, 2, 1000),
      is: { fromMs: 600, toMs: 1000 },
    },
    { fact: 'goes along', view: panned({ fromMs: 100, toMs: 200 }, whole, 50), is: { fromMs: 150, toMs: 250 } },
    { fact: 'stops at the start', view: panned({ fromMs: 100, toMs: 200 }, whole, -500), is: { fromMs: 0, toMs: 100 } },
    { fact: 'stops at the end', view: panned({ fromMs: 100, toMs: 200 }, whole, 5000), is: { fromMs: 900, toMs: 1000 } },
    { fact: 'is between two times, whichever comes first', view: viewBetween(700, 300, whole), is: { fromMs: 300, toMs: 700 } },
  ])('$fact', ({ view, is }) => expect(view).toEqual(is));

  test('is never nothing: not of an empty log, and not between a time and itself', () => {
    const empty = wholeView(0);
    expect(empty.toMs).toBeGreaterThan(empty.fromMs);
    const none = viewBetween(5, 5, whole);
    expect(none.toMs).toBeGreaterThan(none.fromMs);
    const deep = zoomed(whole, whole, 1e-30, 5);
    expect(deep.toMs).toBeGreaterThan(deep.fromMs);
  });
});

describe('the time of some rows', () => {
  const rows = exchangeFacts(
    pageData({
      exchanges: [100, 110, 120, 130, 140, 150, 160, 170, 180, 190].map((startMs, at) =>
        pageExchange({ startMs, endMs: startMs + (at === 3 ? 800 : 10) }),
      ),
    }),
  );

  test('leaves out the end of the one that is much longer than the others', () => {
    const { fromMs, toMs } = viewOfRows(rows, whole, false);
    expect(fromMs).toBeCloseTo(97);
    expect(toMs).toBeCloseTo(203);
  });

  test('has all of the longest where each begins at its own start', () => {
    expect(viewOfRows(rows, whole, true)).toEqual({ fromMs: 0, toMs: 824 });
  });

  test('of none is all', () => expect(viewOfRows([], whole, false)).toBe(whole));
});

describe('the marks of a time axis', () => {
  const labels = (fromMs: number, toMs: number, most: number): readonly string[] =>
    ticksOf({ fromMs, toMs }, most).map(({ label }) => label);

  test.for([
    { fact: 'are round', shown: labels(0, 47, 5), are: ['0 ms', '10 ms', '20 ms', '30 ms', '40 ms'] },
    { fact: 'begin within what is shown', shown: labels(13, 47, 4), are: ['20 ms', '30 ms', '40 ms'] },
    {
      fact: 'have as many digits as they differ in',
      shown: labels(0, 0.5, 5),
      are: ['0.0 ms', '0.1 ms', '0.2 ms', '0.3 ms', '0.4 ms', '0.5 ms'],
    },
    { fact: 'are seconds once the first second is over', shown: labels(900, 1300, 4), are: ['0.9 s', '1.0 s', '1.1 s', '1.2 s', '1.3 s'] },
    {
      fact: 'tell a microsecond after hours',
      shown: labels(3_600_000, 3_600_000.02, 2),
      are: ['3600.00000 s', '3600.00001 s', '3600.00002 s'],
    },
  ])('$fact', ({ shown, are }) => expect(shown).toEqual(are));

  test('are few, at whatever zoom', () => {
    for (let span = 0.02; span < 1e9; span *= 1.7) expect(labels(span / 3, span * (4 / 3), 8).length).toBeLessThanOrEqual(9);
  });
});
