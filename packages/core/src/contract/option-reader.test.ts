import { runInNewContext } from 'node:vm';

import { describe, expect, test } from 'vitest';

import { integerBetween, OptionReader } from './option-reader.ts';

/** What is made of the option `size`. */
function sizeIn(options: unknown): number {
  const reader = new OptionReader('box', options);
  const size = reader.read('size', 1, integerBetween(1, 9));
  reader.finish();
  return size;
}

class Box {
  readonly #size = 5;

  get size(): number {
    return this.#size;
  }
}

class Options {
  readonly size = 5;
}

test.for<{ fact: string; options: unknown }>([
  { fact: 'a literal', options: { size: 5 } },
  { fact: 'a frozen one', options: Object.freeze({ size: 5 }) },
  { fact: 'one without a prototype', options: Object.assign(Object.create(null), { size: 5 }) },
  { fact: 'a clone', options: structuredClone({ size: 5 }) },
  { fact: 'one of JSON', options: JSON.parse('{"size":5}') },
  { fact: 'one of another realm', options: runInNewContext('({ size: 5 })') },
  { fact: 'an instance of a class with options for fields', options: new Options() },
  { fact: 'one with a constructor of its own', options: { size: 5, constructor: undefined } },
])('$fact is an options object', ({ options }) => expect(sizeIn(options)).toBe(5));

describe('what is none is refused, and not taken for one without options', () => {
  test.for<{ fact: string; options: unknown; message: string }>([
    { fact: 'an instance of a class', options: new Box(), message: 'an options object, and not an instance of Box' },
    { fact: 'a Map', options: new Map([['size', 5]]), message: 'an options object, and not an instance of Map' },
    { fact: 'what inherits options', options: Object.create({ size: 5 }), message: 'an options object' },
    { fact: 'an array', options: [], message: 'expected an object' },
    { fact: 'a function', options: () => {}, message: 'expected an object' },
    { fact: 'null', options: null, message: 'expected an object' },
  ])('$fact', ({ options, message }) => {
    expect(() => sizeIn(options)).toThrow(TypeError);
    expect(() => sizeIn(options)).toThrow(message);
  });
});

test('every problem is named', () => {
  expect(() => sizeIn({ size: 10, colour: 'red' })).toThrow(
    'invalid box options: size: expected an integer from 1 to 9; unknown option "colour"',
  );
});
