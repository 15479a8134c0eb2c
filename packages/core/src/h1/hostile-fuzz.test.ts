import { expect, test } from 'vitest';

import { CORPUS, fromText, keptSamples, toText } from '../../test/hostile/fuzz/corpus-file.ts';
import { Fuzzer, smallest, type Finding } from '../../test/hostile/fuzz/fuzzer.ts';
import { RESPONSES } from '../../test/hostile/fuzz/responses.ts';

/** As many as take two or three seconds: `npm run fuzz` goes on from there. */
const INPUTS = 12_000;

test('a short walk through inputs that nobody wrote finds nothing', { timeout: 60_000 }, async () => {
  const fuzzer = new Fuzzer(RESPONSES, 20_260_101);
  let finding: Finding | undefined;
  while (finding === undefined && fuzzer.inputs < INPUTS) finding = await fuzzer.try(fuzzer.next());
  expect(finding === undefined ? undefined : await smallest(RESPONSES, finding)).toBeUndefined();
  // Else it has stopped changing things.
  expect(fuzzer.kept.length).toBeGreaterThan(50);
});

test('the same seed makes the same inputs', async () => {
  const walk = async (seed: number): Promise<string[]> => {
    const fuzzer = new Fuzzer(RESPONSES, seed);
    const samples: string[] = [];
    while (samples.length < 600) {
      const sample = fuzzer.next();
      samples.push(toText(sample));
      await fuzzer.try(sample);
    }
    return samples;
  };
  const first = await walk(1);
  expect(await walk(1)).toEqual(first);
  expect(await walk(2)).not.toEqual(first);
});

test('a sample is the same once it was written and read', () => {
  const bytes = String.fromCharCode(...Array.from({ length: 256 }, (_, at) => at));
  expect(fromText(toText({ method: 'HEAD', bytes }))).toEqual({ method: 'HEAD', bytes });
  expect(keptSamples(CORPUS).length).toBeGreaterThan(20);
  expect(() => fromText('GET\n\\q')).toThrow(SyntaxError);
  expect(() => fromText('get\n')).toThrow(SyntaxError);
});
