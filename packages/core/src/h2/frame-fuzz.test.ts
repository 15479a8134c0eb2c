import { expect, test } from 'vitest';

import { fromText, toText } from '../../test/hostile/fuzz/corpus-file.ts';
import { FRAMES } from '../../test/hostile/fuzz/frames.ts';
import { Fuzzer, smallest, type Finding } from '../../test/hostile/fuzz/fuzzer.ts';
import { targetOf } from '../../test/hostile/fuzz/targets.ts';

/** As many as take two or three seconds: `npm run fuzz -- --target frames` goes on from there. */
const INPUTS = 8_000;

test('a short walk through frames that nobody wrote finds nothing', { timeout: 60_000 }, async () => {
  const fuzzer = new Fuzzer(FRAMES, 20_260_101);
  let finding: Finding | undefined;
  while (finding === undefined && fuzzer.inputs < INPUTS) finding = await fuzzer.try(fuzzer.next());
  expect(finding === undefined ? undefined : await smallest(FRAMES, finding)).toBeUndefined();
  // Else it has stopped changing things.
  expect(fuzzer.kept.length).toBeGreaterThan(50);
});

test('a sample of frames is known by its first line once it was written and read', () => {
  const [sample] = FRAMES.seeds();
  if (sample === undefined) throw new Error('there are no seeds');
  const read = fromText(toText(sample));
  expect(read).toEqual(sample);
  expect(targetOf(read.method)).toBe(FRAMES);
});
