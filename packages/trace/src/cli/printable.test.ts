import { expect, test } from 'vitest';

import { printable } from './printable.ts';

test.for([
  { fact: 'text as it is', text: 'nginx/1.28 (Débian) → ok', shown: 'nginx/1.28 (Débian) → ok' },
  { fact: 'no escape sequence', text: '\x1B[2Jcleared', shown: '\\u{1b}[2Jcleared' },
  { fact: 'no control sequence of one byte', text: '\x9B2J', shown: '\\u{9b}2J' },
  { fact: 'one line', text: 'a\r\nb\u2028c', shown: 'a\\u{d}\\u{a}b\\u{2028}c' },
  { fact: 'no text that runs backwards', text: 'a\u202Eb', shown: 'a\\u{202e}b' },
  { fact: 'no half of a character', text: 'a\uD800', shown: 'a\\u{d800}' },
])('shows $fact', ({ text, shown }) => {
  expect(printable(text)).toBe(shown);
});

test('what is long is cut', () => {
  expect(printable('abcdef', 4)).toBe('abc…');
  expect(printable('abcd', 4)).toBe('abcd');
});
