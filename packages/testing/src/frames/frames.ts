import { encodeFields, type FieldsToSend } from './header-encoder.ts';
import { errorNumber, FLAGS, FRAME_TYPES, SETTINGS, type ErrorCode, type FrameType, type SettingName } from './names.ts';

/** What a client sends first (RFC 9113 §3.4). */
export const PREFACE: Buffer = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

/** Bytes, or text of the characters U+0000–U+00FF, one byte each. */
export type Bytes = string | Uint8Array;

/** Any frame, right or wrong. */
export interface FrameParts {
  /** By name, or a number from 0 to 255. */
  readonly type: FrameType | number;
  /** Default 0. */
  readonly flags?: number | undefined;
  /** Default 0. From 2³¹ on the reserved bit is set. */
  readonly streamId?: number | undefined;
  /** Default empty. */
  readonly payload?: Bytes | undefined;
  /** What the frame says of the length of its payload, where that is a lie. */
  readonly length?: number | undefined;
}

/** A frame of these parts, whatever they are (RFC 9113 §4.1). */
export function frame({ type, flags = 0, streamId = 0, payload = '', length }: FrameParts): Buffer {
  const body = bytesOf(payload);
  const bytes = Buffer.alloc(9 + body.length);
  bytes.writeUIntBE(length ?? body.length, 0, 3);
  bytes.writeUInt8(typeof type === 'number' ? type : FRAME_TYPES[type], 3);
  bytes.writeUInt8(flags, 4);
  bytes.writeUInt32BE(streamId, 5);
  bytes.set(body, 9);
  return bytes;
}

/** Settings by name, or pairs with a number for a setting that has no name, or where one comes twice. */
export type SettingsToSend = Readonly<Partial<Record<SettingName, number>>> | readonly (readonly [SettingName | number, number])[];

export function settings(entries: SettingsToSend = {}): Buffer {
  const pairs: readonly (readonly [string | number, number | undefined])[] = isPairs(entries) ? entries : Object.entries(entries);
  const payload = Buffer.alloc(pairs.length * 6);
  for (const [index, [setting, value = 0]] of pairs.entries()) {
    payload.writeUInt16BE(typeof setting === 'number' ? setting : settingNumber(setting), index * 6);
    payload.writeUInt32BE(value, index * 6 + 2);
  }
  return frame({ type: 'SETTINGS', payload });
}

export function settingsAck(): Buffer {
  return frame({ type: 'SETTINGS', flags: FLAGS.ACK });
}

/** Of HEADERS. */
export interface HeadersOptions {
  /** Default false. */
  readonly endStream?: boolean | undefined;
  /** Whether no CONTINUATION follows. Default true. */
  readonly endHeaders?: boolean | undefined;
  /** So many bytes of padding, from 0 to 255. Default: the frame is not padded. */
  readonly padding?: number | undefined;
  readonly priority?: StreamPriority | undefined;
}

/** What HTTP/2 once meant by priority (RFC 9113 §5.3.2). */
export interface StreamPriority {
  /** Default 0. */
  readonly dependsOn?: number | undefined;
  /** From 1 to 256. Default 16. */
  readonly weight?: number | undefined;
  /** Default false. */
  readonly isExclusive?: boolean | undefined;
}

/** @param fields Sent as literals, without index and without Huffman; or a header block that is encoded already, or a part of one. */
export function headers(streamId: number, fields: FieldsToSend | Uint8Array, options: HeadersOptions = {}): Buffer {
  const { endStream = false, endHeaders = true, padding, priority: given } = options;
  const block = encodeFields(fields);
  const payload = given === undefined ? block : Buffer.concat([priorityPayload(given), block]);
  return frame({
    type: 'HEADERS',
    flags: flagsWhere(
      [endStream, FLAGS.END_STREAM],
      [endHeaders, FLAGS.END_HEADERS],
      [padding !== undefined, FLAGS.PADDED],
      [given !== undefined, FLAGS.PRIORITY],
    ),
    streamId,
    payload: padded(payload, padding),
  });
}

/** Of CONTINUATION. */
export interface ContinuationOptions {
  /** Whether no other CONTINUATION follows. Default true. */
  readonly endHeaders?: boolean | undefined;
}

/** The next part of a header block. */
export function continuation(streamId: number, fields: FieldsToSend | Uint8Array, { endHeaders = true }: ContinuationOptions = {}): Buffer {
  return frame({ type: 'CONTINUATION', flags: endHeaders ? FLAGS.END_HEADERS : 0, streamId, payload: encodeFields(fields) });
}

/** Of DATA. */
export interface DataOptions {
  /** Default false. */
  readonly endStream?: boolean | undefined;
  /** So many bytes of padding, from 0 to 255. Default: the frame is not padded. */
  readonly padding?: number | undefined;
}

export function data(streamId: number, bytes: Bytes, { endStream = false, padding }: DataOptions = {}): Buffer {
  const flags = flagsWhere([endStream, FLAGS.END_STREAM], [padding !== undefined, FLAGS.PADDED]);
  return frame({ type: 'DATA', flags, streamId, payload: padded(bytesOf(bytes), padding) });
}

/** RST_STREAM. */
export function reset(streamId: number, code: ErrorCode): Buffer {
  return frame({ type: 'RST_STREAM', streamId, payload: uint32(errorNumber(code)) });
}

export function priority(streamId: number, given: StreamPriority = {}): Buffer {
  return frame({ type: 'PRIORITY', streamId, payload: priorityPayload(given) });
}

export function pushPromise(streamId: number, promisedId: number, fields: FieldsToSend | Uint8Array): Buffer {
  const payload = Buffer.concat([uint32(promisedId), encodeFields(fields)]);
  return frame({ type: 'PUSH_PROMISE', flags: FLAGS.END_HEADERS, streamId, payload });
}

/** @param opaque 8 bytes. */
export function ping(opaque: Bytes = 'pingpong'): Buffer {
  return frame({ type: 'PING', payload: opaque });
}

/** @param opaque Those of the PING that it answers. */
export function pingAck(opaque: Bytes): Buffer {
  return frame({ type: 'PING', flags: FLAGS.ACK, payload: opaque });
}

export function goAway(lastStreamId: number, code: ErrorCode = 'NO_ERROR', debug: Bytes = ''): Buffer {
  return frame({ type: 'GOAWAY', payload: Buffer.concat([uint32(lastStreamId), uint32(errorNumber(code)), bytesOf(debug)]) });
}

/** @param streamId 0 for the connection. */
export function windowUpdate(streamId: number, increment: number): Buffer {
  return frame({ type: 'WINDOW_UPDATE', streamId, payload: uint32(increment) });
}

function isPairs(entries: SettingsToSend): entries is readonly (readonly [SettingName | number, number])[] {
  return Array.isArray(entries);
}

function settingNumber(name: string): number {
  for (const [known, value] of Object.entries(SETTINGS)) {
    if (known === name) return value;
  }
  throw new TypeError(`there is no setting ${name}`);
}

function flagsWhere(...flags: readonly (readonly [isSet: boolean, flag: number])[]): number {
  return flags.reduce((sum, [isSet, flag]) => (isSet ? sum | flag : sum), 0);
}

function bytesOf(bytes: Bytes): Uint8Array {
  return typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes;
}

function padded(payload: Uint8Array, padding: number | undefined): Uint8Array {
  return padding === undefined ? payload : Buffer.concat([Buffer.of(padding), payload, Buffer.alloc(padding)]);
}

function priorityPayload({ dependsOn = 0, weight = 16, isExclusive = false }: StreamPriority): Buffer {
  return Buffer.concat([uint32(isExclusive ? dependsOn + 2 ** 31 : dependsOn), Buffer.of(weight - 1)]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
