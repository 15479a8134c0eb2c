import { hash } from 'node:crypto';

import { HttpHeaders } from '@roundtripper/core';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { responseFields } from './response-fields.ts';
import { isSelected, selectingFields } from './vary.ts';

/** SHA-256 of `a=1`. */
const DIGEST = hash('sha256', 'a=1', 'base64url');
const request = new HttpHeaders({ Accept: ['text/html', 'text/plain'], Cookie: 'a=1' });

test.for<[string, string[], [string, string | null][] | undefined]>([
  ['no Vary', [], []],
  ['an empty one', [''], []],
  ['one field', ['Accept'], [['accept', 'text/html,text/plain']]],
  ['a field that is not there', ['Accept-Language'], [['accept-language', null]]],
  [
    'several, once each',
    ['accept, ACCEPT', ' cookie ,,'],
    [
      ['accept', 'text/html,text/plain'],
      ['cookie', DIGEST],
    ],
  ],
  ['everything', ['*'], undefined],
  ['everything, among others', ['accept, *'], undefined],
  ['what is no field name', ['accept; q=1'], undefined],
  ['words without a comma', ['accept cookie'], undefined],
])('%s', ([, vary, expected]) =>
  expect(selectingFields(request, responseFields(new HttpHeaders({ Vary: vary })), 'shared')).toEqual(expected),
);

test.for<[string, Record<string, string>, Record<string, string>, [string, string | null][]]>([
  ['the ones that were sent', { cookie: 'a=1' }, {}, [['cookie', DIGEST]]],
  ['once where Vary names them too', { cookie: 'a=1' }, { vary: 'Cookie' }, [['cookie', DIGEST]]],
  [
    'beside what Vary names',
    { cookie: 'a=1', accept: '*/*' },
    { vary: 'Accept' },
    [
      ['accept', '*/*'],
      ['cookie', DIGEST],
    ],
  ],
  ['none where none were sent: it is for everybody', {}, {}, []],
  [
    'their absence where a session begins',
    {},
    { 'set-cookie': 'a=1' },
    [
      ['authorization', null],
      ['cookie', null],
    ],
  ],
])('in a private cache credentials select as well: %s', ([, sent, received, expected]) =>
  expect(selectingFields(new HttpHeaders(sent), responseFields(new HttpHeaders(received)), 'private')).toEqual(expected),
);

test('absent is not empty', () => {
  expect(isSelected([['accept', null]], new HttpHeaders({ accept: '' }))).toBe(false);
  expect(isSelected([['accept', '']], new HttpHeaders())).toBe(false);
  expect(isSelected([['accept', null]], new HttpHeaders())).toBe(true);
});

/** White space around commas means nothing. */
const meaning = (value: string | undefined): string | undefined => value?.trim().replaceAll(/ *, */g, ',');

test('two requests are the same exactly when each of the fields is', () => {
  const value = fc.option(fc.string({ unit: fc.constantFrom('a', 'b', ',', ';', '=', ' ', '|', ':'), maxLength: 4 }), { nil: undefined });
  const fields = fc.record({ a: value, b: value, ab: value });
  fc.assert(
    fc.property(fields, fields, (one, other) => {
      const selecting = selectingFields(new HttpHeaders(one), responseFields(new HttpHeaders({ vary: 'a, b, ab' })), 'shared') ?? [];
      const isSame = (['a', 'b', 'ab'] as const).every((name) => meaning(one[name]) === meaning(other[name]));
      expect(isSelected(selecting, new HttpHeaders(other))).toBe(isSame);
    }),
  );
});

test.for<[string, string, string, boolean]>([
  ['accept-language', 'de, EN;q=0.5', 'en; q=0.50,de', true],
  ['accept-language', 'de, en', 'de, en;q=1.0', true],
  ['accept-language', 'de, en', 'de, en;q=0.9', false],
  ['accept-encoding', 'gzip,br', 'BR , gzip', true],
  ['accept', 'text/HTML, */*;q=0.8', '*/*; q=0.8,text/html', true],
  ['accept', 'text/html;level=A', 'text/html;level=a', false],
  ['x', '1,2', ' 1 , 2 ', true],
  ['x', '1,2', '2,1', false],
  ['x', 'a', 'A', false],
  ['x', '"a ,b"', '"a,b"', false],
  ['x', String.raw`"\" , ",b`, String.raw`"\" , ", b`, true],
  ['cookie', 'a=1,b', 'a=1, b', false],
  ['authorization', 'Basic eDp5', 'basic eDp5', false],
])('%s: "%s" and "%s" mean the same: %s', ([name, one, other, expected]) => {
  const selecting = selectingFields(new HttpHeaders({ [name]: one }), responseFields(new HttpHeaders({ vary: name })), 'shared') ?? [];
  expect(isSelected(selecting, new HttpHeaders({ [name]: other }))).toBe(expected);
});

test('what is stored gives no credentials away, and who sends what is stored is not taken for who sent the credentials', () => {
  const selecting =
    selectingFields(new HttpHeaders({ authorization: 'Bearer secret' }), responseFields(new HttpHeaders()), 'private') ?? [];
  expect(JSON.stringify(selecting)).not.toContain('secret');
  const [, digest] = selecting[0] ?? [];
  expect(isSelected(selecting, new HttpHeaders({ authorization: digest ?? '' }))).toBe(false);
});
