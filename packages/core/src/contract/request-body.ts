import { checkFieldValue } from './field-syntax.ts';
import { encodeMultipart } from './multipart.ts';

/** A chunk of a request body that a caller streams: bytes, or text that is sent as UTF-8. */
export type BodyChunk = Uint8Array | ArrayBuffer | string;

/** A request body in one of the forms that are there at once or can be streamed. A Node `Readable` is an async iterable. */
export type BodyContent =
  | string
  | Uint8Array
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
  /** Its length in bytes where it is known before it is sent. */
  readonly length: number | undefined;
  /** The media type that belongs to this kind of body, used where the request has no `Content-Type`. */
  readonly contentType: string | undefined;
  /** All its bytes where they are at hand. */
  readonly bytes: Uint8Array | undefined;
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
  if (typeof content === 'string') return bytesBody(new TextEncoder().encode(content), 'text/plain;charset=UTF-8');
  if (content instanceof Uint8Array) return bytesBody(content, undefined);
  if (content instanceof ArrayBuffer) return bytesBody(new Uint8Array(content), undefined);
  if (content instanceof URLSearchParams) {
    return bytesBody(new TextEncoder().encode(content.toString()), 'application/x-www-form-urlencoded;charset=UTF-8');
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

function bytesBody(bytes: Uint8Array, contentType: string | undefined): RequestBody {
  const open: OpenBody = { kind: 'bytes', bytes };
  return { isReplayable: true, length: bytes.byteLength, contentType, bytes, open: () => open, release: () => {} };
}

function blobBody(blob: Blob, contentType: string | undefined): RequestBody {
  return { isReplayable: true, length: blob.size, contentType, bytes: undefined, open: () => openChunks(blob.stream()), release: () => {} };
}

function arrayBody(chunks: readonly BodyChunk[]): RequestBody {
  // Checked and encoded now, so that a wrong chunk is the caller's mistake and not a request cut off halfway.
  const encoded = chunks.map(chunkBytes);
  const length = encoded.reduce((sum, chunk) => sum + chunk.byteLength, 0);
  return { isReplayable: true, length, contentType: undefined, bytes: undefined, open: () => openChunks(encoded), release: () => {} };
}

function reopenableBody(reopen: () => BodyContent | Promise<BodyContent>): RequestBody {
  return {
    isReplayable: true,
    length: undefined,
    contentType: undefined,
    bytes: undefined,
    open: async () => requestBody(await reopen()).open(),
    release: () => {},
  };
}

function streamBody(source: ChunkSource): RequestBody {
  let isUsed = false;
  return {
    isReplayable: false,
    length: undefined,
    contentType: undefined,
    bytes: undefined,
    open: () => {
      if (isUsed)
        throw new TypeError(
          'the request body was already used: a stream or an iterator can be sent once; pass a function that opens it again',
        );
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

type ChunkSource = AsyncIterable<BodyChunk> | Iterable<BodyChunk>;

function isChunkSource(content: unknown): content is ChunkSource {
  return typeof content === 'object' && content !== null && (Symbol.asyncIterator in content || Symbol.iterator in content);
}

function openChunks(source: ChunkSource): OpenBody {
  const iterator = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
  const chunks: AsyncIterator<Uint8Array> = {
    next: async () => {
      const result = await iterator.next();
      return result.done === true ? { done: true, value: undefined } : { done: false, value: chunkBytes(result.value) };
    },
  };
  const cancel = (reason: unknown): void => {
    cancelSource(source, reason);
    // A pending next() may never settle, so nobody waits for this; a failure to clean up is the stream's own affair.
    Promise.resolve(iterator.return?.()).catch(() => {});
  };
  return { kind: 'chunks', chunks, cancel };
}

/** Ends a stream from outside. Its iterator's `return()` alone would not: one that never started does not run its clean-up. */
function cancelSource(source: object, reason: unknown): void {
  if ('destroy' in source && typeof source.destroy === 'function') {
    source.destroy();
  } else if ('cancel' in source && typeof source.cancel === 'function') {
    // A stream that is locked or has failed refuses; it holds nothing of ours.
    Promise.resolve(source.cancel(reason)).catch(() => {});
  }
}

const encoder = new TextEncoder();

/** @throws TypeError when the chunk is neither bytes nor text. */
function chunkBytes(chunk: unknown): Uint8Array {
  if (chunk instanceof Uint8Array) return chunk;
  if (typeof chunk === 'string') return encoder.encode(chunk);
  if (chunk instanceof ArrayBuffer) return new Uint8Array(chunk);
  throw new TypeError(`unsupported chunk of type ${chunk === null ? 'null' : typeof chunk} in a request body: expected bytes or a string`);
}
