/** Kinds of frames (RFC 9113 §6). */
export const FRAME = {
  DATA: 0x0,
  HEADERS: 0x1,
  PRIORITY: 0x2,
  RST_STREAM: 0x3,
  SETTINGS: 0x4,
  PUSH_PROMISE: 0x5,
  PING: 0x6,
  GOAWAY: 0x7,
  WINDOW_UPDATE: 0x8,
  CONTINUATION: 0x9,
} as const;

/** What a bit of a frame's flags says; on other frames it says nothing (RFC 9113 §4.1). */
export const FLAG = {
  /** DATA, HEADERS. */
  END_STREAM: 0x1,
  /** SETTINGS, PING. */
  ACK: 0x1,
  /** HEADERS, CONTINUATION. */
  END_HEADERS: 0x4,
  /** DATA, HEADERS. */
  PADDED: 0x8,
  /** HEADERS. */
  PRIORITY: 0x20,
} as const;

export const FRAME_HEADER_BYTES = 9;

/** The payload that every endpoint takes (RFC 9113 §4.2), and all that this one does: more was measured to bring nothing. */
export const BASIC_FRAME_BYTES = 16_384;

const NAMES: readonly string[] = Object.keys(FRAME);

/** For messages. */
export function frameName(type: number): string {
  return NAMES[type] ?? `type ${type}`;
}
