import { frames } from '@roundtripper/testing';

import { readFrames } from '../../read-frames.ts';
import { judgeFrames, MAX_BLOCK_BYTES } from './judge-frames.ts';
import { mutateFrames } from './mutate-frames.ts';
import type { FuzzTarget } from './target.ts';

const METHOD = 'FRAMES';

/** Frames of HTTP/2, as a server sends them. Their header blocks are not decoded. */
export const FRAMES: FuzzTarget = {
  name: 'frames',
  corpus: new URL('../corpus-frames/', import.meta.url),
  owns: (method) => method === METHOD,
  seeds: () => SEEDS.map((parts) => ({ method: METHOD, bytes: Buffer.concat([frames.settings(), ...parts]).toString('latin1') })),
  mutate: ({ bytes }, random, others) => ({ method: METHOD, bytes: mutateFrames(bytes, random, others) }),
  judge: judgeFrames,
  show: ({ bytes }) => readFrames([bytes], MAX_BLOCK_BYTES),
};

const block = (bytes: number): Buffer => Buffer.alloc(bytes, 'a');

/** A header block in frames of these sizes. */
const inPieces = (streamId: number, sizes: readonly number[]): Buffer[] =>
  sizes.map((bytes, at) => {
    const endHeaders = at === sizes.length - 1;
    return at === 0 ? frames.headers(streamId, block(bytes), { endHeaders }) : frames.continuation(streamId, block(bytes), { endHeaders });
  });

const SEEDS: readonly (readonly Buffer[])[] = [
  [],
  [frames.settingsAck(), frames.headers(1, block(9)), frames.data(1, 'hello'), frames.data(1, '', { endStream: true })],
  [frames.headers(1, block(9), { padding: 3, priority: { dependsOn: 5 } }), frames.data(1, 'hello', { padding: 9, endStream: true })],
  [
    frames.headers(3, block(9), { endHeaders: false, endStream: true }),
    frames.continuation(3, block(4), { endHeaders: false }),
    frames.continuation(3, block(0)),
  ],
  [...inPieces(1, [3, 1, 1, 1, 1, 1, 1, 1, 0]), ...inPieces(3, [0, 300, 1, 1, 1, 90, 0])],
  [...inPieces(1, [3, 1, 1, 1, 1, 1, 1, 1, 1]), ...inPieces(3, [3, 0, 2, 1])],
  [frames.settings({ MAX_CONCURRENT_STREAMS: 5, INITIAL_WINDOW_SIZE: 7 }), frames.windowUpdate(0, 5), frames.windowUpdate(3, 2 ** 31 - 1)],
  [frames.ping(), frames.pingAck('12345678'), frames.goAway(5, 'ENHANCE_YOUR_CALM', 'calm down'), frames.reset(1, 'CANCEL')],
  [frames.priority(3), frames.frame({ type: 0x0a, payload: 'ALTSVC' }), frames.pushPromise(1, 2, block(3))],
  [frames.windowUpdate(1, 0), frames.data(1, '', { padding: 0 }), frames.data(1, '', { padding: 200 })],
  [frames.data(1, 'x'.repeat(1_000), { padding: 255 }), frames.headers(1, block(300))],
];
