import { inspect } from 'node:util';

import * as fc from 'fast-check';
import { describe, expect, expectTypeOf, test } from 'vitest';

import { HttpHeaders } from './http-headers.ts';

type Pairs = [string, string][];

/** What a WHATWG program can see of headers. */
function seen(headers: Headers | HttpHeaders): unknown {
  const each: unknown[] = [];
  headers.forEach((value, name) => each.push([name, value]));
  return { entries: [...headers], keys: [...headers.keys()], values: [...headers.values()], cookies: headers.getSetCookie(), each };
}

function outcome(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    return error instanceof TypeError ? 'TypeError' : error;
  }
}

describe('from fields that are split already', () => {
  const fields: readonly string[] = Object.freeze([':status', '200', 'x-b', '1', 'set-cookie', 'a=b', 'x-b', '2']);

  test('are as if they had been read from lines, without pseudo-fields', () => {
    const headers = HttpHeaders.fromFields(fields);
    expect(seen(headers)).toEqual(seen(HttpHeaders.fromChecked('x-b: 1\r\nset-cookie: a=b\r\nx-b: 2\r\n')));
    expect(headers.size).toBe(3);
    expect(HttpHeaders.fromFields(fields).get('X-B')).toBe('1, 2');
    expect([...HttpHeaders.fromFields(fields).fields()]).toEqual([
      ['x-b', '1'],
      ['set-cookie', 'a=b'],
      ['x-b', '2'],
    ]);
  });

  test('cannot be changed, but copied before and after they were looked at', () => {
    const headers = HttpHeaders.fromFields(fields);
    expect(() => headers.append('a', 'b')).toThrow(TypeError);
    const copies = [new HttpHeaders(headers), new HttpHeaders(headers.has('x-b') ? headers : [])];
    for (const copy of copies) {
      copy.set('X-B', '3');
      expect(copy.get('x-b')).toBe('3');
    }
    expect(headers.get('x-b')).toBe('1, 2');
    expect(fields).toHaveLength(8);
  });
});

describe('against the global Headers', () => {
  test.for<{ fact: string; pairs: Pairs }>([
    { fact: 'nothing', pairs: [] },
    {
      fact: 'names in several cases are one',
      pairs: [
        ['Accept', 'a'],
        ['ACCEPT', 'b'],
        ['accept', 'c'],
      ],
    },
    {
      fact: 'set-cookie is never joined',
      pairs: [
        ['Set-Cookie', 'a=1'],
        ['X', '1'],
        ['set-cookie', 'b=2'],
      ],
    },
    {
      fact: 'names are sorted',
      pairs: [
        ['z', '1'],
        ['a', '2'],
        ['m', '3'],
        ['A', '4'],
      ],
    },
    { fact: 'space around a value is dropped', pairs: [['a', ' \t x y \r\n']] },
    {
      fact: 'an empty value stays',
      pairs: [
        ['a', ''],
        ['a', ''],
      ],
    },
    { fact: 'latin-1 is allowed', pairs: [['a', 'caf\u00e9 \u00ff']] },
    { fact: 'a name may be any token', pairs: [["!#$%&'*+-.^_`|~09azAZ", 'x']] },
    { fact: 'a name with a space is refused', pairs: [['a b', 'x']] },
    { fact: 'a name with a colon is refused', pairs: [['a:', 'x']] },
    { fact: 'an empty name is refused', pairs: [['', 'x']] },
    { fact: 'a name beyond ASCII is refused', pairs: [['n\u00e4me', 'x']] },
    { fact: 'CR in a value is refused', pairs: [['a', 'x\ry']] },
    { fact: 'LF in a value is refused', pairs: [['a', 'x\ny']] },
    { fact: 'NUL in a value is refused', pairs: [['a', 'x\0y']] },
    { fact: 'U+0100 in a value is refused', pairs: [['a', 'x\u0100y']] },
    {
      fact: '__proto__ is a name like another',
      pairs: [
        ['__proto__', 'x'],
        ['constructor', 'y'],
      ],
    },
  ])('$fact', ({ pairs }) => {
    expect(outcome(() => seen(new HttpHeaders(pairs)))).toEqual(outcome(() => seen(new Headers(pairs))));
  });

  test.for<{ fact: string; init: unknown }>([
    { fact: 'null is refused', init: null },
    { fact: 'a number is refused', init: 5 },
    { fact: 'a pair of one is refused', init: [['a']] },
    { fact: 'a pair of three is refused', init: [['a', 'b', 'c']] },
    { fact: 'a flat list of names and values is refused', init: ['host', 'example.com'] },
    { fact: 'two letters are not a pair', init: ['ab'] },
    {
      fact: 'an iterable that throws passes its error on',
      init: {
        [Symbol.iterator]: () => {
          throw new TypeError('mine');
        },
      },
    },
    { fact: 'a symbol as a value is refused', init: { a: Symbol('secret') } },
    { fact: 'a number as a value becomes text', init: { a: 5 } },
    { fact: 'null as a value becomes text', init: { a: null } },
    { fact: 'a Map is pairs', init: new Map([['a', '1']]) },
    { fact: 'a value is asked for its text', init: { a: { toString: () => 'text' } } },
    { fact: 'a record without a prototype', init: Object.assign(Object.create(null), { a: '1', B: '2' }) },
    { fact: 'a proxy of a record', init: new Proxy({ a: '1' }, {}) },
  ])('from an odd source: $fact', ({ init }) => {
    const make = (Class: typeof Headers | typeof HttpHeaders): unknown => {
      const made: unknown = Reflect.construct(Class, [init]);
      if (!(made instanceof Headers || made instanceof HttpHeaders)) throw new Error('made something else');
      return seen(made);
    };
    expect(outcome(() => make(HttpHeaders))).toEqual(outcome(() => make(Headers)));
  });

  test('a string is refused', () => {
    expect((): unknown => Reflect.construct(HttpHeaders, ['a: b'])).toThrow('invalid headers of type string');
  });

  test('any sequence of operations shows the same', () => {
    // No control characters but these three: RFC 9110 §5.5 forbids the others too, and WHATWG does not.
    const unit = fc.constantFrom('a', 'b', ',', ' ', '\t', '\r', '\n', '\0', '\u00e9', '\u00ff', '\u0100', '😀');
    const text = fc.string({ unit, maxLength: 6 });
    const name = fc.oneof(fc.constantFrom('a', 'A', 'b', 'Set-Cookie', 'set-cookie', 'x-y'), fc.string({ maxLength: 3 }));
    const value = fc.oneof(fc.constantFrom('', 'v', ' v '), text);
    const operation = fc.oneof(
      fc.record({ kind: fc.constantFrom('append', 'set'), name, value }),
      fc.record({ kind: fc.constant('delete'), name, value }),
    );
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 12 }), fc.array(name), (operations, asked) => {
        const ours = new HttpHeaders();
        const theirs = new Headers();
        for (const one of operations) {
          const apply = (headers: Headers | HttpHeaders): unknown => {
            if (one.kind === 'delete') return headers.delete(one.name);
            return one.kind === 'set' ? headers.set(one.name, one.value) : headers.append(one.name, one.value);
          };
          expect(outcome(() => apply(ours))).toEqual(outcome(() => apply(theirs)));
        }
        expect(seen(ours)).toEqual(seen(theirs));
        for (const one of asked) {
          // A name that no field can have is not there; WHATWG's throws.
          const expected = outcome(() => [theirs.get(one), theirs.has(one)]);
          expect([ours.get(one), ours.has(one)]).toEqual(expected === 'TypeError' ? [null, false] : expected);
        }
      }),
      { numRuns: 300 },
    );
  });

  test('each can be made of the other', () => {
    const pairs: Pairs = [
      ['b', '1'],
      ['Set-Cookie', 'x'],
      ['set-cookie', 'y'],
      ['a', '2'],
    ];
    expect(seen(new HttpHeaders(new Headers(pairs)))).toEqual(seen(new Headers(pairs)));
    expect(seen(new Headers(new HttpHeaders(pairs)))).toEqual(seen(new Headers(pairs)));
  });

  test('forEach calls with its this and the headers', () => {
    const headers = new HttpHeaders({ a: '1' });
    const self = { calls: 0 };
    headers.forEach(function check(this: typeof self, value, name, all) {
      this.calls++;
      expect([value, name, all]).toEqual(['1', 'a', headers]);
    }, self);
    expect(self.calls).toBe(1);
  });
});

describe('on the wire', () => {
  test('order and case stay as they were given', () => {
    const headers = new HttpHeaders([
      ['X-B', '1'],
      ['a', '2'],
      ['x-b', '3'],
    ]);
    expect([...headers.fields()]).toEqual([
      ['X-B', '1'],
      ['a', '2'],
      ['x-b', '3'],
    ]);
    expect(headers.size).toBe(3);
    const visited: string[][] = [];
    headers.visit((name, lower, value) => visited.push([name, lower, value]));
    expect(visited).toEqual([
      ['X-B', 'x-b', '1'],
      ['a', 'a', '2'],
      ['x-b', 'x-b', '3'],
    ]);
  });

  test('set takes the place of the first and drops the others', () => {
    const headers = new HttpHeaders([
      ['a', '1'],
      ['b', '2'],
      ['A', '3'],
      ['c', '4'],
    ]);
    headers.set('A', '5');
    expect([...headers.fields()]).toEqual([
      ['A', '5'],
      ['b', '2'],
      ['c', '4'],
    ]);
  });

  test('an array in a record stands for several fields, undefined for none', () => {
    const headers = new HttpHeaders({ a: ['1', '2'], b: undefined, c: [], d: 4 });
    expect([...headers.fields()]).toEqual([
      ['a', '1'],
      ['a', '2'],
      ['d', '4'],
    ]);
    expect(headers.getAll('A')).toEqual(['1', '2']);
  });

  test('a getter in a record is read once', () => {
    let reads = 0;
    const record = {
      get a() {
        reads++;
        return reads === 1 ? 'good' : 'bad\r\nx: y';
      },
    };
    expect(new HttpHeaders(record).get('a')).toBe('good');
    expect(reads).toBe(1);
  });

  test('symbols in a record are no fields', () => {
    expect(new HttpHeaders(Object.assign({ a: '1' }, { [Symbol('b')]: '2' })).size).toBe(1);
  });
});

describe('what is refused', () => {
  test.for([
    { fact: 'CR', value: 'secret\rvalue' },
    { fact: 'LF', value: 'secret\nvalue' },
    { fact: 'CRLF and a field', value: 'secret\r\nx-forged: value' },
    { fact: 'NUL', value: 'secret\0value' },
    { fact: 'DEL', value: 'secret\x7fvalue' },
    { fact: 'ESC', value: 'secret\x1bvalue' },
    { fact: 'a character beyond latin-1', value: 'secret\u010avalue' },
    { fact: 'an emoji', value: 'secret😀value' },
  ])('$fact in a value, with the name in the message and never the value', ({ value }) => {
    for (const run of [
      () => new HttpHeaders({ 'x-token': value }),
      () => new HttpHeaders([['x-token', value]]),
      () => new HttpHeaders().set('x-token', value),
      () => new HttpHeaders().append('x-token', value),
    ]) {
      let error: unknown;
      try {
        run();
      } catch (thrown) {
        error = thrown;
      }
      expect(error).toBeInstanceOf(TypeError);
      expect(String(error)).toContain('x-token');
      expect(String(error)).not.toContain('secret');
      expect(String(error)).not.toContain('value"');
    }
  });

  test('a refused value leaves the headers as they were', () => {
    const headers = new HttpHeaders({ a: '1' });
    expect(() => headers.set('a', 'x\ny')).toThrow(TypeError);
    expect(() => headers.append('b', 'x\ny')).toThrow(TypeError);
    expect([...headers]).toEqual([['a', '1']]);
  });

  test('a polluted Object.prototype adds nothing', () => {
    // oxlint-disable-next-line no-extend-native -- the attack that this test is about
    Object.defineProperty(Object.prototype, 'x-polluted', { value: 'yes', enumerable: true, configurable: true, writable: true });
    try {
      expect([...new HttpHeaders({ a: '1' }).keys()]).toEqual(['a']);
      expect(new HttpHeaders({ a: '1' }).has('x-polluted')).toBe(false);
    } finally {
      Reflect.deleteProperty(Object.prototype, 'x-polluted');
    }
  });
});

describe('read-only headers', () => {
  test('cannot be changed, and say how to', () => {
    const headers = HttpHeaders.readOnly({ a: '1' });
    for (const change of [
      () => headers.set('a', '2'),
      () => headers.append('b', '2'),
      () => headers.delete('a'),
      () => headers.delete('b'),
    ]) {
      expect(change).toThrow(TypeError);
      expect(change).toThrow('new HttpHeaders(headers)');
    }
    expect([...headers]).toEqual([['a', '1']]);
  });

  test('are not copied when they are read-only already', () => {
    const headers = HttpHeaders.readOnly({ a: '1' });
    expect(HttpHeaders.readOnly(headers)).toBe(headers);
    expect(HttpHeaders.readOnly(undefined)).toBe(HttpHeaders.readOnly(undefined));
  });

  test('are copied when they could change', () => {
    const mine = new HttpHeaders({ a: '1' });
    const fixed = HttpHeaders.readOnly(mine);
    mine.set('a', '2');
    expect(fixed.get('a')).toBe('1');
  });

  test('have copies that can be changed, and do not follow them', () => {
    const fixed = HttpHeaders.fromChecked('A: 1\r\nB: 2\r\n');
    const copy = new HttpHeaders(fixed);
    copy.append('c', '3');
    copy.delete('a');
    expect([...copy.fields()]).toEqual([
      ['B', '2'],
      ['c', '3'],
    ]);
    expect([...fixed.fields()]).toEqual([
      ['A', '1'],
      ['B', '2'],
    ]);
  });
});

describe('headers of a peer', () => {
  test.for<{ fact: string; lines: string; fields: Pairs }>([
    { fact: 'none', lines: '', fields: [] },
    {
      fact: 'whitespace around the value is dropped',
      lines: 'A: 1\r\nB:2\r\nC: \t 3 \r\n',
      fields: [
        ['A', '1'],
        ['B', '2'],
        ['C', '3'],
      ],
    },
    {
      fact: 'a value may be empty',
      lines: 'A:\r\nB: \r\n',
      fields: [
        ['A', ''],
        ['B', ''],
      ],
    },
    { fact: 'a value may hold a colon', lines: 'A: b:c:d\r\n', fields: [['A', 'b:c:d']] },
    {
      fact: 'the last line may lack its end',
      lines: 'A: 1\r\nB: 2',
      fields: [
        ['A', '1'],
        ['B', '2'],
      ],
    },
    { fact: 'a line without a colon ends them', lines: 'A: 1\r\n\r\n', fields: [['A', '1']] },
  ])('$fact', ({ lines, fields }) => {
    const headers = HttpHeaders.fromChecked(lines);
    expect([...headers.fields()]).toEqual(fields);
    expect(headers.size).toBe(fields.length);
  });

  test('are the same whatever is asked first', () => {
    for (const ask of [
      (headers: HttpHeaders) => headers.get('b'),
      (headers: HttpHeaders) => headers.has('b'),
      (headers: HttpHeaders) => headers.getAll('b'),
      (headers: HttpHeaders) => new HttpHeaders(headers).get('b'),
    ]) {
      const headers = HttpHeaders.fromChecked('A: 1\r\nB: 2\r\n');
      ask(headers);
      expect([...headers]).toEqual([
        ['a', '1'],
        ['b', '2'],
      ]);
    }
  });
});

describe('names that were seen before', () => {
  const alphabet = fc.constantFrom('a', 'A', 'b', 'B', '-', 'x', 'Z', '1');
  const name = fc.string({ unit: alphabet, minLength: 1, maxLength: 3 });

  test('are not taken for others that share their place', () => {
    const property = fc.property(fc.array(name, { maxLength: 40 }), (names) => {
      const lines = names.map((one) => `${one}: ${one}\r\n`).join('');
      expect([...HttpHeaders.fromChecked(lines).fields()]).toEqual(names.map((one) => [one, one]));
    });
    fc.assert(property);
  });

  test('in another case, at another place of a text, longer and shorter by one, and too long to be remembered', () => {
    const long = 'X-'.padEnd(200, 'y');
    for (const one of ['Date', 'DATE', 'date', 'Dat', 'Dates', long, `${long}y`, 'DaTe', 'Date']) {
      const headers = HttpHeaders.fromChecked(`${one}: 1\r\nB: 2\r\n`);
      const lower = one.toLowerCase();
      expect([...headers.keys()]).toEqual(lower < 'b' ? [lower, 'b'] : ['b', lower]);
      expect([headers.get(one), headers.get('date')]).toEqual(['1', lower === 'date' ? '1' : null]);
    }
  });

  test.for([
    { fact: 'a name is no beginning of another', asked: 'a', value: '3' },
    { fact: 'nor is another its beginning', asked: 'ab', value: '2' },
    { fact: 'a value that looks like a line is none', asked: 'b', value: null },
    { fact: 'a name does not reach into its value', asked: 'x: ab', value: null },
    { fact: 'a line without an end counts', asked: 'last', value: '4, 5' },
    { fact: 'the empty text is no name', asked: '', value: null },
    { fact: 'characters that differ as the cases of a letter do are two all the same', asked: '^', value: null },
  ])('asked first: $fact', ({ asked, value }) => {
    const headers = HttpHeaders.fromChecked('X: ab: 1\r\nAB: 2\r\nA: 3\r\n~: 6\r\nLAST: 4\r\nX: b:1\r\nLast:5');
    expect([headers.get(asked), headers.get(asked)]).toEqual([value, value]);
  });
});

describe('however the fields are held', () => {
  const name = fc.constantFrom('A', 'a', 'B-c', 'Date', 'set-cookie');
  const value = fc.constantFrom('', '1', 'two words', 'x:y', '"é"');
  const change = fc.oneof(
    fc.record({ kind: fc.constantFrom('append' as const, 'set' as const, 'appended' as const), name, value }),
    fc.record({ kind: fc.constantFrom('delete' as const, 'get' as const, 'has' as const, 'without' as const), name }),
    fc.record({ kind: fc.constantFrom('copy' as const, 'compact' as const) }),
  );
  type Change = typeof change extends fc.Arbitrary<infer T> ? T : never;

  /** @param told What was said on the way. */
  function changed(headers: HttpHeaders, step: Change, told: unknown[]): HttpHeaders {
    switch (step.kind) {
      case 'append':
      case 'set':
        headers[step.kind](step.name, step.value);
        return headers;
      case 'appended':
        return new HttpHeaders(headers.appended(step.name, step.value));
      case 'delete':
        headers.delete(step.name);
        return headers;
      case 'get':
      case 'has':
        told.push(headers[step.kind](step.name));
        return headers;
      case 'without':
        return headers.without(new Set([step.name.toLowerCase()]));
      case 'compact':
        return new HttpHeaders(headers.compact());
      default:
        return new HttpHeaders(headers);
    }
  }

  test('as text, as names and values, or as a list, they are the same after the same changes', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(name, value), { maxLength: 6 }), fc.array(change, { maxLength: 12 }), (pairs, steps) => {
        const text = pairs.map(([one, of]) => `${one}: ${of}\r\n`).join('');
        const held = [new HttpHeaders(pairs), new HttpHeaders(HttpHeaders.fromChecked(text)), new HttpHeaders(pairs).compact()];
        const [list, ...others] = held.map((headers) => {
          const told: unknown[] = [];
          const after = steps.reduce((before, step) => changed(before, step, told), new HttpHeaders(headers));
          const wire = [...after.fields()];
          return { told, wire, bytes: after.byteLength, compact: [...after.compact().fields()], compactBytes: after.compact().byteLength };
        });
        expect(list?.compact).toEqual(list?.wire);
        expect([list?.bytes, list?.compactBytes]).toEqual(Array.from({ length: 2 }, () => bytesOnTheWire(list?.wire ?? [])));
        for (const other of others) expect(other).toEqual(list);
      }),
    );
  });

  test('headers of HTTP/2 are counted as HTTP/1.1 would write them', () => {
    expect(HttpHeaders.fromFields([':status', '200', 'a', '1']).byteLength).toBe('a: 1\r\n'.length);
    expect(HttpHeaders.fromFields(['a', '1', 'b', '22']).compact().byteLength).toBe('a: 1\r\nb: 22\r\n'.length);
  });

  test('with one more: another, which cannot be changed, and neither is what it was made of', () => {
    const fields: readonly string[] = Object.freeze(['a', '1']);
    for (const headers of [new HttpHeaders({ a: '1' }), HttpHeaders.fromChecked('a: 1\r\n'), HttpHeaders.fromFields(fields)]) {
      const more = headers.appended('B', '2').appended('B', '3');
      expect([more.get('b'), headers.has('b'), headers.size, more.byteLength]).toEqual([
        '2, 3',
        false,
        1,
        'a: 1\r\nB: 2\r\nB: 3\r\n'.length,
      ]);
      expect(() => more.append('c', '4')).toThrow(/read-only/);
    }
  });

  test('their text is what HTTP/1.1 would write, and they can be made of it again', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(name, value), { maxLength: 6 }), (pairs) => {
        const text = pairs.map(([one, of]) => `${one}: ${of}\r\n`).join('');
        for (const headers of [new HttpHeaders(pairs), HttpHeaders.fromChecked(text), HttpHeaders.readOnly(pairs).compact()]) {
          expect(headers.toText()).toBe(text);
          expect([...HttpHeaders.fromText(headers.toText()).fields()]).toEqual([...headers.fields()]);
        }
      }),
    );
    expect(HttpHeaders.fromFields([':status', '200', 'a', '1']).toText()).toBe('a: 1\r\n');
    expect(() => HttpHeaders.fromText('a: 1\r\n').append('b', '2')).toThrow(/read-only/);
  });

  test.each([
    'a: 1',
    'a: 1\n',
    'a: 1\r',
    'a: 1\r\n\r\n',
    '\r\n',
    'a\r\n',
    ': 1\r\n',
    'a : 1\r\n',
    ' a: 1\r\n',
    'a: 1\r\n b\r\n',
    'a: \u0000\r\n',
    'a: \u007f\r\n',
    'a: \u0100\r\n',
    'a: 1\r\nb',
  ])('%j is no text of headers', (text) => {
    expect(() => HttpHeaders.fromText(text)).toThrow(
      new TypeError('invalid headers: expected lines of a name, a colon and a value, each ended by CRLF'),
    );
  });

  test('a text of headers may be long, and a megabyte that is none is refused in time that grows with its length', () => {
    for (const piece of ['a', 'a: ', 'a: 1\r\n', 'a: 1\r']) {
      const text = `${piece.repeat(1_048_576 / piece.length)}\u0000`;
      expect(() => HttpHeaders.fromText(text)).toThrow(TypeError);
    }
    expect(HttpHeaders.fromText('a: 1\r\n'.repeat(3_000_000)).byteLength).toBe(18_000_000);
  });

  test('a name is found the second time as it is the first, whatever its letters', () => {
    for (const [asked, found] of [
      ['\u{212a}eep-alive', 'x'],
      ['\u{17f}erver', null],
      ['\u{14b}eep-alive', null],
    ] as const) {
      const headers = HttpHeaders.fromChecked('Keep-Alive: x\r\nServer: y\r\n');
      expect([headers.get(asked), headers.get(asked), headers.has(asked)]).toEqual([found, found, found !== null]);
    }
  });

  test('what is appended is checked, whatever was appended before', () => {
    const headers = HttpHeaders.fromChecked('a: 1\r\n');
    for (const [field, of] of [
      ['B', '2\r\nC: 3'],
      ['B: 2\r\nC', '3'],
      ['', '2'],
      ['', ''],
      ['B', '\u{100}'],
    ] as const) {
      for (let time = 0; time < 2; time++) {
        expect([...headers.appended('B', '2').keys()]).toEqual(['a', 'b']);
        expect(() => headers.appended(field, of)).toThrow(TypeError);
      }
    }
    expect(headers.appended('B', ' 2\t').get('b')).toBe(new HttpHeaders([['B', ' 2\t']]).get('b'));
  });

  test('without some names: a copy that can be changed', () => {
    const headers = HttpHeaders.fromChecked('A: 1\r\nB: 2\r\na: 3\r\n');
    const rest = headers.without(new Set(['a']));
    rest.append('C', '4');
    expect([[...rest.fields()], headers.size]).toEqual([
      [
        ['B', '2'],
        ['C', '4'],
      ],
      3,
    ]);
  });

  test('without some names, whatever white space stands around the values', () => {
    const space = fc.constantFrom('', ' ', '  ', '\t');
    const line = fc.record({ name, before: space, value: fc.constantFrom('', '1', 'x:y'), after: space });
    const property = fc.property(fc.array(line, { maxLength: 6 }), fc.subarray(['a', 'b-c', 'date']), (lines, names) => {
      const headers = HttpHeaders.fromChecked(lines.map((one) => `${one.name}:${one.before}${one.value}${one.after}\r\n`).join(''));
      const rest = headers.without(new Set(names));
      const expected = lines.filter((one) => !names.includes(one.name.toLowerCase())).map((one) => [one.name, one.value]);
      expect([[...rest.fields()], [...new HttpHeaders(rest.compact()).fields()]]).toEqual([expected, expected]);
    });
    fc.assert(property, { numRuns: 500 });
  });

  test('compact headers are read-only', () => {
    expect(() => new HttpHeaders({ a: '1' }).compact().append('b', '2')).toThrow('read-only');
  });
});

function bytesOnTheWire(wire: readonly (readonly [string, string])[]): number {
  return wire.map(([name, value]) => `${name}: ${value}\r\n`).join('').length;
}

test('what is printed holds names and no values', () => {
  const headers = new HttpHeaders({ 'Authorization': 'Bearer secret', 'x-b': 'secret' });
  for (const printed of [inspect(headers), inspect({ headers }, { depth: 9, showHidden: true }), JSON.stringify(headers)]) {
    expect(printed).not.toContain('secret');
  }
  expect(inspect(headers)).toBe('HttpHeaders { authorization, x-b }');
});

test('the types are those of Headers', () => {
  expectTypeOf<HttpHeaders>().toExtend<Headers>();
  expectTypeOf<Headers>().toExtend<ConstructorParameters<typeof HttpHeaders>[0]>();
  expectTypeOf<NodeJS.Dict<string | string[]>>().toExtend<ConstructorParameters<typeof HttpHeaders>[0]>();
});

test('a name is found whatever was asked for before it, of names that are remembered in one place too', () => {
  const names = ['If-Match', 'If-Range', 'Content-Location', 'Content-Language', '__proto__', 'constructor', '1', 'X'.repeat(100)];
  for (const headers of [
    new HttpHeaders(names.map((name) => [name, name] as const)),
    HttpHeaders.fromChecked(names.map((name) => `${name}: ${name}\r\n`).join('')),
  ]) {
    for (const asked of [names, names.map((name) => name.toLowerCase()), names.toReversed(), names.map((name) => name.toUpperCase())]) {
      expect(asked.map((name) => headers.get(name)?.toLowerCase())).toEqual(asked.map((name) => name.toLowerCase()));
      expect(asked.every((name) => headers.has(name) && !headers.has(`${name}x`))).toBe(true);
    }
    expect([...headers.fields()].map(([name]) => name)).toEqual(names);
  }
});
