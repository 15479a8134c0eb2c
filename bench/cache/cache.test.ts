import { describe, expect, test } from 'vitest';

import { GROWTH_BAR, hitBar, judge, judgeHit, MANY_BAR, MISS_BAR } from '../bars.ts';
import { MIB } from '../figures.ts';
import type { Measured, Window } from '../turns.ts';
import { growthResult } from './growth-result.ts';
import type { HitClient } from './hit-clients.ts';
import { hitResult } from './hit-result.ts';
import { manyResult } from './many-result.ts';
import { missResult } from './miss-result.ts';
import { MISSES, missTitle, type Miss } from './misses.ts';

const window = (micros: number): Window => ({
  requests: 100,
  wallMs: 10,
  cpuMicros: 100 * micros,
  peakRssBytes: 64 * MIB,
  serverBusy: 0,
});

describe('bars', () => {
  test.for([
    { fact: 'a fifth of what undici takes for 1 KiB out of memory', bar: hitBar('1k', 'undici memory'), found: 0.2, isMet: true },
    { fact: 'more than that', bar: hitBar('1k', 'undici memory'), found: 0.21, isMet: false },
    { fact: 'less than undici for 64 KiB', bar: hitBar('64k', 'undici memory'), found: 0.99, isMet: true },
    { fact: 'as much as undici out of SQLite', bar: hitBar('1k', 'undici SQLite'), found: 1, isMet: false },
    { fact: '15 % more for a miss', bar: MISS_BAR, found: 1.15, isMet: true },
    { fact: 'half as much again with very many entries', bar: MANY_BAR, found: 1.51, isMet: false },
    { fact: 'half as much again as was allowed', bar: GROWTH_BAR, found: 1.5, isMet: true },
  ])('$fact: $isMet', ({ bar, found, isMet }) => expect(bar === undefined ? undefined : judge(bar, found).isMet).toBe(isMet));

  test('a hit of 1 KiB out of memory may take 12 µs, and nothing else has such a bar', () => {
    expect(judgeHit('1k', 'memory', 12)?.isMet).toBe(true);
    expect(judgeHit('1k', 'memory', 12.1)?.isMet).toBe(false);
    expect(judgeHit('64k', 'memory', 99)).toBeUndefined();
    expect(judgeHit('1k', 'SQLite', 99)).toBeUndefined();
  });

  test('there is no being ahead of what has no cache', () => expect(hitBar('1k', 'Redis GET')).toBeUndefined());
});

describe('results', () => {
  test('a hit is set against that of somebody else’s store of the same kind', () => {
    const measured: readonly Measured<HitClient>[] = [
      { client: 'memory', windows: [window(2), window(4), window(3)] },
      { client: 'SQLite', windows: [window(20), window(20), window(20)] },
      { client: 'undici memory', windows: [window(10), window(20), window(30)] },
      { client: 'undici SQLite', windows: [window(16), window(40), window(20)] },
    ];
    const { table, verdicts } = hitResult('1k', measured);
    expect(table.rows.map((row) => row.slice(1))).toEqual([
      ['3.0', '2.0–4.0', '–', '≤ 12 µs', '✓', '10000', '64'],
      ['20.0', '20.0–20.0', '–', '–', '', '10000', '64'],
      ['20.0', '10.0–30.0', '0.20', '≤ 0.2', '✓', '10000', '64'],
      ['20.0', '16.0–40.0', '1.00', '< 1', '✗', '10000', '64'],
    ]);
    expect(verdicts.map(({ title }) => title)).toEqual([
      'Answered from what is stored, body of 1 KiB as text: `cache()` with `memoryStore()`',
      "Answered from what is stored, body of 1 KiB as text: undici's interceptor with `MemoryCacheStore`",
      "Answered from what is stored, body of 1 KiB as text: undici's interceptor with `SqliteCacheStore`",
    ]);
  });

  test('a miss is set against the same round without a cache, and judged where the cache is ours', () => {
    const pairsOf = (plain: number, variant: number) => [{ plain: window(plain), variant: window(variant) }];
    const ours: Miss = { cache: 'ours', isStored: true, size: '64k', isTls: false };
    const theirs: Miss = { cache: "undici's", isStored: false, size: '1k', isTls: true };
    const { table, verdicts } = missResult([
      { miss: ours, pairs: pairsOf(10, 12) },
      { miss: theirs, pairs: pairsOf(20, 50) },
    ]);
    expect(table.rows).toEqual([
      ['`cache()`: 64 KiB, stored in memory', '12.0', '10.0', '+2.0', '1.20', '≤ 1.15', '✗'],
      ["undici's interceptor, against undici without it: 1 KiB over TLS, not to be stored", '50.0', '20.0', '+30.0', '2.50', '–', ''],
    ]);
    expect(verdicts).toHaveLength(1);
  });

  test('misses are measured of both caches alike', () => {
    const ours = MISSES.filter(({ cache }) => cache === 'ours');
    const theirs = MISSES.filter(({ cache }) => cache === "undici's");
    expect(theirs.map((miss) => missTitle({ ...miss, cache: 'ours' }))).toEqual(ours.map(missTitle));
    expect(new Set(MISSES.map(missTitle)).size).toBe(MISSES.length);
  });

  test('very many entries are set against few, a hit by what becomes of a plain Map, and that is not judged', () => {
    const { table, verdicts } = manyResult({ few: 10, many: 1_000 }, [
      { name: 'hit, memory', few: [window(2), window(2)], many: [window(3), window(3)] },
      { name: 'hit, Map', few: [window(1)], many: [window(8)] },
    ]);
    expect(table.title).toContain('With 10 and with 1000 responses');
    expect(table.rows.map((row) => row.slice(1))).toEqual([
      ['2.0', '2.0–2.0', '3.0', '3.0–3.0', '1.50', '≤ 8', '✓'],
      ['1.0', '1.0–1.0', '8.0', '8.0–8.0', '8.00', '–', ''],
    ]);
    expect(verdicts).toHaveLength(1);
  });

  test('a process is judged by what it has grown by, against what the store was allowed', () => {
    const { table, verdicts } = growthResult(1_000, [
      {
        entries: 500,
        evictions: 500,
        bytes: 9 * MIB,
        maxBytes: 10 * MIB,
        liveGrownBytes: 12 * MIB,
        grownBytes: 16 * MIB,
        peakGrownBytes: 20 * MIB,
      },
    ]);
    expect(table.rows).toEqual([['10.0', '500', '500', '9.0', '12.0', '16.0', '1.60', '≤ 1.5', '✗', '20.0']]);
    expect(verdicts[0]?.title).toContain('maxBytes of 10.0 MiB, after 500 went');
  });
});
