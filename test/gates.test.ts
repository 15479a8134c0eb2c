import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';

import { fixtureConfig } from './fixtures/vitest.config.ts';

/** What one run of vitest said of its tests. */
interface Results {
  /** The failure of each test by its title; empty where it passed. */
  readonly failures: ReadonlyMap<string, string>;
  /** What went wrong around the tests, by the file's name. */
  readonly files: ReadonlyMap<string, string>;
}

let results: Results;
beforeAll(async () => {
  results = readReport(await runFixtures());
}, 60_000);

describe('a test that leaves nothing behind passes', () => {
  test.for([
    'ends all that it begins',
    'leaves its ending to a hook that runs after the test',
    "leaves its ending to the file's own afterEach",
    'has timers that fired, and an interval that was cleared',
    'aborts the signals it listens to, or removes its listener',
    'closes its Transport and its server',
    'uses a signal that times out later, which nobody can cancel',
    'handles the rejections it causes',
    "uses Node's own fetch, which keeps a timer and a listener for itself",
    'is clean between two that are not',
  ])('%s', (title) => {
    expect(results.failures.get(title)).toBe('');
  });

  test('and so does its file', () => {
    expect(results.files.get('clean.leak.ts')).toBe('');
  });
});

describe('a test that leaves something behind fails and says what', () => {
  test.for([
    { title: 'leaks a server', says: /left 1 behind:\nserver 127\.0\.0\.1:\d+\n/ },
    {
      title: 'leaks both ends of a socket',
      says: /left 2 behind:\nsocket 127\.0\.0\.1:\d+ -> 127\.0\.0\.1:\d+\n[^]*handles\.leak\.ts[^]*socket 127/,
    },
    { title: 'leaks a timer', says: /left 1 behind:\ntimer\n[^]*handles\.leak\.ts/ },
    { title: "leaks an unref'd timer", says: /left 1 behind:\ntimer \(unref'd\)\n[^]*handles\.leak\.ts/ },
    { title: 'leaks a timer from an asynchronous step', says: /left 1 behind:\ntimer\n[^]*handles\.leak\.ts/ },
    { title: 'leaks a chain of immediates', says: /immediate\n[^]*immediates\.leak\.ts/ },
    { title: 'leaks an abort listener', says: /left 1 behind:\nabort listener\n[^]*listeners\.leak\.ts/ },
    { title: 'leaks an abort listener that would be removed after its first call', says: /left 1 behind:\nabort listener\n/ },
    { title: 'piles up listeners', says: /left 1 behind:\ntoo many listeners: .*11 data listeners/ },
    { title: 'leaks an unsettled text()', says: /left 1 behind:\nunsettled promise of HttpResponse\.text\(\)\n[^]*promises\.leak\.ts/ },
    {
      title: 'leaks an unsettled roundTrip()',
      says: /unsettled promise of Transport\.roundTrip\(\)\n[^]*promises\.leak\.ts/,
    },
    { title: 'leaks a Transport with an idle connection', says: /socket 127[^]*promises\.leak\.ts[^]*timer \(unref'd\)\n[^]*clock\.ts/ },
    { title: 'leaks a rejection', says: /left 1 behind:\nunhandled rejection Error: nobody heard this/ },
    { title: 'leaks an exception', says: /left 1 behind:\nuncaught exception Error: nobody caught this/ },
  ])('$title', ({ title, says }) => {
    expect(results.failures.get(title)).toContain(`"${title}" left`);
    expect(results.failures.get(title)).toMatch(says);
  });

  test('what a file leaves around its tests fails the file', () => {
    const says = /left 2 behind:\nunhandled rejection Error: rejected while the file was read\n[^]*timer\n[^]*errors\.leak\.ts/;
    expect(results.files.get('errors.leak.ts')).toMatch(says);
  });

  test('tests that run at once are refused: nobody could tell whose a leak is', () => {
    expect(results.failures.get('runs at once with others')).toContain('a concurrent test');
  });
});

/** One run over all fixtures. @returns its report, as JSON. */
async function runFixtures(): Promise<string> {
  const root = dirname(import.meta.dirname);
  const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs');
  const folder = await mkdtemp(join(tmpdir(), 'gates-'));
  const report = join(folder, 'report.json');
  const args = [
    vitest,
    'run',
    '--root',
    root,
    '--config',
    fixtureConfig,
    '--reporter',
    'json',
    '--outputFile',
    report,
    '--maxWorkers',
    '4',
  ];
  try {
    const printed = await outputOf(args, root);
    return await readFile(report, 'utf8').catch((error: unknown) => {
      throw new Error(`the run over the fixtures gave no report: ${printed}`, { cause: error });
    });
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Everything that node prints, whether it succeeds or not: this run fails, which is its purpose. */
function outputOf(args: string[], cwd: string): Promise<string> {
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd, maxBuffer: 2 ** 26 }, (_error, stdout, stderr) => resolve(stdout + stderr));
  });
}

function readReport(text: string): Results {
  // oxlint-disable-next-line typescript/consistent-type-assertions -- vitest's documented report; a part that were missing would fail the tests.
  const report = JSON.parse(text) as Report;
  const failures = new Map<string, string>();
  const files = new Map<string, string>();
  for (const file of report.testResults) {
    files.set(basename(file.name), file.message);
    for (const one of file.assertionResults) failures.set(one.title, one.failureMessages.join('\n'));
  }
  return { failures, files };
}

interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly message: string;
    readonly assertionResults: readonly { readonly title: string; readonly failureMessages: readonly string[] }[];
  }[];
}
