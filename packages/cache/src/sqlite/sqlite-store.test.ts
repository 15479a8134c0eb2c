import { spawnSync } from 'node:child_process';
import { mkdirSync, openSync, readFileSync, rmSync, statSync, writeFileSync, writeSync, closeSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { TestClock } from '@roundtripper/testing';
import { expect, onTestFinished, test } from 'vitest';

import { expectSame } from '../../test/describe-store.ts';
import { begin, bodyOf, exampleBytes, exampleEntry, put, putSurely } from '../../test/example-entry.ts';
import { makeSqliteStore, temporaryFile } from '../../test/sqlite-file.ts';
import { sqliteStore, StoreError } from './index.ts';

const key = 'private https://example.com/';

/** A connection of somebody else's. */
function connect(path: string): DatabaseSync {
  const database = new DatabaseSync(path);
  onTestFinished(() => database.close());
  return database;
}

test.for([
  [{}, 'path: expected the name of a file'],
  [{ path: ':memory:' }, 'path: expected the name of a file'],
  [{ path: 'file:x?mode=memory' }, 'path: expected the name of a file'],
  [{ path: 'x', maxBytes: 65_535 }, 'maxBytes: expected an integer from 65536'],
  [{ path: 'x', busyTimeout: -1 }, 'busyTimeout: expected a number from 0'],
  [{ path: 'x', onCorrupt: 'delete' }, 'onCorrupt: expected "recreate" or "throw"'],
  [{ path: 'x', size: 1 }, 'unknown option "size"'],
] as const)('does not take the options %j', ([options, message]) => {
  // @ts-expect-error -- what a caller without types may hand in.
  expect(() => sqliteStore(options)).toThrow(message);
});

test('says what is missing where Node has no node:sqlite', () => {
  const program =
    "import('@roundtripper/cache/sqlite').then(({ sqliteStore }) => sqliteStore({ path: '/dev/null/x' })).catch((error) => console.log(error.code, error.message))";
  const args = ['--conditions=source', '--no-experimental-sqlite', '--input-type=module', '-e', program];
  const { stdout } = spawnSync(process.execPath, args, { cwd: import.meta.dirname, encoding: 'utf8' });
  expect(stdout).toContain('unsupported sqliteStore needs node:sqlite, which Node v');
});

test('makes a file that nobody else can read', async () => {
  const { path, store } = await makeSqliteStore();
  await putSurely(store, exampleEntry());
  for (const suffix of ['', '-wal', '-shm']) expect(statSync(path + suffix).mode & 0o777).toBe(0o600);
});

test('has what was stored before it was closed', async () => {
  const { store, again } = await makeSqliteStore();
  await putSurely(store, exampleEntry(), exampleBytes(400_000));
  await store[Symbol.asyncDispose]();
  const later = await again();
  const [found] = await later.lookup(key);
  expectSame(found === undefined ? undefined : await bodyOf(later, found), exampleBytes(400_000));
});

test('says that it is closed', async () => {
  const { store } = await makeSqliteStore();
  await store[Symbol.asyncDispose]();
  await store[Symbol.asyncDispose]();
  expect(() => store.lookup(key)).toThrow(expect.objectContaining({ code: 'unavailable' }));
});

test('does not touch another program’s database', async () => {
  const path = await temporaryFile();
  connect(path).exec('CREATE TABLE precious (value TEXT)');
  const before = readFileSync(path);
  expect(() => sqliteStore({ path })).toThrow(expect.objectContaining({ code: 'not-a-cache' }));
  expect(readFileSync(path).equals(before)).toBe(true);
});

test('fails where the folder is not there, or is what the path names, and says why', async () => {
  const folder = dirname(await temporaryFile());
  for (const [path, code] of [
    ['/nonexistent/cache.sqlite', 'ENOENT'],
    [folder, 'EISDIR'],
    ['/dev/null/cache.sqlite', 'ENOTDIR'],
  ] as const) {
    const open = (): unknown => sqliteStore({ path });
    expect(open).toThrow(StoreError);
    expect(open).toThrow(expect.objectContaining({ code: 'failed' }));
    expect(open).toThrow(code);
  }
});

test('fails where its folder has gone, and says why', async () => {
  const { path, store } = await makeSqliteStore();
  rmSync(dirname(path), { recursive: true });
  await expect(put(store, exampleEntry())).rejects.toMatchObject({ name: 'StoreError', code: 'failed', cause: { code: 'ENOENT' } });
  mkdirSync(dirname(path));
});

test.for([
  ['is no JSON', "head = 'x'"],
  ['is of another version', `head = replace(head, '"version":1', '"version":0'), sum = 0`],
  ['differs from what was written', `head = replace(head, '200', '201')`],
  ['belongs to another key', `key = 'private https://example.com/', variant = 'other'`],
  ['has another length', 'body_bytes = body_bytes + 1'],
  ['has no id', 'id = NULL'],
])('takes a response whose head %s for one that is not there, says so, and removes it', async ([, change]) => {
  const { path, store } = await makeSqliteStore();
  await putSurely(store, exampleEntry({ variant: 'good' }));
  await putSurely(store, exampleEntry({ variant: 'bad', path: change?.startsWith('key') === true ? '/elsewhere' : '/' }));
  connect(path).exec(`UPDATE entries SET ${change} WHERE variant = 'bad'`);
  expect(() => store.lookup(key)).toThrow(expect.objectContaining({ code: 'corrupt' }));
  expect(await store.lookup(key)).toMatchObject([{ variant: 'good' }]);
  expect(await store.stats()).toMatchObject({ entries: 1 });
});

test.for([
  ['is missing', 'DELETE FROM chunks'],
  ['has a flipped bit', "UPDATE chunks SET bytes = CAST(x'ff' || substr(bytes, 2) AS BLOB)"],
  ['is too short', 'UPDATE chunks SET bytes = substr(bytes, 2)'],
  [
    'is another one',
    'UPDATE chunks SET bytes = (SELECT bytes FROM chunks c ORDER BY c.place LIMIT 1), sum = (SELECT sum FROM chunks c ORDER BY c.place LIMIT 1)',
  ],
])('does not give out a body of which a piece %s, says so, and removes the response', async ([, change = '']) => {
  const { path, store } = await makeSqliteStore();
  for (const size of [100_000, 1_000_000]) {
    const stored = await putSurely(store, exampleEntry(), exampleBytes(size));
    connect(path).exec(`${change} WHERE place % 1048576 = 1`);
    await expect(bodyOf(store, stored)).rejects.toMatchObject({ code: 'corrupt' });
    expect(await store.lookup(key)).toEqual([]);
  }
});

test('begins a file anew that is no database, says so once, and keeps the old one', async () => {
  const path = await temporaryFile();
  const garbage = exampleBytes(10_000);
  writeFileSync(path, garbage);
  const store = sqliteStore({ path });
  onTestFinished(() => store[Symbol.asyncDispose]());
  expect(() => store.lookup(key)).toThrow(expect.objectContaining({ code: 'corrupt' }));
  expect(await store.lookup(key)).toEqual([]);
  await putSurely(store, exampleEntry());
  expect(await store.lookup(key)).toHaveLength(1);
  expectSame(readFileSync(`${path}.corrupt`), garbage);
});

test('leaves a file alone that is no database, where it is told to', async () => {
  const path = await temporaryFile();
  const garbage = exampleBytes(10_000);
  writeFileSync(path, garbage);
  expect(() => sqliteStore({ path, onCorrupt: 'throw' })).toThrow(expect.objectContaining({ code: 'failed' }));
  expectSame(readFileSync(path), garbage);
});

test('begins a file anew of which it finds out while it is open that it is corrupt', async () => {
  const { path, store, again } = await makeSqliteStore();
  for (let index = 0; index < 50; index += 1) await putSurely(store, exampleEntry({ path: `/${index}` }), exampleBytes(10_000));
  await store[Symbol.asyncDispose]();
  const { size } = statSync(path);
  const file = openSync(path, 'r+');
  // All but the first page, which says what tables there are.
  writeSync(file, Buffer.alloc(size - 4_096, 0xff), 0, size - 4_096, 4_096);
  closeSync(file);
  const later = await again();
  const failures: unknown[] = [];
  for (let index = 0; index < 3; index += 1) {
    try {
      await put(later, exampleEntry());
    } catch (error) {
      failures.push(error);
    }
  }
  expect(failures).toMatchObject([{ code: 'corrupt' }]);
  expect(await later.lookup(key)).toHaveLength(1);
});

test('begins a file anew that another version has written', async () => {
  const { path, store, again } = await makeSqliteStore();
  await putSurely(store, exampleEntry());
  await store[Symbol.asyncDispose]();
  const other = connect(path);
  other.exec('PRAGMA user_version = 99');
  const later = await again();
  expect(() => later.lookup(key)).toThrow(expect.objectContaining({ code: 'corrupt' }));
  expect(await later.lookup(key)).toEqual([]);
});

test('leaves a file alone that a newer version has made while it was open, and begins one of an older version anew', async () => {
  const clock = new TestClock(Date.now());
  const { path, store, again } = await makeSqliteStore({ clock });
  await putSurely(store, exampleEntry());
  const replace = async (version: number): Promise<void> => {
    for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix);
    const other = await again();
    await other[Symbol.asyncDispose]();
    connect(path).exec(`PRAGMA user_version = ${version}`);
    await clock.advance(1_000);
  };
  await replace(99);
  const before = statSync(path).ino;
  for (let turn = 0; turn < 3; turn += 1) {
    expect(() => store.lookup(key)).toThrow(expect.objectContaining({ code: 'unsupported' }));
    expect(() => store.mark?.()).toThrow(expect.objectContaining({ code: 'unsupported' }));
    await clock.advance(1_000);
  }
  expect(statSync(path).ino).toBe(before);
  await replace(-1);
  expect(() => store.lookup(key)).toThrow(expect.objectContaining({ code: 'corrupt' }));
  await putSurely(store, exampleEntry());
  expect(await store.lookup(key)).toHaveLength(1);
});

test('keeps the new file where two find out that the old one is corrupt', async () => {
  const { path, store, again } = await makeSqliteStore({ clock: new TestClock(Date.now()) });
  await putSurely(store, exampleEntry(), exampleBytes(100_000));
  const other = await again();
  await other.stats();
  await store[Symbol.asyncDispose]();
  for (const suffix of ['', '-wal']) {
    const { size } = statSync(path + suffix);
    const garbage = openSync(path + suffix, 'r+');
    writeSync(garbage, Buffer.alloc(size, 0xff), 0, size, 0);
    closeSync(garbage);
  }
  const first = await again();
  expect(() => first.lookup(key)).toThrow(expect.objectContaining({ code: 'corrupt' }));
  await putSurely(first, exampleEntry({ path: '/new' }));
  expect(() => other.lookup('private https://example.com/unread')).toThrow(expect.objectContaining({ code: 'corrupt' }));
  expect(await other.lookup('private https://example.com/new')).toHaveLength(1);
  expect(await first.lookup('private https://example.com/new')).toHaveLength(1);
});

test('leaves a file that is corrupt where it is while another process sets it aside', async () => {
  const path = await temporaryFile();
  const garbage = exampleBytes(10_000);
  writeFileSync(path, garbage);
  const other = connect(`${path}-lock`);
  other.exec('BEGIN EXCLUSIVE');
  const store = sqliteStore({ path });
  onTestFinished(() => store[Symbol.asyncDispose]());
  for (let turn = 0; turn < 2; turn += 1) {
    expect(() => store.lookup(key)).toThrow(expect.objectContaining({ code: 'corrupt' }));
    expectSame(readFileSync(path), garbage);
  }
  other.exec('ROLLBACK');
  expect(() => store.lookup(key)).toThrow(expect.objectContaining({ code: 'corrupt' }));
  expectSame(readFileSync(`${path}.corrupt`), garbage);
  await putSurely(store, exampleEntry());
  expect(await store.lookup(key)).toHaveLength(1);
});

test('goes over to the file that has taken the place of its own: at once to write, within a second to read', async () => {
  const clock = new TestClock(Date.now());
  const { path, store, again } = await makeSqliteStore({ clock });
  await putSurely(store, exampleEntry());
  const unfinished = await begin(store, exampleEntry(), exampleBytes(400_000));
  for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix);
  const other = await again();
  await putSurely(other, exampleEntry({ path: '/new' }));
  expect(await store.lookup(key)).toHaveLength(1);
  await clock.advance(1_000);
  expect(await store.lookup(key)).toEqual([]);
  expect(await store.lookup('private https://example.com/new')).toHaveLength(1);
  expect(await unfinished.commit(400_000)).toEqual({ kind: 'refused', reason: 'deleted-meanwhile' });
  await putSurely(store, exampleEntry());
  expect(await other.lookup(key)).toHaveLength(1);
});

test('waits for another process that writes, without holding up anything else', async () => {
  const clock = new TestClock(Date.now());
  const { path, store } = await makeSqliteStore({ clock, busyTimeout: 100 });
  await putSurely(store, exampleEntry());
  const other = connect(path);
  other.exec('BEGIN IMMEDIATE');
  const writer = await begin(store, exampleEntry(), exampleBytes(50));
  const committed = writer.commit(50);
  expect(committed).toBeInstanceOf(Promise);
  expect(await store.lookup(key)).toMatchObject([{ bodyBytes: 100 }]);
  await clock.advance(5);
  other.exec('COMMIT');
  await clock.advance(50);
  expect(await committed).toMatchObject({ kind: 'stored' });
  expect(await store.lookup(key)).toMatchObject([{ bodyBytes: 50 }]);
});

test('gives up where another process writes for longer than is waited', async () => {
  const clock = new TestClock(Date.now());
  const { path, store } = await makeSqliteStore({ clock, busyTimeout: 100 });
  const writer = await begin(store, exampleEntry(), exampleBytes(50));
  connect(path).exec('BEGIN IMMEDIATE');
  const committed = Promise.resolve(writer.commit(50));
  committed.catch(() => {});
  await clock.advance(200);
  await expect(committed).rejects.toMatchObject({ code: 'busy' });
  expect(clock.pendingTimers).toBe(0);
});

test('is made although another process keeps the file to itself, and used once that has let go', { timeout: 20_000 }, async () => {
  const clock = new TestClock(Date.now());
  const { path, store, again } = await makeSqliteStore({ clock, busyTimeout: 100 });
  await putSurely(store, exampleEntry());
  await store[Symbol.asyncDispose]();
  const other = new DatabaseSync(path);
  other.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  const late = await again();
  const calls = [
    () => late.lookup(key),
    () => late.create(exampleEntry()),
    () => late.delete({ kind: 'tag', tag: 't' }),
    () => late.stats(),
  ];
  for (const call of calls) {
    const answer = call();
    expect(answer).toBeInstanceOf(Promise);
    const failed = expect(answer).rejects.toMatchObject({ code: 'busy' });
    await clock.advance(200);
    await failed;
  }
  expect(() => late.mark?.()).toThrow(expect.objectContaining({ code: 'busy' }));
  const found = late.lookup(key);
  other.close();
  await clock.advance(50);
  expect(await found).toHaveLength(1);
  expect(clock.pendingTimers).toBe(0);
});

test('cuts its log once nobody reads any more what is only there', async () => {
  const clock = new TestClock(Date.now());
  const { path, store } = await makeSqliteStore({ clock });
  await putSurely(store, exampleEntry());
  const reader = connect(path);
  reader.exec('BEGIN; SELECT count(*) FROM entries');
  for (let index = 0; index < 10; index += 1) await putSurely(store, exampleEntry({ path: `/${index}` }), exampleBytes(2_000_000));
  expect(statSync(`${path}-wal`).size).toBeGreaterThan(20_000_000);
  reader.exec('COMMIT');
  await clock.advance(1_000);
  await putSurely(store, exampleEntry());
  expect(statSync(`${path}-wal`).size).toBeLessThan(8_388_608);
});

test('uses the room again that something has left', async () => {
  const { path, store } = await makeSqliteStore({ maxBytes: 3_000_000 });
  for (let index = 0; index < 60; index += 1) await putSurely(store, exampleEntry({ path: `/${index}` }), exampleBytes(500_000));
  await store.clear();
  for (let index = 0; index < 60; index += 1) await putSurely(store, exampleEntry({ path: `/${index}` }), exampleBytes(500_000));
  expect(statSync(path).size).toBeLessThan(4_500_000);
  expect(statSync(`${path}-wal`).size).toBeLessThan(8_388_608);
});

test('sweeps what a process has left that died while it wrote, a minute later', async () => {
  const clock = new TestClock(Date.now());
  const { store, again } = await makeSqliteStore({ clock });
  const dead = await again();
  await begin(dead, exampleEntry(), exampleBytes(400_000));
  await putSurely(store, exampleEntry({ path: '/a' }));
  expect((await store.stats()).bytes).toBeGreaterThan(393_216);
  clock.jumpWallClock(60_001);
  await putSurely(store, exampleEntry({ path: '/a' }));
  expect((await store.stats()).bytes).toBeLessThan(10_000);
});

test('holds nothing for ever that was begun before the clock was put back', async () => {
  const clock = new TestClock(Date.now());
  const { store, again } = await makeSqliteStore({ clock });
  const dead = await again();
  await begin(dead, exampleEntry(), exampleBytes(400_000));
  const read = await putSurely(store, exampleEntry({ path: '/read' }), exampleBytes(600_000));
  const source = await dead.read(read);
  if (source === undefined || source instanceof Uint8Array) throw new Error('the body does not come in pieces');
  await source[Symbol.asyncIterator]().next();
  clock.jumpWallClock(-365 * 86_400_000);
  expect(await store.delete({ kind: 'url', url: read.url })).toBe(1);
  await putSurely(store, exampleEntry({ path: '/a' }));
  expect((await store.stats()).bytes).toBeGreaterThan(900_000);
  clock.jumpWallClock(60_001);
  await putSurely(store, exampleEntry({ path: '/a' }));
  expect((await store.stats()).bytes).toBeLessThan(10_000);
});

test('keeps what is being written and read although the clock is put back again and again', async () => {
  const clock = new TestClock(Date.now());
  const { store, again } = await makeSqliteStore({ clock });
  const other = await again();
  const body = exampleBytes(4_000_000);
  const stored = await putSurely(store, exampleEntry({ path: '/read' }), body);
  const source = await store.read(stored);
  if (source === undefined || source instanceof Uint8Array) throw new Error('the body does not come in pieces');
  const writer = await begin(store, exampleEntry(), exampleBytes(100_000));
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) {
    chunks.push(chunk);
    if (chunks.length % 16 !== 5) continue;
    clock.jumpWallClock(-3_600_000);
    await other.delete({ kind: 'url', url: stored.url });
    await putSurely(other, exampleEntry({ path: '/a' }));
    expect(await writer.write(exampleBytes(1_000))).toBeUndefined();
    clock.jumpWallClock(40_000);
    await putSurely(other, exampleEntry({ path: '/a' }));
  }
  expectSame(Buffer.concat(chunks), body);
  expect(await writer.commit(100_000 + 4 * 1_000)).toMatchObject({ kind: 'stored' });
});

test('keeps what there is of a body that comes slowly', async () => {
  const clock = new TestClock(Date.now());
  const { store } = await makeSqliteStore({ clock });
  const body = exampleBytes(70_000);
  const writer = await begin(store, exampleEntry(), body.subarray(0, 69_000));
  for (let sent = 69_000; sent < 70_000; sent += 100) {
    clock.jumpWallClock(50_000);
    expect(await writer.write(body.slice(sent, sent + 100))).toBeUndefined();
    await putSurely(store, exampleEntry({ path: '/a' }));
  }
  expect(await writer.commit(70_000)).toMatchObject({ kind: 'stored' });
});

test('keeps a body for who reads it, a minute after it was deleted at most', async () => {
  const clock = new TestClock(Date.now());
  const { store } = await makeSqliteStore({ clock });
  const stored = await putSurely(store, exampleEntry(), exampleBytes(4_000_000));
  const source = await store.read(stored);
  if (source === undefined || source instanceof Uint8Array) throw new Error('the body does not come in pieces');
  const iterator = source[Symbol.asyncIterator]();
  await iterator.next();
  await store.clear();
  expect(await store.stats()).toMatchObject({ entries: 0 });
  expect((await store.stats()).bytes).toBeGreaterThan(4_000_000);
  clock.jumpWallClock(60_001);
  await putSurely(store, exampleEntry());
  expect((await store.stats()).bytes).toBeLessThan(10_000);
  await expect(iterator.next()).rejects.toMatchObject({ code: 'unavailable' });
});

test('refuses an entry that was begun so many deletions ago that nobody knows any more', async () => {
  const { store } = await makeSqliteStore();
  const writer = await begin(store, exampleEntry(), exampleBytes(10));
  for (let index = 0; index < 1_030; index += 1) await store.delete({ kind: 'url', url: `https://example.org/${index}` });
  expect(await writer.commit(10)).toEqual({ kind: 'refused', reason: 'deleted-meanwhile' });
});

test('remembers uses that were not written down when it is closed', async () => {
  const { store, again } = await makeSqliteStore({ maxBytes: 100_000 });
  const first = await putSurely(store, exampleEntry({ path: '/1' }), exampleBytes(40_000));
  await putSurely(store, exampleEntry({ path: '/2' }), exampleBytes(40_000));
  await bodyOf(store, first);
  await store[Symbol.asyncDispose]();
  const later = await again();
  await putSurely(later, exampleEntry({ path: '/3' }), exampleBytes(40_000));
  expect(await later.lookup('private https://example.com/1')).toHaveLength(1);
  expect(await later.lookup('private https://example.com/2')).toEqual([]);
});
