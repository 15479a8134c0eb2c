import { HttpHeaders } from '@roundtripper/core';

import type { Block, BodyMemory } from './body-memory.ts';
import { derive, type SelectingField, type StoredResponse } from './stored-response.ts';

/** When it came, by both clocks, and how old it was then. */
const NUMBERS_BYTES = 24;

/** What comes before the fields: key, id, status, its text, protocol. One byte a character, as fields are. */
const PARTS = 5;
const PACKABLE = /^(?:[^\n\u0100-\uFFFF]*\n){5}$/;

/**
 * A head as bytes, but for its policy, which is one object for all of which a server says the same. Most of what a cache stores is not asked for before it goes, and as objects it is a
 * dozen of them, which V8 copies twice before they are old, goes through in each major collection, and has out of the processor's cache by the time they go.
 * @param head One that is found by its URL alone.
 * @returns undefined where it is a variant, a part or was made stale, or its text takes more than a byte a character.
 */
export function packHead(head: StoredResponse, memory: BodyMemory): Block | undefined {
  const { key, id, status, statusText, proto, headers, receivedAtMs, receivedMonotonicMs, initialAgeMs } = head;
  if (!isPlain(head) || receivedMonotonicMs === undefined) return undefined;
  const start = `${key}\n${id}\n${status}\n${statusText}\n${proto}\n`;
  if (!PACKABLE.test(start)) return undefined;
  const text = start + headers.toText();
  const block = memory.take(NUMBERS_BYTES + text.length);
  const { memory: bytes, offset } = block;
  bytes.writeDoubleLE(receivedAtMs, offset);
  bytes.writeDoubleLE(receivedMonotonicMs, offset + 8);
  bytes.writeDoubleLE(initialAgeMs, offset + 16);
  bytes.write(text, offset + NUMBERS_BYTES, 'latin1');
  return block;
}

/** What {@link packHead} was given. @param others What of it is not in the block. */
export function unpackHead(block: Block, { policy, bodyBytes }: Pick<StoredResponse, 'policy' | 'bodyBytes'>): StoredResponse {
  const { memory: bytes, offset } = block;
  const { parts, fields } = split(textOf(block));
  const [key = '', id = '', status, statusText = '', proto = ''] = parts;
  const url = key.slice(key.indexOf(' ') + 1);
  const receivedAtMs = bytes.readDoubleLE(offset);
  const headers = HttpHeaders.fromText(fields);
  return {
    ...derive({ url, headers, receivedAtMs }),
    id,
    key,
    url,
    variant: '',
    selecting: NO_SELECTING,
    status: Number(status),
    statusText,
    proto,
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

function isPlain({ variant, selecting, part, noVarySearch, isInvalidated }: StoredResponse): boolean {
  return variant === '' && selecting.length === 0 && part === undefined && noVarySearch === undefined && !isInvalidated;
}

/** The key of a packed head: to look through all there are, without making them objects. */
export function packedKey(block: Block): string {
  const text = textOf(block);
  return text.slice(0, text.indexOf('\n'));
}

const NO_SELECTING: readonly SelectingField[] = [];
const NO_TAGS: readonly string[] = [];

function textOf({ memory, offset, byteLength }: Block): string {
  return memory.toString('latin1', offset + NUMBERS_BYTES, offset + byteLength);
}

function split(text: string): { readonly parts: readonly string[]; readonly fields: string } {
  const parts: string[] = [];
  let at = 0;
  while (parts.length < PARTS) {
    const end = text.indexOf('\n', at);
    parts.push(text.slice(at, end));
    at = end + 1;
  }
  return { parts, fields: text.slice(at) };
}
