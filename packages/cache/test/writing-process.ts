import { exampleBytes, exampleEntry, writeAll } from './example-entry.ts';
import { sqliteStore } from '../src/sqlite/index.ts';

/**
 * A process that writes to a cache file as fast as it can, until it is killed: `node writing-process.ts <path> <seed>`. What it stores says itself how its body must be. It prints a line
 * once it has stored something, and after every 50 turns.
 */
const [, , path = '', seedText = '1'] = process.argv;
const store = sqliteStore({ path, maxBytes: 3_000_000 });

try {
  await store.stats();
} catch {
  // That the file was begun anew is said once.
}

/** Of bodies: in one piece, in several, and more than is read at once. */
const SIZES = [0, 100, 65_536, 70_000, 300_000, 700_000];

for (let turn = 0; ; turn += 1) {
  const seed = Number(seedText) * 1_000_000 + turn;
  const size = SIZES[seed % SIZES.length] ?? 0;
  const entry = exampleEntry({ path: `/${seed % 17}`, variant: `v${seed % 3}`, headers: [['X-Seed', `${seed}`]], tags: [`t${seed % 5}`] });
  const writer = await store.create(entry);
  if (writer === undefined) throw new Error('the store does not take the entry');
  // The other writer may delete it meanwhile, or those that were killed have left no room.
  const refusal = await writeAll(writer, exampleBytes(size, seed));
  const result = refusal === undefined ? await writer.commit(size) : undefined;
  if (result?.kind === 'stored') {
    const [found] = await store.lookup(entry.key);
    if (found !== undefined) await store.update(found, { ...found, isInvalidated: true });
  }
  if (turn % 7 === 6) await store.delete({ kind: 'tag', tag: `t${turn % 5}` });
  if (turn % 50 === 0) process.stdout.write('writing\n');
}
