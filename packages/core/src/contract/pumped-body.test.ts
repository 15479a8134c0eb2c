import { Readable } from 'node:stream';

import { describe, expect, test, vi } from 'vitest';

import { ChunkReader } from './chunk-reader.ts';
import type { IncomingBody } from './incoming-body.ts';
import { pumpedBody } from './pumped-body.ts';
import type { BodyContent } from './request-body.ts';

const failure = new Error('disk on fire');
const reason = new Error('not wanted');

const textOf = (bytes: Uint8Array, length = bytes.byteLength): string => Buffer.from(bytes.subarray(0, length)).toString();
const reader = (body: IncomingBody): ChunkReader => new ChunkReader(body, () => reason);
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test.for<{ fact: string; make: () => BodyContent; contentType?: string }>([
  { fact: 'text', make: () => 'héllo', contentType: 'text/plain;charset=UTF-8' },
  { fact: 'bytes', make: () => Buffer.from('héllo') },
  { fact: 'a Blob', make: () => new Blob(['hé', 'llo'], { type: 'a/b' }), contentType: 'a/b' },
  { fact: 'a web stream', make: () => ReadableStream.from(['hé', '', 'llo']) },
  { fact: 'a Node stream', make: () => Readable.from(['hé', 'llo']) },
  { fact: 'an array', make: () => ['hé', '', 'llo'] },
  { fact: 'a generator', make: () => ['hé', 'llo'].values() },
])('$fact can be collected, and read chunk by chunk', async ({ make, contentType }) => {
  const pumped = pumpedBody(make());
  expect(pumped.contentType).toBe(contentType);
  expect(await pumped.body.collect(textOf)).toBe('héllo');
  let text = '';
  for await (const chunk of reader(pumpedBody(make()).body)) text += textOf(chunk);
  expect(text).toBe('héllo');
});

test('nothing is read before a reader comes', async () => {
  const pull = vi.fn();
  const { body } = pumpedBody(new ReadableStream({ pull }, { highWaterMark: 0 }));
  await turn();
  expect(pull).not.toHaveBeenCalled();
  body.cancel(reason);
});

test('a slow reader makes the source wait', async () => {
  let made = 0;
  const source = async function* (): AsyncGenerator<Uint8Array> {
    while (made < 1_000) {
      made++;
      yield new Uint8Array(65_536);
    }
  };
  const chunks = reader(pumpedBody(source()).body);
  await chunks.next();
  await turn();
  await turn();
  expect(made).toBeLessThan(20);
  let bytes = 65_536;
  for await (const chunk of chunks) bytes += chunk.byteLength;
  expect(bytes).toBe(1_000 * 65_536);
});

describe('a source that fails', () => {
  test('fails the body with its error', async () => {
    const { body } = pumpedBody(new ReadableStream({ pull: () => Promise.reject(failure) }));
    await expect(body.collect(textOf)).rejects.toBe(failure);
  });

  test('to open fails the body too', async () => {
    const { body } = pumpedBody({
      [Symbol.asyncIterator]: () => {
        throw failure;
      },
    });
    await expect(body.collect(textOf)).rejects.toBe(failure);
  });

  test('by a chunk that is none is cleaned up', async () => {
    const cleanUp = vi.fn();
    const source = (function* (): Generator<string | number> {
      try {
        yield 'good';
        yield 5;
      } finally {
        cleanUp();
      }
    })();
    // @ts-expect-error -- a number is no chunk
    await expect(pumpedBody(source).body.collect(textOf)).rejects.toThrow('unsupported chunk of type number');
    expect(cleanUp).toHaveBeenCalledTimes(1);
  });
});

describe('giving up', () => {
  test('before the first read cancels the source', () => {
    const cancel = vi.fn();
    pumpedBody(new ReadableStream({ cancel })).body.cancel(reason);
    expect(cancel.mock.calls).toEqual([[reason]]);
  });

  test('while a read is pending cancels the source and fails the read', async () => {
    const cancel = vi.fn();
    const { body } = pumpedBody(new ReadableStream({ pull: () => new Promise<void>(() => {}), cancel }));
    const text = body.collect(textOf);
    await turn();
    body.cancel(reason);
    await expect(text).rejects.toBe(reason);
    expect(cancel.mock.calls).toEqual([[reason]]);
  });

  test('while the source is paused cancels it', async () => {
    const cancel = vi.fn();
    const { body } = pumpedBody(new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(600_000)), cancel }));
    const chunks = reader(body);
    await chunks.next();
    await turn();
    await chunks.return();
    expect(cancel).toHaveBeenCalledTimes(1);
  });

  test('while the source is being opened cancels it when it is open', async () => {
    const cancel = vi.fn();
    const stream = new ReadableStream({ cancel });
    const opening = Promise.withResolvers<ReadableStream>();
    // @ts-expect-error -- a function is for requests, but works here too
    const { body } = pumpedBody(() => opening.promise);
    const text = body.collect(textOf);
    body.cancel(reason);
    await expect(text).rejects.toBe(reason);
    opening.resolve(stream);
    await turn();
    expect(cancel.mock.calls).toEqual([[reason]]);
  });

  test('after the end does nothing to the source', async () => {
    const source = Readable.from(['a'], { autoDestroy: false, emitClose: false });
    const { body } = pumpedBody(source);
    expect(await body.collect(textOf)).toBe('a');
    body.cancel(reason);
    expect(source.destroyed).toBe(false);
    source.destroy();
  });
});
