import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { BodyMemory, type Block } from './body-memory.ts';

function filled(bytes: number, value: number): Uint8Array {
  return new Uint8Array(bytes).fill(value);
}

test('a body is what it was, whatever is kept and freed besides, and what was read of it stays so', () => {
  const sizes = fc.oneof(fc.integer({ min: 0, max: 200 }), fc.integer({ min: 201, max: 6_000 }), fc.integer({ min: 6_001, max: 70_000 }));
  const step = fc.record({ bytes: sizes, frees: fc.nat(3), at: fc.nat(), isRead: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 120 }), (steps) => {
      const memory = new BodyMemory();
      const kept: { block: Block; bytes: number; value: number }[] = [];
      const read: { view: Uint8Array; bytes: number; value: number }[] = [];
      steps.forEach(({ bytes, frees, at, isRead }, index) => {
        const value = index % 251;
        kept.push({ block: memory.keep(filled(bytes, value)), bytes, value });
        const one = kept[at % kept.length];
        if (isRead && one !== undefined) read.push({ ...one, view: memory.read(one.block) });
        for (let freed = 0; freed < frees; freed++) {
          const [gone] = kept.splice(at % kept.length, 1);
          if (gone !== undefined) memory.free(gone.block);
        }
      });
      for (const { block, bytes, value } of kept) expect(Buffer.compare(memory.read(block), filled(bytes, value))).toBe(0);
      for (const { view, bytes, value } of read) expect(Buffer.compare(view, filled(bytes, value))).toBe(0);
    }),
  );
});

test('a part is read as such', () => {
  const memory = new BodyMemory();
  for (const bytes of [1_000, 100_000]) {
    const body = Uint8Array.from({ length: bytes }, (_, at) => at % 256);
    expect([...memory.read(memory.keep(body), { start: 3, end: 7 })]).toEqual([3, 4, 5, 6]);
  }
});

test('of what lies behind a body nothing is read', () => {
  const memory = new BodyMemory();
  memory.free(memory.keep(filled(60, 7)));
  const block = memory.keep(filled(10, 1));
  for (const range of [undefined, { start: 0, end: 60 }, { start: 10, end: 60 }, { start: 20, end: 60 }]) {
    expect([...memory.read(block, range)]).toEqual([...filled(Math.max(0, 10 - (range?.start ?? 0)), 1)]);
  }
});

test('a body takes at most an eighth more than it has, or 63 bytes', () => {
  const memory = new BodyMemory();
  for (let bytes = 0; bytes < 10_000; bytes++) {
    const block = memory.keep(new Uint8Array(bytes));
    expect(block.capacity).toBeGreaterThanOrEqual(bytes);
    expect(block.capacity).toBeLessThanOrEqual(Math.max(bytes * 1.125, bytes + 63, 64));
    memory.free(block);
  }
});

test('as many small bodies as have gone take no memory that was not there', () => {
  const memory = new BodyMemory();
  const blocks = Array.from({ length: 1_000 }, () => memory.keep(new Uint8Array(1_000)));
  const before = new Set(blocks.map((block) => block.memory));
  const used = new Set(before);
  for (let round = 0; round < 5_000; round++) {
    const gone = blocks.shift();
    if (gone !== undefined) memory.free(gone);
    const block = memory.keep(new Uint8Array(1_000));
    used.add(block.memory);
    blocks.push(block);
  }
  expect([before.size, used.size]).toEqual([16, 16]);
});

test.for([false, true])('where most small bodies have gone, lent or not (%s), the few that stay move together', (isLent) => {
  const memory = new BodyMemory();
  const blocks = Array.from({ length: 6_400 }, (_, at) => memory.keep(filled(1_000, at % 251)));
  const slabs = (of: readonly Block[]): number => new Set(of.map((block) => block.memory)).size;
  expect(slabs(blocks)).toBe(100);
  const views = isLent ? blocks.map((block) => memory.read(block)) : [];
  const staying = blocks.filter((_, at) => at % 64 === 0);
  blocks.forEach((block, at) => {
    if (at % 64 !== 0) memory.free(block);
  });
  expect(slabs(staying)).toBeLessThanOrEqual(4);
  for (let at = 0; at < 6_400; at++) memory.keep(filled(1_000, 255));
  staying.forEach((block, index) => {
    expect(Buffer.compare(memory.read(block), filled(1_000, (index * 64) % 251))).toBe(0);
  });
  views.forEach((view, at) => {
    expect(Buffer.compare(view, filled(1_000, at % 251))).toBe(0);
  });
});

test('the memory of a large body is used again where nobody has a view of it, and only there', () => {
  const memory = new BodyMemory();
  const unread = memory.keep(filled(50_000, 1));
  memory.free(unread);
  const again = memory.keep(filled(50_000, 2));
  expect(again).toBe(unread);
  const view = memory.read(again);
  memory.free(again);
  const other = memory.keep(filled(50_000, 3));
  expect([other === again, view[0], memory.read(other)[0]]).toEqual([false, 2, 3]);
});

test('of bodies that were all read, and go as others come, no more than a third is lost', () => {
  const memory = new BodyMemory();
  const blocks = Array.from({ length: 6_400 }, (_, at) => memory.keep(filled(1_000, at % 251)));
  for (let round = 0; round < 20_000; round++) {
    const [gone] = blocks.splice((round * 7_919) % blocks.length, 1);
    if (gone !== undefined) {
      memory.read(gone);
      memory.free(gone);
    }
    blocks.push(memory.keep(filled(1_000, round % 251)));
  }
  expect(new Set(blocks.map((block) => block.memory)).size).toBeLessThanOrEqual(136);
});

test('of what large bodies leave no more than a limit is kept', () => {
  const memory = new BodyMemory();
  const blocks = Array.from({ length: 40 }, () => memory.keep(new Uint8Array(500_000)));
  for (const block of blocks) memory.free(block);
  const again = Array.from({ length: 40 }, () => memory.keep(new Uint8Array(500_000)));
  expect(again.filter((block) => blocks.includes(block)).length).toBe(8);
});

test('memory beyond the size that is used again takes no room from what is', () => {
  const memory = new BodyMemory();
  for (let time = 0; time < 4; time++) memory.free(memory.keep(new Uint8Array(1_390_000)));
  const block = memory.keep(new Uint8Array(50_000));
  memory.free(block);
  expect(memory.keep(new Uint8Array(50_000))).toBe(block);
});

test('bodies of which some are read, and that go as others come, take little memory that was not there', () => {
  const memory = new BodyMemory();
  const blocks = Array.from({ length: 6_400 }, (_, at) => memory.keep(filled(1_000, at % 251)));
  const used = new Set(blocks.map((block) => block.memory));
  for (let round = 0; round < 20_000; round++) {
    const [gone] = blocks.splice((round * 7_919) % blocks.length, 1);
    if (gone !== undefined) {
      if (round % 3 === 0) memory.read(gone);
      memory.free(gone);
    }
    const block = memory.keep(filled(1_000, round % 251));
    used.add(block.memory);
    blocks.push(block);
  }
  // 6 667 bodies were lost to readers, 104 slabs' worth.
  expect(used.size).toBeLessThanOrEqual(400);
});

test('a great many bodies may go at once', () => {
  const memory = new BodyMemory();
  const body = new Uint8Array(10);
  const blocks = Array.from({ length: 600_000 }, () => memory.keep(body));
  for (const block of blocks) memory.free(block);
  expect(memory.keep(filled(10, 7)).byteLength).toBe(10);
});
