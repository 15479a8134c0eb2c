import { expect, test } from 'vitest';

import { splitSteps } from '../../test/hostile/fuzz/block-steps.ts';
import { BLOCKS } from '../../test/hostile/fuzz/blocks.ts';
import { fromText, toText } from '../../test/hostile/fuzz/corpus-file.ts';
import { Fuzzer, smallest, type Finding } from '../../test/hostile/fuzz/fuzzer.ts';
import { targetOf } from '../../test/hostile/fuzz/targets.ts';

/** As many as take two or three seconds: `npm run fuzz -- --target hpack` goes on from there. */
const INPUTS = 12_000;

test('a short walk through header blocks that nobody wrote finds nothing', { timeout: 60_000 }, async () => {
  const fuzzer = new Fuzzer(BLOCKS, 20_260_101);
  let finding: Finding | undefined;
  while (finding === undefined && fuzzer.inputs < INPUTS) finding = await fuzzer.try(fuzzer.next());
  expect(finding === undefined ? undefined : await smallest(BLOCKS, finding)).toBeUndefined();
  // Else it has stopped changing things.
  expect(fuzzer.kept.length).toBeGreaterThan(50);
});

test('a sample of header blocks is known by its first line once it was written and read', () => {
  for (const sample of BLOCKS.seeds()) {
    const read = fromText(toText(sample));
    expect(read).toEqual(sample);
    expect(targetOf(read.method)).toBe(BLOCKS);
  }
});

test('any bytes are blocks and limits', () => {
  expect(splitSteps('\x02ab\x00\xff\xfb\x05c')).toEqual([
    { kind: 'block', block: 'ab' },
    { kind: 'block', block: '' },
    { kind: 'limit', bytes: 65_536 },
    { kind: 'limit', bytes: 0 },
    { kind: 'block', block: 'c' },
  ]);
});
