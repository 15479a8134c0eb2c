import { expect, test } from 'vitest';

import { bar } from './bar.ts';

test.for([
  { fact: 'all of the line', from: 0, to: 1, width: 4, drawn: '████' },
  { fact: 'its first half', from: 0, to: 0.5, width: 4, drawn: '██' },
  { fact: 'its second half', from: 0.5, to: 1, width: 4, drawn: '  ██' },
  { fact: 'to an eighth of a cell', from: 0, to: 0.28, width: 4, drawn: '█▏' },
  { fact: 'what is next to nothing as an eighth', from: 0.5, to: 0.500_1, width: 4, drawn: '  ▏' },
  { fact: 'what is next to nothing at the end within the line', from: 0.999_99, to: 1, width: 4, drawn: '   ▏' },
  { fact: 'what begins at the end within the line', from: 1, to: 1.1, width: 4, drawn: '   ▍' },
  { fact: 'what is short as short, wherever in a cell it is', from: 0.22, to: 0.24, width: 4, drawn: ' ▏' },
  { fact: 'what is longer than the line within the line', from: 0.5, to: 3, width: 4, drawn: '████' },
  { fact: 'nothing as nothing', from: 0.5, to: 0.5, width: 4, drawn: '' },
  { fact: 'what cannot be told (0 / 0) as nothing', from: 0 / 0, to: 0 / 0, width: 4, drawn: '' },
])('draws $fact', ({ from, to, width, drawn }) => {
  expect(bar(from, to, width)).toBe(drawn);
});
