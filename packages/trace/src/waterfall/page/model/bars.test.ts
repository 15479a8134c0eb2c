import { describe, expect, test } from 'vitest';

import { pageAttempt, pageData, pageExchange, segmentsFrom } from '../../../../test/page-data.ts';
import type { PageExchange } from '../../page-data.ts';
import { barsOf } from './bars.ts';
import { exchangeFacts } from './exchange-facts.ts';
import type { TimeView } from './time-view.ts';

const WIDTH = 100;

/** Like `wait 10+20`: its kind, where it begins and how long it is, in pixels. */
function shown(exchange: PageExchange, view: TimeView = { fromMs: 0, toMs: 100 }, originMs = 0): readonly string[] {
  const [facts] = exchangeFacts(pageData({ exchanges: [exchange] }));
  if (facts === undefined) throw new Error('there is no exchange');
  return barsOf(facts, view, WIDTH, originMs).map(
    ({ kind, left, width }) => `${kind} ${Number(left.toFixed(3))}+${Number(width.toFixed(3))}`,
  );
}

const plain = pageExchange({
  startMs: 10,
  endMs: 40,
  attempts: [pageAttempt({ segments: segmentsFrom(10, ['queued', 10], ['wait', 20]) })],
});

describe('a row’s picture', () => {
  test('is the whole of it, with its phases on top', () => expect(shown(plain)).toEqual(['outside 10+30', 'queued 10+10', 'wait 20+20']));

  test('begins at the left where each row begins at its own start', () => {
    expect(shown(plain, { fromMs: 0, toMs: 50 }, 10)).toEqual(['outside 0+60', 'queued 0+20', 'wait 20+40']);
  });

  test('is a mark of its longest phase where it would be too short to be seen', () => {
    expect(shown(plain, { fromMs: 0, toMs: 100_000 })).toEqual(['wait 0.01+3']);
  });

  test('is nothing where it is out of view', () => expect(shown(plain, { fromMs: 60, toMs: 80 })).toEqual([]));

  test('ends a little beyond what is in view, however far it is zoomed', () => {
    expect(shown(plain, { fromMs: 25, toMs: 25.01 })).toEqual(['outside -10+120', 'wait -10+120']);
  });

  test('shows where it was sent again, that it failed, and a dial that went to another', () => {
    const first = pageAttempt({ segments: segmentsFrom(0, ['wait', 10]), dial: segmentsFrom(2, ['tls', 5]) });
    const exchange = pageExchange({
      endMs: 50,
      error: 'reset',
      attempts: [first, pageAttempt({ segments: segmentsFrom(30, ['wait', 20]) })],
    });
    expect(shown(exchange)).toEqual(['outside 0+50', 'wait 0+10', 'dial 2+5', 'wait 30+20', 'again 30+0', 'failed 50+0']);
  });

  test('shows that it is under way', () => expect(shown(pageExchange({ startMs: 90, endMs: undefined })).at(-1)).toBe('under-way 100+0'));
});
