import { hash } from 'node:crypto';

import { hashOf } from '../src/text-hash.ts';

/** Two texts that have the same hash, wherever that starts in this process: of 200 000 at random there are two in 99 of 100 cases, and of a million always. */
export function textsOfSameHash(before: string): readonly [string, string] {
  const seen = new Map<number, string>();
  for (let number = 0; number < 1_000_000; number++) {
    const text = `${before}${hash('sha1', `${number}`)}`;
    const other = seen.get(hashOf(text));
    if (other !== undefined) return [other, text];
    seen.set(hashOf(text), text);
  }
  throw new Error('no two of a million texts have the same hash');
}
