import { expect, test } from 'vitest';

import { readFlags } from './flags.ts';

const flags = {
  requests: { byDefault: 5_000, min: 1, max: 10_000, help: 'how many' },
  seed: { byDefault: 1, min: 0, max: 99, help: 'which ones' },
};

test.for([
  { args: [], requests: 5_000, seed: 1 },
  { args: ['--requests', '7'], requests: 7, seed: 1 },
  { args: ['--seed=0', '--requests=10000'], requests: 10_000, seed: 0 },
])('$args', ({ args, requests, seed }) => {
  const read = readFlags('demo', flags, args);
  expect(read.kind === 'values' && [read.valueOf('requests'), read.valueOf('seed')]).toEqual([requests, seed]);
});

test.for([
  [['--request', '7'], "Unknown option '--request'"],
  [['--requests', '0'], '--requests: expected a whole number from 1 to 10000'],
  [['--requests', '1.5'], '--requests: expected a whole number'],
  [['--requests', '1e3'], '--requests: expected a whole number'],
  [['--requests='], '--requests: expected a whole number'],
  [['--requests'], '--requests'],
  [['--seed', '-1'], '--seed'],
  [['7'], "Unexpected argument '7'"],
] as const)('%o is wrong, and the usage says what is right', ([args, message]) => {
  const read = readFlags('demo', flags, args);
  const text = read.kind === 'wrong' ? read.text : '';
  expect(text).toContain(message);
  expect(text).toContain('Usage: demo [flags]');
});

test.for(['--help', '-h'])('%s shows the usage', (flag) => {
  expect(readFlags('demo', flags, [flag])).toEqual({
    kind: 'help',
    text: [
      'Usage: demo [flags]',
      '',
      '  --requests <number>     how many (default 5000)',
      '  --seed <number>         which ones (default 1)',
      '  --help                  shows this',
    ].join('\n'),
  });
});
