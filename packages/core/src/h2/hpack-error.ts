import { ConnectionError } from './http2-error.ts';

/** A header block cannot be decoded, and so none after it (RFC 9113 §4.3). @param message What was seen; never a value. */
export function compressionError(message: string): ConnectionError {
  return new ConnectionError('COMPRESSION_ERROR', message);
}
