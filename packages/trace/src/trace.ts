import { emit, roundTripper, type HttpRequest, type Middleware, type TraceListener } from '@roundtripper/core';

import { callHook } from './call-hook.ts';
import { checkHooks } from './check-hooks.ts';
import type { ClientTrace } from './client-trace.ts';

/** Hooks for each request, or none: so that they may keep what belongs to one request. */
export type HooksOf = (request: HttpRequest) => ClientTrace | undefined;

/**
 * A middleware that calls `hooks` for every request that passes it. List it first to hear of everything: a layer that comes before it (a cache that
 * answers by itself) tells it nothing.
 *
 * Several may listen to one request. The one that was added last, which is the one nearest to the Transport, is called first, as Go composes its traces.
 * @param hooks For all requests, or a function that is asked for each. What it throws its request rejects with, before any I/O, and so it does with a TypeError for hooks that are none.
 * @throws TypeError naming each hook that is unknown or not a function.
 */
export function trace(hooks: ClientTrace | HooksOf): Middleware {
  if (typeof hooks === 'function') {
    return (next) =>
      roundTripper(async (request) => {
        // Within the promise, so that it rejects rather than throws.
        const traced = tracedBy(request, hooks);
        return next.roundTrip(traced);
      });
  }
  const listener = listenerOf(hooks);
  if (listener === undefined) return (next) => next;
  return (next) => roundTripper((request) => next.roundTrip(listening(request, listener)));
}

function tracedBy(request: HttpRequest, hooksOf: HooksOf): HttpRequest {
  try {
    const hooks = hooksOf(request);
    return hooks === undefined ? request : withClientTrace(request, hooks);
  } catch (error) {
    request.body?.release(error);
    throw error;
  }
}

/**
 * A request that also tells `hooks` what happens to it: Go's `httptrace.WithClientTrace`. They are called before those that it had, and after those of the
 * middleware it passes. What Go's `ContextClientTrace` reads back is `request.trace`, the listener that `emit()` tells: of a dialer of one's own, say.
 * @throws TypeError naming each hook that is unknown or not a function.
 */
export function withClientTrace(request: HttpRequest, hooks: ClientTrace): HttpRequest {
  const listener = listenerOf(hooks);
  return listener === undefined ? request : listening(request, listener);
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

function listenerOf(hooks: ClientTrace): TraceListener | undefined {
  const checked = checkHooks(hooks);
  if (checked === undefined) return undefined;
  return (event) => callHook(checked, event);
}
