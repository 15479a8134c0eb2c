import { HttpHeaders } from '@roundtripper/core';

import type { Block, BodyMemory } from './body-memory.ts';
import { derive, type SelectingField, type StoredResponse } from './stored-response.ts';

/** When it came, by both clocks, how old it was then, and the lengths of its key and of what is on its line. */
const NUMBERS_BYTES = 32;

/** What comes between the key and the fields: id, status, status text, protocol. One byte a character, as fields are. */
const LINE = /^[^\n\u0100-\uFFFF]*(?:\n[^\n\u0100-\uFFFF]*){3}$/;
const ONE_BYTE = /^[\0-\u00FF]*$/;

/**
 * A head as bytes, but for its policy, which is one object for all of which a server says the same. Most of what a cache stores is not asked for before it goes, and as objects it is a
 * dozen of them, which V8 copies twice before they are old, goes through in each major collection, and has out of the processor's cache by the time they go.
 * @param head Its key is a mode and its URL.
 * @returns undefined where it is a variant, a part, has tags or groups, or was made stale, or its text takes more than a byte a character.
 */
export function packHead(head: StoredResponse, memory: BodyMemory): Block | undefined {
  const { key, id, status, statusText, proto, headers, receivedAtMs, receivedMonotonicMs, initialAgeMs } = head;
  if (!isPlain(head) || receivedMonotonicMs === undefined) return undefined;
  const line = `${id}\n${status}\n${statusText}\n${proto}`;
  if (!LINE.test(line) || !ONE_BYTE.test(key)) return undefined;
  const text = key + line + headers.toText();
  const block = memory.take(NUMBERS_BYTES + text.length);
  const { memory: bytes, offset } = block;
  bytes.writeDoubleLE(receivedAtMs, offset);
  bytes.writeDoubleLE(receivedMonotonicMs, offset + 8);
  bytes.writeDoubleLE(initialAgeMs, offset + 16);
  bytes.writeUInt32LE(key.length, offset + 24);
  bytes.writeUInt32LE(line.length, offset + 28);
  bytes.write(text, offset + NUMBERS_BYTES, 'latin1');
  return block;
}

/** What {@link packHead} was given. @param others What of it is not in the block. */
export function unpackHead(block: Block, { policy, bodyBytes }: Pick<StoredResponse, 'policy' | 'bodyBytes'>): StoredResponse {
  const { memory: bytes, offset, byteLength } = block;
  const { lineAt, fieldsAt } = placesIn(block);
  const key = packedKey(block);
  const [id = '', status, statusText = '', proto = ''] = bytes.toString('latin1', lineAt, fieldsAt).split('\n');
  const url = urlIn(key);
  const receivedAtMs = bytes.readDoubleLE(offset);
  // Each text on its own: what is cut out of another keeps all of it, beside a freshened head too.
  const headers = HttpHeaders.fromText(bytes.toString('latin1', fieldsAt, offset + byteLength));
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
    bodyBytes,
  };
}

function isPlain({ variant, selecting, part, tags, groups, noVarySearch, isInvalidated }: StoredResponse): boolean {
  const isVariant = variant !== '' || selecting.length > 0 || part !== undefined || noVarySearch !== undefined;
  return !isVariant && tags.length === 0 && groups.length === 0 && !isInvalidated;
}

/** The key of a packed head: to look through all there are, without making them objects. */
export function packedKey(block: Block): string {
  return block.memory.toString('latin1', block.offset + NUMBERS_BYTES, placesIn(block).lineAt);
}

/** The URL of a packed head. */
export function packedUrl(block: Block): string {
  return urlIn(packedKey(block));
}

/** What follows the mode. */
function urlIn(key: string): string {
  return key.slice(key.indexOf(' ') + 1);
}

function placesIn({ memory, offset }: Block): { readonly lineAt: number; readonly fieldsAt: number } {
  const lineAt = offset + NUMBERS_BYTES + memory.readUInt32LE(offset + 24);
  return { lineAt, fieldsAt: lineAt + memory.readUInt32LE(offset + 28) };
}

const NO_SELECTING: readonly SelectingField[] = [];
const NO_TAGS: readonly string[] = [];
/** One text of each for all. */
const PROTOCOLS: readonly string[] = ['HTTP/1.1', 'HTTP/2.0'];
