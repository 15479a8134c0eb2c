import { emit, roundTripper, type HttpRequest, type Middleware, type TraceListener } from '@roundtripper/core';

import { callHook, checkedHooks, type ClientTrace } from './client-trace.ts';

/**
 * A middleware that calls `hooks` for every request that passes it.
 * Where several listen to one request (layers, or `withClientTrace`), the one nearest to the Transport is called first, as Go composes its traces.
 * @throws TypeError naming each hook that is unknown or not a function.
 */
export function trace(hooks: ClientTrace): Middleware {
  const listener = listenerOf(hooks);
  return (next) => roundTripper((request) => next.roundTrip(listening(request, listener)));
}

/**
 * A request whose events also go to `hooks`.
 * @throws TypeError naming each hook that is unknown or not a function.
 */
export function withClientTrace(request: HttpRequest, hooks: ClientTrace): HttpRequest {
  return listening(request, listenerOf(hooks));
}

/** A request whose events go to `listener`, and then to whoever listened before. */
export function listening(request: HttpRequest, listener: TraceListener): HttpRequest {
  const before = request.trace;
  if (before === undefined) return request.with({ trace: listener });
  const both: TraceListener = (event) => {
    // One that throws must not keep the event from the other.
    emit(listener, event);
    emit(before, event);
  };
  return request.with({ trace: both });
}

function listenerOf(hooks: ClientTrace): TraceListener {
  const checked = checkedHooks(hooks);
  return (event) => callHook(checked, event);
}
