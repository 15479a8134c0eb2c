import { expect, test } from 'vitest';
import { codeBlocks, useOf } from './code-blocks.ts';

const block = { language: 'ts', info: '', line: 1, code: '' };

test.for([
  { fact: 'a block', markdown: 'text\n```ts\na();\n```\nmore', found: [{ language: 'ts', info: '', line: 3, code: 'a();\n' }] },
  {
    fact: 'the info string',
    markdown: '```ts no-run needs root\na();\n```',
    found: [{ ...block, info: 'no-run needs root', line: 2, code: 'a();\n' }],
  },
  {
    fact: 'an indented block, without its indent',
    markdown: '- x\n  ```ts\n  a(\n    b);\n  ```',
    found: [{ ...block, line: 3, code: 'a(\n  b);\n' }],
  },
  {
    fact: 'a longer fence around a shorter one',
    markdown: '````md\n```ts\n```\n````',
    found: [{ language: 'md', info: '', line: 2, code: '```ts\n```\n' }],
  },
  { fact: 'a fence of tildes', markdown: '~~~ts\na();\n~~~', found: [{ ...block, line: 2, code: 'a();\n' }] },
  { fact: 'a block that is never closed', markdown: '```ts\na();', found: [{ ...block, line: 2, code: 'a();\n' }] },
  { fact: 'an empty block', markdown: '```ts\n```', found: [{ ...block, line: 2, code: '\n' }] },
  { fact: 'a block with no language', markdown: '```\nx\n```', found: [{ language: '', info: '', line: 2, code: 'x\n' }] },
  { fact: 'no block in a line of code', markdown: 'use ```ts``` here\n`a`', found: [] },
  { fact: 'lines that end as on Windows', markdown: '```ts\r\na();\r\n```\r\n', found: [{ ...block, line: 2, code: 'a();\n' }] },
])('finds $fact', ({ markdown, found }) => {
  expect(codeBlocks(markdown)).toEqual(found);
});

test('finds every block of a document', () => {
  expect(codeBlocks('```ts\na\n```\n\n```sh\nb\n```').map(({ language, line }) => [language, line])).toEqual([
    ['ts', 2],
    ['sh', 6],
  ]);
});

test.for([
  { fact: 'ts is run', language: 'ts', use: { kind: 'run' } },
  { fact: 'no-run with its reason is compiled', info: 'no-run needs a proxy', use: { kind: 'compile', reason: 'needs a proxy' } },
  { fact: 'no-run needs a reason', info: 'no-run', use: { kind: 'wrong', message: 'is not run for no reason: say why after no-run' } },
  { fact: 'a flag that is mistyped is an error', info: 'norun x', use: { kind: 'wrong', message: 'has the unknown flag norun' } },
  { fact: 'JavaScript is an error', language: 'js', use: { kind: 'wrong', message: 'is in js: write ts or sh, so that it is checked' } },
  { fact: 'a diagram is left alone', language: '', use: { kind: 'ignore' } },
  { fact: 'JSON is left alone', language: 'json', use: { kind: 'ignore' } },
  {
    fact: 'sh names its scripts',
    language: 'sh',
    code: 'npm run demo\nnpm test -- x\n',
    use: { kind: 'shell', scripts: ['demo', 'test'] },
  },
  { fact: 'sh may chain commands', language: 'sh', code: 'cd x && npm run check\n', use: { kind: 'shell', scripts: ['check'] } },
  { fact: 'an install names no script', language: 'sh', code: 'npm install @roundtripper/core\n', use: { kind: 'shell', scripts: [] } },
])('$fact', ({ use, ...given }) => {
  expect(useOf({ ...block, ...given })).toEqual(use);
});
