import { HttpHeaders } from '@roundtripper/core';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { isSelected, selectingFields } from './vary.ts';

const request = new HttpHeaders({ Accept: ['text/html', 'text/plain'], Cookie: 'a=1' });

test.for<[string, string[], [string, string | null][] | undefined]>([
  ['no Vary', [], []],
  ['an empty one', [''], []],
  ['one field', ['Accept'], [['accept', 'text/html, text/plain']]],
  ['a field that is not there', ['Accept-Language'], [['accept-language', null]]],
  [
    'several, once each',
    ['accept, ACCEPT', ' cookie ,,'],
    [
      ['accept', 'text/html, text/plain'],
      ['cookie', 'a=1'],
    ],
  ],
  ['everything', ['*'], undefined],
  ['everything, among others', ['accept, *'], undefined],
  ['what is no field name', ['accept; q=1'], undefined],
  ['words without a comma', ['accept cookie'], undefined],
])('%s', ([, vary, expected]) => expect(selectingFields(request, new HttpHeaders({ Vary: vary }), 'shared')).toEqual(expected));

test('in a private cache credentials select as well', () => {
  expect(selectingFields(request, new HttpHeaders({ vary: 'cookie' }), 'private')).toEqual([
    ['authorization', null],
    ['cookie', 'a=1'],
  ]);
});

test('absent is not empty', () => {
  expect(isSelected([['accept', null]], new HttpHeaders({ accept: '' }))).toBe(false);
  expect(isSelected([['accept', '']], new HttpHeaders())).toBe(false);
  expect(isSelected([['accept', null]], new HttpHeaders())).toBe(true);
});

test('two requests are the same exactly when each of the fields is', () => {
  const value = fc.option(fc.string({ unit: fc.constantFrom('a', 'b', ',', ';', '=', ' ', '|', ':'), maxLength: 4 }), { nil: undefined });
  const fields = fc.record({ a: value, b: value, ab: value });
  fc.assert(
    fc.property(fields, fields, (one, other) => {
      const selecting = selectingFields(new HttpHeaders(one), new HttpHeaders({ vary: 'a, b, ab' }), 'shared') ?? [];
      const isSame = (['a', 'b', 'ab'] as const).every((name) => new HttpHeaders(one).get(name) === new HttpHeaders(other).get(name));
      expect(isSelected(selecting, new HttpHeaders(other))).toBe(isSame);
    }),
  );
});
