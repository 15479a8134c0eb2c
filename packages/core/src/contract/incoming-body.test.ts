import * as fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';

import { teeBody } from './body-tee.ts';
import { takeBuffer } from './buffer-pool.ts';
import { ChunkReader } from './chunk-reader.ts';
import { HttpHeaders } from './http-headers.ts';
import { DEFAULT_BODY_LIMITS, IncomingBody, type BodyProducer, type BodySink } from './incoming-body.ts';

const failure = new Error('connection lost');
const reason = new Error('not wanted');
const trailers = HttpHeaders.readOnly({ 'x-sum': '1' });

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

const textOf = (bytes: Uint8Array, length = bytes.byteLength): string => Buffer.from(bytes.subarray(0, length)).toString();

function producer() {
  return { resumeBody: vi.fn<BodyProducer['resumeBody']>(), cancelBody: vi.fn<BodyProducer['cancelBody']>() };
}

/** Lends bytes as an engine does: overwritten as soon as the call is over. */
function lend(body: IncomingBody, text: string): boolean {
  const lent = bytesOf(text);
  const goOn = body.push(lent);
  lent.fill(0x21);
  return goOn;
}

class RecordingSink implements BodySink {
  readonly heard: string[] = [];
  hasRoom = true;
  write(bytes: Uint8Array): boolean {
    this.heard.push(textOf(bytes));
    return this.hasRoom;
  }
  end(): void {
    this.heard.push('<end>');
  }
  fail(error: unknown): void {
    this.heard.push(error instanceof Error ? `<${error.message}>` : '<failed>');
  }
}

function reader(body: IncomingBody): ChunkReader {
  return new ChunkReader(body, () => reason);
}

async function readAll(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  let text = '';
  for await (const chunk of chunks) text += textOf(chunk);
  return text;
}

async function settled(promise: Promise<unknown>): Promise<unknown> {
  return Promise.race([promise, new Promise((resolve) => setImmediate(resolve, 'pending'))]);
}

describe('lent chunks', () => {
  const lentReader = (body: IncomingBody): ChunkReader => new ChunkReader(body, () => reason, 'lent');

  test('hold the bytes until the next is asked for, whatever the producer does with its own', async () => {
    const body = new IncomingBody(producer(), undefined);
    const chunks = lentReader(body);
    const first = chunks.next();
    lend(body, 'ab');
    lend(body, 'cd');
    lend(body, 'ef');
    body.end();
    const { value } = await first;
    expect(value === undefined ? '' : textOf(value)).toBe('ab');
    expect(await readAll(chunks)).toBe('cdef');
  });

  test('use the same memory again', async () => {
    const body = new IncomingBody(producer(), undefined);
    const chunks = lentReader(body);
    const memory = new Set<ArrayBufferLike>();
    for (let round = 0; round < 100; round += 1) {
      const next = chunks.next();
      lend(body, 'x'.repeat(1_000));
      const { value } = await next;
      if (value !== undefined) memory.add(value.buffer);
    }
    expect(memory.size).toBe(1);
    body.end();
    expect(await chunks.next()).toEqual({ done: true, value: undefined });
  });

  test('whose memory the reader has transferred are let go', async () => {
    const body = new IncomingBody(producer(), undefined);
    const chunks = lentReader(body);
    for (const text of ['ab', 'cd']) {
      const next = chunks.next();
      lend(body, text);
      const { value } = await next;
      expect(value === undefined ? '' : textOf(value)).toBe(text);
      value?.buffer.transfer();
    }
    body.end();
    expect(await chunks.next()).toEqual({ done: true, value: undefined });
    expect(takeBuffer(1).byteLength).toBe(1_024);
  });

  test('of two bodies are never in the same memory', async () => {
    const bodies = [new IncomingBody(producer(), undefined), new IncomingBody(producer(), undefined)];
    const readers = bodies.map(lentReader);
    const reads = readers.map((one) => one.next());
    for (const [index, body] of bodies.entries()) lend(body, `body ${index}`);
    const values = (await Promise.all(reads)).map(({ value }) => (value === undefined ? '' : textOf(value)));
    expect(values).toEqual(['body 0', 'body 1']);
    for (const body of bodies) body.cancel(reason);
  });
});

describe('collecting', () => {
  test.for([
    { fact: 'before the first byte', at: 0 },
    { fact: 'between two chunks', at: 1 },
    { fact: 'after the last byte', at: 2 },
    { fact: 'after the end', at: 3 },
  ])('a reader that comes $fact gets it all', async ({ at }) => {
    const body = new IncomingBody(producer(), undefined);
    let text: Promise<string> | undefined;
    const steps = [() => lend(body, 'ab'), () => lend(body, 'cd'), () => body.end(trailers)];
    for (const [step, run] of steps.entries()) {
      if (step === at) text = body.collect(textOf);
      run();
    }
    text ??= body.collect(textOf);
    expect(await text).toBe('abcd');
    expect(body.trailers).toBe(trailers);
    expect(body.isComplete).toBe(true);
  });

  test('settles in the order of end, not of the bytes', async () => {
    const body = new IncomingBody(producer(), undefined);
    const text = body.collect(textOf);
    lend(body, 'ab');
    expect(await settled(text)).toBe('pending');
    body.end();
    expect(await text).toBe('ab');
  });

  test('an empty body is empty', async () => {
    const body = new IncomingBody(producer(), 0);
    body.end();
    expect(await body.collect(textOf)).toBe('');
  });

  test('what the use of it throws is the rejection', async () => {
    const body = IncomingBody.of(bytesOf('x'));
    await expect(
      body.collect(() => {
        throw failure;
      }),
    ).rejects.toBe(failure);
  });

  test.for(['before', 'after'])('a failure that comes %s the reader rejects it with the error itself', async (order) => {
    const body = new IncomingBody(producer(), undefined);
    lend(body, 'ab');
    if (order === 'before') body.fail(failure);
    const text = body.collect(textOf);
    body.fail(failure);
    await expect(text).rejects.toBe(failure);
    expect(body.isComplete).toBe(false);
  });

  test('a failure that nobody waits for is nobody’s rejection', async () => {
    const body = new IncomingBody(producer(), undefined);
    body.fail(failure);
    await new Promise((resolve) => setImmediate(resolve));
    body.cancel(reason);
  });

  test.for([undefined, 0, 3, 1_000_000, 5_000_000])('a body of 3 MB that declared %s bytes is the same', async (length) => {
    const body = new IncomingBody(producer(), length);
    const text = body.collect(textOf);
    const chunk = 'x'.repeat(50_000);
    for (let at = 0; at < 60; at++) expect(lend(body, chunk)).toBe(true);
    body.end();
    expect((await text) === chunk.repeat(60)).toBe(true);
  });

  test('two bodies at once keep their bytes apart', async () => {
    const all = Array.from({ length: 20 }, () => new IncomingBody(producer(), undefined));
    for (let round = 0; round < 5; round++) for (const [at, body] of all.entries()) lend(body, String(at).repeat(700));
    for (const body of all) body.end();
    const texts = await Promise.all(all.map((body) => body.collect(textOf)));
    for (const [at, text] of texts.entries()) expect(text).toBe(String(at).repeat(3_500));
  });
});

describe('before a reader has come', () => {
  test('64 KiB are held, then the producer is asked to pause', () => {
    const body = new IncomingBody(producer(), undefined);
    expect(body.push(new Uint8Array(65_535))).toBe(true);
    expect(body.push(new Uint8Array(1))).toBe(false);
    body.cancel(reason);
  });

  test.for([0, 1, 100])('or as many as it is told: %i', (maxUnreadBytes) => {
    const body = new IncomingBody(producer(), undefined, { ...DEFAULT_BODY_LIMITS, maxUnreadBytes });
    for (let bytes = 1; bytes < maxUnreadBytes; bytes++) expect(body.push(new Uint8Array(1))).toBe(true);
    expect(body.push(new Uint8Array(1))).toBe(false);
    body.cancel(reason);
  });

  test.for([
    { fact: 'collecting', read: (body: IncomingBody) => void body.collect(textOf).catch(() => {}) },
    { fact: 'reading chunk by chunk', read: (body: IncomingBody) => body.pipe(new RecordingSink()) },
  ])('$fact tells the producer to go on', ({ read }) => {
    const from = producer();
    const body = new IncomingBody(from, undefined);
    body.push(new Uint8Array(70_000));
    read(body);
    expect(from.resumeBody).toHaveBeenCalledTimes(1);
    body.cancel(reason);
  });
});

test('of two bodies from one, each holds as much as the one would', () => {
  const body = new IncomingBody(producer(), undefined, { ...DEFAULT_BODY_LIMITS, maxUnreadBytes: 10 });
  const [first, second] = teeBody(body);
  const sink = new RecordingSink();
  sink.hasRoom = false;
  first.pipe(sink);
  expect([body.push(new Uint8Array(9)), body.push(new Uint8Array(1))]).toEqual([true, false]);
  first.cancel(reason);
  second.cancel(reason);
});

describe('piping', () => {
  test.for([
    { fact: 'the sink comes first', at: 0, heard: ['ab', 'cd', '<end>'] },
    { fact: 'the sink comes between', at: 1, heard: ['ab', 'cd', '<end>'] },
    { fact: 'what was held comes in one piece', at: 2, heard: ['abcd', '<end>'] },
    { fact: 'the sink comes after the end', at: 3, heard: ['abcd', '<end>'] },
  ])('$fact', ({ at, heard }) => {
    const body = new IncomingBody(producer(), undefined);
    const sink = new RecordingSink();
    const steps = [() => lend(body, 'ab'), () => lend(body, 'cd'), () => body.end()];
    for (const [step, run] of steps.entries()) {
      if (step === at) body.pipe(sink);
      run();
    }
    if (at === 3) body.pipe(sink);
    expect(sink.heard).toEqual(heard);
  });

  test('what came before a failure is heard before it', () => {
    const body = new IncomingBody(producer(), undefined);
    const sink = new RecordingSink();
    lend(body, 'ab');
    body.fail(failure);
    body.pipe(sink);
    expect(sink.heard).toEqual(['ab', '<connection lost>']);
  });

  test('a sink that has no room for what was held is not sent more', () => {
    const from = producer();
    const body = new IncomingBody(from, undefined);
    lend(body, 'ab');
    const sink = new RecordingSink();
    sink.hasRoom = false;
    body.pipe(sink);
    expect(from.resumeBody).not.toHaveBeenCalled();
    body.resume();
    expect(from.resumeBody).toHaveBeenCalledTimes(1);
    body.cancel(reason);
  });

  test('a sink that gives up while it takes what was held hears of it once', () => {
    const from = producer();
    const body = new IncomingBody(from, undefined);
    lend(body, 'ab');
    const sink = new RecordingSink();
    vi.spyOn(sink, 'write').mockImplementation(() => {
      body.cancel(reason);
      return true;
    });
    body.pipe(sink);
    expect(sink.heard).toEqual(['<not wanted>']);
    expect(from.resumeBody).not.toHaveBeenCalled();
    expect(from.cancelBody).toHaveBeenCalledTimes(1);
  });
});

describe('the end', () => {
  test.for([
    { fact: 'end', finish: (body: IncomingBody) => body.end() },
    { fact: 'failure', finish: (body: IncomingBody) => body.fail(failure) },
    { fact: 'cancel', finish: (body: IncomingBody) => body.cancel(reason) },
  ])('after the $fact nothing more is heard', ({ finish }) => {
    const from = producer();
    const body = new IncomingBody(from, undefined);
    const sink = new RecordingSink();
    body.pipe(sink);
    finish(body);
    const before = [...sink.heard];
    const calls = [from.resumeBody.mock.calls.length, from.cancelBody.mock.calls.length];
    expect(body.push(bytesOf('late'))).toBe(true);
    body.end(trailers);
    body.fail(failure);
    body.cancel(reason);
    body.resume();
    expect(sink.heard).toEqual(before);
    expect([from.resumeBody.mock.calls.length, from.cancelBody.mock.calls.length]).toEqual(calls);
    expect(body.trailers.size).toBe(0);
  });

  test('cancelling tells the producer why, once, and fails the pending read', async () => {
    const from = producer();
    const body = new IncomingBody(from, undefined);
    const text = body.collect(textOf);
    body.cancel(reason);
    body.cancel(failure);
    expect(from.cancelBody.mock.calls).toEqual([[reason]]);
    await expect(text).rejects.toBe(reason);
  });

  test('an empty chunk is no chunk', () => {
    const body = new IncomingBody(producer(), undefined);
    const sink = new RecordingSink();
    body.push(new Uint8Array(0));
    body.pipe(sink);
    body.push(new Uint8Array(0));
    body.end();
    expect(sink.heard).toEqual(['<end>']);
  });

  test('a body that ended keeps nothing of its producer', async () => {
    let from: BodyProducer | undefined = producer();
    const held = new WeakRef(from);
    const body = new IncomingBody(from, undefined);
    from = undefined;
    body.end();
    for (let turn = 0; turn < 5 && held.deref() !== undefined; turn++) {
      await new Promise((resolve) => setImmediate(resolve));
      globalThis.gc?.();
    }
    expect(held.deref()).toBeUndefined();
    expect(body.isComplete).toBe(true);
  });
});

describe('a chunk reader', () => {
  test('gets each chunk in memory of its own', async () => {
    const body = new IncomingBody(producer(), undefined);
    const chunks = reader(body);
    const first = chunks.next();
    lend(body, 'ab');
    lend(body, 'cd');
    body.end();
    expect(textOf((await first).value ?? new Uint8Array())).toBe('ab');
    expect(await readAll(chunks)).toBe('cd');
  });

  test('may ask ahead: reads are answered in their order', async () => {
    const body = new IncomingBody(producer(), undefined);
    const chunks = reader(body);
    const reads = [chunks.next(), chunks.next(), chunks.next(), chunks.next()];
    lend(body, 'a');
    lend(body, 'b');
    body.end();
    const results = await Promise.all(reads);
    expect(results.map(({ done, value }) => (done === true ? done : textOf(value)))).toEqual(['a', 'b', true, true]);
  });

  test('fails once, after what came before, and is then done', async () => {
    const body = new IncomingBody(producer(), undefined);
    const chunks = reader(body);
    const reads = [chunks.next(), chunks.next(), chunks.next()];
    lend(body, 'a');
    body.fail(failure);
    expect((await reads[0])?.done).toBe(false);
    await expect(reads[1]).rejects.toBe(failure);
    expect((await reads[2])?.done).toBe(true);
    expect((await chunks.next()).done).toBe(true);
  });

  test('fails at the next read when nobody was reading', async () => {
    const body = new IncomingBody(producer(), undefined);
    lend(body, 'a');
    body.fail(failure);
    const chunks = reader(body);
    expect((await chunks.next()).done).toBe(false);
    await expect(chunks.next()).rejects.toBe(failure);
    expect((await chunks.next()).done).toBe(true);
  });

  test.for([
    { fact: 'before it began', before: () => {} },
    {
      fact: 'with chunks queued',
      before: (body: IncomingBody, chunks: ChunkReader) => {
        void chunks.next();
        lend(body, 'a');
        lend(body, 'b');
      },
    },
  ])('leaving $fact gives the rest up', async ({ before }) => {
    const from = producer();
    const body = new IncomingBody(from, undefined);
    const chunks = reader(body);
    before(body, chunks);
    expect(await chunks.return()).toEqual({ done: true, value: undefined });
    expect(await chunks.return()).toEqual({ done: true, value: undefined });
    expect(await chunks.next()).toEqual({ done: true, value: undefined });
    expect(from.cancelBody.mock.calls).toEqual([[reason]]);
  });

  test('leaving a loop early gives the rest up', async () => {
    const from = producer();
    const body = new IncomingBody(from, undefined);
    lend(body, 'a');
    for await (const chunk of reader(body)) {
      expect(textOf(chunk)).toBe('a');
      break;
    }
    expect(from.cancelBody.mock.calls).toEqual([[reason]]);
  });

  test('leaving while a read is pending fails that read', async () => {
    const body = new IncomingBody(producer(), undefined);
    const chunks = reader(body);
    const read = chunks.next();
    await chunks[Symbol.asyncDispose]();
    await expect(read).rejects.toBe(reason);
  });

  describe('of a whole body', () => {
    test('that is abandoned before it began does not take this for the end', async () => {
      const body = new IncomingBody(producer(), undefined);
      lend(body, 'a');
      body.end();
      const chunks = reader(body);
      chunks.abandon(reason);
      await expect(chunks.next()).rejects.toBe(reason);
      expect((await chunks.next()).done).toBe(true);
    });

    test('that is abandoned with chunks queued does not either', async () => {
      const body = new IncomingBody(producer(), undefined);
      const chunks = reader(body);
      const first = chunks.next();
      for (const text of ['a', 'b', 'c']) lend(body, text);
      body.end();
      await first;
      chunks.abandon(reason);
      await expect(chunks.next()).rejects.toBe(reason);
      expect((await chunks.next()).done).toBe(true);
    });

    test('that was read to its last chunk has nothing to abandon', async () => {
      const body = new IncomingBody(producer(), undefined);
      const chunks = reader(body);
      const first = chunks.next();
      lend(body, 'a');
      body.end();
      await first;
      chunks.abandon(reason);
      expect((await chunks.next()).done).toBe(true);
    });
  });

  test.for([100, 65_536])('that is slow holds a bounded number of chunks of %i bytes', async (bytes) => {
    let isPaused = false;
    let pushed = 0;
    const body: IncomingBody = new IncomingBody({ resumeBody: () => push(), cancelBody: () => {} }, undefined);
    const chunk = new Uint8Array(bytes);
    const push = (): void => {
      isPaused = false;
      while (!isPaused && pushed < 100_000) {
        pushed++;
        isPaused = !body.push(chunk);
      }
    };
    const chunks = reader(body);
    await chunks.next();
    expect(pushed * (bytes + 256)).toBeLessThan(524_288 + 2 * (bytes + 256));
    const before = pushed;
    for (let read = 0; read < before; read++) await chunks.next();
    expect(pushed).toBeGreaterThan(before);
    await chunks.return();
  });

  test.for([1, 1_000])('that is slow has as many bytes queued as it is told, 256 for each chunk besides: %i', async (maxReadAheadBytes) => {
    const from = producer();
    const body = new IncomingBody(from, undefined, { ...DEFAULT_BODY_LIMITS, maxReadAheadBytes });
    const chunks = reader(body);
    const first = chunks.next();
    expect(body.push(new Uint8Array(10))).toBe(true);
    await first;
    const below = Math.floor(maxReadAheadBytes / 257);
    for (let count = 0; count < below; count++) expect(body.push(new Uint8Array(1))).toBe(true);
    expect(body.push(new Uint8Array(1))).toBe(false);
    const resumed = from.resumeBody.mock.calls.length;
    for (let count = 0; count <= below; count++) await chunks.next();
    expect(from.resumeBody.mock.calls.length).toBe(resumed + 1);
    await chunks.return();
  });

  test('resumes its producer only when half of the queue is gone', async () => {
    const from = producer();
    const body = new IncomingBody(from, undefined);
    const chunks = reader(body);
    const first = chunks.next();
    for (let at = 0; at < 17; at++) body.push(new Uint8Array(32_768));
    await first;
    const resumed = from.resumeBody.mock.calls.length;
    for (let at = 0; at < 7; at++) await chunks.next();
    expect(from.resumeBody.mock.calls.length).toBe(resumed);
    await chunks.next();
    await chunks.next();
    expect(from.resumeBody.mock.calls.length).toBe(resumed + 1);
    await chunks.return();
  });
});

describe('any order of pushing, pausing and reading', () => {
  test('brings every byte, in order, once', async () => {
    const step = fc.constantFrom('push', 'read', 'turn');
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 40 }),
        fc.integer({ min: 1, max: 200_000 }),
        fc.boolean(),
        async (steps, size, isTee) => {
          const body = new IncomingBody(producer(), undefined);
          const branches = isTee ? teeBody(body) : [body];
          const readers = branches.map(reader);
          const reads: Promise<unknown>[] = [];
          const got = readers.map(() => 0);
          let pushed = 0;
          const read = async (at: number): Promise<boolean> => {
            const result = await readers[at]?.next();
            if (result?.done !== false) return false;
            got[at] = (got[at] ?? 0) + result.value.byteLength;
            return true;
          };
          for (const one of steps) {
            if (one === 'push') {
              body.push(new Uint8Array(size));
              pushed += size;
            } else if (one === 'read') reads.push(read(reads.length % readers.length));
            else await Promise.resolve();
          }
          body.end();
          await Promise.all(reads);
          for (const at of readers.keys()) while (await read(at));
          expect(got).toEqual(readers.map(() => pushed));
        },
      ),
      { numRuns: 100 },
    );
  });
});

describe('a tee', () => {
  test('gives both readers the whole body and its trailers', async () => {
    const body = new IncomingBody(producer(), undefined);
    const [one, two] = teeBody(body);
    lend(body, 'ab');
    const text = one.collect(textOf);
    lend(body, 'cd');
    body.end(trailers);
    expect([await text, await readAll(reader(two))]).toEqual(['abcd', 'abcd']);
    expect([one.trailers, two.trailers]).toEqual([trailers, trailers]);
  });

  test('of a body that is there already', async () => {
    const [one, two] = teeBody(IncomingBody.of(bytesOf('ab')));
    expect([await two.collect(textOf), await one.collect(textOf)]).toEqual(['ab', 'ab']);
  });

  test('reads nothing before a reader comes', () => {
    const from = producer();
    const body = new IncomingBody(from, undefined);
    const [one, two] = teeBody(body);
    expect(from.resumeBody).not.toHaveBeenCalled();
    one.cancel(reason);
    two.cancel(reason);
  });

  test('fails both', async () => {
    const body = new IncomingBody(producer(), undefined);
    const [one, two] = teeBody(body);
    const text = one.collect(textOf);
    body.fail(failure);
    await expect(text).rejects.toBe(failure);
    await expect(two.collect(textOf)).rejects.toBe(failure);
  });

  test('goes on for one when the other has left, and gives the source up with the second', async () => {
    const from = producer();
    const body = new IncomingBody(from, undefined);
    const [one, two] = teeBody(body);
    const chunks = reader(one);
    const first = chunks.next();
    two.cancel(reason);
    lend(body, 'ab');
    expect((await first).done).toBe(false);
    expect(from.cancelBody).not.toHaveBeenCalled();
    one.cancel(failure);
    expect(from.cancelBody.mock.calls).toEqual([[failure]]);
  });

  test('goes on while one of the two has room, and pauses when neither has', () => {
    const from = producer();
    const body = new IncomingBody(from, undefined);
    const [one, two] = teeBody(body);
    const sink = new RecordingSink();
    one.pipe(sink);
    sink.hasRoom = false;
    expect(body.push(new Uint8Array(1_000))).toBe(true);
    expect(body.push(new Uint8Array(65_536))).toBe(false);
    const resumed = from.resumeBody.mock.calls.length;
    two.pipe(new RecordingSink());
    expect(from.resumeBody.mock.calls.length).toBe(resumed + 1);
    one.cancel(reason);
    two.cancel(reason);
  });

  test('does not count one that has left as one with room', () => {
    const body = new IncomingBody(producer(), undefined);
    const [one, two] = teeBody(body);
    const sink = new RecordingSink();
    one.pipe(sink);
    two.cancel(reason);
    sink.hasRoom = false;
    expect(lend(body, 'a')).toBe(false);
    one.cancel(reason);
  });
});
