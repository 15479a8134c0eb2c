import { expect, test } from 'vitest';

import { coloured, paintFor, plain } from './paint.ts';

test.for([
  { fact: 'a terminal has colours', isTTY: true, paint: coloured },
  { fact: 'a file has none', isTTY: false, paint: plain },
  { fact: 'a dumb terminal has none', isTTY: true, env: { TERM: 'dumb' }, paint: plain },
  { fact: 'NO_COLOR takes them away', isTTY: true, env: { NO_COLOR: '1' }, paint: plain },
  { fact: 'an empty NO_COLOR does not', isTTY: true, env: { NO_COLOR: '' }, paint: coloured },
  { fact: 'FORCE_COLOR gives them to a file', isTTY: false, env: { FORCE_COLOR: '1' }, paint: coloured },
  { fact: 'FORCE_COLOR=0 takes them away', isTTY: true, env: { FORCE_COLOR: '0' }, paint: plain },
  { fact: 'NO_COLOR is stronger than FORCE_COLOR', isTTY: true, env: { NO_COLOR: '1', FORCE_COLOR: '1' }, paint: plain },
  { fact: '--color is stronger than NO_COLOR', isTTY: false, asked: true, env: { NO_COLOR: '1' }, paint: coloured },
  { fact: '--no-color is stronger than FORCE_COLOR', isTTY: true, asked: false, env: { FORCE_COLOR: '1' }, paint: plain },
])('$fact', ({ asked, isTTY, env = {}, paint }) => {
  expect(paintFor(asked, { isTTY, env })).toBe(paint);
});

test('text has its colour, and the terminal its own again', () => {
  expect(coloured('red', '503')).toBe('\x1B[31m503\x1B[0m');
  expect(coloured('red', '')).toBe('');
});
