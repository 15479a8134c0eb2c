import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';

import { MISSES } from './misses.ts';
import { PAGE } from './page.ts';
import { runSubject } from './run-subject.ts';
import { missesOf, outcomesOf } from './tally.ts';

/** A run takes eight seconds, most of which it waits for what is stored to become stale. */
const LIMIT_MS = 60_000;

test('both modes pass all of the public suite but what is listed, and nothing of that', { timeout: LIMIT_MS }, async () => {
  const modes = ['private', 'shared'] as const;
  const missed = await Promise.all(modes.map(async (mode) => missesOf(outcomesOf(await runSubject(`roundtripper, ${mode}`)))));
  const listed = modes.map((mode) => MISSES.filter((miss) => miss.modes.includes(mode)).flatMap(({ ids }) => ids));
  expect(missed.map((outcomes) => outcomes.map(({ tried }) => tried.id).toSorted())).toEqual(listed.map((ids) => ids.toSorted()));
});

test('the page says of each why', async () => {
  const page = await readFile(PAGE, 'utf8');
  expect(MISSES.flatMap(({ ids, why }) => ids.concat(why)).filter((text) => !page.includes(text))).toEqual([]);
});
