import { BASIC_FRAME_BYTES } from './frame-type.ts';
import { MAX_WINDOW } from './flow-window.ts';
import { ConnectionError } from './http2-error.ts';

/** One entry of a SETTINGS frame (RFC 9113 §6.5.1). */
export interface Setting {
  readonly id: number;
  readonly value: number;
}

/** RFC 9113 §6.5.2, RFC 8441 §3. */
export const SETTING = {
  HEADER_TABLE_SIZE: 0x1,
  ENABLE_PUSH: 0x2,
  MAX_CONCURRENT_STREAMS: 0x3,
  INITIAL_WINDOW_SIZE: 0x4,
  MAX_FRAME_SIZE: 0x5,
  MAX_HEADER_LIST_SIZE: 0x6,
  ENABLE_CONNECT_PROTOCOL: 0x8,
} as const;

/** What holds before anything was said. */
export const BASIC_HEADER_TABLE_BYTES = 4_096;
export const BASIC_WINDOW_BYTES = 65_535;

/** What the peer has said of itself so far. */
export interface PeerSettings {
  /** Whether it has said anything. */
  readonly isKnown: boolean;
  /** What it lets the table of our header encoder take: up to 2^32-1, of which we use what we like. */
  readonly headerTableBytes: number;
  readonly maxConcurrentStreams: number;
  /** Of each stream's window for what we send. */
  readonly initialWindowBytes: number;
  readonly maxFrameBytes: number;
  /** Infinite where it has not said. It may refuse what is larger. */
  readonly maxHeaderListBytes: number;
  /** Whether it takes CONNECT with a `:protocol` (RFC 8441). */
  readonly isConnectProtocolEnabled: boolean;
}

/** Until its first SETTINGS: requests do not wait for it. @param assumedStreams How many streams it is taken to allow. */
export function initialPeerSettings(assumedStreams: number): PeerSettings {
  return { ...INITIAL, maxConcurrentStreams: assumedStreams };
}

const INITIAL: Omit<PeerSettings, 'maxConcurrentStreams'> = {
  isKnown: false,
  headerTableBytes: BASIC_HEADER_TABLE_BYTES,
  initialWindowBytes: BASIC_WINDOW_BYTES,
  maxFrameBytes: BASIC_FRAME_BYTES,
  maxHeaderListBytes: Number.POSITIVE_INFINITY,
  isConnectProtocolEnabled: false,
};

/** Where its first SETTINGS does not say: without a limit by RFC 9113, with this one in Go. */
const UNSAID_CONCURRENT_STREAMS = 1_000;
const LARGEST_FRAME_BYTES = 2 ** 24 - 1;

/**
 * What holds once the peer has sent these, taken one after the other (RFC 9113 §6.5.3).
 * @throws ConnectionError
 */
export function withPeerSettings(before: PeerSettings, settings: readonly Setting[]): PeerSettings {
  const maxConcurrentStreams = before.isKnown ? before.maxConcurrentStreams : UNSAID_CONCURRENT_STREAMS;
  const after = { ...before, isKnown: true, maxConcurrentStreams };
  for (const setting of settings) applySetting(after, setting);
  return after;
}

function applySetting(settings: { -readonly [Name in keyof PeerSettings]: PeerSettings[Name] }, { id, value }: Setting): void {
  switch (id) {
    case SETTING.HEADER_TABLE_SIZE:
      settings.headerTableBytes = value;
      break;
    case SETTING.ENABLE_PUSH:
      // A server may only say that it does not mind.
      if (value !== 0) throw invalid('ENABLE_PUSH', value);
      break;
    case SETTING.MAX_CONCURRENT_STREAMS:
      settings.maxConcurrentStreams = value;
      break;
    case SETTING.INITIAL_WINDOW_SIZE:
      if (value > MAX_WINDOW) throw new ConnectionError('FLOW_CONTROL_ERROR', `the peer sets INITIAL_WINDOW_SIZE to ${value}`);
      settings.initialWindowBytes = value;
      break;
    case SETTING.MAX_FRAME_SIZE:
      // With 0 a header block would be cut into frames for ever (CVE-2026-33814).
      if (value < BASIC_FRAME_BYTES || value > LARGEST_FRAME_BYTES) throw invalid('MAX_FRAME_SIZE', value);
      settings.maxFrameBytes = value;
      break;
    case SETTING.MAX_HEADER_LIST_SIZE:
      settings.maxHeaderListBytes = value;
      break;
    case SETTING.ENABLE_CONNECT_PROTOCOL:
      // RFC 8441 §3: it cannot be taken back.
      if (value > 1 || (value === 0 && settings.isConnectProtocolEnabled)) throw invalid('ENABLE_CONNECT_PROTOCOL', value);
      settings.isConnectProtocolEnabled = value === 1;
      break;
    default:
    // RFC 9113 §6.5.2: what is not known is ignored.
  }
}

function invalid(name: keyof typeof SETTING, value: number): ConnectionError {
  return new ConnectionError('PROTOCOL_ERROR', `the peer sets ${name} to ${value}`);
}

/** What we say of ourselves. */
export interface OwnSettings {
  readonly headerTableBytes: number;
  /** Of each stream's window for what the peer sends. */
  readonly initialWindowBytes: number;
  /** Infinite for not saying. */
  readonly maxHeaderListBytes: number;
}

/**
 * As they are sent: never a push, and otherwise only what is not so anyway. Saying HEADER_TABLE_SIZE 4,096 has nginx answer with an update of its table to 0.
 * MAX_FRAME_SIZE stays as it is: {@link BASIC_FRAME_BYTES}.
 */
export function ownSettings({ headerTableBytes, initialWindowBytes, maxHeaderListBytes }: OwnSettings): readonly Setting[] {
  const settings: Setting[] = [{ id: SETTING.ENABLE_PUSH, value: 0 }];
  if (headerTableBytes !== BASIC_HEADER_TABLE_BYTES) settings.push({ id: SETTING.HEADER_TABLE_SIZE, value: headerTableBytes });
  if (initialWindowBytes !== BASIC_WINDOW_BYTES) settings.push({ id: SETTING.INITIAL_WINDOW_SIZE, value: initialWindowBytes });
  if (Number.isFinite(maxHeaderListBytes)) settings.push({ id: SETTING.MAX_HEADER_LIST_SIZE, value: maxHeaderListBytes });
  return settings;
}
