import { compareReadings } from '../compare.ts';
import { readByNode } from '../read-by-node.ts';
import { readByUs } from '../read-by-us.ts';
import { HOSTILE_TABLES } from '../tables.ts';
import { VECTORS } from '../vectors.ts';
import { CORPUS } from './corpus-file.ts';
import { judge } from './judge.ts';
import { mutate } from './mutate.ts';
import type { FuzzTarget } from './target.ts';

const METHODS = ['GET', 'GET', 'GET', 'GET', 'HEAD', 'POST'];

/** Answers in HTTP/1.1. Any method may stand on their first line. */
export const RESPONSES: FuzzTarget = {
  name: 'responses',
  corpus: CORPUS,
  owns: () => true,
  seeds: () => [...HOSTILE_TABLES.flatMap(({ rows }) => rows), ...VECTORS].map(({ bytes, method = 'GET' }) => ({ method, bytes })),
  mutate: ({ method, bytes }, random, others) => ({
    method: random.below(8) === 0 ? random.pick(METHODS) : method,
    bytes: mutate(bytes, random, others),
  }),
  judge,
  show: async ({ method, bytes }) => {
    const input = { method, pieces: [bytes] };
    return { ours: readByUs(input), llhttp: await readByNode(input), comparison: await compareReadings(input) };
  },
};
