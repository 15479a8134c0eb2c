import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import { testCertificate, TestServer, type SharedHandler } from '@roundtripper/testing';
import { expect, test } from 'vitest';

import { parseJsonReport } from '../../test/json-report.ts';
import { temporaryFolder } from '../../test/temporary-folder.ts';

const bin = fileURLToPath(new URL('bin.ts', import.meta.url));

interface Child {
  readonly kill: (signal: 'SIGINT' | 'SIGTERM') => void;
  /** Nobody reads its standard output any more. */
  readonly closeOutput: () => void;
  readonly ended: Promise<{ readonly code: number | null; readonly out: string; readonly err: string }>;
}

/** The command as a process of its own, run from its sources. */
function started(args: readonly string[], env: NodeJS.ProcessEnv = {}): Child {
  const child = spawn(process.execPath, ['--conditions=source', bin, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], ...env },
  });
  let [out, err] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  const ended = new Promise<Awaited<Child['ended']>>((resolve) => {
    child.once('close', (code) => resolve({ code, out, err }));
  });
  return { kill: (signal) => void child.kill(signal), closeOutput: () => void child.stdout.destroy(), ended };
}

test('a process of its own reports and exits by itself, with an authority that the environment names', { timeout: 30_000 }, async () => {
  await using folder = await temporaryFolder();
  await using server = await TestServer.start({ protocol: 'either', tls: true });
  const ca = folder.path('ca.pem');
  await writeFile(ca, testCertificate.ca);
  const { code, out, err } = await started([server.url, '-n', '10', '-c', '2', '--json'], { NODE_EXTRA_CA_CERTS: ca }).ended;
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(parseJsonReport(out)).toMatchObject({ counts: { answered: 10 }, protocols: { 'HTTP/2.0': 10 }, request: { insecure: false } });
});

test.for([
  { signal: 'SIGINT', code: 130 },
  { signal: 'SIGTERM', code: 143 },
] as const)('$signal ends it with the report of what there was: $code', { timeout: 30_000 }, async ({ signal, code }) => {
  let answered = 0;
  const handler: SharedHandler = (_request, response) => {
    answered += 1;
    if (answered === 200) child.kill(signal);
    response.end('ok');
  };
  await using server = await TestServer.start({ handler });
  const child = started([server.url, '-n', '1000000', '-c', '4', '--json']);
  const result = await child.ended;
  expect({ code: result.code, err: result.err }).toEqual({ code, err: '' });
  const { counts, stoppedBy, exitCode, failures } = parseJsonReport(result.out);
  expect({ stoppedBy, exitCode, failures, failed: counts.failed }).toEqual({ stoppedBy: signal, exitCode: code, failures: [], failed: 0 });
  expect(counts.answered).toBeGreaterThanOrEqual(195);
  // What was cut off may not have come to the server.
  expect(counts.answered + counts.interrupted - answered).toBeOneOf([0, 1, 2, 3, 4]);
});

test('a reader that has gone away is nothing to speak of', { timeout: 30_000 }, async () => {
  await using server = await TestServer.start();
  const child = started([server.url, '-n', '2', '-i']);
  child.closeOutput();
  expect(await child.ended).toEqual({ code: 0, out: '', err: '' });
});

test('a usage error has no stack', { timeout: 30_000 }, async () => {
  const { code, out, err } = await started(['http://127.0.0.1:1', '-n', 'many']).ended;
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toBe("roundtripper-trace: -n: expected a whole number from 1 to 1000000\nTry 'npx @roundtripper/trace --help'.\n");
});
