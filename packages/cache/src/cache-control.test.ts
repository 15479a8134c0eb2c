import { HttpHeaders } from '@roundtripper/core';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { hasDirective, isBare, parseCacheControl, parseDeltaSeconds, secondsOf, type CacheControl } from './cache-control.ts';

function control(...values: string[]): CacheControl {
  return parseCacheControl(new HttpHeaders({ 'Cache-Control': values }));
}

test.for<[string, [string, (string | undefined)[]][]]>([
  ['', []],
  [',', []],
  [' , ,\t,', []],
  ['no-store', [['no-store', [undefined]]]],
  ['No-Store', [['no-store', [undefined]]]],
  ['max-age=60', [['max-age', ['60']]]],
  ['max-age="60"', [['max-age', ['60']]]],
  [
    'public,max-age=60,',
    [
      ['public', [undefined]],
      ['max-age', ['60']],
    ],
  ],
  [
    ', public ,\tmax-age=60',
    [
      ['public', [undefined]],
      ['max-age', ['60']],
    ],
  ],
  ['max-age=1, MAX-AGE=2', [['max-age', ['1', '2']]]],
  ['max-age=-1', [['max-age', ['-1']]]],
  ['private="set-cookie, x"', [['private', ['set-cookie, x']]]],
  ['private=""', [['private', ['']]]],
  ['private=","', [['private', [',']]]],
  ['private, private="x"', [['private', [undefined, 'x']]]],
  [String.raw`ext="a\"b\\c, no-store"`, [['ext', [String.raw`a"b\c, no-store`]]]],
  [
    '__proto__=1, constructor',
    [
      ['__proto__', ['1']],
      ['constructor', [undefined]],
    ],
  ],
])('%j is read', ([text, expected]) => {
  const { isMalformed, directives } = control(text);
  expect([isMalformed, [...directives]]).toEqual([false, expected]);
});

test.for([
  'no-cache ="authorization"',
  'max-age= 60',
  'max-age =60',
  'max-age=',
  '=60',
  'max-age=60;',
  'max-age=60 public',
  'private="x',
  'private=x"',
  'private="x"y',
  '"no-store"',
  'no-store; max-age=60',
  'max-age=60, (no-store)',
  'private=" authorization" x',
  'ma\u00fc-age=1',
])('%j is malformed', (text) => expect(control(text).isMalformed).toBe(true));

test('several fields are one list', () => {
  expect([...control('public', 'max-age=1').directives.keys()]).toEqual(['public', 'max-age']);
});

test('no field is no directive, and nothing malformed', () => {
  expect(parseCacheControl(new HttpHeaders())).toEqual({ isMalformed: false, directives: new Map() });
});

test.for<[string, number | undefined]>([
  ['no-store', undefined],
  ['max-age=0', 0],
  ['max-age=60', 60],
  ['max-age="60"', 60],
  ['max-age=007', 7],
  ['max-age=2147483648', 2_147_483_648],
  ['max-age=2147483649', 2_147_483_648],
  [`max-age=${'9'.repeat(5_000)}`, 2_147_483_648],
  ['max-age', -5],
  ['max-age=""', -5],
  ['max-age=-1', -5],
  ['max-age=+1', -5],
  ['max-age=1.5', -5],
  ['max-age=1e3', -5],
  ['max-age=0x10', -5],
  ['max-age=" 1"', -5],
  ['max-age=1, max-age=1', 1],
  ['max-age=1, max-age=2', -5],
  ['max-age=1, max-age', -5],
])('the seconds of %j are %s, where -5 stands for what cannot be read', ([text, expected]) => {
  expect(secondsOf(control(text), 'max-age', -5)).toBe(expected);
});

test('a directive is there with an argument or without; bare is once and without', () => {
  expect(['private', 'private="x"', 'public'].map((text) => hasDirective(control(text), 'private'))).toEqual([true, true, false]);
  expect(['max-stale', 'max-stale=1', 'max-stale, max-stale', 'x'].map((text) => isBare(control(text), 'max-stale'))).toEqual([
    true,
    false,
    false,
    false,
  ]);
});

test('no text makes it throw, and no number is below 0', () => {
  const text = fc.string({ unit: fc.constantFrom(...Array.from('max-age=private"\\, \t=0123456789-;()')) });
  fc.assert(
    fc.property(fc.array(text), (values) => {
      const read = control(...values);
      for (const name of read.directives.keys()) expect(secondsOf(read, name, 0)).toBeGreaterThanOrEqual(0);
      expect(parseDeltaSeconds(values.join('')) ?? 0).toBeGreaterThanOrEqual(0);
    }),
  );
});

test('what is written by the grammar is read back', () => {
  const token = fc.string({ unit: fc.constantFrom(...Array.from('abcXYZ019!#$%&*+-.^_`|~')), minLength: 1, maxLength: 8 });
  const quoted = fc.string({ unit: fc.constantFrom(...Array.from('ab ,="\\\t')), maxLength: 12 });
  const one = fc.tuple(
    token,
    fc.option(
      fc.oneof(
        token.map((value) => ({ value, text: value })),
        quoted.map(quotedForm),
      ),
      { nil: undefined },
    ),
  );
  fc.assert(
    fc.property(fc.array(one, { minLength: 1 }), (elements) => {
      const text = elements.map(([name, argument]) => (argument === undefined ? name : `${name}=${argument.text}`)).join(', ');
      const { isMalformed, directives } = control(text);
      expect(isMalformed).toBe(false);
      for (const [name, argument] of elements) expect(directives.get(name.toLowerCase())).toContain(argument?.value);
    }),
  );
});

function quotedForm(value: string): { readonly value: string; readonly text: string } {
  return { value, text: `"${value.replaceAll(/["\\]/g, String.raw`\$&`)}"` };
}

test('its time grows with its length and no faster', () => {
  for (const filler of [';', ',', ' ', '=', '"', '\\', '(', 'a', 'a=', 'a="', 'a="\\', '\t,', 'private="x", ']) {
    for (const prefix of ['', 'a', 'a="', 'a="\\']) {
      const began = process.cpuUsage();
      parseCacheControl(new HttpHeaders({ 'cache-control': prefix + filler.repeat(200_000) }));
      const { user } = process.cpuUsage(began);
      // A quadratic one would take minutes.
      expect(user).toBeLessThan(2_000_000);
    }
  }
});
