import { randomBytes } from 'node:crypto';

import { chunksOf, joinedChunks } from './joined-chunks.ts';
import { contentRange } from './ranges.ts';
import type { BodySource, ByteRange } from './store.ts';
import type { StoredResponse } from './stored-response.ts';

/** The content of a 206 of several ranges (RFC 9110 §14.6), as it can be told before a byte of it was read. */
export interface Multipart {
  readonly contentType: string;
  /** Its length. */
  readonly bytes: number;
  /** Its bytes, as they are read. @param sources Of each range. */
  readonly body: (sources: readonly BodySource[]) => AsyncIterableIterator<Uint8Array, undefined>;
}

/**
 * RFC 9110 §15.3.7.2: one part for each range, with its `Content-Range`, and the `Content-Type` of the whole.
 * @param boundary What occurs in no part: 144 random bits, chosen after the body was stored, so that whoever wrote that could not know them.
 */
export function multipart(
  stored: StoredResponse,
  ranges: readonly ByteRange[],
  boundary: string = randomBytes(18).toString('base64url'),
): Multipart {
  const type = stored.headers.get('content-type');
  const typeLine = type === null ? '' : `Content-Type: ${type}\r\n`;
  const heads = ranges.map((range, index) =>
    // The line end before a boundary belongs to that; before the first there is nothing to end.
    Buffer.from(`${index === 0 ? '' : '\r\n'}--${boundary}\r\n${typeLine}Content-Range: ${contentRange(range, stored)}\r\n\r\n`, 'latin1'),
  );
  const end = Buffer.from(`\r\n--${boundary}--\r\n`, 'latin1');
  let bytes = end.byteLength;
  for (const head of heads) bytes += head.byteLength;
  for (const range of ranges) bytes += range.end - range.start;
  return {
    contentType: `multipart/byteranges; boundary=${boundary}`,
    bytes,
    body: (sources) =>
      joinedChunks([...sources.flatMap((source, index) => [chunksOf(heads[index] ?? NO_BYTES), chunksOf(source)]), chunksOf(end)]),
  };
}

const NO_BYTES = new Uint8Array(0);
