/** Says by how many bytes the heap has grown by what should leave nothing: on its own, since what watches over tests holds on to what they begin. Wants --expose-gc. */
import { frames } from '@roundtripper/testing';

import { rejectionOf } from '../../rejection-of.ts';
import { answerOn, EngineBench, HELLO } from './engine-bench.ts';
import { RESPONSE_STATES } from './states.ts';

const STATUS = { ':status': '200' };

/** 1 000 streams that are cancelled, with DATA under way. */
async function cancelled(): Promise<void> {
  const bench = new EngineBench();
  bench.feed(HELLO);
  for (let count = 0; count < 1_000; count++) {
    const { exchange, streamId } = bench.begin();
    bench.feed(frames.headers(streamId, STATUS));
    exchange.controller.abort();
    bench.feed(frames.data(streamId, 'late', { endStream: true }));
    bench.exchanges.length = 0;
    await exchange.seen;
  }
  await bench.expectFullWindow();
  await bench.end();
}

/** 420 connections, in each state and with each ending. */
async function ended(): Promise<void> {
  for (let time = 0; time < 10; time++) {
    for (const { said } of RESPONSE_STATES) for (const end of ENDINGS) await endedBy(said, end);
  }
}

const ENDINGS: readonly ((bench: EngineBench) => void)[] = [
  ({ wire }) => wire.end(),
  ({ wire }) => wire.close(new Error('read ECONNRESET')),
  (bench) => bench.feed(frames.windowUpdate(0, 2 ** 31 - 1)),
  (bench) => bench.feed(Buffer.from(answerOn(1).slice(0, 5), 'latin1')),
  (bench) => bench.feed(frames.goAway(0, 'INTERNAL_ERROR')),
  ({ connection }) => connection.close('transport-closed'),
];

async function endedBy(said: string, end: (bench: EngineBench) => void): Promise<void> {
  const bench = new EngineBench();
  const { response } = bench.send({ isRead: false });
  bench.feed(HELLO + said);
  end(bench);
  await bench.end();
  // An error holds on to all that its frames ran on until somebody has asked for its stack: its response among them, here.
  const failure = await rejectionOf(response.then((head) => head.text()));
  if (!(failure instanceof Error) || failure.stack === undefined) throw new Error('it was expected to fail');
}

/** From the second time on. */
async function growth(work: () => Promise<void>): Promise<number> {
  await work();
  const before = await heapBytes();
  for (let time = 0; time < 3; time++) await work();
  return (await heapBytes()) - before;
}

/** Once all is gone that nobody holds: what waits for a collection to be told of something goes with the next. */
async function heapBytes(): Promise<number> {
  for (let time = 0; time < 3; time++) {
    await new Promise(setImmediate);
    global.gc?.();
  }
  return process.memoryUsage().heapUsed;
}

process.stdout.write(JSON.stringify({ cancelled: await growth(cancelled), ended: await growth(ended) }));
