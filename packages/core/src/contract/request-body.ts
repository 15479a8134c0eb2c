import { checkFieldValue } from './field-syntax.ts';
import { encodeMultipart } from './multipart.ts';

/** A chunk of a request body that a caller streams: bytes, or text that is sent as UTF-8. */
export type BodyChunk = Uint8Array | ArrayBufferView | ArrayBuffer | string;

/**
 * A request body in one of the forms that are there at once or can be streamed. A Node `Readable` is an async iterable.
 * Bytes are not copied: they must not change before they are sent.
 */
export type BodyContent =
  | string
  | Uint8Array
  | ArrayBufferView
  | ArrayBuffer
  | URLSearchParams
  | FormData
  | Blob
  | ReadableStream<BodyChunk>
  | AsyncIterable<BodyChunk>
  | Iterable<BodyChunk>;

/** What a caller may pass as a request body. A function is called each time the body is sent: Go's `GetBody`, for a stream that can be opened again. */
export type RequestBodyInit = BodyContent | (() => BodyContent | Promise<BodyContent>);

/** A body that was opened for sending: all its bytes, or its chunks in order. */
export type OpenBody =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'chunks'; readonly chunks: AsyncIterator<Uint8Array>; readonly cancel: (reason: unknown) => void };

/** A request body: opened once for each time it is sent, or released unread. */
export interface RequestBody {
  /** Whether it can be opened again: text, bytes, blobs, forms, arrays and functions can, streams and iterators cannot. */
  readonly isReplayable: boolean;
  /** Whether it can be opened: always where it is replayable, else until it was. */
  readonly canOpen: boolean;
  /** Its length in bytes where it is known before it is sent. */
  readonly length: number | undefined;
  /** The media type that belongs to this kind of body, used where the request has no `Content-Type`. */
  readonly contentType: string | undefined;
  /** All its bytes where they are at hand. */
  readonly bytes: Uint8Array | undefined;
  /** The same as text, where each of its characters is one byte, and there are not so many that slicing them would pay. */
  readonly ascii: string | undefined;
  /** @throws TypeError when it is not replayable and was opened or released before. */
  open(): OpenBody | Promise<OpenBody>;
  /** Gives up a body that will not be opened (again): a stream is cancelled. Idempotent; nothing happens to one that is open. */
  release(reason?: unknown): void;
}

/**
 * The body that stands for `content`.
 * @throws TypeError when it is of no supported kind.
 */
export function requestBody(content: RequestBodyInit): RequestBody {
  if (typeof content === 'string') return new TextBody(content, 'text/plain;charset=UTF-8');
  if (isBytes(content)) return bytesBody(bytesOf(content), undefined);
  if (content instanceof URLSearchParams) {
    return new TextBody(content.toString(), 'application/x-www-form-urlencoded;charset=UTF-8');
  }
  if (content instanceof FormData) {
    const { blob, contentType } = encodeMultipart(content);
    return blobBody(blob, contentType);
  }
  if (content instanceof Blob) return blobBody(content, content.type === '' ? undefined : checkFieldValue('content-type', content.type));
  if (typeof content === 'function') return reopenableBody(content);
  if (Array.isArray(content)) return arrayBody(content);
  if (isChunkSource(content)) return streamBody(content);
  throw new TypeError(
    `unsupported request body of type ${content === null ? 'null' : typeof content}: expected a string, bytes, URLSearchParams, FormData, Blob, a stream, an iterable, or a function that returns one`,
  );
}

/** What holds of a body that can be opened again, but for what each kind says otherwise. */
const REPLAYABLE = {
  isReplayable: true,
  canOpen: true,
  length: undefined,
  contentType: undefined,
  bytes: undefined,
  ascii: undefined,
  release: (): void => {},
} as const;

/** Text larger than this is encoded once and written as bytes. */
const MOST_ASCII = 65_536;

/** Text, sent as UTF-8. It is encoded when somebody asks for its bytes: ASCII leaves with the head as it is, which saves 2 µs a KiB. */
class TextBody implements RequestBody {
  readonly isReplayable = true;
  readonly canOpen = true;
  readonly length: number;
  readonly contentType: string;
  readonly #text: string;
  #bytes: Uint8Array | undefined;

  constructor(text: string, contentType: string) {
    this.#text = text;
    this.length = Buffer.byteLength(text);
    this.contentType = contentType;
  }

  get bytes(): Uint8Array {
    return (this.#bytes ??= encoder.encode(this.#text));
  }

  /** Every character beyond ASCII takes more bytes than characters. */
  get ascii(): string | undefined {
    return this.length === this.#text.length && this.length <= MOST_ASCII ? this.#text : undefined;
  }

  open(): OpenBody {
    return { kind: 'bytes', bytes: this.bytes };
  }

  release(): void {}
}

function bytesBody(bytes: Uint8Array, contentType: string | undefined): RequestBody {
  const open: OpenBody = { kind: 'bytes', bytes };
  return { ...REPLAYABLE, length: bytes.byteLength, contentType, bytes, open: () => open };
}

function blobBody(blob: Blob, contentType: string | undefined): RequestBody {
  return { ...REPLAYABLE, length: blob.size, contentType, open: () => openChunks(blob.stream()) };
}

function arrayBody(chunks: readonly BodyChunk[]): RequestBody {
  // Checked and encoded now, so that a wrong chunk is the caller's mistake and not a request cut off halfway.
  const encoded = chunks.map(chunkBytes);
  const length = encoded.reduce((sum, chunk) => sum + chunk.byteLength, 0);
  return { ...REPLAYABLE, length, open: () => openChunks(encoded) };
}

function reopenableBody(reopen: () => BodyContent | Promise<BodyContent>): RequestBody {
  return {
    ...REPLAYABLE,
    open: async () => requestBody(await reopen()).open(),
  };
}

function streamBody(source: ChunkSource): RequestBody {
  checkUnread(source);
  hearErrors(source);
  let isUsed = false;
  return {
    isReplayable: false,
    get canOpen() {
      return !isUsed;
    },
    length: undefined,
    contentType: undefined,
    bytes: undefined,
    ascii: undefined,
    open: () => {
      if (isUsed) throw usedBody();
      isUsed = true;
      return openChunks(source);
    },
    release: (reason) => {
      if (isUsed) return;
      isUsed = true;
      cancelSource(source, reason);
    },
  };
}

/** Why a body that cannot be opened any more is not sent. */
export function usedBody(): TypeError {
  return new TypeError(`${ALREADY_USED}: a stream or an iterator can be sent once; pass a function that opens it again`);
}

const ALREADY_USED = 'the request body was already used';

type ChunkSource = ReadableStream<BodyChunk> | AsyncIterable<BodyChunk> | Iterable<BodyChunk>;

function isChunkSource(content: unknown): content is ChunkSource {
  return typeof content === 'object' && content !== null && (Symbol.asyncIterator in content || Symbol.iterator in content);
}

/**
 * A stream that was read before would be sent as an empty body, which no peer could tell from a whole one.
 * @throws TypeError when there is nothing more to read in it, or somebody else reads it.
 */
function checkUnread(source: object): void {
  if (source instanceof ReadableStream) {
    try {
      // The one question to which a web stream says whether it was read: a Response refuses one that was.
      void new Response(source);
    } catch (error) {
      throw new TypeError(`${ALREADY_USED}: the stream was read before, or is locked`, { cause: error });
    }
  } else if ('readableEnded' in source && source.readableEnded === true) {
    throw new TypeError(`${ALREADY_USED}: the stream was read to its end`);
  }
}

/**
 * A Node stream may fail while its request waits for a connection (a file that is not there). An `error` event that nobody hears ends the
 * process; this one is met again when the body is opened. The listener lives as long as the stream: it may fail when it is destroyed, too.
 */
function hearErrors(source: object): void {
  if ('on' in source && typeof source.on === 'function') source.on('error', () => {});
}

function openChunks(source: ChunkSource): OpenBody {
  return source instanceof ReadableStream ? openWebStream(source) : openIterable(source);
}

/** By its reader: a stream's iterator would wait for a pending read before it cancels, and a stalled stream would never be told. */
function openWebStream(stream: ReadableStream<BodyChunk>): OpenBody {
  const reader = stream.getReader();
  const chunks: AsyncIterator<Uint8Array> = {
    next: async () => {
      const result = await reader.read();
      return result.done ? { done: true, value: undefined } : { done: false, value: chunkBytes(result.value) };
    },
  };
  return { kind: 'chunks', chunks, cancel: (reason) => void quietly(() => reader.cancel(reason)) };
}

function openIterable(source: AsyncIterable<BodyChunk> | Iterable<BodyChunk>): OpenBody {
  const iterator = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
  const chunks: AsyncIterator<Uint8Array> = {
    next: async () => {
      const result = await iterator.next();
      return result.done === true ? { done: true, value: undefined } : { done: false, value: chunkBytes(result.value) };
    },
  };
  const cancel = (reason: unknown): void => {
    cancelSource(source, reason);
    // What cancelSource() did not know how to end: an iterator that is not its own iterable.
    if (!Object.is(iterator, source)) void quietly(() => iterator.return?.());
  };
  return { kind: 'chunks', chunks, cancel };
}

/** Ends a source from outside: a Node stream (without the reason, which would come back as an `error` event), a web stream, or a generator. */
function cancelSource(source: object, reason: unknown): void {
  void (endBy('destroy', source) || endBy('cancel', source, reason) || endBy('return', source));
}

/** Calls a method of the source, where it has it. */
function endBy(name: string, source: object, ...args: readonly unknown[]): boolean {
  const method: unknown = Reflect.get(source, name);
  if (typeof method !== 'function') return false;
  void quietly((): unknown => Reflect.apply(method, source, args));
  return true;
}

/** Runs a stream's own clean-up. It may never settle, so nobody waits for it. */
async function quietly(cleanUp: () => unknown): Promise<void> {
  try {
    await cleanUp();
  } catch {
    // A failure to clean up is the stream's own affair: it holds nothing of ours, and nobody is left who could act on it.
  }
}

const encoder = new TextEncoder();

function isBytes(value: unknown): value is ArrayBuffer | ArrayBufferView {
  return value instanceof ArrayBuffer || ArrayBuffer.isView(value);
}

function bytesOf(value: ArrayBuffer | ArrayBufferView): Uint8Array {
  if (value instanceof Uint8Array) return value;
  return value instanceof ArrayBuffer ? new Uint8Array(value) : new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
}

/** @throws TypeError when the chunk is neither bytes nor text. */
function chunkBytes(chunk: unknown): Uint8Array {
  if (isBytes(chunk)) return bytesOf(chunk);
  if (typeof chunk === 'string') return encoder.encode(chunk);
  throw new TypeError(`unsupported chunk of type ${chunk === null ? 'null' : typeof chunk} in a request body: expected bytes or a string`);
}
