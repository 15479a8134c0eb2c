import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { afterEach, beforeEach, expect, test } from 'vitest';

/** In the environment of everything that a test starts: how its processes are told from others. */
let mark = '';

beforeEach(() => {
  mark = `ROUNDTRIPPER_TEST=${randomUUID()}`;
});

afterEach(async () => {
  await nothingLeft();
});

test('compose-transports', async () => {
  const { code, stdout, stderr } = await run('compose-transports');
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(
    /200, over connection 1\n {2}hello, stranger\n.*200, over connection 1\n {2}hello, friend\n.*405, over no connection/,
  );
});

test('add-caching', async () => {
  const { code, stdout } = await run('add-caching');
  expect(code).toBe(0);
  expect(stdout.match(/(hit|miss), answer \d/g)).toEqual([
    'miss, answer 1',
    'hit, answer 1',
    'miss, answer 2',
    'miss, answer 3',
    'miss, answer 5',
    'miss, answer 6',
  ]);
});

test('instrument-reuse', async () => {
  const { code, stdout } = await run('instrument-reuse');
  expect(code).toBe(0);
  expect(stdout).toMatch(
    /connection 1: new\n.*\n {2}connection 1: reused after .*\n.*\n.*\n {2}connection 1: closed after 3 request\(s\): response-close/,
  );
  expect(stdout).toMatch(/exchanges +8\n.* reused connection +3 {2}37\.5 %/);
  expect(stdout).toMatch(/body-abandoned +1/);
});

test('explain-latency', async () => {
  const { code, stdout, stderr } = await run('explain-latency');
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(/^usual +200( +\d+\.\d){5}\nslowest +4( +\d+\.\d){5}$/m);
  const [, file = ''] = /^(\/.*waterfall\.html)$/m.exec(stdout) ?? [];
  expect(readFileSync(file, 'utf8')).toMatch(/^<!doctype html>/);
  rmSync(dirname(file), { recursive: true });
});

test('compare-pooling', async () => {
  const { code, stdout } = await run('compare-pooling', '--requests', '100');
  expect(code).toBe(0);
  const opened = [...stdout.matchAll(/^.* µs +[\d.]+ KiB +(\d+) /gm)].map(([, count]) => count);
  expect(opened).toEqual(['1', '100', '100']);
  if (existsSync('/proc/net/tcp')) expect(stdout.match(/\d+ at the client, \d+ at the server/g)).toHaveLength(3);
  else expect(stdout).toContain('not told here');
});

test('plot-hedging', async () => {
  const { code, stdout } = await run('plot-hedging', '--turns', '1');
  expect(code).toBe(0);
  expect([...stdout.matchAll(/^\| (no hedging|after .*?) \| \d+ \| [\d.]+ \| .* \| \d+\.\d % \|$/gm)].map(([, name]) => name)).toEqual([
    'no hedging',
    'after 50 ms',
    'after the 95th percentile',
  ]);
});

test('demo: says what became of every request', async () => {
  const { code, stdout, stderr } = await run('demo', '--requests', '600', '--concurrency', '20', '--seed', '3');
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(/^ {2}succeeded +600 {2}100\.0 %$/m);
  expect(stdout).toMatch(/^ {2}failed +0$/m);
  const numbers = new Map([...stdout.matchAll(/^ *([a-z, ]+?)  +(\d+)(?=  |$)/gm)].map(([, name = '', count]) => [name, Number(count)]));
  const count = (name: string): number => numbers.get(name) ?? Number.NaN;
  expect(count('connections opened') - count('connections closed')).toBe(count('connections open now'));
  expect(count('exchanges')).toBe(600 - count('answered by the cache') + count('retries') + count('resent'));
  expect(count('answered by the cache')).toBeGreaterThan(100);
  expect(stdout).toMatch(/^ +\d+ {2}response-close$/m);
});

test.for([
  ['demo', ['--request', '5'], "Unknown option '--request'"],
  ['demo', ['--concurrency', 'many'], '--concurrency: expected a whole number from 1 to 10000'],
  ['compare-pooling', ['fast'], "Unexpected argument 'fast'"],
] as const)('%s %o: says how it is used', async ([name, args, message]) => {
  const { code, stdout, stderr } = await run(name, ...args);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toContain(message);
  expect(stderr).toContain('Usage: npm run');
});

test('demo --help', async () => {
  const { code, stdout } = await run('demo', '--help');
  expect(code).toBe(0);
  expect(stdout).toContain('--requests <number>');
});

test('demo: ^C ends it and its server, and shows how far it came', async () => {
  const { child, output } = start('demo', '--requests', '1000000');
  await firstLine(child);
  child.kill('SIGINT');
  await once(child, 'close');
  expect(child.exitCode).toBe(130);
  expect(output()).toMatch(/interrupted\n\nrequests +\d/);
});

test('demo: killed, it leaves no server behind', async () => {
  const { child } = start('demo', '--requests', '1000000');
  await firstLine(child);
  child.kill('SIGKILL');
  await once(child, 'close');
});

interface Ended {
  /** Null where a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

async function run(name: string, ...args: readonly string[]): Promise<Ended> {
  const { child, output, errors } = start(name, ...args);
  await once(child, 'close');
  return { code: child.exitCode, stdout: output(), stderr: errors() };
}

function start(name: string, ...args: readonly string[]) {
  const [variable = '', value] = mark.split('=');
  const child = spawn(process.execPath, ['--conditions=source', `${import.meta.dirname}/${name}.ts`, ...args], {
    env: { ...process.env, [variable]: value },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return { child, output: collect(child.stdout), errors: collect(child.stderr) };
}

function collect(stream: NodeJS.ReadableStream): () => string {
  let text = '';
  stream.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  return () => text;
}

async function firstLine(child: ChildProcess): Promise<void> {
  if (child.stdout !== null) await once(child.stdout, 'data');
}

/** Where the system tells: no process of this test is there, be it a child's child. One whose parent was killed may take a moment. */
async function nothingLeft(): Promise<void> {
  if (!existsSync('/proc/self/environ')) return;
  for (let tries = 0; tries < 40 && left().length > 0; tries++) await sleep(50);
  expect(left()).toEqual([]);
}

function left(): readonly string[] {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name) && readEnvironment(name).includes(mark));
}

/** Others' processes are not ours to read, and any may end meanwhile. */
function readEnvironment(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1');
  } catch {
    return '';
  }
}
