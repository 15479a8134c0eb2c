import type { HttpRequest } from './http-request.ts';

/** Go's isReplayable: nothing is lost by sending it twice, and its body can be opened again. */
export function isRepeatable(request: HttpRequest): boolean {
  if (request.body !== undefined && !request.body.isReplayable) return false;
  return SAFE_METHODS.has(request.method) || request.headers.has('idempotency-key') || request.headers.has('x-idempotency-key');
}

/** Of the idempotent methods (RFC 9110 §9.2.2) the safe ones, as in Go: a PUT that was applied and overwritten since must not come back. */
const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'QUERY']);
