import { emit, type HttpRequest, type HttpResponse, type RoundTripper, type TraceEvent } from '@roundtripper/core';

import type { CacheState, StoreResult } from './cache-state.ts';
import { cacheStatus, type CacheStatus } from './cache-status.ts';
import { cachedResponse, unsatisfiableResponse, withStatus } from './cached-response.ts';
import { dateOf } from './freshness.ts';
import { invalidatedBy, invalidatedByFailure, mayChange, supersedes } from './invalidation.ts';
import { mayStore, type Received, type StoreDecision } from './may-store.ts';
import { plan } from './plan.ts';
import { RecordedBody } from './recorded-body.ts';
import { storableHeaders } from './storable-headers.ts';
import type { StoredResponse } from './stored-response.ts';
import { uriOf } from './uri.ts';

/** One chain's way through a cache: does what {@link plan} and {@link mayStore} decide. */
export class CachingRoundTripper implements RoundTripper {
  readonly #next: RoundTripper;
  readonly #state: CacheState;

  constructor(next: RoundTripper, state: CacheState) {
    this.#next = next;
    this.#state = state;
  }

  async roundTrip(request: HttpRequest): Promise<HttpResponse> {
    // Whoever comes next says so by itself; an answer from here must not come after the request was cancelled.
    if (request.signal?.aborted === true) return this.#next.roundTrip(request);
    const uri = uriOf(request.target);
    const decision = plan(request, this.#state.of(uri), this.#state.now());
    switch (decision.kind) {
      case 'serve':
        this.#count(request, 'hit', decision.detail, decision.stored);
        request.body?.release();
        return cachedResponse(request, decision.stored, decision.ageMs);
      case 'unsatisfiable':
        this.#count(request, 'miss', decision.detail);
        request.body?.release();
        return unsatisfiableResponse(request);
      default:
        this.#count(request, decision.cacheStatus, decision.detail);
        return decision.cacheStatus === 'miss' ? this.#fetch(request, uri) : this.#pass(request);
    }
  }

  #count(request: HttpRequest, status: CacheStatus, detail: string, used?: StoredResponse): void {
    this.#state.count(status, used);
    tell(request, status, detail);
  }

  async #pass(request: HttpRequest): Promise<HttpResponse> {
    const response = mayChange(request) ? await this.#change(request) : await this.#next.roundTrip(request);
    return withStatus(response, 'bypass');
  }

  async #change(request: HttpRequest): Promise<HttpResponse> {
    try {
      const response = await this.#next.roundTrip(request);
      for (const uri of invalidatedBy(request, response)) this.#state.delete(uri);
      return response;
    } catch (error) {
      for (const uri of invalidatedByFailure(request, error)) this.#state.delete(uri);
      throw error;
    }
  }

  async #fetch(request: HttpRequest, uri: string): Promise<HttpResponse> {
    const generation = this.#state.generationOf(uri);
    const requestedAt = this.#state.now();
    const response = await this.#next.roundTrip(request);
    const received: Received = { request, response, requestedAt, receivedAt: this.#state.now() };
    const decision = mayStore(received, this.#state.mode);
    if (decision.kind === 'store') return this.#store(received, decision, { uri, generation });
    if (supersedes(request, response)) this.#state.supersede(uri, request.headers);
    tell(request, 'not-stored', decision.reason);
    return withStatus(response, 'miss');
  }

  #store(received: Received, decision: Accepted, place: Place): HttpResponse {
    const { request, response } = received;
    const { contentLength } = response;
    if (contentLength !== undefined && contentLength > this.#state.maxEntryBytes) {
      tell(request, 'not-stored', 'too-large');
      return withStatus(response, 'miss');
    }
    const put = (body: Uint8Array): void => {
      const result = this.#put(received, decision, { ...place, body });
      tell(request, result === 'stored' ? 'stored' : 'not-stored', result === 'stored' ? 'complete' : result);
    };
    if (contentLength === 0 || response.status === 204) {
      // There is nothing to read, and who knows that does not read it.
      put(new Uint8Array(0));
      return withStatus(response, 'miss');
    }
    return this.#recorded(received, contentLength, put);
  }

  /** The response with a body that is stored when its reader has read it to its end. */
  #recorded({ request, response }: Received, contentLength: number | undefined, put: (body: Uint8Array) => void): HttpResponse {
    const recording = this.#state.recordings.start(contentLength, (why) => tell(request, 'not-stored', why));
    const body = new RecordedBody(response.chunks(), recording, () => {
      const bytes = recording.finish();
      if (bytes === undefined) return;
      // A middleware further in that has changed one and not the other.
      if (contentLength !== undefined && contentLength !== bytes.byteLength) tell(request, 'not-stored', 'wrong-content-length');
      else put(bytes);
    });
    return response.with({ body, context: response.context.with(cacheStatus, 'miss') });
  }

  #put(
    { request, response, receivedAt }: Received,
    decision: Accepted,
    { uri, generation, body }: Place & { readonly body: Uint8Array },
  ): StoreResult {
    const dateMs = dateOf(response.headers, receivedAt.wallMs);
    const { status, statusText, proto } = response;
    const { selecting, initialAgeMs, lifetimeMs, mayBeServedStale } = decision;
    const headers = storableHeaders(response.headers, dateMs);
    const stored = {
      uri,
      selecting,
      status,
      statusText,
      proto,
      headers,
      body,
      dateMs,
      receivedAt,
      initialAgeMs,
      lifetimeMs,
      mayBeServedStale,
    };
    return this.#state.put(stored, request.headers, generation);
  }
}

type Accepted = Extract<StoreDecision, { readonly kind: 'store' }>;

interface Place {
  readonly uri: string;
  /** When the response was asked for. */
  readonly generation: number;
}

type Decision = Extract<TraceEvent, { readonly kind: 'cacheDecision' }>['decision'];

function tell(request: HttpRequest, decision: Decision, detail: string): void {
  emit(request.trace, { kind: 'cacheDecision', decision, detail });
}
