import { frames } from '@roundtripper/testing';
import { describe, expect, test } from 'vitest';

import { answerOn, EngineBench, HELLO, textOf } from '../../test/hostile/http2/engine-bench.ts';

/** What a peer says to three requests: a GET on stream 1, an upload on 3 and a GET on 5. */
const SESSIONS: readonly { readonly fact: string; readonly says: string }[] = [
  { fact: 'answers', says: answerOn(1) + answerOn(3) + answerOn(5) },
  {
    fact: 'interim heads and trailers',
    says: textOf([
      frames.headers(1, { ':status': '100' }),
      frames.headers(3, { ':status': '100' }),
      frames.headers(1, { ':status': '200', 'content-length': '2' }),
      frames.data(1, 'ok'),
      frames.headers(1, { 'x-sum': '1' }, { endStream: true }),
      answerOn(3),
    ]),
  },
  {
    fact: 'an early answer',
    says: textOf([frames.headers(3, { ':status': '413' }, { endStream: true }), frames.reset(3, 'NO_ERROR'), answerOn(5)]),
  },
  {
    fact: 'resets',
    says: textOf([frames.reset(3, 'REFUSED_STREAM'), frames.headers(1, { ':status': '200' }), frames.reset(1, 'CANCEL'), answerOn(5)]),
  },
  { fact: 'a malformed answer', says: textOf([frames.headers(1, { ':status': 'no' }), frames.data(1, 'x'), answerOn(5)]) },
  {
    fact: 'GOAWAY',
    says: textOf([frames.headers(1, { ':status': '200' }), frames.goAway(3), answerOn(3), frames.data(1, 'ok', { endStream: true })]),
  },
  { fact: 'a broken rule', says: textOf([frames.headers(1, { ':status': '200' }), frames.data(1, 'o'), frames.data(0, 'x')]) },
];

interface Listened {
  readonly bench: EngineBench;
  /** Of all events, in their order. */
  readonly kinds: readonly string[];
}

type Action = (bench: EngineBench, number: number) => void;

const ACTIONS: readonly { readonly fact: string; readonly act: Action }[] = [
  { fact: 'cancels its request', act: ({ exchanges }, number) => exchanges[number]?.controller.abort() },
  { fact: 'cancels the others', act: ({ exchanges }, number) => cancel(exchanges.filter((_, at) => at !== number)) },
  { fact: 'cancels all', act: ({ exchanges }) => cancel(exchanges) },
  { fact: 'closes the connection', act: ({ connection }) => connection.close('transport-closed') },
  { fact: 'ends the wire', act: ({ wire }) => wire.close(new Error('read ECONNRESET')) },
  {
    fact: 'begins another request',
    act: (bench) => void (bench.connection.capacity > 0 && bench.exchanges.length < 6 && bench.send({ path: '/more' })),
  },
  {
    fact: 'throws',
    act: () => {
      throw new Error('the listener’s own');
    },
  },
];

function cancel(exchanges: EngineBench['exchanges']): void {
  for (const { controller } of exchanges) controller.abort();
}

/** Three requests whose listener does something at one of all events. */
function listen(says: string, at: number, act: Action): Listened {
  const bench = new EngineBench();
  const kinds: string[] = [];
  const trace = (number: number) => (event: { readonly kind: string }) => {
    kinds.push(event.kind);
    if (kinds.length === at + 1) act(bench, number);
  };
  bench.send({ trace: trace(0) });
  bench.send({ trace: trace(1), method: 'POST', body: new ReadableStream(), headers: { expect: '100-continue' } });
  bench.send({ trace: trace(2) });
  bench.feed(HELLO);
  bench.feed(says);
  return { bench, kinds };
}

describe.for(SESSIONS)('a listener that hears of $fact', ({ says }) => {
  test.for(ACTIONS)('and $fact at any event leaves nothing behind, and every request is settled once', async ({ act }) => {
    const quiet = listen(says, -1, () => {});
    expect(quiet.kinds.length).toBeGreaterThan(8);
    await quiet.bench.end();
    for (const at of quiet.kinds.keys()) {
      const { bench } = listen(says, at, act);
      if (bench.connection.closeReason === undefined && !bench.connection.isDraining) {
        cancel(bench.exchanges);
        bench.endTurn();
        bench.feed(frames.pingAck('\0'.repeat(8)));
        // Even that may be an event, of a PING that nobody sent.
        if (!bench.connection.isDraining) await bench.expectFullWindow();
      }
      await bench.end();
    }
  });
});
