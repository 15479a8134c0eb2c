import { HttpHeaders, type HttpRequest, type HttpResponse, type RoundTripper } from '@roundtripper/core';

import { isLater, andThen } from './answer.ts';
import type { Ask, Turn } from './ask.ts';
import { isForUrl, type Place } from './cache-key.ts';
import { tell, type CacheCore } from './cache-core.ts';
import type { CacheResult } from './cache-status.ts';
import { Fetching } from './fetching.ts';
import { invalidatedBy, invalidatedByFailure, mayChange } from './invalidation.ts';
import { keep } from './keeping.ts';
import { plan, type Plan } from './plan.ts';
import type { BypassReason, Forwarded, MissReason } from './reasons.ts';
import { storingRefusal, viewOf } from './request-view.ts';
import { gatewayTimeout, passedOn, toldOf } from './served-response.ts';
import { resultOf, serve } from './serving.ts';
import type { Answer, DeleteTarget } from './store.ts';
import type { Moment, StoredResponse } from './stored-response.ts';
import { mayStore, type Received } from './storing.ts';

const BEGINNING: Moment = { wallMs: 0, monotonicMs: 0 };

/** Nothing that could be looked up. */
const NOTHING: readonly StoredResponse[] = [];

/** One chain's way through a cache: does what {@link plan} decides. */
export class CachingRoundTripper implements RoundTripper {
  readonly #next: RoundTripper;
  readonly #core: CacheCore;
  readonly #fetching: Fetching;

  constructor(next: RoundTripper, core: CacheCore) {
    this.#next = next;
    this.#core = core;
    this.#fetching = new Fetching(next, core);
  }

  /** Not an async function: a hit from memory is one promise. */
  roundTrip(request: HttpRequest): Promise<HttpResponse> {
    try {
      // Whoever comes next says so by itself; an answer from here must not come after the request was cancelled.
      if (request.signal?.aborted === true) return this.#next.roundTrip(request);
      const answer = this.#answer(request);
      return isLater(answer) ? answer : Promise.resolve(answer);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #answer(request: HttpRequest): Answer<HttpResponse> {
    const core = this.#core;
    const view = viewOf(request);
    const place = core.keys.placeOf(request, view.override);
    if (view.bypass !== undefined || core.background.isClosed) return this.#decide({ view, place, found: NOTHING, mayJoin: false });
    const found = core.store.lookup(place.key);
    if (place.alias === undefined) {
      if (!isLater(found)) return this.#decide({ view, place, found, mayJoin: true });
      return found.then((stored) => this.#decide({ view, place, found: stored, mayJoin: true }));
    }
    const others = core.store.lookup(place.alias);
    return andThen(found, (stored) =>
      andThen(others, (more) => {
        const all = [...stored, ...more.filter((each) => isForUrl(each, place))];
        return this.#decide({ view, place, found: all, mayJoin: true });
      }),
    );
  }

  #decide(ask: Ask): Answer<HttpResponse> {
    const { view } = ask;
    // While the store was asked.
    if (view.request.signal?.aborted === true) return this.#next.roundTrip(view.request);
    if (this.#core.background.isClosed) return this.#pass(ask, 'closed', 'bypass');
    // What is not there has no age.
    const decision = plan(view, ask.found, ask.found.length === 0 ? BEGINNING : this.#core.now());
    switch (decision.kind) {
      case 'serve':
        return this.#serve(ask, decision);
      case 'unsatisfiable':
        return this.#unsatisfiable(ask, decision.reason);
      case 'bypass':
        return this.#pass(ask, decision.reason, decision.forwarded);
      default:
        return this.#fetching.ask(ask, decision);
    }
  }

  #serve(ask: Ask, decision: Extract<Plan, { readonly kind: 'serve' }>): Answer<HttpResponse> {
    const { stored, ageMs, reason, isRevalidated } = decision;
    const detail = reason === 'fresh' ? undefined : reason;
    const served = { stored, ageMs, result: resultOf(decision), member: { detail } } as const;
    return andThen(serve(this.#core, ask.view, served), (response) => {
      if (response === undefined) return this.#bodyGone(ask);
      if (isRevalidated) this.#revalidate(ask);
      return response;
    });
  }

  /** It went between the look at its head and the reading of its body. */
  #bodyGone(ask: Ask): Answer<HttpResponse> {
    if (ask.view.isOnlyIfCached) return this.#unsatisfiable(ask, 'body-gone');
    return this.#fetching.ask({ ...ask, found: NOTHING }, { kind: 'forward', stale: undefined, forwarded: 'miss', reason: 'body-gone' });
  }

  #unsatisfiable({ view }: Ask, reason: MissReason | BypassReason): HttpResponse {
    const { request } = view;
    const result: CacheResult = { status: 'miss', reason, isCollapsed: false, isStored: false };
    tell(request, 'miss', reason);
    this.#core.answered(request, result);
    request.body?.release();
    return gatewayTimeout(request, this.#core.options.name, { result, member: { isHit: false, detail: 'only-if-cached' } });
  }

  /** RFC 5861 §3: once, however many are served what is stale meanwhile. */
  #revalidate({ view, place, found }: Ask): void {
    const core = this.#core;
    core.background.start(place.key, async (signal) => {
      const background = viewOf(view.request.with({ signal, headers: unconditional(view.request.headers) }));
      const ask: Ask = { view: { ...background, override: { ...view.override, mode: 'no-cache' } }, place, found, mayJoin: true };
      const decision = plan(ask.view, found, core.now());
      if (decision.kind !== 'revalidate' && decision.kind !== 'forward') return;
      const response = await this.#fetching.ask(ask, { ...decision, stale: undefined, forwarded: 'stale', reason: 'stale' });
      for await (const _chunk of response.chunks({ lent: true })) if (signal.aborted) return;
    });
  }

  async #pass(ask: Ask, reason: BypassReason, forwarded: Forwarded): Promise<HttpResponse> {
    const core = this.#core;
    const { request } = ask.view;
    tell(request, 'bypass', reason);
    const mark = core.store.mark();
    const requestedAtMs = core.monotonicMs();
    const { response, generation } = mayChange(request)
      ? await this.#change(request, ask.place)
      : { response: await this.#next.roundTrip(request), generation: undefined };
    if (reason === 'method' && generation !== undefined && storingRefusal(request, ask.view) === undefined) {
      const received: Received = { request, response, requestedAtMs, receivedAt: core.now(), mark };
      const turn: Turn = { ask, asking: { forwarded, reason }, name: undefined, flight: undefined, departure: undefined, onDone: () => {} };
      // What a POST or a PATCH has answered may be what a GET would get.
      if (mayStore(received, core.rules).kind === 'store') return keep(core, turn, received, generation);
    }
    const result: CacheResult = { status: 'bypass', reason, isCollapsed: false, isStored: false };
    core.answered(request, result);
    return passedOn(response, toldOf(core.options.name, result, { isHit: false, forwarded }));
  }

  /** @returns the answer, and the generation of its URL that it is of: where another has invalidated that meanwhile, one that has passed; what the request itself invalidates is older than its answer. */
  async #change(request: HttpRequest, place: Place): Promise<{ readonly response: HttpResponse; readonly generation: number }> {
    const core = this.#core;
    const before = core.generationOf(place);
    let response: HttpResponse;
    try {
      response = await this.#next.roundTrip(request);
    } catch (error) {
      await this.#invalidate(invalidatedByFailure(request, error));
      throw error;
    }
    const isCurrent = core.generationOf(place) === before;
    const invalidated = this.#invalidate(invalidatedBy(request, response));
    const generation = isCurrent ? core.generationOf(place) : before;
    await invalidated;
    return { response, generation };
  }

  /** Whoever comes after this call gets nothing of it any more. */
  async #invalidate(targets: readonly DeleteTarget[]): Promise<void> {
    const removals = targets.map((target) => this.#core.invalidate(target));
    for (const removal of removals) await removal;
  }
}

/** What makes a request one's own, and must not be in one that is made for everybody. */
const OWN_FIELDS: readonly string[] = [
  'range',
  'if-range',
  'if-none-match',
  'if-modified-since',
  'if-match',
  'if-unmodified-since',
  'cache-control',
  'pragma',
];

function unconditional(headers: HttpHeaders): HttpHeaders {
  if (!OWN_FIELDS.some((name) => headers.has(name))) return headers;
  const kept = new HttpHeaders(headers);
  for (const name of OWN_FIELDS) kept.delete(name);
  return kept;
}
