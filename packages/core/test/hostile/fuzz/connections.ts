import { frames } from '@roundtripper/testing';

import { answerOn, HELLO, textOf } from '../http2/engine-bench.ts';
import { RESPONSE_STATES } from '../http2/states.ts';
import { carryAll, judgeConnections } from './judge-connections.ts';
import { mutateFrames } from './mutate-frames.ts';
import type { FuzzTarget } from './target.ts';

const METHOD = 'CONNECTION';

/** What a server says on a connection of HTTP/2 with several requests under way: see {@link carryAll} for which. */
export const CONNECTIONS: FuzzTarget = {
  name: 'connections',
  corpus: new URL('../corpus-connections/', import.meta.url),
  owns: (method) => method === METHOD,
  seeds: () => SEEDS.map((parts) => ({ method: METHOD, bytes: HELLO + textOf(parts) })),
  mutate: ({ bytes }, random, others) => ({ method: METHOD, bytes: mutateFrames(bytes, random, others) }),
  judge: judgeConnections,
  show: ({ bytes }) => carryAll([bytes]),
};

const STATUS = { ':status': '200' };
const END = { endStream: true };
const head = (streamId: number): Buffer => frames.headers(streamId, STATUS);
/** `:status: 200`, and a field that goes into the table; and both by their indices. */
const INDEXED = Buffer.from('\x88@\x01a\x01b', 'latin1');
const AGAIN = Buffer.of(0x88, 0xbe);

const SEEDS: readonly (readonly (Uint8Array | string)[])[] = [
  [],
  [1, 3, 5, 9, 11].map((streamId) => answerOn(streamId)),
  [frames.headers(5, { ...STATUS, 'content-length': '9' }, END), frames.headers(3, { ':status': '413' }, END), frames.reset(3, 'NO_ERROR')],
  ...RESPONSE_STATES.map(({ said, rest }) => [said, frames.ping(), rest]),
  [
    frames.headers(1, INDEXED),
    frames.headers(3, AGAIN),
    frames.data(3, 'x'),
    frames.headers(3, Buffer.of(0xbe), END),
    frames.data(1, 'ok', END),
  ],
  [head(7), frames.data(7, 'hello'), frames.data(7, '', END), frames.windowUpdate(7, 5)],
  [head(7), frames.data(7, 'hello'), frames.reset(7, 'CONNECT_ERROR')],
  [frames.windowUpdate(3, 70_000), frames.windowUpdate(0, 70_000), frames.settings({ INITIAL_WINDOW_SIZE: 3 }), answerOn(3)],
  [frames.settings({ INITIAL_WINDOW_SIZE: 0, MAX_FRAME_SIZE: 20_000 }), frames.windowUpdate(3, 1), frames.windowUpdate(3, 2 ** 31 - 1)],
  [
    frames.settings({ MAX_CONCURRENT_STREAMS: 2, HEADER_TABLE_SIZE: 0, ENABLE_CONNECT_PROTOCOL: 1 }),
    frames.settings({ MAX_CONCURRENT_STREAMS: 9 }),
  ],
  [frames.goAway(5), answerOn(1), answerOn(3), answerOn(5), frames.goAway(1, 'INTERNAL_ERROR', 'bye')],
  [frames.goAway(2 ** 31 - 1, 'NO_ERROR', 'soon'), answerOn(1), frames.goAway(3), answerOn(3)],
  [
    frames.reset(1, 'REFUSED_STREAM'),
    frames.reset(3, 'CANCEL'),
    frames.reset(9, 'CANCEL'),
    frames.data(9, 'late'),
    frames.reset(5, 'PROTOCOL_ERROR'),
  ],
  [head(9), frames.data(9, 'late'), frames.headers(9, { a: 'b' }, END), frames.windowUpdate(9, 0), answerOn(9)],
  [head(1), frames.data(1, 'x'.repeat(9_000), { padding: 255 }), frames.data(1, '', END), frames.data(1, 'more'), frames.data(1, 'more')],
  [head(11), frames.data(11, 'x'.repeat(16_000)), frames.data(11, 'x'.repeat(16_000)), frames.headers(11, { 'x-sum': '1' }, END)],
  [frames.headers(1, { ':status': '103' }), frames.headers(1, { ':status': '100' }), frames.headers(1, { ':status': '199' }), answerOn(1)],
  [
    frames.headers(1, { ...STATUS, 'content-length': '2' }, { endHeaders: false, padding: 3 }),
    frames.continuation(1, { a: 'b' }, { endHeaders: false }),
    frames.continuation(1, {}),
    frames.data(1, 'ok', END),
  ],
  [frames.priority(1), frames.frame({ type: 0xa }), frames.pingAck('\0'.repeat(8)), frames.pushPromise(1, 2, { ':method': 'GET' })],
];
