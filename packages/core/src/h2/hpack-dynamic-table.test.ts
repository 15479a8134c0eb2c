import { expect, test } from 'vitest';

import { HpackDynamicTable } from './hpack-dynamic-table.ts';

function fieldsOf(table: HpackDynamicTable): string[] {
  return Array.from({ length: table.count }, (_, age) => `${table.nameAt(age)}: ${table.valueAt(age)}`);
}

/** One entry counts 34 bytes. */
const ENTRY_BYTES = 34;

test('the newest entry comes first, and what no longer fits goes, the oldest first', () => {
  const table = new HpackDynamicTable(3 * ENTRY_BYTES);
  for (const value of ['1', '2', '3']) table.insert('a', value);
  expect(fieldsOf(table)).toEqual(['a: 3', 'a: 2', 'a: 1']);
  table.insert('b', '4');
  expect(fieldsOf(table)).toEqual(['b: 4', 'a: 3', 'a: 2']);
  expect(table.bytes).toBe(3 * ENTRY_BYTES);
  table.insert('b', '5'.repeat(2));
  expect(fieldsOf(table)).toEqual(['b: 55', 'b: 4']);
  expect(table.bytes).toBe(2 * ENTRY_BYTES + 1);
});

test('holds as many entries as fit, however many that are', () => {
  const table = new HpackDynamicTable(1_000 * ENTRY_BYTES);
  for (let value = 0; value < 3_000; value++) table.insert('a', String(value % 10));
  expect(table.count).toBe(1_000);
  expect(table.valueAt(0)).toBe('9');
  expect(table.valueAt(999)).toBe('0');
});

test('an entry of just the size of the table takes all of it; a larger one empties it', () => {
  const table = new HpackDynamicTable(3 * ENTRY_BYTES);
  table.insert('a', '1');
  table.insert('b', '2'.repeat(3 * ENTRY_BYTES - 33));
  expect(table.count).toBe(1);
  expect(table.bytes).toBe(3 * ENTRY_BYTES);
  table.insert('c', '3'.repeat(3 * ENTRY_BYTES - 32));
  expect(table.count).toBe(0);
  expect(table.bytes).toBe(0);
  table.insert('d', '4');
  expect(fieldsOf(table)).toEqual(['d: 4']);
});

test('a smaller size drops the oldest, and a larger one brings nothing back', () => {
  const table = new HpackDynamicTable(4 * ENTRY_BYTES);
  for (const value of ['1', '2', '3', '4']) table.insert('a', value);
  table.resize(2 * ENTRY_BYTES + 5);
  expect(fieldsOf(table)).toEqual(['a: 4', 'a: 3']);
  table.resize(4 * ENTRY_BYTES);
  expect(fieldsOf(table)).toEqual(['a: 4', 'a: 3']);
  table.resize(0);
  expect(table.count).toBe(0);
});

test('the revision grows with every change of what is in it, and with nothing else', () => {
  const table = new HpackDynamicTable(2 * ENTRY_BYTES);
  const changes = (change: () => void): boolean => {
    const before = table.revision;
    change();
    return table.revision !== before;
  };
  expect(changes(() => table.insert('a', '1'))).toBe(true);
  expect(changes(() => table.resize(ENTRY_BYTES))).toBe(false);
  expect(changes(() => table.resize(ENTRY_BYTES - 1))).toBe(true);
  // Where there is room for nothing, an entry changes nothing.
  expect(changes(() => table.insert('a', '1'))).toBe(false);
  expect(changes(() => table.resize(2 * ENTRY_BYTES))).toBe(false);
});
