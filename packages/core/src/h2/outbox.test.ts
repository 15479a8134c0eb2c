import { TestClock } from '@roundtripper/testing';
import { describe, expect, test } from 'vitest';

import { FakeWire } from '../../test/fake-wire.ts';
import { Outbox } from './outbox.ts';

/** An outbox whose turns end when the test says so. It is filled with DATA for as long as it has room and there is any. */
class OutboxBench {
  readonly wire: FakeWire = new FakeWire();
  readonly clock: TestClock = new TestClock();
  readonly outbox: Outbox;
  readonly sizes: number[] = [];
  stalls = 0;
  #leftBytes = 0;
  #due: (() => void)[] = [];
  #dueSoon: (() => void)[] = [];

  constructor(writeTimeoutMs: number) {
    const atTurnEnd = (callback: () => void): void => void this.#due.push(callback);
    const atTickEnd = (callback: () => void): void => void this.#dueSoon.push(callback);
    this.outbox = new Outbox(
      this.wire,
      { clock: this.clock, writeTimeoutMs, maxQueuedAnswers: 1_000, atTurnEnd, atTickEnd },
      {
        onRoom: () => this.#fill(),
        onStall: () => {
          this.stalls += 1;
        },
      },
    );
  }

  /** So many bytes in frames of 16 KiB. */
  upload(bytes: number): void {
    this.#leftBytes = bytes;
    this.#fill();
    this.endTurn();
  }

  endTick(): void {
    const due = this.#dueSoon;
    this.#dueSoon = [];
    this.#run(due);
  }

  endTurn(): void {
    this.endTick();
    const due = this.#due;
    this.#due = [];
    this.#run(due);
  }

  #run(due: readonly (() => void)[]): void {
    const before = this.wire.written.length;
    for (const callback of due) callback();
    if (this.wire.written.length > before) this.sizes.push(this.wire.written.length - before);
  }

  /** The wire has taken what it was given, and takes one write more. */
  drain(): void {
    const before = this.wire.written.length;
    this.outbox.onDrain();
    if (this.wire.written.length > before) this.sizes.push(this.wire.written.length - before);
    this.endTurn();
  }

  #fill(): void {
    while (this.outbox.hasRoom && this.#leftBytes > 0) {
      const bytes = Math.min(16_384, this.#leftBytes);
      this.#leftBytes -= bytes;
      this.outbox.writer.bytes(Buffer.alloc(bytes));
      this.outbox.schedule();
    }
  }
}

describe('Go D.8: WriteByteTimeout', () => {
  test('a wire that takes nothing for so long has stalled', async () => {
    const bench = new OutboxBench(1_000);
    bench.wire.hasRoom = false;
    bench.upload(100_000);
    await bench.clock.advance(999);
    expect(bench.stalls).toBe(0);
    await bench.clock.advance(1);
    expect(bench.stalls).toBe(1);
  });

  test('one that is slow but moves has not: it is given 64 KiB at a time, and each that it takes begins the time anew', async () => {
    const bench = new OutboxBench(1_000);
    bench.wire.hasRoom = false;
    bench.upload(1_048_576);
    for (let count = 0; count < 16; count++) {
      await bench.clock.advance(900);
      bench.drain();
    }
    expect([bench.stalls, bench.sizes]).toEqual([0, Array.from({ length: 16 }, () => 65_536)]);
    expect(bench.clock.pendingTimers).toBe(0);
  });

  test('without it nothing is timed, and 256 KiB leave together', () => {
    const bench = new OutboxBench(0);
    bench.wire.hasRoom = false;
    bench.upload(524_288);
    bench.drain();
    expect([bench.sizes, bench.clock.pendingTimers]).toEqual([[262_144, 262_144], 0]);
  });

  test('what is no DATA is written though the wire is full, and leaves when it has room: it is bounded by what may be answered', () => {
    const bench = new OutboxBench(0);
    bench.wire.hasRoom = false;
    bench.upload(16_384);
    bench.outbox.writer.bytes(Buffer.alloc(13));
    bench.outbox.schedule();
    bench.endTurn();
    expect(bench.sizes).toEqual([16_384]);
    bench.drain();
    expect(bench.sizes).toEqual([16_384, 13]);
    for (let count = 0; count < 1_000; count++) bench.outbox.answered();
    expect(() => bench.outbox.answered()).toThrow('more than 1000 times and does not read it (http2.maxQueuedAnswers)');
  });

  test('an outbox that is stopped waits for nothing', async () => {
    const bench = new OutboxBench(1_000);
    bench.wire.hasRoom = false;
    bench.upload(100_000);
    bench.outbox.stop();
    await bench.clock.advance(5_000);
    expect(bench.stalls).toBe(0);
  });

  test('of a connection that is over nothing is sent at the end of the turn, and nothing waited for', () => {
    const bench = new OutboxBench(1_000);
    bench.wire.hasRoom = false;
    bench.outbox.writer.bytes(Buffer.alloc(1));
    bench.outbox.schedule();
    bench.outbox.stop();
    bench.endTurn();
    expect([bench.wire.written.length, bench.clock.pendingTimers]).toEqual([0, 0]);
  });
});

test.for([
  { fact: 'what is worth a write leaves at the end of the tick', bytes: 16_384, sizes: [16_384] },
  { fact: 'less than that waits for the end of the turn', bytes: 16_383, sizes: [] },
])('$fact', ({ bytes, sizes }) => {
  const bench = new OutboxBench(0);
  bench.outbox.writer.bytes(Buffer.alloc(bytes));
  bench.outbox.schedule();
  bench.endTick();
  expect(bench.sizes).toEqual(sizes);
  bench.endTurn();
  expect(bench.sizes).toEqual([bytes]);
});
