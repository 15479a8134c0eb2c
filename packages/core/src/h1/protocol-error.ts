/** What a peer did against the protocol, or against a limit of ours. The connection makes a `RoundTripError` of it, which knows the rest. */
export class ProtocolError extends Error {
  override readonly name: string = 'ProtocolError';
  readonly code: 'malformed-response' | 'response-limit';

  constructor(code: 'malformed-response' | 'response-limit', message: string) {
    super(message);
    this.code = code;
  }
}

/** The error for bytes that are not what the grammar asks for. */
export function malformed(message: string): ProtocolError {
  return new ProtocolError('malformed-response', message);
}

/** The error for more than we are willing to take. @param option Of the Transport's, which says how much that is. */
export function beyondLimit(message: string, option: string): ProtocolError {
  return new ProtocolError('response-limit', `${message} (${option})`);
}

/** A byte as it can stand in a message: `"x"` or `0x0a`. */
export function shownByte(byte: number): string {
  return byte > 0x20 && byte < 0x7f ? JSON.stringify(String.fromCharCode(byte)) : `0x${byte.toString(16).padStart(2, '0')}`;
}
