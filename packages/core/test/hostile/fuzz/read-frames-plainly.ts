import { shown } from '../../../src/contract/field-syntax.ts';
import { errorCodeName } from '../../../src/h2/error-code.ts';
import type { FrameEvent } from '../../read-frames.ts';

/** What is found in bytes that are all there. */
export interface PlainReading {
  readonly events: FrameEvent[];
  /** All that could be said against the frame that is refused. Empty where none is. */
  codes: string[];
}

/** A frame that has come, or has begun to. */
interface Frame {
  readonly bytes: number;
  readonly type: number;
  readonly flags: number;
  readonly streamId: number;
  readonly payload: Buffer;
  readonly isWhole: boolean;
}

interface Block {
  readonly streamId: number;
  readonly isEndStream: boolean;
  readonly fragments: Buffer[];
  empty: number;
}

const [DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, , CONTINUATION] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
/** Of types whose length is said. */
const SIZES: Readonly<Record<number, readonly [min: number, max: number]>> = {
  2: [5, 5],
  3: [4, 4],
  6: [8, 8],
  7: [8, 16_384],
  8: [4, 4],
};
const ON_STREAMS: ReadonlySet<number> = new Set([DATA, HEADERS, PRIORITY, RST_STREAM, PUSH_PROMISE, CONTINUATION]);
const ON_CONNECTIONS: ReadonlySet<number> = new Set([SETTINGS, PING, GOAWAY]);

/** Reads frames as RFC 9113 §6 says them, one rule after the other and with no thought of speed: to be compared with. */
export function readFramesPlainly(text: string, maxBlockBytes: number): PlainReading {
  const bytes = Buffer.from(text, 'latin1');
  const reading: PlainReading = { events: [], codes: [] };
  const first = firstFault(bytes);
  if (first !== undefined) return { events: [], codes: [first] };
  let block: Block | undefined;
  for (let at = 0, isFirst = true; at + 9 <= bytes.length; isFirst = false) {
    const frame = frameAt(bytes, at);
    at += 9 + frame.bytes;
    reading.codes = [...faultsOfFrame(frame), ...faultsOfPlace(frame, isFirst, block, maxBlockBytes)];
    if (reading.codes.length > 0) return reading;
    block = takeFrame(frame, block, reading);
    if (reading.codes.length > 0) return reading;
  }
  return reading;
}

function firstFault(bytes: Buffer): string | undefined {
  const begun = bytes.toString('latin1', 0, 7);
  if (bytes.length === 0 || bytes[0] === 0 || (begun.length < 7 && 'HTTP/1.'.startsWith(begun))) return undefined;
  return 'PROTOCOL_ERROR';
}

function frameAt(bytes: Buffer, at: number): Frame {
  const length = bytes.readUIntBE(at, 3);
  const payload = bytes.subarray(at + 9, at + 9 + length);
  return {
    bytes: length,
    type: bytes[at + 3] ?? 0,
    flags: bytes[at + 4] ?? 0,
    streamId: bytes.readUInt32BE(at + 5) % 2 ** 31,
    payload,
    isWhole: payload.length === length,
  };
}

type Rules = readonly (readonly [isBroken: boolean, code: string])[];

function broken(rules: Rules): string[] {
  return rules.filter(([isBroken]) => isBroken).map(([, code]) => code);
}

/** By itself. */
function faultsOfFrame({ bytes, type, flags, streamId }: Frame): string[] {
  const isAck = flags % 2 === 1;
  const prefix = type === DATA || type === HEADERS ? (flags & 8) / 8 + (type === HEADERS && (flags & 32) > 0 ? 5 : 0) : 0;
  const [min, max] = SIZES[type] ?? [prefix, 16_384];
  return broken([
    [bytes < min || bytes > max, 'FRAME_SIZE_ERROR'],
    [type === SETTINGS && (isAck ? bytes > 0 : bytes % 6 > 0), 'FRAME_SIZE_ERROR'],
    [type === SETTINGS && bytes > 32 * 6, 'ENHANCE_YOUR_CALM'],
    [ON_STREAMS.has(type) && streamId === 0, 'PROTOCOL_ERROR'],
    [ON_CONNECTIONS.has(type) && streamId > 0, 'PROTOCOL_ERROR'],
    [type === PUSH_PROMISE, 'PROTOCOL_ERROR'],
  ]);
}

/** By what came before. */
function faultsOfPlace(
  { bytes, type, flags, streamId }: Frame,
  isFirst: boolean,
  block: Block | undefined,
  maxBlockBytes: number,
): string[] {
  const blockBytes = (block?.fragments ?? []).reduce((sum, fragment) => sum + fragment.length, bytes);
  const continues = type === CONTINUATION && block?.streamId === streamId;
  return broken([
    [isFirst && (type !== SETTINGS || flags % 2 === 1), 'PROTOCOL_ERROR'],
    [(block !== undefined || type === CONTINUATION) && !continues, 'PROTOCOL_ERROR'],
    [continues && block.fragments.length > 8, 'ENHANCE_YOUR_CALM'],
    [continues && bytes === 0 && block.empty > 0, 'ENHANCE_YOUR_CALM'],
    [(type === HEADERS || type === CONTINUATION) && blockBytes > maxBlockBytes, 'ENHANCE_YOUR_CALM'],
  ]);
}

/** @returns the header block that is open after it. */
function takeFrame(frame: Frame, block: Block | undefined, reading: PlainReading): Block | undefined {
  const { type, flags, streamId, payload } = frame;
  const { events } = reading;
  if (type === DATA) {
    takeData(frame, reading);
    return block;
  }
  if (type > CONTINUATION || type === PRIORITY) events.push({ kind: 'ignored', type });
  else if (!frame.isWhole && !(type === GOAWAY && payload.length >= 8 + 129)) return block;
  else if (type === HEADERS || type === CONTINUATION) return takeBlock(frame, block, reading);
  else if (type === SETTINGS && flags % 2 === 1) events.push({ kind: 'settings-ack' });
  else if (type === SETTINGS) {
    const settings = Array.from({ length: payload.length / 6 }, (_, at) => ({
      id: payload.readUInt16BE(at * 6),
      value: payload.readUInt32BE(at * 6 + 2),
    }));
    events.push({ kind: 'settings', settings });
  } else if (type === PING) {
    events.push({ kind: 'ping', high: payload.readUInt32BE(0), low: payload.readUInt32BE(4), isAck: flags % 2 === 1 });
  } else if (type === GOAWAY) {
    const debug = payload.toString('latin1', 8, 8 + 129);
    const code = errorCodeName(payload.readUInt32BE(4));
    events.push({ kind: 'goaway', lastStreamId: payload.readUInt32BE(0) % 2 ** 31, code, debugText: debug === '' ? '' : shown(debug) });
  } else if (type === RST_STREAM) events.push({ kind: 'reset', streamId, code: errorCodeName(payload.readUInt32BE(0)) });
  else takeWindowUpdate(frame, reading);
  return block;
}

function takeData({ bytes, flags, streamId, payload, isWhole }: Frame, reading: PlainReading): void {
  const padBytes = (flags & 8) > 0 ? payload[0] : undefined;
  if (padBytes !== undefined && padBytes >= bytes) reading.codes = ['PROTOCOL_ERROR'];
  const dataStart = (flags & 8) > 0 ? 1 : 0;
  const data = reading.codes.length > 0 ? '' : payload.toString('latin1', dataStart, bytes - (padBytes ?? 0));
  const isComplete = isWhole && reading.codes.length === 0;
  const end = isComplete ? { paddingBytes: dataStart + (padBytes ?? 0), isEndStream: flags % 2 === 1 } : undefined;
  reading.events.push({ kind: 'data', streamId, flowBytes: bytes, data, end });
}

function takeBlock({ type, flags, streamId, payload }: Frame, open: Block | undefined, reading: PlainReading): Block | undefined {
  let block = open;
  if (type === HEADERS) {
    const padBytes = (flags & 8) > 0 ? (payload[0] ?? 0) : 0;
    const start = ((flags & 8) > 0 ? 1 : 0) + ((flags & 32) > 0 ? 5 : 0);
    if (start + padBytes > payload.length) reading.codes = ['PROTOCOL_ERROR'];
    const fragment = payload.subarray(start, payload.length - padBytes);
    block = { streamId, isEndStream: flags % 2 === 1, fragments: [fragment], empty: 0 };
  } else {
    block?.fragments.push(payload);
    if (block !== undefined && payload.length === 0) block.empty += 1;
  }
  if (block === undefined || reading.codes.length > 0 || (flags & 4) === 0) return block;
  const content = Buffer.concat(block.fragments).toString('latin1');
  reading.events.push({ kind: 'headers', streamId, isEndStream: block.isEndStream, block: content });
  return undefined;
}

function takeWindowUpdate({ streamId, payload }: Frame, reading: PlainReading): void {
  const increment = payload.readUInt32BE(0) % 2 ** 31;
  if (increment > 0) reading.events.push({ kind: 'window-update', streamId, increment });
  else if (streamId > 0) reading.events.push({ kind: 'stream-error', streamId, code: 'PROTOCOL_ERROR' });
  else reading.codes = ['PROTOCOL_ERROR'];
}
