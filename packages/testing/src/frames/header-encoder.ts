import type { RecordedField } from '../recorded-request.ts';

/** Fields in their order; several of one name are pairs. Text is latin1, a character a byte, and nothing is checked. */
export type FieldsToSend = readonly RecordedField[] | Readonly<Record<string, string>>;

/** A header block of literals, without index and without Huffman (RFC 7541 §6.2.2): it needs no table and changes none. One that is encoded stays as it is. */
export function encodeFields(fields: FieldsToSend | Uint8Array): Uint8Array {
  if (fields instanceof Uint8Array) return fields;
  const parts: Buffer[] = [];
  for (const [name, value] of isPairs(fields) ? fields : Object.entries(fields)) parts.push(Buffer.of(0), text(name), text(value));
  return Buffer.concat(parts);
}

function isPairs(fields: FieldsToSend): fields is readonly RecordedField[] {
  return Array.isArray(fields);
}

/** RFC 7541 §5.2. */
function text(value: string): Buffer {
  const bytes = Buffer.from(value, 'latin1');
  return Buffer.concat([integer(bytes.length), bytes]);
}

/** RFC 7541 §5.1, with a prefix of 7 bits and nothing before it. */
function integer(value: number): Buffer {
  if (value < 127) return Buffer.of(value);
  const bytes = [127];
  let rest = value - 127;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return Buffer.from([...bytes, rest]);
}
