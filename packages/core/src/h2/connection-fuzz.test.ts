import { expect, test } from 'vitest';

import { CONNECTIONS } from '../../test/hostile/fuzz/connections.ts';
import { fromText, toText } from '../../test/hostile/fuzz/corpus-file.ts';
import { Fuzzer, smallest, type Finding } from '../../test/hostile/fuzz/fuzzer.ts';
import { targetOf } from '../../test/hostile/fuzz/targets.ts';

/** As many as take two or three seconds: `npm run fuzz -- --target connections` goes on from there. */
const INPUTS = 300;

test('a short walk through connections that nobody would serve finds nothing', { timeout: 60_000 }, async () => {
  const fuzzer = new Fuzzer(CONNECTIONS, 20_260_101);
  let finding: Finding | undefined;
  while (finding === undefined && fuzzer.inputs < INPUTS) finding = await fuzzer.try(fuzzer.next());
  expect(finding === undefined ? undefined : await smallest(CONNECTIONS, finding)).toBeUndefined();
  // Else it has stopped changing things.
  expect(fuzzer.kept.length).toBeGreaterThan(50);
});

test('a sample of a connection is known by its first line once it was written and read', () => {
  const [sample] = CONNECTIONS.seeds();
  if (sample === undefined) throw new Error('there are no seeds');
  const read = fromText(toText(sample));
  expect(read).toEqual(sample);
  expect(targetOf(read.method)).toBe(CONNECTIONS);
});
