import { crc32 } from 'node:zlib';

import { chunkLength, sumOf, type ChunkSpan } from '../external/chunks.ts';
import type { KnownHeads } from './known-heads.ts';
import type { StoredResponse } from '../stored-response.ts';
import type { Row } from './row.ts';

/** A checksum of a head, which a row has beside it. */
export function headSum(head: string): number {
  return crc32(head);
}

/** The head in a row found under `key`; `undefined` where it is corrupt: of another form, changed, or in the wrong place. */
export function headIn(row: Row, key: string, heads: KnownHeads): StoredResponse | undefined {
  const { head, id } = row;
  if (typeof head !== 'string' || typeof id !== 'string' || headSum(head) !== row['sum']) return undefined;
  const stored = heads.parse(id, head);
  if (stored === undefined || stored.key !== key || stored.id !== id || stored.variant !== row['variant']) return undefined;
  // It is deleted by what the row says.
  if (stored.url !== row['url']) return undefined;
  return stored.bodyBytes === row['body_bytes'] ? stored : undefined;
}

/** The pieces in rows; `undefined` where one is missing or corrupt. */
export function piecesIn(rows: readonly Row[], stored: StoredResponse, { first, last }: ChunkSpan): readonly Uint8Array[] | undefined {
  if (rows.length !== last - first + 1) return undefined;
  const pieces: Uint8Array[] = [];
  for (const [index, row] of rows.entries()) {
    const bytes = row['number'] === first + index ? pieceIn(row, stored, first + index) : undefined;
    if (bytes === undefined) return undefined;
    pieces.push(bytes);
  }
  return pieces;
}

/** The piece in a row; `undefined` where it is corrupt. */
export function pieceIn(row: Row, { id, bodyBytes }: StoredResponse, number: number): Uint8Array | undefined {
  const { bytes, sum } = row;
  if (!(bytes instanceof Uint8Array) || bytes.byteLength !== chunkLength(bodyBytes, number)) return undefined;
  return sumOf(id, number, bytes) === sum ? bytes : undefined;
}
