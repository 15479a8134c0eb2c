import { randomUUID } from 'node:crypto';

import { HttpHeaders } from '@roundtripper/core';

import { responseFields } from '../src/response-fields.ts';
import type { BodySource, ByteRange, CacheStore, CommitResult, EntryWriter, NewEntry, StoreRefusal } from '../src/store.ts';
import { derive, type StoredFields, type StoredResponse } from '../src/stored-response.ts';

/** What of an entry a test wants to be special. */
export interface Special extends Partial<Omit<StoredFields, 'headers' | 'key' | 'url'>> {
  /** Default `/`. */
  readonly path?: string;
  readonly url?: string;
  readonly key?: string;
  readonly headers?: readonly (readonly [string, string])[];
  readonly expectedBytes?: number | undefined;
  readonly mark?: string | undefined;
}

/** An entry as the cache makes it: a fresh 200. */
export function exampleEntry(special: Special = {}): NewEntry {
  const { path = '/', headers: fields = [], expectedBytes, ...rest } = special;
  const url = special.url ?? `https://example.com${path}`;
  const receivedAtMs = Date.now();
  const headers = new HttpHeaders([['Date', new Date(receivedAtMs).toUTCString()], ['Content-Type', 'text/plain'], ...fields]);
  return {
    id: randomUUID(),
    key: `private ${url}`,
    variant: '',
    selecting: [],
    status: 200,
    statusText: 'OK',
    proto: 'HTTP/1.1',
    part: undefined,
    receivedAtMs,
    receivedMonotonicMs: undefined,
    initialAgeMs: 0,
    policy: {
      lifetimeMs: 3_600_000,
      source: 'max-age',
      isAlwaysValidated: false,
      mustRevalidate: false,
      isImmutable: false,
      staleWhileRevalidateMs: 0,
      staleIfErrorMs: 0,
    },
    tags: [],
    isInvalidated: false,
    ...derive({ url, fields: responseFields(headers), receivedAtMs }),
    ...rest,
    url,
    headers,
    expectedBytes,
  };
}

/** Bytes in which every place can be told from its neighbours, and one seed from another. */
export function exampleBytes(length: number, seed = 1): Uint8Array {
  const words = new Uint32Array(Math.ceil(length / 4));
  let state = seed * 2_654_435_761;
  for (const index of words.keys()) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    words[index] = state;
  }
  return new Uint8Array(words.buffer).subarray(0, length);
}

/** Begins an entry and writes its body, in chunks of `chunkBytes`. */
export async function begin(
  store: CacheStore,
  entry: NewEntry,
  body: Uint8Array,
  chunkBytes: number = body.byteLength,
): Promise<EntryWriter> {
  const writer = await store.create(entry);
  if (writer === undefined) throw new Error('the store does not take the entry');
  const refusal = await writeAll(writer, body, chunkBytes);
  if (refusal !== undefined) throw new Error(`the store has refused: ${refusal}`);
  return writer;
}

/** Writes a body in chunks, until it is refused. */
export async function writeAll(
  writer: EntryWriter,
  body: Uint8Array,
  chunkBytes: number = body.byteLength,
): Promise<StoreRefusal | undefined> {
  for (let start = 0; start < body.byteLength; start += chunkBytes) {
    const refusal = await writer.write(body.slice(start, start + chunkBytes));
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}

/** Stores an entry. @returns what became of it. */
export async function put(store: CacheStore, entry: NewEntry, body: Uint8Array = exampleBytes(100)): Promise<CommitResult> {
  const writer = await begin(store, entry, body);
  return writer.commit(body.byteLength);
}

/** Stores an entry. @throws Error where it is refused. */
export async function putSurely(store: CacheStore, entry: NewEntry, body?: Uint8Array): Promise<StoredResponse> {
  const result = await put(store, entry, body);
  if (result.kind === 'stored') return result.stored;
  throw new Error(`the store has refused: ${result.reason}`);
}

/** The body of a stored response, or a part of it, as one piece. */
export async function bodyOf(store: CacheStore, stored: StoredResponse, range?: ByteRange): Promise<Uint8Array | undefined> {
  const source = await store.read(stored, range);
  return source === undefined ? undefined : bytesOf(source);
}

export async function bytesOf(source: BodySource): Promise<Uint8Array> {
  if (source instanceof Uint8Array) return source;
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return Buffer.concat(chunks);
}
