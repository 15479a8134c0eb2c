import { execFile, spawn } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { compose, HttpRequest, HttpResponse, roundTripper, type RoundTripper } from '@roundtripper/core';
import { expect, test } from 'vitest';

import { checkedHar } from '../../test/har-schema.ts';
import { temporaryFolder } from '../../test/temporary-folder.ts';
import { repairHar } from './har-document.ts';
import { harRecorder, type HarRecorder } from './har-recorder.ts';

const child = fileURLToPath(new URL('../../test/har-child.ts', import.meta.url));

/** What is recorded here needs no connection. */
function clientOf(recorder: HarRecorder): RoundTripper {
  return compose(
    recorder,
    roundTripper(async (request) => new HttpResponse('ok', { request })),
  );
}

async function send(client: RoundTripper, count: number, path: string = ''): Promise<void> {
  for (let at = 0; at < count; at++) {
    const response = await client.roundTrip(new HttpRequest(`http://example.com/${at}${path}`));
    expect(await response.text()).toBe('ok');
  }
}

/** Until the recorder has written so many. */
async function untilWritten(recorder: HarRecorder, count: number): Promise<void> {
  while (recorder.stats().written < count) {
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
}

test('the file is a whole document after each batch, and grows', async () => {
  await using folder = await temporaryFolder();
  const file = folder.path('requests.har');
  await using recorder = harRecorder({ file });
  const client = clientOf(recorder);
  for (let written = 1; written <= 100; written += 33) {
    await send(client, written - recorder.stats().written);
    await untilWritten(recorder, written);
    const text = await readFile(file, 'utf8');
    expect(checkedHar(text).log.entries).toHaveLength(written);
    expect(repairHar(text)).toBe(text);
  }
});

test('a process that is killed leaves all that it has written', { timeout: 60_000 }, async () => {
  await using folder = await temporaryFolder();
  for (const enough of [1, 60, 300]) {
    const file = folder.path(`killed-${enough}.har`);
    const killed = spawn(process.execPath, ['--conditions=source', child, file], { stdio: ['ignore', 'pipe', 'inherit'] });
    const exit = new Promise((resolve) => {
      killed.once('close', (_code, signal) => resolve(signal));
    });
    let written = 0;
    for await (const line of createInterface({ input: killed.stdout })) {
      written = Number(line);
      if (written >= enough) killed.kill('SIGKILL');
    }
    expect(await exit).toBe('SIGKILL');
    // Whole as it is, but for a kill in the middle of a write, of which the kernel makes a part.
    const { entries } = checkedHar(repairHar(await readFile(file, 'utf8'))).log;
    expect(entries.length).toBeGreaterThanOrEqual(written);
    expect(entries.map(({ request }) => new URL(request.url).pathname)).toEqual(entries.map((_, at) => `/${at}`));
  }
});

test('a disk that is full is told once, and requests go on', async () => {
  const told: unknown[] = [];
  await using recorder = harRecorder({ file: '/dev/full', onError: (error) => told.push(error) });
  const client = clientOf(recorder);
  await send(client, 10);
  await recorder.close();
  await send(client, 10);
  expect(told).toEqual([expect.objectContaining({ code: 'ENOSPC' })]);
  expect(recorder.stats()).toMatchObject({ state: 'failed', written: 0 });
});

test('a file that may not grow any more stays a whole document, and requests go on', { timeout: 30_000 }, async () => {
  await using folder = await temporaryFolder();
  const file = folder.path('limited.har');
  const limited = ['-c', 'ulimit -f 64 && exec "$0" "$@"', process.execPath, '--conditions=source', child, file, '500'];
  const { stdout } = await promisify(execFile)('/bin/sh', limited);
  const outcome: unknown = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
  expect(outcome).toMatchObject({ answers: 500, errors: ['EFBIG'], stats: { state: 'failed' } });
  const { entries } = checkedHar(await readFile(file, 'utf8')).log;
  expect(entries.length).toBeGreaterThan(5);
  expect(outcome).toMatchObject({ stats: { written: entries.length } });
});

test('a file that cannot be opened is told, and requests go on', async () => {
  await using folder = await temporaryFolder();
  const told: unknown[] = [];
  await using recorder = harRecorder({ file: folder.path('not/there.har'), onError: (error) => told.push(error) });
  await send(clientOf(recorder), 3);
  await recorder.close();
  expect(told).toEqual([expect.objectContaining({ code: 'ENOENT' })]);
});

test('without a listener the process is warned', async () => {
  await using recorder = harRecorder({ file: '/dev/full' });
  const warned = new Promise<Error>((resolve) => {
    process.once('warning', resolve);
  });
  await send(clientOf(recorder), 1);
  expect((await warned).message).toContain('ENOSPC');
});

test('a listener that throws harms nobody', async () => {
  await using recorder = harRecorder({
    file: '/dev/full',
    onError: () => {
      throw new Error('of the listener');
    },
  });
  await send(clientOf(recorder), 1);
  await recorder.close();
  expect(recorder.stats().state).toBe('failed');
});

test('a document does not become larger than it may, and says what is missing', async () => {
  await using folder = await temporaryFolder();
  const file = folder.path('small.har');
  await using recorder = harRecorder({ file, maxBytes: 8_192 });
  const client = clientOf(recorder);
  await send(client, 3);
  // One that is too large, and those after it that would not be.
  await send(client, 1, 'x'.repeat(8_192));
  await send(client, 3);
  await recorder.close();
  expect((await stat(file)).size).toBeLessThanOrEqual(8_192);
  const { entries, comment } = checkedHar(await readFile(file, 'utf8')).log;
  expect(entries).toHaveLength(3);
  expect(comment).toBe(
    'exchanges that are missing here: 4 and all that came later, because the document would have become larger than maxBytes (8192)',
  );
  expect(recorder.stats()).toMatchObject({ written: 3, dropped: { full: 4 } });
});

test('many entries fill a document up to what it may have', async () => {
  await using folder = await temporaryFolder();
  const file = folder.path('filled.har');
  await using recorder = harRecorder({ file, maxBytes: 100_000 });
  await send(clientOf(recorder), 500);
  await recorder.close();
  const { size } = await stat(file);
  expect(size).toBeLessThanOrEqual(100_000);
  expect(size).toBeGreaterThan(98_000);
  expect(checkedHar(await readFile(file, 'utf8')).log.entries).toHaveLength(recorder.stats().written);
});

test('a stream is given the document and is not ended; one that lags behind costs exchanges, not memory', async () => {
  const chunks: string[] = [];
  const waiting: (() => void)[] = [];
  const writable = new Writable({
    write: (chunk: Buffer, _encoding, callback) => {
      chunks.push(chunk.toString());
      waiting.push(callback);
    },
  });
  await using recorder = harRecorder({ writable, maxQueued: 5 });
  const client = clientOf(recorder);
  await send(client, 1);
  while (waiting.length === 0) await new Promise<void>((resolve) => void setImmediate(resolve));
  await send(client, 20);
  expect(recorder.stats()).toMatchObject({ written: 0, dropped: { queue: 15 } });
  const closed = recorder.close();
  while (recorder.stats().state !== 'closed') {
    waiting.shift()?.();
    await new Promise<void>((resolve) => void setImmediate(resolve));
  }
  await closed;
  const { entries, comment } = checkedHar(chunks.join('')).log;
  expect(entries).toHaveLength(6);
  expect(comment).toBe('exchanges that are missing here: 15 because more ended than could be written in time');
  expect(writable.writableEnded).toBe(false);
  expect(writable.listenerCount('error')).toBe(0);
});

test('a stream that fails is told, and ends neither requests nor the process', async () => {
  const told: unknown[] = [];
  const writable = new Writable({ write: (_chunk, _encoding, callback) => callback(new Error('no more')) });
  await using recorder = harRecorder({ writable, onError: (error) => told.push(error) });
  await send(clientOf(recorder), 3);
  await recorder.close();
  expect(told).toEqual([new Error('no more')]);
});
