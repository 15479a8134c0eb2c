import { expect, test } from 'vitest';
import { readImports } from './read-imports.ts';

test.for([
  { fact: 'an import of values', source: `import { a } from './a.ts'`, isType: false, isReexport: false },
  { fact: 'an import of types', source: `import type { A } from './a.ts'`, isType: true, isReexport: false },
  { fact: 'an import of nothing but types, marked one by one', source: `import { type A } from './a.ts'`, isType: true, isReexport: false },
  { fact: 'an import of a value beside a type', source: `import { type A, b } from './a.ts'`, isType: false, isReexport: false },
  { fact: 'an import for its effects', source: `import './a.ts'`, isType: false, isReexport: false },
  { fact: 'a dynamic import', source: `const a = await import('./a.ts')`, isType: false, isReexport: false },
  { fact: 'a dynamic import inside a function', source: `function f() { return import('./a.ts') }`, isType: false, isReexport: false },
  { fact: 'a type that is an import', source: `type A = import('./a.ts').A`, isType: true, isReexport: false },
  { fact: 'export … from', source: `export { a } from './a.ts'`, isType: false, isReexport: true },
  { fact: 'export * from', source: `export * from './a.ts'`, isType: false, isReexport: true },
  { fact: 'export * as … from', source: `export * as a from './a.ts'`, isType: false, isReexport: true },
  { fact: 'export type … from', source: `export type { A } from './a.ts'`, isType: true, isReexport: true },
])('finds $fact', ({ source, isType, isReexport }) => {
  expect(readImports('b.ts', source)).toEqual([{ specifier: './a.ts', isType, isReexport }]);
});

test('an export of what was imported is a re-export, too', () => {
  const found = readImports('b.ts', `import { a } from './a.ts'; export { a }`);
  expect(found).toContainEqual({ specifier: './a.ts', isType: false, isReexport: true });
});

test('a dynamic import of an expression has no specifier', () => {
  expect(readImports('b.ts', 'await import(name)')).toEqual([{ specifier: undefined, isType: false, isReexport: false }]);
});

test('what looks like an import in a string or a comment is none', () => {
  expect(readImports('b.ts', `// import './a.ts'\nconst a = "import './a.ts'"`)).toEqual([]);
});

test('a file that cannot be parsed is named', () => {
  expect(() => readImports('b.ts', 'import {')).toThrow('b.ts: ');
});
