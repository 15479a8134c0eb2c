import { roundTripper, type Middleware } from '@roundtripper/core';

import { HedgedRequest } from './hedge-request.ts';
import { resolveHedgeOptions, type HedgeOptions } from './hedge-options.ts';
import { mayHedge } from './hedge-rule.ts';
import { HedgeState } from './hedge-state.ts';

/**
 * Begins a second try of a request whose answer is late, and hands on the first good answer: for servers of which few answers are slow, and for reasons that a second request does not meet. It adds load, so that
 * it is for safe requests, takes each further try out of a budget, and begins none while the origin asks to be left alone.
 *
 * The others are cancelled as soon as one has won: over HTTP/2 their streams are reset, over HTTP/1.1 their connections are closed. A failure does not win while others are under way, unless
 * they would meet it too. List it after `retry()`, so that each attempt is hedged.
 *
 * It does not help where all tries wait for the same thing: a server that is overloaded, a connection that is stalled and carries them all (HTTP/2), a lock on one row.
 *
 * @throws TypeError naming each option that is unknown or invalid.
 */
export function hedge(options: HedgeOptions = {}): Middleware {
  const settings = resolveHedgeOptions(options);
  const state = new HedgeState(settings);
  return (next) =>
    roundTripper((request) => {
      if (!mayHedge(request, settings.rules)) return next.roundTrip(request);
      return new HedgedRequest(request, next, settings, state).run();
    });
}
