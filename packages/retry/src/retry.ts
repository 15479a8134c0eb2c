import { HttpHeaders, roundTripper, type HttpRequest, type HttpResponse, type Middleware } from '@roundtripper/core';

import { Attempts } from './attempting.ts';
import { OriginHolds } from './origin-holds.ts';
import { resuming } from './resume-downloads.ts';
import { resolveRetryOptions, type RetryOptions } from './retry-options.ts';

/**
 * Sends a request again when that is safe and there is hope: after a failure that passes by itself, or a status that says "not now".
 *
 * It is safe when the method is idempotent or there is an `Idempotency-Key`, and the body is absent or can be opened again; a failure before anything was
 * sent may be repeated whatever the method. Between attempts it waits at random up to a growing limit, and as long as the server asks for. All requests to an origin share a budget of retries, so that
 * they cannot multiply the load on a server that fails.
 * When there is no further attempt, the last response is returned as it is, or the last error thrown as it is; `attemptsOf` tells of all of them, and why there was no other.
 *
 * It does not cover the response body, unless `resume` says so: that fails as it would without.
 *
 * @throws TypeError naming each option that is unknown or invalid.
 */
export function retry(options: RetryOptions = {}): Middleware {
  const settings = resolveRetryOptions(options);
  const { holdOrigin, makeKey } = settings;
  const holds = holdOrigin === 'ignore' ? undefined : new OriginHolds();
  return (next) => {
    const attempt = (request: HttpRequest): Promise<HttpResponse> => new Attempts(request, { next, settings, holds }).run();
    const retrying = roundTripper(makeKey === undefined ? attempt : async (request) => attempt(withIdempotencyKey(request, makeKey)));
    return settings.resumes ? resuming(retrying, settings) : retrying;
  };
}

/** One key for all attempts: it says to the server that they are one request. */
function withIdempotencyKey(request: HttpRequest, makeKey: (request: HttpRequest) => string): HttpRequest {
  const { method, headers } = request;
  if ((method !== 'POST' && method !== 'PATCH') || headers.has('idempotency-key') || headers.has('x-idempotency-key')) return request;
  try {
    const keyed = new HttpHeaders(headers);
    keyed.set('Idempotency-Key', makeKey(request));
    return request.with({ headers: keyed });
  } catch (error) {
    request.body?.release(error);
    throw error;
  }
}
