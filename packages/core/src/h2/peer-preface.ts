import { shown } from '../contract/field-syntax.ts';
import { ConnectionError } from './http2-error.ts';

const HTTP1 = 'HTTP/1.';
const LINE_BYTES = 128;
const CR = 0x0d;
const LF = 0x0a;

/**
 * A server's first frame is SETTINGS (RFC 9113 §3.4), and a short one: its first byte is 0. Refuses all else as soon as it shows, since a peer that speaks something
 * else may wait for us for ever.
 * @param seenBytes How much of `HTTP/1.` the peer has said before.
 * @returns how much of it by now; 0 where these are the bytes of a frame.
 * @throws ConnectionError
 */
export function checkPreface(bytes: Buffer, start: number, end: number, seenBytes: number): number {
  if (seenBytes === 0 && bytes[start] === 0) return 0;
  const limit = Math.min(end, start + HTTP1.length - seenBytes);
  let at = start;
  while (at < limit && bytes[at] === HTTP1.charCodeAt(seenBytes + at - start)) at++;
  const saidBytes = seenBytes + at - start;
  if (saidBytes === HTTP1.length) throw refused(`the peer answered HTTP/1.x: ${shown(HTTP1 + restOfLine(bytes, at, end))}`);
  if (at < limit) throw refused(`the peer does not speak HTTP/2: ${guess(seenBytes === 0 ? (bytes[start] ?? 0) : HTTP1.charCodeAt(0))}`);
  return saidBytes;
}

/** As much of a status line as is there. */
function restOfLine(bytes: Buffer, start: number, end: number): string {
  const limit = Math.min(end, start + LINE_BYTES);
  let at = start;
  while (at < limit && bytes[at] !== CR && bytes[at] !== LF) at++;
  return bytes.toString('latin1', start, at);
}

/** RFC 8446 §5.1: an alert or a handshake record. */
function guess(first: number): string {
  if (first === 0x15 || first === 0x16) return 'it seems to speak TLS, try https';
  return `its first byte is 0x${first.toString(16).padStart(2, '0')}`;
}

function refused(message: string): ConnectionError {
  return new ConnectionError('PROTOCOL_ERROR', message);
}
