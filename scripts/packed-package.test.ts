import { expect, test } from 'vitest';
import { entryPoints, packageProblems } from './packed-package.ts';

const manifest = {
  name: '@roundtripper/cache',
  exports: {
    '.': { types: './dist/index.d.ts', default: './dist/index.js' },
    './package.json': './package.json',
  },
  dependencies: { '@roundtripper/core': '^0.1.0' },
};
const files = { 'LICENSE': '', 'README.md': '', 'package.json': '', 'dist/index.js': '', 'dist/index.d.ts': 'export {}' };

function problems(moreFiles: Record<string, string>, changes: object = {}): readonly string[] {
  return packageProblems({ manifest: { ...manifest, ...changes }, files: new Map(Object.entries({ ...files, ...moreFiles })) });
}

test('a package of dist, LICENSE and README.md has no problem', () => {
  expect(problems({ 'CHANGELOG.md': '', 'dist/rules/freshness.js': '' })).toEqual([]);
});

test.for([
  { fact: 'a test', file: 'dist/index.test.js', problem: 'dist/index.test.js should not be published' },
  { fact: 'a source', file: 'src/index.ts', problem: 'src/index.ts should not be published' },
  { fact: 'build info', file: 'dist/.tsbuildinfo', problem: 'dist/.tsbuildinfo should not be published' },
])('$fact is not published', ({ file, problem }) => {
  expect(problems({ [file]: '' })).toEqual([problem]);
});

test('declarations do not mention zod, though the code may use it', () => {
  expect(problems({ 'dist/options.d.ts': "import type { ZodType } from 'zod';", 'dist/options.js': "import 'zod'" })).toEqual([
    'dist/options.d.ts mentions zod',
  ]);
});

test('what every package must have is named where it is missing', () => {
  expect(packageProblems({ manifest, files: new Map([['dist/index.js', '']]) })).toEqual([
    'LICENSE is missing',
    'README.md is missing',
    'package.json is missing',
    'exports["."].types is ./dist/index.d.ts, which is not packed',
    'exports["./package.json"].default is ./package.json, which is not packed',
  ]);
});

test.for([
  {
    fact: 'an export of a source that stays at home',
    changes: { exports: { '.': { source: './src/index.ts', default: './dist/index.js' } } },
    problem: 'exports["."].source is ./src/index.ts, which is not packed',
  },
  { fact: 'a package without exports', changes: { exports: undefined }, problem: 'package.json has no exports' },
  {
    fact: 'a range that only the workspace resolves',
    changes: { dependencies: { '@roundtripper/core': 'workspace:^' } },
    problem: 'package.json has a workspace: range, which only this workspace can resolve',
  },
])('$fact is a problem', ({ changes, problem }) => {
  expect(problems({}, changes)).toEqual([problem]);
});

test('the entry points are the exports that are code', () => {
  const exports = { ...manifest.exports, './redis': { default: './dist/redis.js' } };
  expect(entryPoints({ manifest: { ...manifest, exports } })).toEqual(['@roundtripper/cache', '@roundtripper/cache/redis']);
});
