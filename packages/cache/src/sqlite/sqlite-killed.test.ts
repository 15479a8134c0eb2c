import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { statSync, writeFileSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout } from 'node:timers/promises';

import { expect, test } from 'vitest';

import { expectSame } from '../../test/describe-store.ts';
import { bodyOf, exampleBytes } from '../../test/example-entry.ts';
import { makeSqliteStore, temporaryFile } from '../../test/sqlite-file.ts';
import type { CacheStore } from '../store.ts';

const PROGRAM = fileURLToPath(new URL('../../test/writing-process.ts', import.meta.url));
const ROUNDS = 12;

test(
  'has every entry whole or not at all, however often two writing processes are killed at whatever they are doing',
  { timeout: 120_000 },
  async () => {
    const { path, store, again } = await makeSqliteStore({ maxBytes: 3_000_000 });
    let seen = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      const writers = [startWriter(path, 2 * round), startWriter(path, 2 * round + 1)];
      for (const [index, writer] of writers.entries()) {
        await writer.isWriting;
        // The moment is the point: a different one each time, which no event would give.
        await setTimeout((round * 37 + index * 13) % 60);
        writer.process.kill('SIGKILL');
      }
      for (const writer of writers) expect(await writer.ended).toEqual([null, 'SIGKILL']);
      seen += await checkAll(store);
      await checkAll(await again());
      checkFile(path);
    }
    expect(seen).toBeGreaterThan(ROUNDS);
  },
);

test.for([
  { fact: 'is made', before: undefined },
  { fact: 'is made anew where it cannot be read', before: exampleBytes(100_000) },
])('$fact by several processes at once, each of which can write to it', { timeout: 60_000 }, async ({ before }) => {
  const path = await temporaryFile();
  if (before !== undefined) writeFileSync(path, before);
  const writers = [1, 2, 3, 4].map((seed) => startWriter(path, seed));
  for (const writer of writers) await writer.isWriting;
  for (const writer of writers) writer.process.kill('SIGKILL');
  for (const writer of writers) expect(await writer.ended).toEqual([null, 'SIGKILL']);
  checkFile(path);
});

test(
  'keeps itself within its size, and its log within bounds, while several processes write many times as much',
  { timeout: 120_000 },
  async () => {
    const { path, store } = await makeSqliteStore({ maxBytes: 3_000_000 });
    const writers = [1, 2, 3].map((seed) => startWriter(path, seed));
    let largestLog = 0;
    // 50 turns each time, and some 10 MB.
    for (let lines = 0; lines < 9; lines += 1) {
      await Promise.race(writers.map((writer) => once(writer.process.stdout, 'data')));
      largestLog = Math.max(largestLog, statSync(`${path}-wal`).size);
      // Of each of the three, what it is writing just then may come on top.
      expect(statSync(path).size).toBeLessThan(6_000_000);
      expect((await store.stats()).bytes).toBeLessThanOrEqual(3_000_000);
    }
    for (const writer of writers) writer.process.kill('SIGKILL');
    for (const writer of writers) expect(await writer.ended).toEqual([null, 'SIGKILL']);
    expect(largestLog).toBeLessThan(64_000_000);
    await checkAll(store);
    checkFile(path);
  },
);

interface Writer {
  readonly process: ChildProcessByStdio<null, Readable, null>;
  readonly isWriting: Promise<unknown>;
  readonly ended: Promise<unknown>;
}

function startWriter(path: string, seed: number): Writer {
  const child = spawn(process.execPath, ['--conditions=source', PROGRAM, path, `${seed}`], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'close');
  const isWriting = Promise.race([
    once(child.stdout, 'data'),
    ended.then(() => {
      throw new Error('the writer has ended by itself');
    }),
  ]);
  isWriting.catch(() => {});
  return { process: child, isWriting, ended };
}

/** Reads all that there can be. @returns how many responses there are. */
async function checkAll(store: CacheStore): Promise<number> {
  let found = 0;
  for (let path = 0; path < 17; path += 1) {
    for (const stored of await store.lookup(`private https://example.com/${path}`)) {
      found += 1;
      const body = exampleBytes(stored.bodyBytes, Number(stored.headers.get('x-seed')));
      expectSame(await bodyOf(store, stored), body);
    }
  }
  expect(found).toBe((await store.stats()).entries);
  return found;
}

/** What SQLite says of the file, and whether the sums that are kept are those of what is there. */
function checkFile(path: string): void {
  const database = new DatabaseSync(path, { readOnly: true });
  expect(database.prepare('PRAGMA integrity_check').all()).toEqual([{ integrity_check: 'ok' }]);
  const sums = database.prepare('SELECT count(key) AS entries, sum(bytes) AS bytes FROM entries').get();
  expect(database.prepare('SELECT entries, bytes FROM totals').get()).toEqual(sums);
  const strays = database.prepare('SELECT count(*) AS count FROM chunks WHERE place / 1048576 NOT IN (SELECT seq FROM entries)').get();
  expect(strays).toEqual({ count: 0 });
  database.close();
}
