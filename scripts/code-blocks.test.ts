import { expect, test } from 'vitest';

import { codeBlocks, treatment, type CodeBlock } from './code-blocks.ts';

test('finds the blocks of a document with their lines', () => {
  const text = [
    '# Title',
    '```ts',
    'const a = `x`;',
    '```',
    'text `inline`',
    '````md',
    '```ts',
    '```',
    '````',
    '```sh no',
    'npm test',
    '```',
  ].join('\n');
  expect(codeBlocks(text)).toEqual([
    { line: 2, language: 'ts', info: '', code: 'const a = `x`;\n' },
    { line: 6, language: 'md', info: '', code: '```ts\n```\n' },
    { line: 10, language: 'sh', info: 'no', code: 'npm test\n' },
  ]);
});

test('a block that is never closed is none', () => {
  expect(codeBlocks('```ts\nconst a = 1;')).toEqual([]);
});

function block(language: string, info = '', code = ''): CodeBlock {
  return { line: 1, language, info, code };
}

test.for([
  { fact: 'TypeScript runs', block: block('ts'), treatment: { kind: 'run' } },
  { fact: 'unless there is a reason not to', block: block('ts', 'no-run needs a key'), treatment: { kind: 'leave' } },
  {
    fact: 'npm scripts are looked up',
    block: block('sh', '', 'npm run demo\nnpm test -- x\nls\n'),
    treatment: { kind: 'check-commands', scripts: ['demo', 'test'] },
  },
  { fact: 'other languages are left alone', block: block('json'), treatment: { kind: 'leave' } },
])('$fact', ({ block: given, treatment: expected }) => expect(treatment(given)).toEqual(expected));

test.for(['no-run', 'norun because', 'x'])('refuses the info string %j', (info) => {
  expect(treatment(block('ts', info)).kind).toBe('refuse');
});
