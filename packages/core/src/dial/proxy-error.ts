/** A proxy gives no way through (`proxy-refused`), or is not understood, or is gone (`proxy-failed`). The dial makes a `RoundTripError` of it, which knows the rest. */
export class ProxyError extends Error {
  override readonly name: string = 'ProxyError';
  readonly code: 'proxy-refused' | 'proxy-failed';
  /** Of an HTTP proxy's answer, where there was one. */
  readonly status: number | undefined;

  constructor(code: ProxyError['code'], message: string, facts: ProxyErrorFacts) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.code = code;
    this.status = facts.status;
  }
}

/** What else is known. */
interface ProxyErrorFacts {
  readonly status?: number;
  readonly cause?: unknown;
}

/** The error for a proxy that answers as it should, and says no. */
export function proxyRefused(message: string, facts: ProxyErrorFacts = {}): ProxyError {
  return new ProxyError('proxy-refused', message, facts);
}

/** The error for a proxy that does not answer as it should. */
export function proxyFailed(message: string, facts: ProxyErrorFacts = {}): ProxyError {
  return new ProxyError('proxy-failed', message, facts);
}
