/** What a message says of an error from below. Where several addresses were tried it holds one for each, and says nothing itself. */
export function describeError(error: Error): string {
  if (!(error instanceof AggregateError)) return describeOne(error);
  return error.errors.map((one: unknown) => (one instanceof Error ? describeOne(one) : String(one))).join('; ');
}

/** OpenSSL's message is a dump of its error queue: numbers that differ from process to process, and files of its source. Its `reason` says the same. */
function describeOne(error: Error): string {
  if ('code' in error && NOT_TLS.has(error.code)) return 'the peer does not seem to speak TLS: try http: in place of https:';
  return 'reason' in error && 'library' in error && typeof error.reason === 'string' ? error.reason : error.message;
}

/** What OpenSSL makes of an answer in plain text, of whatever protocol. */
const NOT_TLS: ReadonlySet<unknown> = new Set(['ERR_SSL_WRONG_VERSION_NUMBER', 'ERR_SSL_PACKET_LENGTH_TOO_LONG']);
