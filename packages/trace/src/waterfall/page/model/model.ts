import type { PageData } from '../../page-data.ts';
import { exchangeFacts, type ExchangeFacts } from './exchange-facts.ts';
import { lanesOf, type Lane } from './lanes.ts';
import { openedBecause, type OpenedBecause } from './opened-because.ts';
import { slowFromMs } from './phase-shares.ts';
import { wholeView, type TimeView } from './time-view.ts';

/** All that the page knows and that does not change. */
export interface Model {
  readonly data: PageData;
  readonly facts: readonly ExchangeFacts[];
  readonly lanes: readonly Lane[];
  /** Of a connection's id, its place in `lanes`. */
  readonly laneOf: ReadonlyMap<number, number>;
  /** Of each lane. */
  readonly because: readonly OpenedBecause[];
  readonly slowFromMs: number;
  readonly whole: TimeView;
  /** From nothing to the longest duration: the axis of rows that all begin at its start. */
  readonly longest: TimeView;
}

export function modelOf(data: PageData): Model {
  const facts = exchangeFacts(data);
  const lanes = lanesOf(data);
  return {
    data,
    facts,
    lanes,
    laneOf: new Map(lanes.map(({ connection }, index) => [connection.id, index])),
    because: openedBecause(lanes),
    slowFromMs: slowFromMs(facts),
    whole: wholeView(data.endMs),
    longest: wholeView(facts.reduce((longest, { durationMs }) => Math.max(longest, durationMs), 0)),
  };
}
