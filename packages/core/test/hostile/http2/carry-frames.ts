import type { CloseReason } from '../../../src/contract/trace-event.ts';
import type { Seen } from './bench-exchange.ts';
import { answerOn, EngineBench, HELLO } from './engine-bench.ts';
import { taken, type FrameRow, type SeenFacts } from './row.ts';

/** What has come of a row. */
export interface Carried {
  readonly said: readonly string[];
  readonly seen: Seen;
  readonly other: Seen;
  readonly interim: readonly number[];
  readonly closed: CloseReason | undefined;
}

/** Bytes that a peer may send after all. */
const AFTERWARDS = 'HTTP/1.1 200 OK\r\n\r\n\0\0\0\0\0\0\0\0\0\xff\xff\xff\xff';

/**
 * Two requests on a connection whose wire brings these pieces. One that outlives them carries the other request to its end and then another, and must have its whole
 * window; one that does not takes no notice of what comes after.
 * @param isWatched See {@link ExchangeInit}.
 * @throws Error where something else is wrong that holds for every row.
 */
export async function carryFrames(
  { isFirst = false, request = {}, options = {} }: FrameRow,
  pieces: readonly string[],
  isWatched = true,
): Promise<Carried> {
  const bench = new EngineBench(options);
  const exchange = bench.send({ path: '/hostile', isWatched, ...request });
  const other = bench.send({ path: '/other', isWatched });
  if (!isFirst) bench.feed(HELLO);
  const before = bench.said.length;
  for (const piece of pieces) bench.feed(piece);
  const said = bench.said.slice(before);
  const closed = bench.connection.closeReason;
  if (closed === undefined) await carryOn(bench, isWatched);
  else {
    bench.feed(AFTERWARDS);
    if (bench.said.length !== before + said.length) throw new Error('something was said after the end');
    if (bench.connection.closeReason !== closed) throw new Error('it is closed for another reason now');
  }
  const carried = { said, seen: await exchange.seen, other: await other.seen, interim: exchange.interim, closed };
  await bench.end();
  return carried;
}

async function carryOn(bench: EngineBench, isWatched: boolean): Promise<void> {
  if (!bench.connection.isDraining) {
    const { exchange, streamId } = bench.begin({ path: '/next', isWatched });
    bench.feed(answerOn(streamId));
    const seen = await exchange.seen;
    if (seen.kind !== 'taken' || seen.body !== 'ok') throw new Error(`the next exchange became ${JSON.stringify(seen)}`);
    await bench.expectFullWindow();
  }
  bench.feed(answerOn(3));
}

/** What must come of the row, in the same shape. */
export function expectedOf({ becomes }: FrameRow): {
  said: readonly string[];
  seen: SeenFacts;
  other: SeenFacts;
  interim: readonly number[];
  closed: CloseReason | undefined;
} {
  const { said, seen, closed, interim = [] } = becomes;
  return { said, seen, other: becomes.other ?? (closed === undefined ? taken() : seen), interim, closed };
}

/** To be compared. Without the message: what a peer seems to speak shows after a few bytes only. */
export function comparable(carried: Carried): string {
  return JSON.stringify(carried, (key, value: unknown) => (key === 'message' ? undefined : value));
}
