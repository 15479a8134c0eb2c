import { labelOf } from '../labels.ts';
import type { DeleteTarget } from '../store.ts';
import { keysBeginning, type RedisCommands } from './redis-commands.ts';
import { EVERYTHING } from './redis-keys.ts';

/** A deletion, or that of everything. */
export type Removal = DeleteTarget | { readonly kind: 'everything' };

/** So many labels are deleted in one step. */
const AT_ONCE = 1_000;

/** Deletes what the target names, also what is on its way there. @returns how many went; 0 for everything, which is not counted. */
export async function remove(commands: RedisCommands, prefix: string, target: Removal): Promise<number> {
  switch (target.kind) {
    case 'id':
      return Number(await commands.run('deleteId', target.key, target.id));
    case 'prefix':
      return removePrefix(commands, prefix, target.prefix);
    case 'everything':
      await removeEverything(commands, prefix);
      return 0;
    default:
      return Number(await commands.run('deleteLabels', labelOf(target)));
  }
}

/** Finds the URLs first: every entry has a label with its own, from its beginning on. Up to {@link AT_ONCE} of them go in one step. */
async function removePrefix(commands: RedisCommands, prefix: string, urlPrefix: string): Promise<number> {
  const labels = new Map<string, Buffer>();
  const labelAt = Buffer.byteLength(`${prefix}l:`);
  for await (const keys of keysBeginning(commands, `${prefix}l:${labelOf({ kind: 'url', url: urlPrefix })}`)) {
    for (const key of keys) labels.set(key.toString('latin1'), key.subarray(labelAt));
  }
  const found = [...labels.values()];
  let count = 0;
  for (let start = 0; start < found.length; start += AT_ONCE) {
    count += Number(await commands.run('deleteLabels', ...found.slice(start, start + AT_ONCE)));
  }
  return count;
}

/** Everything is invalid after the first step; the others give the memory back. */
async function removeEverything(commands: RedisCommands, prefix: string): Promise<void> {
  await commands.send('UNLINK', `${prefix}l:${EVERYTHING}`);
  for (const kind of ['k:', 'l:']) {
    for await (const keys of keysBeginning(commands, prefix + kind)) if (keys.length > 0) await commands.send('UNLINK', ...keys);
  }
  for await (const keys of keysBeginning(commands, `${prefix}b:`)) if (keys.length > 0) await commands.run('letGo', ...keys);
}
