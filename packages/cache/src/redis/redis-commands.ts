import type { ScriptName } from './scripts.ts';

export type RedisArgument = string | Buffer;

/** What can be asked of Redis. Replies have bytes in place of texts. */
export interface RedisCommands {
  /** Runs a script with the store's prefix and `args`. */
  run(name: ScriptName, ...args: readonly RedisArgument[]): Promise<unknown>;
  send(...args: readonly RedisArgument[]): Promise<unknown>;
}

/** The elements of a reply; none where it is no list. */
export function listOf(reply: unknown): readonly unknown[] {
  return Array.isArray(reply) ? reply : [];
}

/** A text as it stands in a pattern of `SCAN`, where it means itself. */
function literal(text: string): string {
  return text.replaceAll(/[\\*?[\]^-]/g, String.raw`\$&`);
}

/** So many keys are looked at in one step, which holds up the others' commands for well under a millisecond. */
const STEP = 500;

/** All keys that begin so, some at a time, each at least once; a key that comes or goes meanwhile may or may not be among them. */
export async function* keysBeginning(commands: RedisCommands, beginning: string): AsyncGenerator<readonly Buffer[]> {
  let cursor = '0';
  do {
    const [next, keys] = listOf(await commands.send('SCAN', cursor, 'MATCH', `${literal(beginning)}*`, 'COUNT', `${STEP}`));
    cursor = String(next);
    yield listOf(keys).filter((key) => Buffer.isBuffer(key));
  } while (cursor !== '0');
}
