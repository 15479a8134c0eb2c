import { malformed } from './protocol-error.ts';

/** RFC 9112 §4: `HTTP-version SP status-code SP [ reason-phrase ]`. */
export interface StatusLine {
  /** 0 to 9, as in HTTP/1.x. */
  readonly minorVersion: number;
  readonly status: number;
  readonly statusText: string;
}

const SP = 0x20;
const PREFIX = 'HTTP/1.';

/**
 * Refuses what cannot become a status line, as soon as it shows: a peer that speaks something else may wait for us for ever.
 * @param start Where the response starts; what is there may be less than a line.
 * @throws ProtocolError
 */
export function checkStatusLineStart(buffer: Buffer, start: number, end: number): void {
  const limit = Math.min(end, start + PREFIX.length);
  for (let at = start; at < limit; at++) {
    if (buffer[at] === PREFIX.charCodeAt(at - start)) continue;
    throw malformed(`the response does not start with "HTTP/1.": ${guess(buffer, start, end)}`);
  }
}

/** What the peer may be speaking. */
function guess(buffer: Buffer, start: number, end: number): string {
  const first = buffer[start] ?? 0;
  // RFC 8446 §5.1: an alert or a handshake record, version 3.x.
  if ((first === 0x15 || first === 0x16) && (end - start < 2 || buffer[start + 1] === 3)) return 'the peer seems to speak TLS, try https';
  // RFC 9113 §4.1: the length of a SETTINGS frame is below 256, its type 4, its stream 0.
  if (end - start >= 9 && first === 0 && buffer[start + 1] === 0 && buffer[start + 3] === 4) return 'the peer seems to speak HTTP/2';
  return `its first byte is 0x${first.toString(16).padStart(2, '0')}`;
}

/**
 * The line from `start` to `end`, without its CRLF; its bytes are known to be visible characters, spaces and tabs.
 * @throws ProtocolError
 */
export function parseStatusLine(buffer: Buffer, start: number, end: number): StatusLine {
  const minorVersion = digit(buffer, start + 7);
  const hundreds = digit(buffer, start + 9);
  const tens = digit(buffer, start + 10);
  const ones = digit(buffer, start + 11);
  if (end - start < 8 || minorVersion === -1) throw malformed('the version in the status line is not HTTP/1.x');
  if (end - start < 12 || buffer[start + 8] !== SP || hundreds < 1 || tens === -1 || ones === -1) {
    throw malformed('the status code is not a number of three digits from 100 to 999');
  }
  // The space before an absent reason is often left out.
  if (end - start > 12 && buffer[start + 12] !== SP) throw malformed('the status code is not followed by a space');
  const status = hundreds * 100 + tens * 10 + ones;
  const statusText = reason(buffer, start + 13, end);
  return minorVersion === 1 && status === 200 && statusText === 'OK' ? OK : { minorVersion, status, statusText };
}

/** What most responses begin with. */
const OK: StatusLine = { minorVersion: 1, status: 200, statusText: 'OK' };

function reason(buffer: Buffer, start: number, end: number): string {
  if (end <= start) return '';
  // Most are "OK": no new string for that.
  if (end - start === 2 && buffer[start] === 0x4f && buffer[start + 1] === 0x4b) return 'OK';
  return buffer.toString('latin1', start, end);
}

function digit(buffer: Buffer, at: number): number {
  const value = (buffer[at] ?? 0) - 0x30;
  return value >= 0 && value <= 9 ? value : -1;
}
