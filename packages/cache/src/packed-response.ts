import { HttpHeaders } from '@roundtripper/core';

import type { Block, BodyMemory } from './body-memory.ts';
import { derive, type SelectingField, type StoredPolicy, type StoredResponse } from './stored-response.ts';

/** When it came, by both clocks, how old it was then, and the lengths of its body, wherever that is, its key, its line, and its fields. */
const NUMBERS_BYTES = 44;

/** An id, and what follows it on the line: status, status text, protocol. One byte a character, as fields are. */
const ID = /^[\w-]*$/;
const LINE = /^[^\n\u0100-\uFFFF]*(?:\n[^\n\u0100-\uFFFF]*){2}$/;
const ONE_BYTE = /^[\0-\u00FF]*$/;

/**
 * A response as bytes, but for its policy, which is one object for all of which a server says the same. Most of what a cache stores is not asked for before it goes, and as objects its head is a
 * dozen of them, which V8 copies twice before they are old, goes through in each major collection, and has out of the processor's cache by the time they go.
 * @param head Its key is a mode and its URL.
 * @param body All of it, where it is to lie behind its head.
 * @returns undefined where it is a variant, a part, has tags or groups, or was made stale, or its text takes more than a byte a character.
 */
export function packResponse(head: StoredResponse, body: Uint8Array | undefined, memory: BodyMemory): Block | undefined {
  const { key, id, headers, receivedAtMs, receivedMonotonicMs, initialAgeMs } = head;
  const rest = isPlain(head) && receivedMonotonicMs !== undefined ? lineRestOf(head) : undefined;
  if (rest === undefined || receivedMonotonicMs === undefined || !ID.test(id) || !ONE_BYTE.test(key)) return undefined;
  const fields = headers.toText();
  const text = key + id + rest + fields;
  const block = memory.take(NUMBERS_BYTES + text.length + (body?.byteLength ?? 0));
  const { memory: bytes, offset } = block;
  bytes.writeDoubleLE(receivedAtMs, offset);
  bytes.writeDoubleLE(receivedMonotonicMs, offset + 8);
  bytes.writeDoubleLE(initialAgeMs, offset + 16);
  bytes.writeDoubleLE(head.bodyBytes, offset + 24);
  bytes.writeUInt32LE(key.length, offset + 32);
  bytes.writeUInt32LE(id.length + rest.length, offset + 36);
  bytes.writeUInt32LE(fields.length, offset + 40);
  bytes.write(text, offset + NUMBERS_BYTES, 'latin1');
  if (body !== undefined) bytes.set(body, offset + NUMBERS_BYTES + text.length);
  return block;
}

/** What {@link packResponse} was given. @param policy What of it is not in the block. */
export function unpackHead(block: Block, policy: StoredPolicy): StoredResponse {
  const { memory: bytes, offset } = block;
  const { lineAt, fieldsAt, bodyAt } = placesIn(block);
  const key = packedKey(block);
  const [id = '', status, statusText = '', proto = ''] = bytes.toString('latin1', lineAt, fieldsAt).split('\n');
  const url = urlIn(key);
  const receivedAtMs = bytes.readDoubleLE(offset);
  // Each text on its own: what is cut out of another keeps all of it, beside a freshened head too.
  const headers = HttpHeaders.fromText(bytes.toString('latin1', fieldsAt, bodyAt));
  return {
    ...derive({ url, headers, receivedAtMs }),
    id,
    key,
    url,
    variant: '',
    selecting: NO_SELECTING,
    status: Number(status),
    statusText,
    proto: PROTOCOLS.find((known) => known === proto) ?? proto,
    headers,
    part: undefined,
    receivedAtMs,
    receivedMonotonicMs: bytes.readDoubleLE(offset + 8),
    initialAgeMs: bytes.readDoubleLE(offset + 16),
    policy,
    tags: NO_TAGS,
    isInvalidated: false,
    bodyBytes: bytes.readDoubleLE(offset + 24),
  };
}

function isPlain({ variant, selecting, part, tags, groups, noVarySearch, isInvalidated }: StoredResponse): boolean {
  const isVariant = variant !== '' || selecting.length > 0 || part !== undefined || noVarySearch !== undefined;
  return !isVariant && tags.length === 0 && groups.length === 0 && !isInvalidated;
}

/** What was on the line of the last response behind its id: the same of nearly all. */
let last = { status: 0, statusText: '', proto: '', rest: '\n0\n\n' };

/** @returns undefined where it cannot be told from what is beside it, or written so. */
function lineRestOf({ status, statusText, proto }: StoredResponse): string | undefined {
  if (status !== last.status || statusText !== last.statusText || proto !== last.proto) {
    const rest = `\n${status}\n${statusText}\n${proto}`;
    if (!LINE.test(rest.slice(1))) return undefined;
    last = { status, statusText, proto, rest };
  }
  return last.rest;
}

/** The body that was packed with a head: lent, until something else is done with its memory. */
export function packedBody(block: Block): Uint8Array {
  return block.memory.subarray(placesIn(block).bodyAt, block.offset + block.byteLength);
}

/** The key of a packed response: to look through all there are, without making them objects. */
export function packedKey(block: Block): string {
  return block.memory.toString('latin1', block.offset + NUMBERS_BYTES, placesIn(block).lineAt);
}

/** The URL of a packed response. */
export function packedUrl(block: Block): string {
  return urlIn(packedKey(block));
}

/** What follows the mode. */
function urlIn(key: string): string {
  return key.slice(key.indexOf(' ') + 1);
}

function placesIn({ memory, offset }: Block): { readonly lineAt: number; readonly fieldsAt: number; readonly bodyAt: number } {
  const lineAt = offset + NUMBERS_BYTES + memory.readUInt32LE(offset + 32);
  const fieldsAt = lineAt + memory.readUInt32LE(offset + 36);
  return { lineAt, fieldsAt, bodyAt: fieldsAt + memory.readUInt32LE(offset + 40) };
}

const NO_SELECTING: readonly SelectingField[] = [];
const NO_TAGS: readonly string[] = [];
/** One text of each for all. */
const PROTOCOLS: readonly string[] = ['HTTP/1.1', 'HTTP/2.0'];
