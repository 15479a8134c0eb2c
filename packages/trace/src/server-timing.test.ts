import { HttpResponse } from '@roundtripper/core';
import { expect, test } from 'vitest';

import { parseServerTiming, serverTiming } from './server-timing.ts';

/** `name dur desc`, for a short table. */
function read(value: string): [string, number, string][] {
  return parseServerTiming(value).map(({ name, duration, description }) => [name, duration, description]);
}

test.for<{ fact: string; value: string; metrics: [string, number, string][] }>([
  { fact: 'nothing', value: '', metrics: [] },
  { fact: 'a name', value: 'miss', metrics: [['miss', 0, '']] },
  { fact: 'a name, a duration, a description', value: 'db;dur=53.2;desc="data base"', metrics: [['db', 53.2, 'data base']] },
  { fact: 'in the other order', value: 'db;desc=pg;dur=53', metrics: [['db', 53, 'pg']] },
  {
    fact: 'several, of the same name too',
    value: 'a;dur=1, b, a;dur=2',
    metrics: [
      ['a', 1, ''],
      ['b', 0, ''],
      ['a', 2, ''],
    ],
  },
  {
    fact: 'whitespace wherever it may be, and elsewhere',
    value: ' \ta ;\tdur = 1 ; desc\t=\t"x" , b',
    metrics: [
      ['a', 1, 'x'],
      ['b', 0, ''],
    ],
  },
  { fact: 'names of parameters in any case', value: 'a;DUR=1;Desc=x', metrics: [['a', 1, 'x']] },
  { fact: 'names of metrics as they are', value: 'Cache-Hit', metrics: [['Cache-Hit', 0, '']] },
  { fact: 'every character of a token', value: "!#$%&'*+-.^_`|~aZ9", metrics: [["!#$%&'*+-.^_`|~aZ9", 0, '']] },
  { fact: 'parameters nobody knows', value: 'a;x=1;dur=2;y="3,4;5"', metrics: [['a', 2, '']] },
  { fact: 'the first of two counts', value: 'a;dur=1;dur=2;desc=x;desc=y', metrics: [['a', 1, 'x']] },
  { fact: 'also where it is empty or no number', value: 'a;dur;dur=2;desc=;desc=y', metrics: [['a', 0, '']] },
  { fact: 'a quoted string with escapes', value: String.raw`a;desc="say \"hi\" \\ \a"`, metrics: [['a', 0, String.raw`say "hi" \ a`]] },
  { fact: 'a quoted string hides its delimiters', value: 'a;desc="x, b;dur=1";dur=2', metrics: [['a', 2, 'x, b;dur=1']] },
  { fact: 'an empty quoted string', value: 'a;desc=""', metrics: [['a', 0, '']] },
  { fact: 'a quoted duration', value: 'a;dur="1.5"', metrics: [['a', 1.5, '']] },
  { fact: 'a quoted string without an end is left out', value: 'a;desc="x', metrics: [['a', 0, '']] },
  {
    fact: 'and what follows it is read',
    value: 'a;desc="x;dur=3, b',
    metrics: [
      ['a', 3, ''],
      ['b', 0, ''],
    ],
  },
  { fact: 'a backslash at the end', value: 'a;desc="x\\', metrics: [['a', 0, '']] },
  {
    fact: 'exponents and signs',
    value: 'a;dur=1e3, b;dur=-2, c;dur=+.5, d;dur=5.',
    metrics: [
      ['a', 1_000, ''],
      ['b', -2, ''],
      ['c', 0.5, ''],
      ['d', 5, ''],
    ],
  },
  {
    fact: 'what is no number is 0',
    value: 'a;dur=x, b;dur=1x, c;dur=0x10, d;dur=Infinity, e;dur=NaN, f;dur=1e999',
    metrics: [
      ['a', 0, ''],
      ['b', 0, ''],
      ['c', 0, ''],
      ['d', 0, ''],
      ['e', 0, ''],
      ['f', 0, ''],
    ],
  },
  {
    fact: 'noise behind a name, a parameter and a value',
    value: 'a noise;dur=1 noise;desc="x" noise, b',
    metrics: [
      ['a', 1, 'x'],
      ['b', 0, ''],
    ],
  },
  { fact: 'entries without a name are left out', value: ',,;dur=1, =1, "a", b,', metrics: [['b', 0, '']] },
  { fact: 'parameters without a name are left out', value: 'a;;=1;dur=2;', metrics: [['a', 2, '']] },
  { fact: 'a name that is cut by what is none', value: 'a(b);dur=1', metrics: [['a', 1, '']] },
  {
    fact: 'the specification’s example',
    value: 'miss, db;dur=53, app;dur=47.2, customView, dc;desc=atl',
    metrics: [
      ['miss', 0, ''],
      ['db', 53, ''],
      ['app', 47.2, ''],
      ['customView', 0, ''],
      ['dc', 0, 'atl'],
    ],
  },
])('$fact', ({ value, metrics }) => expect(read(value)).toEqual(metrics));

test('a field of 64 KiB of quotes, backslashes or delimiters is read in no time', () => {
  for (const unit of ['"', '"\\', ';', ',', 'a;desc="', ' ', 'a"', '\\"']) {
    const startMs = performance.now();
    parseServerTiming(unit.repeat(65_536 / unit.length));
    expect(performance.now() - startMs, unit).toBeLessThan(1_000);
  }
});

test('all lines of a response', () => {
  const headers: [string, string][] = [
    ['Server-Timing', 'a;dur=1'],
    ['server-timing', 'b'],
  ];
  expect(serverTiming(new HttpResponse(null, { headers })).map(({ name }) => name)).toEqual(['a', 'b']);
  expect(serverTiming(new HttpResponse())).toEqual([]);
});
