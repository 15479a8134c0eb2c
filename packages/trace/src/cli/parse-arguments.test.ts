import { expect, test } from 'vitest';

import { parseArguments } from './parse-arguments.ts';
import type { Plan } from './plan.ts';
import { USAGE } from './usage.ts';

const url = 'http://127.0.0.1:8080/';

const byDefault: Plan = {
  url,
  method: undefined,
  headers: [],
  data: undefined,
  requests: 1,
  concurrency: 1,
  timeoutMs: 30_000,
  protocol: 'any',
  isInsecure: false,
  keepsAlive: true,
  proxy: { kind: 'environment' },
  unixPath: undefined,
  harFile: undefined,
  htmlFile: undefined,
  failsOnStatus: false,
  report: 'text',
  showsAllHeaders: false,
  isQuiet: false,
  colour: undefined,
};

test.for<{ args: string[]; plan: Partial<Plan> }>([
  { args: [url], plan: {} },
  { args: ['example.com'], plan: { url: 'http://example.com' } },
  { args: ['localhost:8080/a?b=://'], plan: { url: 'http://localhost:8080/a?b=://' } },
  { args: ['HTTPS://example.com'], plan: { url: 'HTTPS://example.com' } },
  { args: [url, '-n', '1000000', '-c', '1000'], plan: { requests: 1_000_000, concurrency: 1_000 } },
  { args: ['--requests=5', '--concurrency=2', url], plan: { requests: 5, concurrency: 2 } },
  { args: ['-n5', url], plan: { requests: 5 } },
  { args: [url, '-X', 'PUT', '-d', 'a=b'], plan: { method: 'PUT', data: { kind: 'text', text: 'a=b' } } },
  { args: [url, '-d', '@body.json'], plan: { data: { kind: 'file', path: 'body.json' } } },
  {
    args: [url, '-H', 'Accept: text/html', '--header', 'X-Time:12:30 ', '-H', 'User-Agent:'],
    plan: {
      headers: [
        ['Accept', 'text/html'],
        ['X-Time', '12:30'],
        ['User-Agent', ''],
      ],
    },
  },
  { args: [url, '--http2'], plan: { protocol: 'http2' } },
  { args: [url, '--http1.1'], plan: { protocol: 'http1' } },
  { args: [url, '--insecure'], plan: { isInsecure: true } },
  { args: [url, '-k', '--no-keepalive'], plan: { isInsecure: true, keepsAlive: false } },
  { args: [url, '--timeout', '0'], plan: { timeoutMs: 0 } },
  { args: [url, '--proxy', 'http://proxy:3128'], plan: { proxy: { kind: 'url', url: 'http://proxy:3128' } } },
  { args: [url, '--no-proxy'], plan: { proxy: { kind: 'none' } } },
  { args: [url, '--unix', '/run/app.sock'], plan: { unixPath: '/run/app.sock', proxy: { kind: 'none' } } },
  { args: [url, '--har', 'a.har', '--html', 'a.html'], plan: { harFile: 'a.har', htmlFile: 'a.html' } },
  { args: [url, '-f', '-i'], plan: { failsOnStatus: true, showsAllHeaders: true } },
  { args: [url, '--json'], plan: { report: 'json' } },
  { args: [url, '-q'], plan: { report: 'none', isQuiet: true } },
  { args: [url, '-q', '--json'], plan: { report: 'json', isQuiet: true } },
  { args: [url, '--color'], plan: { colour: true } },
  { args: [url, '--no-color'], plan: { colour: false } },
])('$args', ({ args, plan }) => {
  expect(parseArguments(args)).toEqual({ kind: 'run', plan: { ...byDefault, ...plan } });
});

test.for([
  { args: [], message: 'expected a URL' },
  { args: [''], message: 'expected a URL' },
  { args: [url, url], message: 'expected one URL, and there are 2 arguments that are no options' },
  { args: [url, '-n', '0'], message: '-n: expected a whole number from 1 to 1000000' },
  { args: [url, '-n', '1000001'], message: '-n: expected a whole number from 1 to 1000000' },
  { args: [url, '-n', '1e3'], message: '-n: expected a whole number from 1 to 1000000' },
  { args: [url, '-c', '1001'], message: '-c: expected a whole number from 1 to 1000' },
  { args: [url, '--timeout', '99999999999'], message: '--timeout: expected a whole number from 0 to 3600000' },
  { args: [url, '-H', 'a: b', '-H', 'secret'], message: "-H: expected 'Name: value', and the 2nd has no name" },
  { args: [url, '-H', ': secret'], message: "-H: expected 'Name: value', and the 1st has no name" },
  { args: [url, '-d', '@'], message: '-d: expected the name of a file after @' },
  { args: [url, '--http2', '--http1.1'], message: '--http2 and --http1.1: expected one of them' },
  { args: [url, '--proxy', 'http://p', '--no-proxy'], message: '--proxy and --no-proxy: expected one of them' },
  { args: [url, '--proxy', 'http://p', '--unix', '/a'], message: '--proxy and --unix: expected one of them' },
  { args: [url, '--proxy', ''], message: '--proxy: expected a URL' },
  { args: [url, '--har', 'a', '--html', 'a'], message: '--har and --html: expected two files' },
  { args: [url, '--har', ''], message: '--har: expected the name of a file' },
  { args: [url, '--html', '-'], message: '--html: expected the name of a file, and - is none (./- is)' },
  { args: [url, '--nope'], message: "Unknown option '--nope'" },
  { args: [url, '-n'], message: "Option '-n, --requests <value>' argument missing" },
  { args: [url, '--json=yes'], message: "Option '--json' does not take an argument" },
  { args: [url, '-d', '-1'], message: "Option '-d' argument is ambiguous: write --option=value where it begins with a dash" },
])('$args cannot be used: $message', ({ args, message }) => {
  expect(parseArguments(args)).toEqual({ kind: 'usage-error', message });
});

test('help and version are given whatever else there is', () => {
  expect(parseArguments(['-h'])).toEqual({ kind: 'help' });
  expect(parseArguments([url, '--help', '-n', '0'])).toEqual({ kind: 'help' });
  expect(parseArguments(['-V'])).toEqual({ kind: 'version' });
});

test('the help has no line of more than 80 characters, and no option that there is not', () => {
  expect(USAGE.split('\n').filter((line) => line.length > 80)).toEqual([]);
  const long = [...USAGE.matchAll(/--([a-z][\w.-]*)/g)].map(([, name]) => name ?? '');
  for (const name of new Set(long)) {
    const result = parseArguments([url, `--${name}`]);
    // Those that take a value lack it here.
    const message = result.kind === 'usage-error' ? result.message : '';
    expect(message).toMatch(/^$|argument missing$/);
  }
  expect(long).toContain('no-keepalive');
});
