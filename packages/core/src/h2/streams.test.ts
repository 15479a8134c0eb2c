import { promotedBytes } from '@roundtripper/testing';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { Line } from '../contract/line.ts';
import type { Http2Exchange } from './exchange.ts';
import { Streams } from './streams.ts';

/** As much of one as those who keep it look at. */
function exchange(): Http2Exchange {
  const payload = Array.from({ length: 100 }, () => 1.5);
  const parts = { streamId: 0, state: 'open', nextInRow: undefined, older: undefined, newer: undefined, payload };
  // oxlint-disable-next-line typescript/consistent-type-assertions -- a real one needs a connection
  return parts as unknown as Http2Exchange;
}

function open(streams: Streams): Http2Exchange {
  const one = exchange();
  one.streamId = streams.open(one);
  return one;
}

test('there are 2^30 numbers: the odd ones below 2^31', () => {
  expect(new Streams().idsLeft).toBe(2 ** 30);
});

test('of the streams that were reset the last 1 000 are remembered', () => {
  const streams = new Streams();
  for (let count = 0; count < 1_001; count++) streams.remember(2 * count + 1);
  expect([1, 3, 2_001, 2_003].map((streamId) => streams.stateOf(streamId))).toEqual(['idle', 'reset-sent', 'reset-sent', 'idle']);
});

test('whichever are closed, those that are open are found by their numbers, and no other', () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 40 }), { maxLength: 300 }), (steps) => {
      const streams = new Streams();
      const list = new Line<Http2Exchange>();
      const all: Http2Exchange[] = [];
      let left: Http2Exchange[] = [];
      for (const step of steps) {
        const closed = step > 20 ? left[step % Math.max(1, left.length)] : undefined;
        if (closed === undefined) {
          const one = open(streams);
          list.add(one);
          all.push(one);
          left.push(one);
        } else {
          for (let twice = 0; twice < 2; twice++) {
            streams.close(closed);
            list.delete(closed);
          }
          left = left.filter((one) => one !== closed);
        }
      }
      const listed: Http2Exchange[] = [];
      list.forEach((one) => listed.push(one));
      expect([streams.size, streams.all(), list.size, listed]).toEqual([left.length, left, left.length, left]);
      for (const one of all) expect(streams.get(one.streamId)).toBe(left.includes(one) ? one : undefined);
      expect([streams.get(0), streams.get(2), streams.get(2 * all.length + 1)]).toEqual([undefined, undefined, undefined]);
    }),
  );
});

test('those that were taken out before their turn are not visited', () => {
  const list = new Line<Http2Exchange>();
  const [first, second, third] = [exchange(), exchange(), exchange()];
  for (const one of [first, second, third]) list.add(one);
  const visited: Http2Exchange[] = [];
  list.forEach((one) => {
    visited.push(one);
    list.delete(one);
    list.delete(second);
  });
  expect([visited.length, visited[0] === first, visited[1] === third, list.size]).toEqual([2, true, true, 0]);
});

test('nothing of a stream that was closed is kept by those before it', () => {
  const streams = new Streams();
  const list = new Line<Http2Exchange>();
  const under: Http2Exchange[] = [];
  const bytes = promotedBytes(() => {
    const one = open(streams);
    list.add(one);
    under.push(one);
    const [oldest] = under;
    if (under.length <= 50 || oldest === undefined) return;
    under.shift();
    streams.close(oldest);
    list.delete(oldest);
  });
  expect(bytes).toBeLessThan(500_000);
});
