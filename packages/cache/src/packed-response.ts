import { HttpHeaders } from '@roundtripper/core';

import type { Block, BodyMemory } from './body-memory.ts';
import { responseFields } from './response-fields.ts';
import { derive, type SelectingField, type StoredPolicy, type StoredResponse } from './stored-response.ts';

/** When it came, by both clocks, how old it was then, and the lengths of its body, wherever that is, its key, its line, and its fields. */
const NUMBERS = 7;
const NUMBERS_BYTES = 8 * NUMBERS;

/** What is written of a text that is not ASCII is at least one byte longer with so much room: no character takes more. */
const SLACK_BYTES = 4;

/**
 * A response as bytes, but for its policy, which is one object for all of which a server says the same. Most of what a cache stores is not asked for before it goes, and as objects its head is a
 * dozen of them, which V8 copies twice before they are old, goes through in each major collection, and has out of the processor's cache by the time they go.
 * @param head Its key is a mode and its URL.
 * @param body All of it, where it is to lie behind its head.
 * @returns undefined where it is a variant, a part, has tags or groups, or was made stale; and where its text is not ASCII.
 */
export function packResponse(head: StoredResponse, body: Uint8Array | undefined, memory: BodyMemory): Block | undefined {
  const { key, id, headers, receivedAtMs, receivedMonotonicMs, initialAgeMs } = head;
  const begin = isPlain(head) && receivedMonotonicMs !== undefined ? lineBeginOf(head) : undefined;
  if (begin === undefined || receivedMonotonicMs === undefined) return undefined;
  const fields = headers.toText();
  const text = key + begin + id + fields;
  const block = memory.take(NUMBERS_BYTES + text.length + Math.max(body?.byteLength ?? 0, SLACK_BYTES));
  const { memory: bytes, offset } = block;
  const bodyAt = offset + NUMBERS_BYTES + text.length;
  // As many bytes as characters are ASCII: of others at least one more would have been written. To ask a regular expression takes 0.1 µs.
  if (bytes.write(text, offset + NUMBERS_BYTES, text.length + SLACK_BYTES, 'utf8') !== text.length) {
    memory.free(block);
    return undefined;
  }
  if (body !== undefined) bytes.set(body, bodyAt);
  const numbers = numbersOf(block);
  const at = offset / 8;
  numbers[at] = receivedAtMs;
  numbers[at + 1] = receivedMonotonicMs;
  numbers[at + 2] = initialAgeMs;
  numbers[at + 3] = head.bodyBytes;
  numbers[at + 4] = key.length;
  numbers[at + 5] = begin.length + id.length;
  numbers[at + 6] = fields.length;
  return block;
}

/** What {@link packResponse} was given. @param policy What of it is not in the block. */
export function unpackHead(block: Block, policy: StoredPolicy): StoredResponse {
  const { memory: bytes, offset } = block;
  const { lineAt, fieldsAt, bodyAt } = placesIn(block);
  const key = packedKey(block);
  const [status, statusText = '', proto = '', ...id] = bytes.toString('latin1', lineAt, fieldsAt).split('\n');
  const url = urlIn(key);
  const numbers = numbersOf(block);
  const at = offset / 8;
  const receivedAtMs = numbers[at] ?? 0;
  // Each text on its own: what is cut out of another keeps all of it, beside a freshened head too.
  const headers = HttpHeaders.fromText(bytes.toString('latin1', fieldsAt, bodyAt));
  return {
    ...derive({ url, fields: responseFields(headers), receivedAtMs }),
    id: id.join('\n'),
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
    receivedMonotonicMs: numbers[at + 1],
    initialAgeMs: numbers[at + 2] ?? 0,
    policy,
    tags: NO_TAGS,
    isInvalidated: false,
    bodyBytes: numbers[at + 3] ?? 0,
  };
}

function isPlain({ variant, selecting, part, tags, groups, noVarySearch, isInvalidated }: StoredResponse): boolean {
  const isVariant = variant !== '' || selecting.length > 0 || part !== undefined || noVarySearch !== undefined;
  return !isVariant && tags.length === 0 && groups.length === 0 && !isInvalidated;
}

/** What was on the line of the last response before its id: the same of nearly all. */
let last = { status: 0, statusText: '', proto: '', begin: '0\n\n\n' };

/** @returns undefined where it cannot be told apart again. */
function lineBeginOf({ status, statusText, proto }: StoredResponse): string | undefined {
  if (status !== last.status || statusText !== last.statusText || proto !== last.proto) {
    if (statusText.includes('\n') || proto.includes('\n')) return undefined;
    last = { status, statusText, proto, begin: `${status}\n${statusText}\n${proto}\n` };
  }
  return last.begin;
}

/** The body that was packed with a head: lent, until something else is done with its memory. */
export function packedBody(block: Block): Uint8Array {
  const { bodyAt, bodyEnd } = placesIn(block);
  return block.memory.subarray(bodyAt, bodyEnd);
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

/** Where the parts of a packed response lie in its memory. */
interface Places {
  readonly lineAt: number;
  readonly fieldsAt: number;
  readonly bodyAt: number;
  /** Where the body ends that lies behind the head. */
  readonly bodyEnd: number;
}

function placesIn(block: Block): Places {
  const numbers = numbersOf(block);
  const at = block.offset / 8;
  const lineAt = block.offset + NUMBERS_BYTES + (numbers[at + 4] ?? 0);
  const fieldsAt = lineAt + (numbers[at + 5] ?? 0);
  const bodyAt = fieldsAt + (numbers[at + 6] ?? 0);
  return { lineAt, fieldsAt, bodyAt, bodyEnd: bodyAt + (numbers[at + 3] ?? 0) };
}

/** The memory of a block as numbers, of which it begins with some. A block of its own memory begins where that does. */
function numbersOf({ slab, memory }: Block): Float64Array {
  return slab?.numbers ?? new Float64Array(memory.buffer, memory.byteOffset, NUMBERS);
}

const NO_SELECTING: readonly SelectingField[] = [];
const NO_TAGS: readonly string[] = [];
/** One text of each for all. */
const PROTOCOLS: readonly string[] = ['HTTP/1.1', 'HTTP/2.0'];
