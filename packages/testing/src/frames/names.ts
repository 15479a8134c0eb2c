/** Frame types by their names (RFC 9113 §6). */
export const FRAME_TYPES = {
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

export type FrameType = keyof typeof FRAME_TYPES;

/** Flags by their names: which of them a frame has depends on its type. */
export const FLAGS = { END_STREAM: 0x1, ACK: 0x1, END_HEADERS: 0x4, PADDED: 0x8, PRIORITY: 0x20 } as const;

/** Settings by their names (RFC 9113 §6.5.2, RFC 8441 §3). */
export const SETTINGS = {
  HEADER_TABLE_SIZE: 0x1,
  ENABLE_PUSH: 0x2,
  MAX_CONCURRENT_STREAMS: 0x3,
  INITIAL_WINDOW_SIZE: 0x4,
  MAX_FRAME_SIZE: 0x5,
  MAX_HEADER_LIST_SIZE: 0x6,
  ENABLE_CONNECT_PROTOCOL: 0x8,
} as const;

export type SettingName = keyof typeof SETTINGS;

/** Error codes by their names (RFC 9113 §7). */
export const ERROR_CODES = {
  NO_ERROR: 0x0,
  PROTOCOL_ERROR: 0x1,
  INTERNAL_ERROR: 0x2,
  FLOW_CONTROL_ERROR: 0x3,
  SETTINGS_TIMEOUT: 0x4,
  STREAM_CLOSED: 0x5,
  FRAME_SIZE_ERROR: 0x6,
  REFUSED_STREAM: 0x7,
  CANCEL: 0x8,
  COMPRESSION_ERROR: 0x9,
  CONNECT_ERROR: 0xa,
  ENHANCE_YOUR_CALM: 0xb,
  INADEQUATE_SECURITY: 0xc,
  HTTP_1_1_REQUIRED: 0xd,
} as const;

export type ErrorCodeName = keyof typeof ERROR_CODES;

/** A code by its name, or one that has none. */
export type ErrorCode = ErrorCodeName | number;

/** The number of an error code. */
export function errorNumber(code: ErrorCode): number {
  return typeof code === 'number' ? code : ERROR_CODES[code];
}

/** The name that `table` has for a number, or undefined. */
export function nameOf<Name extends string>(table: Readonly<Record<Name, number>>, value: number): Name | undefined {
  for (const name in table) {
    if (table[name] === value) return name;
  }
  return undefined;
}
