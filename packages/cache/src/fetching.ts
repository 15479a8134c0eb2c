import type { HttpRequest, HttpResponse, IncomingBody, RoundTripper } from '@roundtripper/core';

import type { Ask, Asking, Sharing, Turn } from './ask.ts';
import { currentAge } from './age.ts';
import { andThen, isLater } from './answer.ts';
import { tell, type CacheCore } from './cache-core.ts';
import { Departure } from './departure.ts';
import { fallback, isDisconnection, isServerError } from './disconnected.ts';
import { freshen, validatedBy } from './freshening.ts';
import { NOT_SHAREABLE, type Flight, type Outcome } from './flights.ts';
import { flightOf, mayJoin } from './joining.ts';
import { keep, keepArrived, passUnstored, receivedNow } from './keeping.ts';
import { plan } from './plan.ts';
import { gatewayTimeout, withCookiesOf } from './served-response.ts';
import { SharedBody } from './shared-body.ts';
import { resultOf, serve, type Served } from './serving.ts';
import type { Arrived, Received } from './storing.ts';
import type { Answer } from './store.ts';
import type { StoredResponse } from './stored-response.ts';
import { completed, isMissingPart, type Completing } from './completing.ts';
import { currentOf, learnFromHead } from './updating.ts';
import { completionRequest, sentCondition, validationRequest } from './validation.ts';

const NO_BYTES = new Uint8Array(0);

/** Asks the server for what the store does not have, once for all who want it at the same time. */
export class Fetching {
  readonly #next: RoundTripper;
  readonly #core: CacheCore;

  constructor(next: RoundTripper, core: CacheCore) {
    this.#next = next;
    this.#core = core;
  }

  /** Asks the server, or waits for somebody who has asked it already. */
  ask(ask: Ask, asking: Asking): Promise<HttpResponse> {
    const core = this.#core;
    tell(ask.view.request, 'miss', asking.reason);
    if (!core.options.isCoalescing || !mayJoin(ask, asking)) return this.#lead(turnOf(ask, asking));
    const name = flightOf(ask, core.rules);
    const generation = core.generationOf(ask.place);
    const flight = core.flights.find(name, generation);
    if (flight !== undefined && core.store.isCurrent(flight.mark, ask.place.url)) return this.#follow(ask, asking, flight);
    // Everybody asks for himself until there is an answer that can be shared.
    if (core.flights.isKnownNotShareable(name)) return this.#lead(turnOf(ask, asking, { name }));
    return this.#begin(ask, asking, core.flights.begin(name, generation));
  }

  #begin(ask: Ask, asking: Asking, flight: Flight): Promise<HttpResponse> {
    const { signal } = ask.view.request;
    if (signal === undefined) return this.#lead(turnOf(ask, asking, { flight }));
    const departure = new Departure(signal, flight);
    return departure.run(() => this.#lead(turnOf(ask, asking, { flight, departure })));
  }

  /** Waits for the outcome of another's fetch. */
  #follow(ask: Ask, asking: Asking, flight: Flight): Promise<HttpResponse> {
    const { signal } = ask.view.request;
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        leave();
        const reason: unknown = signal?.reason;
        reject(reason);
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      // Within the call that settles it: who takes the body must have taken it before who asked for it may leave.
      const leave = flight.whenSettled((outcome) => {
        signal?.removeEventListener('abort', onAbort);
        try {
          resolve(this.#joined(ask, asking, outcome));
        } catch (error) {
          reject(error);
        }
      });
    });
  }

  #joined(ask: Ask, asking: Asking, outcome: Outcome): Answer<HttpResponse> {
    const alone: Ask = { ...ask, mayJoin: false };
    switch (outcome.kind) {
      case 'response':
        return this.#share(alone, asking, outcome.stored, {
          body: () => bodyFrom(outcome, ask.view.request.signal),
          isStored: outcome.body instanceof SharedBody ? outcome.body.isRecording : outcome.body === undefined,
        });
      case 'stored':
        return this.#share(alone, asking, outcome.stored, {});
      case 'abandoned':
        return this.ask(ask, asking);
      case 'failed':
        return this.#unanswered(alone, asking, outcome.error);
      default:
        return this.ask(alone, asking);
    }
  }

  /** What another has fetched, where this request may have it too: by the same rules as if it had been stored before. */
  #share(alone: Ask, asking: Asking, stored: StoredResponse, { body, isStored }: Shared): Answer<HttpResponse> {
    const decision = plan(alone.view, [stored], this.#core.now());
    if (decision.kind !== 'serve') return this.ask(alone, asking);
    const served: Served = {
      stored,
      ageMs: decision.ageMs,
      result: resultOf(decision),
      isCollapsed: true,
      isStored,
      body: body?.(),
    };
    return andThen(serve(this.#core, alone.view, served), (response) => response ?? this.ask(alone, asking));
  }

  /** The server was asked by another, and did not answer: it would not answer this one either. */
  #unanswered(alone: Ask, asking: Asking, error: unknown): Answer<HttpResponse> {
    const failure: unknown = error;
    const isAnswered = error === undefined;
    return andThen(this.#instead(alone, asking, { isAnswered, error }), (response) => {
      if (response !== undefined) return response;
      return isAnswered ? this.ask(alone, asking) : Promise.reject(failure);
    });
  }

  #lead(turn: Fetch): Promise<HttpResponse> {
    return turn.name !== undefined && this.#core.store.hasLeases ? this.#leadByLease(turn) : this.#fetch(turn);
  }

  async #leadByLease(turn: Fetch): Promise<HttpResponse> {
    const release = await this.#lease(turn.ask);
    if (release !== undefined) return this.#fetch({ ...turn, onDone: release });
    try {
      return await this.#afterOthers(turn);
    } catch (error) {
      settleFailed(turn, error);
      throw error;
    }
  }

  async #fetch(turn: Fetch): Promise<HttpResponse> {
    const core = this.#core;
    const { request } = turn.ask.view;
    const generation = core.generationOf(turn.ask.place);
    const mark = core.store.mark();
    turn.flight?.setOut(mark);
    const requestedAtMs = core.monotonicMs();
    let response: HttpResponse;
    try {
      response = await this.#next.roundTrip(upstreamRequest(turn));
    } catch (error) {
      return this.#unreached(turn, error);
    }
    try {
      const answer = this.#received(turn, { request, response, requestedAtMs, mark }, generation);
      // A turn of the loop less where nothing is waited for, which is nearly always.
      return isLater(answer) ? await answer : answer;
    } catch (error) {
      settleFailed(turn, error);
      throw error;
    }
  }

  #received(turn: Fetch, arrived: Arrived, generation: number): Answer<HttpResponse> {
    const { ask, asking } = turn;
    const { request, response } = arrived;
    if (asking.kind === 'forward' && request.method !== 'HEAD' && !isServerError(response.status)) {
      return keepArrived(this.#core, turn, arrived, generation);
    }
    const received = receivedNow(this.#core, arrived);
    if (asking.kind === 'complete') return this.#completed(turn, asking, received, generation);
    if (response.status === 304 && asking.kind === 'revalidate') return this.#validated(turn, asking, received, generation);
    if (isServerError(response.status)) return this.#inTrouble(turn, received, generation);
    if (request.method === 'HEAD') learnFromHead(this.#core, ask, received);
    return keep(this.#core, turn, received, generation);
  }

  #inTrouble(turn: Fetch, received: Received, generation: number): Answer<HttpResponse> {
    const { request, response } = received;
    return andThen(this.#instead(turn.ask, turn.asking, { isAnswered: true, status: response.status }), (instead) => {
      if (instead !== undefined) return this.#troubled(turn, response, instead);
      if (request.method === 'HEAD') learnFromHead(this.#core, turn.ask, received);
      return keep(this.#core, turn, received, generation);
    });
  }

  /** There was no answer: the request is wrong, its signal has ended it, or there is no way to the server. */
  async #unreached(turn: Fetch, error: unknown): Promise<HttpResponse> {
    const { view } = turn.ask;
    const isOwnEnd = error === view.request.signal?.reason && !isDisconnection(error, view);
    if (!isOwnEnd && !(error instanceof TypeError)) return this.#failed(turn, error);
    settleFailed(turn, error);
    throw error;
  }

  /** There is no way to the server. */
  async #failed(turn: Fetch, error: unknown): Promise<HttpResponse> {
    const core = this.#core;
    const { ask, asking, flight, departure } = turn;
    departure?.end();
    turn.onDone();
    try {
      const instead = await this.#instead(ask, asking, { isAnswered: false, error });
      if (instead !== undefined) return instead;
    } finally {
      flight?.settle({ kind: 'failed', error });
    }
    core.unanswered();
    throw error;
  }

  #troubled({ flight, departure, onDone }: Fetch, response: HttpResponse, instead: HttpResponse): HttpResponse {
    departure?.end();
    onDone();
    void response.dispose();
    flight?.settle({ kind: 'failed' });
    return instead;
  }

  /** What the store has in place of an answer, or a 504 where it has something that must not be used. */
  #instead(ask: Ask, asking: Asking, trouble: Trouble): Answer<HttpResponse | undefined> {
    const { view } = ask;
    const core = this.#core;
    const instead = fallback(view, staleOf(asking), core.now(), trouble.isAnswered);
    const isAlwaysAsked = !trouble.isAnswered && core.alwaysAsked.has(ask.place.key, core.generationOf(ask.place));
    if (instead.kind === 'none' && !isAlwaysAsked) return undefined;
    const { error, status: forwardedStatus } = trouble;
    if (instead.kind === 'stale') {
      const { stored, ageMs } = instead;
      const result = { status: 'stale', reason: 'stale-if-error', error, forwardedStatus } as const;
      return serve(core, view, {
        stored,
        ageMs,
        result,
        member: { forwarded: asking.forwarded, forwardedStatus, detail: 'stale-if-error' },
      });
    }
    const result = { status: 'miss', reason: 'disconnected', isCollapsed: false, isStored: false, error } as const;
    core.answered(view.request, result);
    return gatewayTimeout(view.request, core.options.name, {
      result,
      member: { isHit: false, forwarded: asking.forwarded, detail: 'disconnected' },
    });
  }

  /** RFC 9111 §3.4: the rest of what is stored, or the whole where that is another by now. */
  async #completed(turn: Fetch, asking: Completing, received: Received, generation: number): Promise<HttpResponse> {
    const core = this.#core;
    const { response } = received;
    if (response.status !== 206 && response.status !== 416) return keep(core, turn, received, generation);
    const whole = isMissingPart(response, asking) ? await completed(core, asking, received) : undefined;
    if (whole !== undefined) return keep(core, turn, { ...received, response: whole, directives: undefined }, generation);
    void response.dispose();
    return this.#fetch({ ...turn, asking: { kind: 'forward', stale: undefined, forwarded: 'partial', reason: 'a-part-stored' } });
  }

  /** RFC 9111 §4.3.3, a 304. */
  async #validated(turn: Fetch, asking: Revalidating, received: Received, generation: number): Promise<HttpResponse> {
    const core = this.#core;
    const { ask } = turn;
    const validated = validatedBy(received.response.headers, asking.asked, sentCondition(ask.view, asking));
    // What the caller has still holds; of what is stored it says nothing.
    if (validated.kind === 'callers') return passUnstored(core, turn, received, 'status');
    void received.response.dispose();
    const current = validated.kind === 'stored' ? await currentOf(core, validated.stored) : undefined;
    const response = current === undefined ? undefined : await this.#freshened(turn, current, received, generation);
    if (response !== undefined) {
      turn.departure?.end();
      turn.onDone();
      return withCookiesOf(response, received.response);
    }
    // It says nothing of what the caller has, or is about something that is not here any more: only an answer to the caller's own request will do.
    return this.#fetch({
      ...turn,
      asking: { kind: 'forward', stale: staleOf(asking), forwarded: asking.forwarded, reason: 'validated-another' },
    });
  }

  /** @returns the answer, which others may have too where it is in the store; undefined where it cannot be had. */
  async #freshened(turn: Fetch, stored: StoredResponse, received: Received, generation: number): Promise<HttpResponse | undefined> {
    const { store, rules } = this.#core;
    const { ask, asking, flight } = turn;
    const { head, isStorable, isForAskerAlone } = freshen(stored, received, rules);
    if (isForAskerAlone) {
      const response = await this.#serveValidated(ask, asking, head);
      if (response !== undefined) flight?.settle(NOT_SHAREABLE);
      return response;
    }
    const isCurrent = this.#core.generationOf(ask.place) === generation;
    const isKept = isStorable && isCurrent && (await store.update(stored, head, received.mark));
    if (!isStorable) void store.delete({ kind: 'id', key: stored.key, id: stored.id });
    const response = isKept ? await this.#serveValidated(ask, asking, head) : undefined;
    if (response !== undefined) flight?.settle({ kind: 'stored', stored: head });
    return response;
  }

  #serveValidated(ask: Ask, asking: Asking, stored: StoredResponse): Answer<HttpResponse | undefined> {
    return serve(this.#core, ask.view, {
      stored,
      ageMs: currentAge(stored, this.#core.now()),
      result: { status: 'revalidated', reason: asking.reason, forwardedStatus: 304 },
      member: { forwarded: asking.forwarded, forwardedStatus: 304 },
    });
  }

  /** The right to ask, among processes. @returns what gives it back; undefined where another process has asked, and is done now. */
  async #lease({ place: { key }, found }: Ask): Promise<(() => void) | undefined> {
    const { store } = this.#core;
    const lease = await store.lease(key, LEASE_MS, found);
    if (lease === undefined) return noLease;
    if (lease.kind === 'granted') return once(() => store.release(lease));
    await store.released(lease, LEASE_MS);
    return undefined;
  }

  /** Another process has asked for the same: its answer may be here now. */
  async #afterOthers(turn: Fetch): Promise<HttpResponse> {
    const core = this.#core;
    const { view, place } = turn.ask;
    turn.flight?.setOut(core.store.mark());
    const found = await core.store.lookup(place.key);
    const decision = plan(view, found, core.now());
    if (decision.kind === 'serve') {
      const { stored, ageMs } = decision;
      const response = await serve(core, view, { stored, ageMs, result: resultOf(decision), isCollapsed: true });
      if (response !== undefined) {
        turn.departure?.end();
        turn.flight?.settle({ kind: 'stored', stored });
        return response;
      }
    }
    const asking = decision.kind === 'revalidate' || decision.kind === 'forward' ? decision : turn.asking;
    return this.#fetch({ ...turn, ask: { ...turn.ask, found }, asking });
  }
}

/** How long one process may keep the others waiting, in milliseconds. */
const LEASE_MS = 5_000;

type Revalidating = Extract<Asking, { readonly kind: 'revalidate' }>;

interface Fetch extends Turn {
  readonly asking: Asking;
}

function turnOf(ask: Ask, asking: Asking, { flight, name = flight?.name, departure }: Partial<Sharing> = {}): Fetch {
  return { ask, asking, name, flight, departure, onDone: noLease };
}

/** What others get of a fetch, where that is not in the store. */
interface Shared {
  readonly body?: () => Served['body'];
  readonly isStored?: boolean;
}

interface Trouble {
  readonly isAnswered: boolean;
  readonly status?: number | undefined;
  readonly error?: unknown;
}

function bodyFrom({ body }: Extract<Outcome, { readonly kind: 'response' }>, signal: AbortSignal | undefined): IncomingBody | Uint8Array {
  return body instanceof SharedBody ? body.reader(signal) : (body ?? NO_BYTES);
}

/** Whatever it was that became of a fetch, nobody may wait for it for ever. */
function settleFailed({ ask, flight, onDone }: Turn, error: unknown): void {
  onDone();
  flight?.settle(error === ask.view.request.signal?.reason ? { kind: 'abandoned' } : NOT_SHAREABLE);
}

function noLease(): void {}

function once(call: () => void): () => void {
  let isDone = false;
  return () => {
    if (!isDone) call();
    isDone = true;
  };
}

function staleOf(asking: Asking): StoredResponse | undefined {
  return asking.kind === 'complete' ? undefined : asking.stale;
}

/** What is sent in place of the caller's request. */
function upstreamRequest({ ask: { view }, asking, departure }: Fetch): HttpRequest {
  const request = requestFor(view.request, asking, view);
  return departure === undefined ? request : request.with({ signal: departure.signal });
}

function requestFor(request: HttpRequest, asking: Asking, view: Ask['view']): HttpRequest {
  switch (asking.kind) {
    case 'revalidate':
      return validationRequest(view, asking);
    case 'complete':
      return completionRequest(view, asking);
    default:
      return request;
  }
}
