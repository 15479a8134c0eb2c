import { contextKey, roundTripper, type ContextKey, type HttpRequest, type Middleware } from '@roundtripper/core';

/** How often a request was sent, over all attempts of all layers. */
export interface Sends {
  count: number;
}

const SENDS: ContextKey<Sends> = contextKey('sends');

/**
 * A middleware that has `openTelemetry()` number the attempts of layers between the two: list it outside of what sends a request again (retry, hedging, redirects), and
 * the second span of a request has `http.request.resend_count: 1`, the third 2, and so on. Without it a span counts what the Transport resends by itself, and what is sent again within.
 */
export function countResends(): Middleware {
  return (next) =>
    roundTripper((request) => {
      if (request.context.get(SENDS) !== undefined) return next.roundTrip(request);
      return next.roundTrip(request.with({ context: request.context.with(SENDS, { count: 0 }) }));
    });
}

/** The count of the request's family, or one of its own. */
export function sendsOf(request: HttpRequest): Sends {
  return request.context.get(SENDS) ?? { count: 0 };
}
