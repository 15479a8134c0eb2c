import { Readable } from 'node:stream';

import { describe, expect, test, vi } from 'vitest';

import { requestBody, type BodyContent, type OpenBody, type RequestBody, type RequestBodyInit } from './request-body.ts';

async function sent(body: RequestBody): Promise<string> {
  const opened = await body.open();
  if (opened.kind === 'bytes') return Buffer.from(opened.bytes).toString();
  const all: Uint8Array[] = [];
  for (;;) {
    const result = await opened.chunks.next();
    if (result.done === true) return Buffer.concat(all).toString();
    all.push(result.value);
  }
}

function chunksOf(opened: OpenBody): Extract<OpenBody, { kind: 'chunks' }> {
  if (opened.kind !== 'chunks') throw new Error('expected chunks');
  return opened;
}

async function openChunks(content: RequestBodyInit): Promise<Extract<OpenBody, { kind: 'chunks' }>> {
  return chunksOf(await requestBody(content).open());
}

/** A body of a kind that the types refuse. */
function untyped(content: unknown): RequestBody {
  // oxlint-disable-next-line typescript/no-unsafe-return -- Reflect.apply forgets that requestBody returns a RequestBody
  return Reflect.apply(requestBody, undefined, [content]);
}

function stalledStream(): { readonly stream: ReadableStream<Uint8Array>; readonly cancel: ReturnType<typeof vi.fn> } {
  const cancel = vi.fn();
  return { stream: new ReadableStream<Uint8Array>({ pull: () => new Promise<void>(() => {}), cancel }), cancel };
}

const bytes = new TextEncoder().encode('héllo');

function* generate(): Generator<string> {
  yield 'hé';
  yield 'llo';
}

async function* generateAsync(): AsyncGenerator<Uint8Array | string> {
  yield bytes.subarray(0, 2);
  yield bytes.subarray(2);
}

const form = (): FormData => {
  const made = new FormData();
  made.append('a', '1');
  return made;
};

interface Kind {
  readonly fact: string;
  readonly make: () => RequestBodyInit;
  readonly isReplayable: boolean;
  readonly length: number | undefined;
  readonly contentType?: string | undefined;
}

describe.for<Kind>([
  { fact: 'a string', make: () => 'héllo', isReplayable: true, length: 6, contentType: 'text/plain;charset=UTF-8' },
  { fact: 'a Uint8Array', make: () => bytes, isReplayable: true, length: 6 },
  { fact: 'a Buffer', make: () => Buffer.from('héllo'), isReplayable: true, length: 6 },
  { fact: 'an ArrayBuffer', make: () => bytes.slice().buffer, isReplayable: true, length: 6 },
  { fact: 'a DataView', make: () => new DataView(bytes.slice().buffer), isReplayable: true, length: 6 },
  { fact: 'a typed array of wider numbers', make: () => new Uint16Array(bytes.slice().buffer), isReplayable: true, length: 6 },
  { fact: 'a Blob without a type', make: () => new Blob(['héllo']), isReplayable: true, length: 6 },
  { fact: 'a Blob with a type', make: () => new Blob(['héllo'], { type: 'text/X' }), isReplayable: true, length: 6, contentType: 'text/x' },
  { fact: 'a File', make: () => new File(['hé', 'llo'], 'n', { type: 'a/b' }), isReplayable: true, length: 6, contentType: 'a/b' },
  { fact: 'an array', make: () => ['hé', bytes.subarray(3)], isReplayable: true, length: 6 },
  { fact: 'a function that opens text', make: () => () => 'héllo', isReplayable: true, length: undefined },
  { fact: 'a function that opens a stream', make: () => () => Readable.from(['hé', 'llo']), isReplayable: true, length: undefined },
  { fact: 'an async function', make: () => async () => new Blob(['héllo']), isReplayable: true, length: undefined },
  { fact: 'a generator function', make: () => generate, isReplayable: true, length: undefined },
  { fact: 'an async generator function', make: () => generateAsync, isReplayable: true, length: undefined },
  { fact: 'a ReadableStream of bytes', make: () => new Blob([bytes]).stream(), isReplayable: false, length: undefined },
  { fact: 'a ReadableStream of text', make: () => ReadableStream.from(['hé', 'llo']), isReplayable: false, length: undefined },
  { fact: 'a Node Readable', make: () => Readable.from([Buffer.from('hé'), Buffer.from('llo')]), isReplayable: false, length: undefined },
  { fact: 'a generator', make: () => generate(), isReplayable: false, length: undefined },
  { fact: 'an async generator', make: () => generateAsync(), isReplayable: false, length: undefined },
  { fact: 'a Set', make: () => new Set(['hé', 'llo']), isReplayable: false, length: undefined },
])('$fact', ({ make, isReplayable, length, contentType }) => {
  test('is sent as it is', async () => expect(await sent(requestBody(make()))).toBe('héllo'));

  test('knows its length, its type and whether it can be sent again', () => {
    const body = requestBody(make());
    expect({ isReplayable: body.isReplayable, length: body.length, contentType: body.contentType }).toEqual({
      isReplayable,
      length,
      contentType,
    });
    body.release();
  });

  test(isReplayable ? 'can be opened again, and after a release' : 'can be opened once', async () => {
    const body = requestBody(make());
    await sent(body);
    if (isReplayable) {
      body.release();
      expect(await sent(body)).toBe('héllo');
      return;
    }
    expect(() => body.open()).toThrow(TypeError);
    expect(() => body.open()).toThrow('already used');
  });

  test('may be released twice', () => {
    const body = requestBody(make());
    body.release(new Error('why'));
    body.release();
    if (!isReplayable) expect(() => body.open()).toThrow(TypeError);
  });
});

describe('forms', () => {
  test('URLSearchParams are a form, as they are now', async () => {
    const params = new URLSearchParams([
      ['a', 'b c'],
      ['é', '&'],
    ]);
    const body = requestBody(params);
    params.append('late', '1');
    expect(await sent(body)).toBe('a=b+c&%C3%A9=%26');
    expect(body).toMatchObject({ isReplayable: true, length: 16, contentType: 'application/x-www-form-urlencoded;charset=UTF-8' });
  });

  test('FormData is multipart, of known length, and the same each time', async () => {
    const body = requestBody(form());
    const first = await sent(body);
    expect(body.isReplayable).toBe(true);
    expect(body.length).toBe(Buffer.byteLength(first));
    expect(body.contentType).toMatch(/^multipart\/form-data; boundary=----roundtripper-/);
    expect(await sent(body)).toBe(first);
  });
});

describe('what is no body', () => {
  test.for<{ fact: string; content: unknown }>([
    { fact: 'null', content: null },
    { fact: 'undefined', content: undefined },
    { fact: 'a number', content: 5 },
    { fact: 'a plain object', content: { a: 1 } },
    { fact: 'a symbol', content: Symbol('s') },
    { fact: 'an array of numbers', content: [1, 2] },
    { fact: 'an array with null', content: ['a', null] },
  ])('$fact is a TypeError', ({ content }) => expect(() => untyped(content)).toThrow(TypeError));

  test.for<{ fact: string; make: () => unknown }>([
    { fact: 'a generator of numbers', make: () => [5].values() },
    { fact: 'a stream of objects', make: () => ReadableStream.from([{}]) },
    { fact: 'a Map', make: () => new Map([['a', 'b']]) },
  ])('$fact fails at the chunk', async ({ make }) => {
    const { chunks } = chunksOf(await untyped(make()).open());
    await expect(chunks.next()).rejects.toThrow(/unsupported chunk of type (number|object)/);
  });

  test('what a function returns must be one too', async () => {
    await expect(untyped(() => 5).open()).rejects.toThrow('unsupported request body of type number');
  });

  test('what a function throws is what opening fails with', async () => {
    const failure = new Error('gone');
    await expect(
      untyped(() => {
        throw failure;
      }).open(),
    ).rejects.toBe(failure);
  });
});

describe('a stream that was used before is no empty body', () => {
  test.for<{ fact: string; make: () => Promise<BodyContent> | BodyContent }>([
    {
      fact: 'a web stream that was read',
      make: async () => {
        const stream = new Blob(['a']).stream();
        const reader = stream.getReader();
        await reader.read();
        reader.releaseLock();
        return stream;
      },
    },
    {
      fact: 'a web stream that was cancelled',
      make: async () => {
        const stream = new Blob(['a']).stream();
        await stream.cancel();
        return stream;
      },
    },
    {
      fact: 'a locked web stream',
      make: () => {
        const stream = new Blob(['a']).stream();
        stream.getReader();
        return stream;
      },
    },
    {
      fact: 'a Node stream that was read to its end',
      make: async () => {
        const stream = Readable.from(['a']);
        await stream.toArray();
        return stream;
      },
    },
  ])('$fact', async ({ make }) => {
    const content = await make();
    expect(() => requestBody(content)).toThrow(TypeError);
    expect(() => requestBody(content)).toThrow('already used');
  });

  test('nor when a function returns the same stream again', async () => {
    const stream = Readable.from(['a']);
    const body = requestBody(() => stream);
    expect(await sent(body)).toBe('a');
    await expect(body.open()).rejects.toThrow('already used');
  });
});

describe('giving up a body that was not opened', () => {
  test('cancels a web stream with the reason', () => {
    const { stream, cancel } = stalledStream();
    requestBody(stream).release('why');
    expect(cancel.mock.calls).toEqual([['why']]);
  });

  test('destroys a Node stream', () => {
    const stream = new Readable({ read: () => {} });
    requestBody(stream).release(new Error('why'));
    expect(stream.destroyed).toBe(true);
  });

  test('ends a generator that had begun', () => {
    const cleanUp = vi.fn();
    const generator = (function* () {
      try {
        yield 'head';
        yield 'rest';
      } finally {
        cleanUp();
      }
    })();
    generator.next();
    requestBody(generator).release();
    expect(cleanUp).toHaveBeenCalledTimes(1);
  });

  test.for<{ fact: string; make: () => unknown }>([
    { fact: 'a web stream whose cancel rejects', make: () => new ReadableStream({ cancel: () => Promise.reject(new Error('c')) }) },
    {
      fact: 'a web stream whose cancel throws',
      make: () =>
        new ReadableStream({
          cancel: () => {
            throw new Error('c');
          },
        }),
    },
    {
      fact: 'a Node stream whose destroy fails',
      make: () => new Readable({ read: () => {}, destroy: (_error, done) => done(new Error('d')) }),
    },
    {
      fact: 'a foreign stream whose destroy throws',
      make: () => ({
        [Symbol.asyncIterator]: generateAsync,
        destroy: () => {
          throw new Error('d');
        },
      }),
    },
    { fact: 'an iterator whose return throws', make: () => hostileIterator() },
    {
      fact: 'an iterator whose return never settles',
      make: () => Object.assign(hostileIterator(), { return: () => new Promise(() => {}) }),
    },
  ])('$fact fails nothing else, opened or not', async ({ make }) => {
    untyped(make()).release('why');
    const { cancel } = chunksOf(await untyped(make()).open());
    cancel('why');
    cancel('again');
    await new Promise((resolve) => setImmediate(resolve));
  });
});

/** Its own iterable, and ill-behaved. */
function hostileIterator(): Iterable<string> & Iterator<string> {
  return {
    [Symbol.iterator]() {
      return this;
    },
    next: () => ({ done: false, value: 'x' }),
    return: () => {
      throw new Error('r');
    },
  };
}

describe('giving up a body that is open', () => {
  test('cancels a web stream although a read is pending', async () => {
    const { stream, cancel } = stalledStream();
    const opened = await openChunks(stream);
    const pending = opened.chunks.next();
    opened.cancel('why');
    expect(cancel.mock.calls).toEqual([['why']]);
    expect(await pending).toEqual({ done: true, value: undefined });
  });

  test('destroys a Node stream although a read is pending', async () => {
    const stream = new Readable({ read: () => {} });
    const opened = await openChunks(stream);
    const pending = opened.chunks.next();
    opened.cancel(new Error('why'));
    expect(stream.destroyed).toBe(true);
    await expect(pending).rejects.toThrow('Premature close');
  });

  test('ends an iterator that is not its own iterable', async () => {
    const end = vi.fn(() => ({ done: true as const, value: undefined }));
    const opened = await openChunks({ [Symbol.iterator]: () => ({ next: () => ({ done: false, value: 'x' }), return: end }) });
    await opened.chunks.next();
    opened.cancel('why');
    expect(end).toHaveBeenCalledTimes(1);
  });

  test('runs the clean-up of a generator once', async () => {
    const cleanUp = vi.fn();
    const opened = await openChunks(
      (async function* () {
        try {
          yield 'a';
          yield 'b';
        } finally {
          cleanUp();
        }
      })(),
    );
    await opened.chunks.next();
    opened.cancel('why');
    await vi.waitFor(() => expect(cleanUp).toHaveBeenCalledTimes(1));
  });

  test('is not what release() does', async () => {
    const { stream, cancel } = stalledStream();
    const body = requestBody(stream);
    const opened = chunksOf(await body.open());
    body.release('why');
    expect(cancel).not.toHaveBeenCalled();
    opened.cancel('now');
    expect(cancel.mock.calls).toEqual([['now']]);
  });
});

describe('a body that fails', () => {
  const failure = new Error('disk on fire');
  const fail = (): string[] => {
    throw failure;
  };

  test.for<{ fact: string; make: () => BodyContent }>([
    { fact: 'a web stream', make: () => new ReadableStream({ pull: () => Promise.reject(failure) }) },
    {
      fact: 'a Node stream',
      make: () =>
        new Readable({
          read() {
            this.destroy(failure);
          },
        }),
    },
    {
      fact: 'a generator',
      make: () =>
        (function* (): Generator<string> {
          yield* fail();
        })(),
    },
  ])('$fact fails its reader with the error itself', async ({ make }) => {
    const { chunks, cancel } = await openChunks(make());
    await expect(chunks.next()).rejects.toBe(failure);
    cancel(failure);
  });

  test('before it was opened ends no process, and fails when it is opened', async () => {
    const stream = new Readable({ read: () => {} });
    const body = requestBody(stream);
    stream.destroy(failure);
    await new Promise((resolve) => setImmediate(resolve));
    const { chunks } = chunksOf(await body.open());
    await expect(chunks.next()).rejects.toBe(failure);
  });
});

test('bytes that are there are given as they are, without a copy', () => {
  const body = requestBody(bytes);
  expect(body.bytes).toBe(bytes);
  expect(body.open()).toEqual({ kind: 'bytes', bytes });
});

describe('text that is all ASCII leaves as it is', () => {
  test.for([
    { fact: 'ASCII', text: '{"a":1}\u007f\0', isAscii: true },
    { fact: 'nothing', text: '', isAscii: true },
    { fact: 'the largest that does', text: 'x'.repeat(65_536), isAscii: true },
    { fact: 'larger than that', text: 'x'.repeat(65_537), isAscii: false },
    { fact: 'Latin-1 is not ASCII', text: 'caf\u00e9', isAscii: false },
    { fact: 'a pair of surrogates', text: '\u{1f600}', isAscii: false },
    { fact: 'half a pair, which is sent as U+FFFD', text: 'a\ud83d', isAscii: false },
  ])('$fact', ({ text, isAscii }) => {
    const body = requestBody(text);
    expect(body.ascii).toBe(isAscii ? text : undefined);
    expect(body.bytes).toEqual(new TextEncoder().encode(text));
    expect(body.length).toBe(body.bytes?.byteLength);
  });
});
