import { randomUUID } from 'node:crypto';

import { labelOf } from '../labels.ts';
import type { DeleteTarget } from '../store.ts';
import { keysBeginning, listOf, type RedisCommands } from './redis-commands.ts';

/** A deletion, or that of everything. */
export type Removal = DeleteTarget | { readonly kind: 'everything' };

/** Responses, or labels of one URL, that are removed in one step: many more would keep Redis from answering anybody. */
const AT_ONCE = 100;

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
      return removeLabel(commands, labelOf(target));
  }
}

async function removeLabel(commands: RedisCommands, label: string): Promise<number> {
  const token = randomUUID();
  let count = 0;
  for (let name: 'deleteLabel' | 'sweep' = 'deleteLabel', rest = 1; rest === 1; name = 'sweep') {
    const [some, more] = listOf(await commands.run(name, label, token, `${AT_ONCE}`));
    count += Number(some);
    rest = Number(more);
  }
  return count;
}

/**
 * Says first what goes, for what is on its way: what was begun after that is refused, and what was begun before has a label already. Then finds the URLs: every entry has a label with
 * its own, from its beginning on.
 */
async function removePrefix(commands: RedisCommands, prefix: string, urlPrefix: string): Promise<number> {
  const beginning = labelOf({ kind: 'url', url: urlPrefix });
  await commands.run('remember', `prefix ${beginning}`);
  const labels = new Map<string, Buffer>();
  const labelAt = Buffer.byteLength(`${prefix}l:`);
  for await (const keys of keysBeginning(commands, `${prefix}l:${beginning}`)) {
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
  await commands.run('deleteAll');
  for (const kind of ['k:', 'l:', 'gone:']) {
    for await (const keys of keysBeginning(commands, prefix + kind)) if (keys.length > 0) await commands.send('UNLINK', ...keys);
  }
  for await (const keys of keysBeginning(commands, `${prefix}b:`)) if (keys.length > 0) await commands.run('letGo', ...keys);
}
