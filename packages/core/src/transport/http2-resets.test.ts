import { expect, test } from 'vitest';

import { answer, FrameBench } from '../../test/frame-bench.ts';
import { rejectionOf } from '../../test/rejection-of.ts';

const NONE_BESIDES = { http2: { maxResets: 0, maxResetsPerSecond: 0 } };

test('requests that the server resets, each once, end no connection and are no glitches, however many there are at once', async () => {
  await using bench = await FrameBench.open(NONE_BESIDES);
  const server = await bench.warm();
  const begun = [await bench.begin(server), await bench.begin(server), await bench.begin(server)];
  for (const { streamId } of begun) void server.reset(streamId, 'INTERNAL_ERROR');
  for (const { response } of begun) expect(await rejectionOf(response)).toMatchObject({ code: 'stream-reset' });
  const { streamId, response } = await bench.begin(server);
  await answer(server, streamId);
  expect(await (await response).text()).toBe('ok');
  expect(bench.recorder.all('gotGlitch')).toEqual([]);
});

test('resets of what is closed already are glitches', async () => {
  await using bench = await FrameBench.open({ http2: { maxResets: 1, maxResetsPerSecond: 0 } });
  const server = await bench.warm();
  const { response } = await bench.begin(server);
  await server.reset(1, 'INTERNAL_ERROR');
  await server.settle();
  expect(bench.recorder.all('gotGlitch').map(({ glitch }) => glitch)).toContain('reset');
  void server.reset(1, 'INTERNAL_ERROR');
  expect(await rejectionOf(response)).toMatchObject({ code: 'response-limit' });
});
