import { frames } from '@roundtripper/testing';
import { expect, test } from 'vitest';

import { Random } from '../../test/hostile/fuzz/random.ts';
import { answerOn, EngineBench, HELLO } from '../../test/hostile/http2/engine-bench.ts';
import { FLAG, FRAME } from './frame-type.ts';

const UPLOADS = 4;
const OPERATIONS = 60;
const LARGEST = 200_000;

/** A peer that counts what it lets us send. */
class Counter {
  readonly bench = new EngineBench();
  readonly #windows = new Map<number, number>([[0, 65_535]]);
  readonly #sent = new Map<number, number>();
  readonly #ended = new Set<number>();
  #initial = 65_535;
  #seen = 0;

  get sent(): ReadonlyMap<number, number> {
    return this.#sent;
  }

  get ended(): ReadonlySet<number> {
    return this.#ended;
  }

  opened(streamId: number): void {
    this.#windows.set(streamId, this.#initial);
  }

  windowOf(streamId: number): number {
    return this.#windows.get(streamId) ?? 0;
  }

  grow(streamId: number, bytes: number): void {
    this.#windows.set(streamId, this.windowOf(streamId) + bytes);
    this.bench.feed(frames.windowUpdate(streamId, bytes));
  }

  setInitial(bytes: number): void {
    for (const [streamId, window] of this.#windows) if (streamId !== 0) this.#windows.set(streamId, window + bytes - this.#initial);
    this.#initial = bytes;
    this.bench.feed(frames.settings({ INITIAL_WINDOW_SIZE: bytes }));
  }

  /** @throws Error for a byte too many. */
  count(): void {
    const { written } = this.bench;
    for (const { type, flags, streamId, payload } of written.slice(this.#seen)) {
      if (type !== FRAME.DATA) continue;
      for (const each of [0, streamId]) {
        const left = this.windowOf(each) - payload.length;
        if (payload.length > 0 && left < 0) throw new Error(`${-left} bytes more than the window of ${each}`);
        this.#windows.set(each, left);
      }
      if (this.#ended.has(streamId)) throw new Error('DATA after the end of its stream');
      if ((flags & FLAG.END_STREAM) !== 0) this.#ended.add(streamId);
      this.#sent.set(streamId, (this.#sent.get(streamId) ?? 0) + payload.length);
    }
    this.#seen = written.length;
  }
}

function act(counter: Counter, random: Random): void {
  const { bench } = counter;
  const streamId = random.below(UPLOADS + 1) * 2 - 1;
  switch (random.below(5)) {
    case 0:
      counter.setInitial(random.pick([0, 1, 100, 16_384, 65_535, 100_000]));
      break;
    case 1:
      bench.wire.hasRoom = false;
      break;
    case 2:
      bench.wire.drain();
      bench.endTurn();
      break;
    default:
      counter.grow(Math.max(0, streamId), 1 + random.below(random.pick([10, 1_000, 30_000])));
  }
}

test('what is sent is never more than the windows allow, in whatever order they grow and shrink, and all of it in the end', async () => {
  for (let seed = 1; seed <= 80; seed++) {
    const random = new Random(seed);
    const counter = new Counter();
    const { bench } = counter;
    const lengths = Array.from({ length: UPLOADS }, () => random.below(LARGEST));
    bench.feed(HELLO);
    for (const length of lengths) {
      const bytes = Buffer.alloc(length, 'x');
      const body = random.below(2) === 0 ? bytes : [bytes.subarray(0, length / 2), bytes.subarray(length / 2)];
      const { streamId } = bench.begin({ method: 'POST', body: Array.isArray(body) ? ReadableStream.from(body) : body });
      counter.opened(streamId);
      counter.count();
    }
    for (let count = 0; count < OPERATIONS; count++) {
      act(counter, random);
      if (random.below(3) === 0) await new Promise(setImmediate);
      bench.endTurn();
      counter.count();
    }
    for (const streamId of [0, 1, 3, 5, 7]) counter.grow(streamId, 2 ** 20);
    for (let turns = 0; counter.ended.size < UPLOADS && turns < 100; turns++) {
      bench.wire.drain();
      bench.endTurn();
      await new Promise(setImmediate);
      counter.count();
    }
    expect({ seed, sent: lengths.map((_, at) => counter.sent.get(at * 2 + 1) ?? 0) }).toEqual({ seed, sent: lengths });
    expect({ seed, ended: counter.ended.size }).toEqual({ seed, ended: UPLOADS });
    bench.feed([1, 3, 5, 7].map((streamId) => answerOn(streamId)).join(''));
    await bench.end();
  }
});
