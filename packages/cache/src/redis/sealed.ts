import { sumOf } from '../external/chunks.ts';
import { parseStored, serialiseStored } from '../stored-form.ts';
import type { StoredResponse } from '../stored-response.ts';

const SUM_BYTES = 4;

/** A piece of a body as it lies in Redis: a checksum that holds for this place only, and the bytes. */
export function sealed(id: string, number: number, bytes: Uint8Array): Buffer {
  const value = Buffer.allocUnsafe(SUM_BYTES + bytes.byteLength);
  value.writeUInt32BE(sumOf(id, number, bytes));
  value.set(bytes, SUM_BYTES);
  return value;
}

/** The bytes of a piece; `undefined` where it is not what {@link sealed} has made for this place. */
export function unsealed(id: string, number: number, value: unknown): Uint8Array | undefined {
  if (!Buffer.isBuffer(value) || value.byteLength < SUM_BYTES) return undefined;
  const bytes = value.subarray(SUM_BYTES);
  return value.readUInt32BE() === sumOf(id, number, bytes) ? bytes : undefined;
}

/** Of a head: no piece of a body has this number. */
const HEAD = -1;

export function sealedHead(stored: StoredResponse): Buffer {
  return sealed(stored.id, HEAD, Buffer.from(serialiseStored(stored)));
}

/** Where a head was found. */
export interface HeadPlace {
  readonly key: string;
  readonly variant: string;
  readonly id: string;
}

/** A head; `undefined` where it is corrupt, or not in its place. */
export function unsealedHead(value: unknown, { key, variant, id }: HeadPlace): StoredResponse | undefined {
  const bytes = unsealed(id, HEAD, value);
  const stored = bytes === undefined ? undefined : parseStored(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString());
  return stored?.key === key && stored.variant === variant && stored.id === id ? stored : undefined;
}
