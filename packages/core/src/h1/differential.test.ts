import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { ALLOWED_DIFFERENCES } from '../../test/hostile/allowed-differences.ts';
import { compareReadings } from '../../test/hostile/compare.ts';
import { GENERATED } from '../../test/hostile/generated.ts';
import { splitsOf } from '../../test/hostile/splits.ts';
import { HOSTILE_TABLES } from '../../test/hostile/tables.ts';
import { VECTORS, type Vector } from '../../test/hostile/vectors.ts';

/** Of the listed differences, those that were met. */
const met = new Set<string>();

/** What differs between our reading and node's, and is not listed: each kind once, with the way in which it showed. */
async function differences({ method = 'GET' }: Omit<Vector, 'fact'>, ways: readonly (readonly string[])[]): Promise<string[]> {
  const found = new Map<string, string>();
  for (const pieces of ways) {
    const input = { method, pieces };
    const comparison = await compareReadings(input);
    if (comparison.kind === 'allowed') met.add(comparison.difference.fact);
    if (comparison.kind === 'different') found.set(comparison.summary, JSON.stringify(input));
  }
  return [...found].map(([summary, input]) => `${summary}: ${input}`);
}

const TABLES = [
  ...HOSTILE_TABLES.map(({ name, rows }): { name: string; rows: readonly Vector[] } => ({ name, rows })),
  { name: 'vectors', rows: VECTORS },
];

describe.for(TABLES)('llhttp and we read the same, or differ as listed: $name', ({ rows }) => {
  test.for(rows)('$fact', async (row) => {
    expect(await differences(row, [[row.bytes], ...splitsOf(row.bytes)])).toEqual([]);
  });
});

test('llhttp and we read the same, or differ as listed: answers put together at random', async () => {
  const found = fc.asyncProperty(GENERATED, fc.nat(), async (vector, place) => {
    const at = place % Math.max(1, vector.bytes.length);
    const ways = [[vector.bytes], [vector.bytes.slice(0, at), vector.bytes.slice(at)], vector.bytes.split('')];
    expect(await differences(vector, ways)).toEqual([]);
  });
  await fc.assert(found, { seed: 20_260_101, numRuns: 2_000 });
});

/** Comes last: it asks what the others met. */
test('each difference that is listed is one', () => {
  expect(ALLOWED_DIFFERENCES.map(({ fact }) => fact).filter((fact) => !met.has(fact))).toEqual([]);
});
