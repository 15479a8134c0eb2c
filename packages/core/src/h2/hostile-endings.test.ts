import { frames, type ErrorCodeName } from '@roundtripper/testing';
import { describe, expect, test } from 'vitest';

import type { BenchExchange, Seen } from '../../test/hostile/http2/bench-exchange.ts';
import { answerOn, EngineBench, HELLO, textOf } from '../../test/hostile/http2/engine-bench.ts';
import { REQUEST_STATES, RESPONSE_STATES, type RequestState, type ResponseState } from '../../test/hostile/http2/states.ts';
import { ERROR_CODES } from './error-code.ts';

/** An answer that a peer ends before its time is never whole, and every request is settled once, whatever comes when. */

const CODES = [...Object.values(ERROR_CODES), 0xff];
const ENDINGS = ['fin', 'rst'] as const;

/** A state of each. */
interface Standing {
  readonly response: ResponseState;
  readonly request: RequestState;
}

const STANDINGS = REQUEST_STATES.flatMap((request) =>
  RESPONSE_STATES.map((response) => ({ response, request, fact: `${response.fact} of ${request.fact}` })),
);

/** Two requests on a connection, of which the first is answered so far. */
function benchAt({ response, request }: Standing, isReused = false): { bench: EngineBench; first: BenchExchange; second: BenchExchange } {
  const bench = new EngineBench();
  const first = bench.send({ ...request.init(), isReused });
  const second = bench.send({ isReused });
  bench.feed(HELLO);
  bench.feed(response.said);
  return { bench, first, second };
}

/** In a word: what came of an exchange. */
function inShort(seen: Seen): string {
  if (seen.kind === 'taken') return `taken ${seen.body}`;
  return seen.kind === 'refused' ? `${seen.code} ${seen.phase} ${seen.sent}` : 'cancelled';
}

function whenLost({ response, request }: Standing, code: string): string {
  return response.isReading ? `truncated response-body ${request.sent}` : `${code} ${request.waiting} ${request.sent}`;
}

/** What a wire does in the end. */
function endWire({ wire }: EngineBench, ending: (typeof ENDINGS)[number]): void {
  if (wire.isDestroyed) return;
  if (ending === 'fin') wire.end();
  else wire.close(new Error('read ECONNRESET'));
}

describe('a stream that its peer resets', () => {
  test.for(STANDINGS)('$fact is a failure, whatever the code, and nothing else happens', async (standing) => {
    for (const code of CODES) {
      const { bench, first, second } = benchAt(standing);
      bench.feed(frames.reset(1, code));
      bench.feed(standing.response.rest);
      bench.feed(answerOn(3));
      const isRefused = code === ERROR_CODES.REFUSED_STREAM && !standing.response.isReading;
      const expected = isRefused ? `stream-refused ${standing.request.waiting} nothing` : whenLost(standing, 'stream-reset');
      expect({ code, seen: inShort(await first.seen), other: inShort(await second.seen) }).toEqual({
        code,
        seen: expected,
        other: 'taken ok',
      });
      // Go: a server that thinks that we broke the protocol is left.
      expect(bench.connection.closeReason === undefined).toBe(code !== ERROR_CODES.PROTOCOL_ERROR);
      if (bench.connection.closeReason === undefined) await bench.expectFullWindow();
      await bench.end();
    }
  });

  test('after a whole answer has answered it: an upload that goes on is not wanted', async () => {
    for (const code of CODES) {
      const bench = new EngineBench();
      const exchange = bench.send({ method: 'POST', body: new ReadableStream() });
      bench.feed(HELLO);
      bench.feed(answerOn(1));
      bench.feed(frames.reset(1, code));
      expect(inShort(await exchange.seen)).toBe('taken ok');
      expect(bench.said).toEqual(['SETTINGS ack', 'RST_STREAM 1 NO_ERROR']);
      await bench.expectFullWindow();
      await bench.end();
    }
  });
});

/** Up to which stream a peer says that it has looked at them. */
const LAST_IDS = [0, 1, 3, 5, 2 ** 31 - 1];

function afterGoAway(streamId: number, standing: Standing, lastId: number, code: ErrorCodeName): string | undefined {
  if (streamId <= lastId) return undefined;
  if (standing.response.isReading) return whenLost(standing, '');
  // Of the first the peer's complaint may be, and another connection would end like this one.
  if (streamId === 1 && code !== 'NO_ERROR') return whenLost(standing, 'connection-closed');
  return `server-goaway ${standing.request.waiting} nothing`;
}

const UNHEARD = RESPONSE_STATES[0];
const SENT = REQUEST_STATES[0];
if (UNHEARD === undefined || SENT === undefined) throw new Error('there are no states');
const OTHER: Standing = { response: UNHEARD, request: SENT };

describe('a peer that goes away', () => {
  const EACH = [...STANDINGS.keys()].flatMap((at) =>
    LAST_IDS.map((lastId) => ({ standing: STANDINGS[at] ?? OTHER, fact: STANDINGS[at]?.fact, lastId })),
  );

  test.for(EACH)(
    '$fact, having looked at streams up to $lastId: what it has not looked at fails, the rest is answered',
    async ({ standing, lastId }) => {
      for (const code of Object.keys(ERROR_CODES)) {
        if (!isCode(code)) continue;
        const { bench, first, second } = benchAt(standing);
        const capacities: number[] = [];
        for (const exchange of [first, second]) exchange.onRelease = () => void capacities.push(bench.connection.capacity);
        bench.feed(frames.goAway(lastId, code, 'bye'));
        expect(bench.connection.isDraining).toBe(true);
        bench.feed(standing.response.rest);
        bench.feed(answerOn(3));
        const seen = [inShort(await first.seen), inShort(await second.seen)];
        const expected = [afterGoAway(1, standing, lastId, code) ?? 'taken ok', afterGoAway(3, OTHER, lastId, code) ?? 'taken ok'];
        expect({ code, seen }).toEqual({ code, seen: expected });
        // Nobody is to begin on it what it would not look at.
        expect(capacities).toEqual([0, 0]);
        expect(bench.connection.closeReason).toBe('server-goaway');
        await bench.end();
      }
    },
  );

  test.for(EACH)(
    '$fact, having looked at streams up to $lastId, and then ends the connection: every request fails once',
    async ({ standing, lastId }) => {
      for (const ending of ENDINGS) {
        for (const code of ['NO_ERROR', 'INTERNAL_ERROR'] as const) {
          const { bench, first, second } = benchAt(standing);
          bench.feed(frames.goAway(lastId, code));
          endWire(bench, ending);
          const seen = [inShort(await first.seen), inShort(await second.seen)];
          const expected = [
            afterGoAway(1, standing, lastId, code) ?? whenLost(standing, 'connection-closed'),
            afterGoAway(3, OTHER, lastId, code) ?? whenLost(OTHER, 'connection-closed'),
          ];
          expect({ ending, code, seen }).toEqual({ ending, code, seen: expected });
          await bench.end();
        }
      }
    },
  );

  test('and says so again takes back nothing', async () => {
    for (const [lastIds, isRight] of [
      [[2 ** 31 - 1, 3], true],
      [[3, 1], true],
      [[3, 3], true],
      [[1, 3], false],
    ] as const) {
      const bench = new EngineBench();
      bench.send();
      bench.send();
      bench.feed(HELLO);
      for (const lastId of lastIds) bench.feed(frames.goAway(lastId));
      expect({ lastIds, isOpen: bench.connection.closeReason === undefined }).toEqual({ lastIds, isOpen: isRight });
      expect(bench.said.includes('GOAWAY PROTOCOL_ERROR')).toBe(!isRight);
      if (isRight) bench.feed(answerOn(1) + answerOn(3));
      await bench.end();
    }
  });
});

function isCode(code: string): code is ErrorCodeName {
  return code in ERROR_CODES;
}

describe('a wire that ends', () => {
  const SESSIONS = STANDINGS.map(({ response, request, fact }) => ({
    response,
    request,
    fact,
    bytes: textOf([HELLO, response.said, response.rest]),
  }));

  test.for(SESSIONS)(
    'at any byte, where the answer would have gone on $fact, is a failure until the last byte is there',
    async ({ bytes, response, request }) => {
      const headAt = HELLO.length + (response.fact.includes('interim') ? response.said.length : 0);
      const headEnd = headAt + 9 + Buffer.from(bytes.slice(headAt), 'latin1').readUIntBE(0, 3);
      const wrong: string[] = [];
      for (const ending of ENDINGS) {
        for (let cut = 0; cut <= bytes.length; cut++) {
          const bench = new EngineBench();
          const first = bench.send(request.init());
          const second = bench.send();
          bench.feed(bytes.slice(0, cut));
          endWire(bench, ending);
          const code = ending === 'fin' ? 'connection-closed' : 'connection-reset';
          const isWhole = cut === bytes.length;
          const expected = isWhole ? 'taken ok' : whenLost({ request, response: { ...response, isReading: cut >= headEnd } }, code);
          const seen = [inShort(await first.seen), inShort(await second.seen)];
          const isRight = seen[0] === expected && seen[1] === whenLost(OTHER, code);
          if (!isRight) wrong.push(`${ending} at ${cut}: ${seen.join(', ')}, not ${expected}`);
          await bench.end();
        }
      }
      expect(wrong).toEqual([]);
    },
  );

  test.for(ENDINGS)('by %s under requests of which nothing came, where it was there before, was stale', async (ending) => {
    const { bench, first, second } = benchAt(OTHER, true);
    endWire(bench, ending);
    expect([inShort(await first.seen), inShort(await second.seen)]).toEqual([
      'stale-connection response-head all',
      'stale-connection response-head all',
    ]);
    await bench.end();
  });

  test.for(ENDINGS)('by %s with nothing under way is nobody’s failure', async (ending) => {
    const bench = new EngineBench();
    const exchange = bench.send();
    bench.feed(HELLO + answerOn(1));
    expect(inShort(await exchange.seen)).toBe('taken ok');
    endWire(bench, ending);
    expect(bench.connection.closeReason).toBe('server-closed-idle');
    expect(bench.changes).toBeGreaterThan(0);
    await bench.end();
  });
});
