import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { exampleBytes } from '../test/example-entry.ts';
import { BodyMemory, capacityFor, type Block } from './body-memory.ts';
import { EntryBuffer, type Room } from './entry-buffer.ts';

class Limited implements Room {
  held = 0;
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  reserve(bytes: number): boolean {
    if (this.held + bytes > this.#most) return false;
    this.held += bytes;
    return true;
  }

  release(bytes: number): void {
    this.held -= bytes;
  }
}

const length = fc.oneof(fc.nat(200), fc.integer({ min: 201, max: 6_000 }), fc.integer({ min: 6_001, max: 90_000 }));
const body = fc.record({
  chunks: fc.array(length, { maxLength: 6 }),
  declared: fc.constantFrom('nothing' as const, 'its length' as const, 'less' as const, 'more' as const),
  isAborted: fc.boolean(),
  isRead: fc.boolean(),
});

test('bodies that are written at the same time are what was written, and what is given up leaves nothing', () => {
  fc.assert(
    fc.property(fc.array(fc.array(body, { minLength: 1, maxLength: 5 }), { maxLength: 5 }), (rounds) => {
      const memory = new BodyMemory();
      const room = new Limited(1_000_000);
      const views: { readonly view: Uint8Array; readonly bytes: Uint8Array }[] = [];
      for (const bodies of rounds) {
        const written = bodies.map((one, at) => {
          const total = one.chunks.reduce((sum, bytes) => sum + bytes, 0);
          const expected = { 'nothing': undefined, 'its length': total, 'less': total >> 1, 'more': 2 * total }[one.declared];
          return { one, bytes: exampleBytes(total, at).slice(), buffer: new EntryBuffer(expected, room, memory), at: 0, isHere: true };
        });
        for (let step = 0; step < 6; step++) {
          for (const each of written) {
            const end = each.at + (each.one.chunks[step] ?? 0);
            each.isHere = each.isHere && each.buffer.append(each.bytes.slice(each.at, end));
            each.at = end;
          }
        }
        const kept: Block[] = [];
        for (const {
          buffer,
          bytes,
          one: { isAborted, isRead },
          isHere,
        } of written) {
          if (!isHere || isAborted) {
            buffer.abort();
            buffer.abort();
            continue;
          }
          const block = buffer.finish();
          kept.push(block);
          expect([block.byteLength, block.capacity]).toEqual([bytes.byteLength, capacityFor(bytes.byteLength)]);
          if (isRead) views.push({ view: memory.read(block), bytes });
          else expect(Buffer.compare(block.memory.subarray(block.offset, block.offset + block.byteLength), bytes)).toBe(0);
        }
        expect(room.held).toBe(0);
        for (const block of kept) memory.free(block);
      }
      for (const { view, bytes } of views) expect(Buffer.compare(view, bytes)).toBe(0);
    }),
  );
});

test('a declared length takes memory only up to a limit before its bytes have come', () => {
  const room = new Limited(Number.MAX_SAFE_INTEGER);
  const append = (declared: number): number => {
    const before = room.held;
    new EntryBuffer(declared, room, new BodyMemory()).append(new Uint8Array(1));
    return room.held - before;
  };
  expect([65_536, 65_537, 1_000_000_000].map(append)).toEqual([65_536, 1_024, 1_024]);
});

test('where there is no room what there was is given up', () => {
  const room = new Limited(5_000);
  const buffer = new EntryBuffer(undefined, room, new BodyMemory());
  expect([buffer.append(new Uint8Array(1_000)), room.held]).toEqual([true, 1_024]);
  expect([buffer.append(new Uint8Array(5_000)), room.held]).toEqual([false, 0]);
});
