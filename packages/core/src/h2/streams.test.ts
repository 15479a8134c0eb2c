import { expect, test } from 'vitest';

import { Streams } from './streams.ts';

test('there are 2^30 numbers: the odd ones below 2^31', () => {
  expect(new Streams().idsLeft).toBe(2 ** 30);
});

test('of the streams that were reset the last 1 000 are remembered', () => {
  const streams = new Streams();
  for (let count = 0; count < 1_001; count++) streams.remember(2 * count + 1);
  expect([1, 3, 2_001, 2_003].map((streamId) => streams.stateOf(streamId))).toEqual(['idle', 'reset-sent', 'reset-sent', 'idle']);
});
