import type { RecordedField } from '../recorded-request.ts';
import type { HeaderDecoder } from './header-decoder.ts';
import { ERROR_CODES, FLAGS, FRAME_TYPES, nameOf, SETTINGS, type ErrorCode, type FrameType } from './names.ts';

/** A frame as it was on the wire. */
export interface RawFrame {
  readonly typeNumber: number;
  readonly flags: number;
  readonly streamId: number;
  readonly payload: Buffer;
}

/** What every frame that was received has. */
interface Received<Type extends string> extends RawFrame {
  readonly type: Type;
}

export interface DataFrame extends Received<'DATA'> {
  /** Without the padding. */
  readonly data: Buffer;
  readonly endStream: boolean;
}

/** HEADERS with the CONTINUATION frames that belong to it: its flags and its payload are those of the first. */
export interface HeadersFrame extends Received<'HEADERS'> {
  readonly fields: readonly RecordedField[];
  /** The names of fields that no one on the way may put into a table. */
  readonly neverIndexed: readonly string[];
  /** The whole header block, as it was encoded. */
  readonly block: Buffer;
  /** How many bytes of it each frame brought. */
  readonly parts: readonly number[];
  readonly endStream: boolean;
}

export interface ResetFrame extends Received<'RST_STREAM'> {
  readonly code: ErrorCode;
}

export interface SettingsFrame extends Received<'SETTINGS'> {
  readonly ack: boolean;
  /** By name; by number where there is none. */
  readonly settings: Readonly<Record<string, number>>;
}

export interface PingFrame extends Received<'PING'> {
  readonly ack: boolean;
}

export interface GoAwayFrame extends Received<'GOAWAY'> {
  readonly lastStreamId: number;
  readonly code: ErrorCode;
  readonly debug: string;
}

export interface WindowUpdateFrame extends Received<'WINDOW_UPDATE'> {
  readonly increment: number;
}

/** A frame that a {@link FrameConversation} was sent. Of a type that has no name here there is only what every frame has. */
export type ReceivedFrame =
  | DataFrame
  | HeadersFrame
  | ResetFrame
  | SettingsFrame
  | PingFrame
  | GoAwayFrame
  | WindowUpdateFrame
  | Received<'PRIORITY' | 'PUSH_PROMISE' | 'CONTINUATION' | 'UNKNOWN'>;

/** The names of frames that can be waited for. */
export type ReceivedType = ReceivedFrame['type'];

/** What has come of a header block that is not whole yet. */
export interface OpenBlock {
  readonly first: RawFrame;
  readonly parts: readonly Buffer[];
}

/** @throws Error for a payload that its type cannot have. Header blocks are not for here, see {@link readHeaders}. */
export function readFrame(raw: RawFrame): ReceivedFrame {
  const type = nameOf<FrameType>(FRAME_TYPES, raw.typeNumber) ?? 'UNKNOWN';
  const { payload, flags } = raw;
  switch (type) {
    case 'DATA':
      return { ...raw, type, data: unpadded(raw), endStream: (flags & FLAGS.END_STREAM) !== 0 };
    case 'RST_STREAM':
      return { ...sized(raw, type, 4), code: codeAt(payload, 0) };
    case 'SETTINGS':
      return { ...raw, type, ack: (flags & FLAGS.ACK) !== 0, settings: settingsOf(raw) };
    case 'PING':
      return { ...sized(raw, type, 8), ack: (flags & FLAGS.ACK) !== 0 };
    case 'GOAWAY':
      if (payload.length < 8) throw wrongSize(raw, type);
      return { ...raw, type, lastStreamId: payload.readUInt32BE(0), code: codeAt(payload, 4), debug: payload.toString('latin1', 8) };
    case 'WINDOW_UPDATE':
      return { ...sized(raw, type, 4), increment: payload.readUInt32BE(0) };
    case 'HEADERS':
      throw new Error('a header block is read when it is whole');
    default:
      return { ...raw, type };
  }
}

/** The part of a header block that is in HEADERS or CONTINUATION. */
export function blockPart(raw: RawFrame): Buffer {
  if (raw.typeNumber === FRAME_TYPES.CONTINUATION) return raw.payload;
  const bytes = unpadded(raw);
  return (raw.flags & FLAGS.PRIORITY) === 0 ? bytes : bytes.subarray(5);
}

/** @throws Error where the block cannot be decoded. */
export function readHeaders({ first, parts }: OpenBlock, decoder: HeaderDecoder): HeadersFrame {
  const block = Buffer.concat(parts);
  const { fields, neverIndexed } = decoder.decode(block);
  const endStream = (first.flags & FLAGS.END_STREAM) !== 0;
  return { ...first, type: 'HEADERS', fields, neverIndexed, block, parts: parts.map((part) => part.length), endStream };
}

function unpadded(raw: RawFrame): Buffer {
  if ((raw.flags & FLAGS.PADDED) === 0) return raw.payload;
  const padding = raw.payload[0] ?? 0;
  if (padding >= raw.payload.length) throw new Error('a frame has more padding than payload');
  return raw.payload.subarray(1, raw.payload.length - padding);
}

function settingsOf(raw: RawFrame): Record<string, number> {
  if (raw.payload.length % 6 !== 0) throw wrongSize(raw, 'SETTINGS');
  const settings: Record<string, number> = {};
  for (let at = 0; at < raw.payload.length; at += 6) {
    const setting = raw.payload.readUInt16BE(at);
    settings[nameOf(SETTINGS, setting) ?? String(setting)] = raw.payload.readUInt32BE(at + 2);
  }
  return settings;
}

function codeAt(payload: Buffer, at: number): ErrorCode {
  const code = payload.readUInt32BE(at);
  return nameOf(ERROR_CODES, code) ?? code;
}

function sized<Type extends string>(raw: RawFrame, type: Type, bytes: number): Received<Type> {
  if (raw.payload.length !== bytes) throw wrongSize(raw, type);
  return { ...raw, type };
}

function wrongSize({ payload }: RawFrame, type: string): Error {
  return new Error(`${type} has a payload of ${payload.length} bytes`);
}
