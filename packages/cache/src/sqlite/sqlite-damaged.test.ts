import { DatabaseSync } from 'node:sqlite';

import { expect, onTestFinished, test } from 'vitest';

import { bodyOf, exampleBytes, exampleEntry, put, putSurely } from '../../test/example-entry.ts';
import { makeSqliteStore, type MadeSqliteStore } from '../../test/sqlite-file.ts';

const SITE = 'https://example.com';
const MAX_BYTES = 1_048_576;
/** SQLite has it, and no number of JavaScript does. */
const HUGE = '9000000000000000000';

/** A store with three responses, in whose file somebody has changed something. */
async function damaged(change: string): Promise<MadeSqliteStore> {
  const made = await makeSqliteStore({ maxBytes: MAX_BYTES });
  for (const path of ['/a', '/b', '/c']) await putSurely(made.store, exampleEntry({ path }), exampleBytes(200_000));
  const database = new DatabaseSync(made.path);
  onTestFinished(() => database.close());
  database.exec(change);
  return made;
}

async function countAt({ store }: MadeSqliteStore, path: string): Promise<number> {
  return (await store.lookup(`private ${SITE}${path}`)).length;
}

/** Whether it stores, keeps to its size and forgets as if nothing had been. */
async function expectToWork(made: MadeSqliteStore): Promise<void> {
  const { store } = made;
  for (let index = 0; index < 12; index += 1) {
    expect(await put(store, exampleEntry({ path: `/${index}` }), exampleBytes(200_000))).toMatchObject({ kind: 'stored' });
  }
  const { entries, bytes } = await store.stats();
  expect(bytes).toBeLessThanOrEqual(MAX_BYTES);
  expect(bytes).toBeGreaterThan(200_000 * entries);
  expect(await countAt(made, '/11')).toBe(1);
  expect(await store.delete({ kind: 'url', url: `${SITE}/11` })).toBe(1);
  await store.clear();
  expect(await store.stats()).toMatchObject({ entries: 0, bytes: 0 });
}

const ROW = `WHERE key = 'private ${SITE}/a'`;

test.for([
  ['sum of its head', `UPDATE entries SET sum = ${HUGE} ${ROW}`],
  ['length', `UPDATE entries SET body_bytes = ${HUGE} ${ROW}`],
  ['URL', `UPDATE entries SET url = '${SITE}/other' ${ROW}`],
  ['URL, which is missing,', `UPDATE entries SET url = NULL ${ROW}`],
])('a response whose %s is wrong is not there, which is said; the others are', async ([, change = '']) => {
  const made = await damaged(change);
  expect(() => made.store.lookup(`private ${SITE}/a`)).toThrow(expect.objectContaining({ code: 'corrupt' }));
  expect([await countAt(made, '/a'), await countAt(made, '/b')]).toEqual([0, 1]);
  expect(await made.store.stats()).toMatchObject({ entries: 2 });
  await expectToWork(made);
});

test('a body of which the sum of a piece is wrong is not given out, which is said; the others are', async () => {
  const made = await damaged(`UPDATE chunks SET sum = ${HUGE} WHERE place % 1048576 = 1 AND place < 2 * 1048576`);
  const [stored] = await made.store.lookup(`private ${SITE}/a`);
  const [other] = await made.store.lookup(`private ${SITE}/b`);
  if (stored === undefined || other === undefined) throw new Error('the responses are not there');
  await expect(bodyOf(made.store, stored)).rejects.toMatchObject({ code: 'corrupt' });
  expect(await countAt(made, '/a')).toBe(0);
  expect(await bodyOf(made.store, other)).toHaveLength(200_000);
  await expectToWork(made);
});

test.for([
  ['size that is no number', `UPDATE entries SET bytes = ${HUGE} ${ROW}`],
  ['size that is much too large', `UPDATE entries SET bytes = 1000000000000000 ${ROW}`],
  ['size that is below nothing', `UPDATE entries SET bytes = -1000000000000000 ${ROW}`],
  ['hold that is no number', `UPDATE entries SET held_until_ms = ${HUGE} ${ROW}`],
  ['use that is no number', `UPDATE entries SET used = ${HUGE} ${ROW}`],
])('a response with a %s keeps nobody from storing and deleting', async ([, change = '']) => {
  const made = await damaged(change);
  await expectToWork(made);
  expect(await countAt(made, '/a')).toBe(0);
});

test('comes down from a sum of all sizes that is wrong', async () => {
  await expectToWork(await damaged('UPDATE totals SET bytes = 1000000000000000'));
});

const USELESS: readonly (readonly [string, string])[] = [
  ['the number of a row is none', `UPDATE entries SET seq = ${HUGE} ${ROW}`],
  ['the totals are missing', 'DELETE FROM totals'],
  ['the sum of all sizes is no number', `UPDATE totals SET bytes = ${HUGE}`],
  ['the sum of all responses is no number', `UPDATE totals SET entries = ${HUGE}`],
  ['the sum of all sizes is at its end', 'UPDATE totals SET bytes = 9223372036854775807'],
  ['the deletions are missing', 'DELETE FROM deletions'],
  ['the number of a deletion is none', `INSERT INTO deletions VALUES (${HUGE}, 'x')`],
  ['a sweep ends nowhere', `INSERT INTO sweeps VALUES (1, 'tag x', ${HUGE})`],
  ...['entries', 'chunks', 'labels', 'totals', 'deletions', 'sweeps'].map(
    (table) => [`the table ${table} is missing`, `DROP TABLE ${table}`] as const,
  ),
];

test.for(USELESS)('begins a file anew where %s, and says so once', async ([, change]) => {
  const made = await damaged(change);
  const failures: unknown[] = [];
  for (let turn = 0; turn < 4; turn += 1) {
    try {
      await made.store.lookup(`private ${SITE}/b`);
      await put(made.store, exampleEntry({ path: '/new' }));
      await made.store.delete({ kind: 'tag', tag: 't' });
    } catch (error) {
      failures.push(error);
    }
  }
  expect(failures).toMatchObject([{ code: 'corrupt' }]);
  expect(await countAt(made, '/new')).toBe(1);
  await made.store.clear();
  await expectToWork(made);
});

test.for([
  ...USELESS,
  ['there is no number left for a row', "UPDATE sqlite_sequence SET seq = 9223372036854775807 WHERE name = 'entries'"] as const,
])('is cleared, and works, although %s', async ([, change]) => {
  const made = await damaged(change);
  await made.store.clear();
  expect(await countAt(made, '/b')).toBe(0);
  await expectToWork(made);
});
