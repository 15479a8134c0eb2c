import { IncomingBody, type HttpResponse } from '@roundtripper/core';

import type { Turn } from './ask.ts';
import { tell, type CacheCore } from './cache-core.ts';
import type { CacheResult, StatusMember } from './cache-status.ts';
import { supersedes } from './invalidation.ts';
import { Recording, type Recorded, type RecordingFailure } from './recording.ts';
import { passedOn } from './served-response.ts';
import { SharedBody, type ReadStored } from './shared-body.ts';
import { storedFrom, type BodySource, type NewEntry } from './store.ts';
import { derive, type StoredResponse } from './stored-response.ts';
import { mayStore, type Received, type StoreDecision } from './storing.ts';
import { isSelected, variantOf } from './vary.ts';

type Accepted = Extract<StoreDecision, { readonly kind: 'store' }>;

/** Passes an answer on, and stores it on its way where it may be stored. Whoever waits for it gets it too, where he may have it. */
export function keep(core: CacheCore, turn: Turn, received: Received, generation: number): HttpResponse {
  const decision = mayStore(received, core.rules);
  const refusal = decision.kind === 'refuse' ? decision.reason : hookRefusal(core, received);
  if (refusal === 'no-validator') core.alwaysAsked.add(turn.ask.place.key, generation);
  else core.alwaysAsked.delete(turn.ask.place.key);
  if (decision.kind === 'refuse' || refusal !== undefined) return passUnstored(core, turn, received, refusal ?? 'refused');
  const entry = entryFor(core, turn, received, decision);
  if (entry === undefined) return passUnstored(core, turn, received, 'tags-failed');
  if ((entry.expectedBytes ?? 0) > core.options.maxEntryBytes) return passUnstored(core, turn, received, 'too-large');
  return new Keeping(core, turn, received, entry).begin(generation);
}

function hookRefusal(core: CacheCore, { request, response }: Received): string | undefined {
  const { shouldStore } = core.options;
  if (shouldStore === undefined) return undefined;
  try {
    return shouldStore(request, response) ? undefined : 'should-not-be-stored';
  } catch {
    // A hook that fails must not fail the request; what it would have said is not known.
    return 'should-store-failed';
  }
}

/** Passes an answer on that is for nobody but who asked for it. */
export function passUnstored(core: CacheCore, turn: Turn, { request, response }: Received, detail: string): HttpResponse {
  const { ask, shared: others, departure } = turn;
  if (supersedes(request, response)) dropSelected(core, turn);
  others?.flight?.settle({ kind: 'not-shareable' });
  if (others !== undefined) core.flights.learn(others.key, false);
  turn.onDone();
  tell(request, 'not-stored', detail);
  const told = missTold(core, turn, false);
  if (departure === undefined || isBodiless(ask.view.request.method, response)) {
    departure?.end();
    return passedOn(response, core.options.name, told);
  }
  const shared = new SharedBody({
    source: takenFrom(response),
    recording: undefined,
    readStored: noStore,
    onOver: () => departure.end(),
  });
  const body = shared.reader();
  departure.reads(body);
  return passedOn(response, core.options.name, told, body);
}

/** There is something newer, which is not to be stored. */
function dropSelected(core: CacheCore, { ask: { found, view } }: Turn): void {
  for (const { selecting, key, id } of found) {
    if (isSelected(selecting, view.request.headers)) void core.store.delete({ kind: 'id', key, id });
  }
}

/** A response without a body ends at once. */
function takenFrom(response: HttpResponse): IncomingBody {
  return response.takeBody() ?? IncomingBody.of(NO_BYTES);
}

const NO_BYTES = new Uint8Array(0);

function noStore(): Promise<never> {
  return Promise.reject(new Error('a body with one reader, who cannot be behind it'));
}

function missTold(
  core: CacheCore,
  { ask, asking }: Turn,
  isStored: boolean,
): { readonly result: CacheResult; readonly member: StatusMember } {
  const status = asking.forwarded === 'method' ? 'bypass' : 'miss';
  const result: CacheResult = { status, reason: asking.reason, isCollapsed: false, isStored };
  core.answered(ask.view.request, result);
  return { result, member: { isHit: false, forwarded: asking.forwarded, isStored } };
}

/** Whether there is nothing to read, so that who knows that does not read it (RFC 9110 §6.4.1). */
function isBodiless(method: string, { status, contentLength }: HttpResponse): boolean {
  return method === 'HEAD' || status === 204 || status === 205 || status === 304 || contentLength === 0;
}

function entryFor(core: CacheCore, { ask: { place, view } }: Turn, received: Received, accepted: Accepted): NewEntry | undefined {
  const { request, response, receivedAt } = received;
  const { url } = place;
  const { headers, selecting, part, initialAgeMs, policy } = accepted;
  const receivedAtMs = receivedAt.wallMs;
  const derived = derive({ url, headers, receivedAtMs });
  const tags = tagsOf(core, received, view.override.tags ?? []);
  if (tags === undefined) return undefined;
  const isPlain = place.key === core.keys.keyOf(url);
  const key = derived.noVarySearch !== undefined && isPlain ? core.keys.aliasFor(url, derived.noVarySearch) : place.key;
  // One by one: an object that is spread and then added to is made over several times.
  return {
    origin: derived.origin,
    etag: derived.etag,
    lastModified: derived.lastModified,
    lastModifiedMs: derived.lastModifiedMs,
    dateMs: derived.dateMs,
    groups: derived.groups,
    noVarySearch: derived.noVarySearch,
    id: core.newId(),
    key: request.method === 'POST' || request.method === 'PATCH' ? core.keys.keyOf(url) : key,
    url,
    variant: variantOf(selecting, part),
    selecting,
    status: response.status,
    statusText: response.statusText,
    proto: response.proto,
    headers,
    part,
    receivedAtMs,
    receivedMonotonicMs: receivedAt.monotonicMs,
    initialAgeMs,
    policy,
    tags,
    isInvalidated: false,
    expectedBytes: accepted.expectedBytes,
    mark: received.mark,
  };
}

function tagsOf(core: CacheCore, { request, response }: Received, own: readonly string[]): readonly string[] | undefined {
  const { tags } = core.options;
  if (tags === undefined) return own;
  try {
    return [...new Set([...own, ...tags(request, response)])].map(String);
  } catch {
    // What it would have been called is not known, so that it could not be invalidated.
    return undefined;
  }
}

/** One answer on its way to its reader, to those who wait for it, and into the store. */
class Keeping {
  readonly #core: CacheCore;
  readonly #turn: Turn;
  readonly #received: Received;
  readonly #entry: NewEntry;
  #body: SharedBody | undefined;

  constructor(core: CacheCore, turn: Turn, received: Received, entry: NewEntry) {
    this.#core = core;
    this.#turn = turn;
    this.#received = received;
    this.#entry = entry;
  }

  begin(generation: number): HttpResponse {
    const { request, response } = this.#received;
    const core = this.#core;
    const recording = new Recording(core.store, {
      entry: this.#entry,
      maxEntryBytes: core.options.maxEntryBytes,
      isCurrent: () => core.generationOf(this.#entry.url) === generation,
      order: core.storing(this.#entry),
      onEnd: (recorded) => this.#ended(recorded),
    });
    if (!recording.isOpen) return passUnstored(core, this.#turn, this.#received, 'store-unavailable');
    const { shared } = this.#turn;
    if (shared !== undefined) core.flights.learn(shared.key, true);
    if (isBodiless(request.method, response)) return this.#withoutBody(recording);
    return this.#withBody(recording);
  }

  #withoutBody(recording: Recording): HttpResponse {
    const { shared, departure } = this.#turn;
    departure?.end();
    void recording.finish();
    shared?.flight?.settle({ kind: 'response', stored: this.#head(), body: undefined });
    return passedOn(this.#received.response, this.#core.options.name, missTold(this.#core, this.#turn, true));
  }

  #withBody(recording: Recording): HttpResponse {
    const { shared, departure } = this.#turn;
    const { response } = this.#received;
    const readStored: ReadStored = (start) => this.#readStored(recording.recorded, start);
    const body = new SharedBody({ source: takenFrom(response), recording, readStored, onOver: () => departure?.end() });
    this.#body = body;
    const own = body.reader();
    departure?.reads(own);
    const told = missTold(this.#core, this.#turn, true);
    shared?.flight?.settle({ kind: 'response', stored: this.#head(), body });
    return passedOn(response, this.#core.options.name, told, own);
  }

  #head(): StoredResponse {
    return storedFrom(this.#entry, this.#entry.expectedBytes ?? 0);
  }

  #ended(recorded: Recorded): void {
    const { request } = this.#received;
    if (recorded.kind === 'stored') this.#core.stored(request, 'stored', 'complete');
    else if (!isSilent(recorded.reason)) this.#core.stored(request, 'not-stored', recorded.reason);
    this.#turn.shared?.flight?.end();
    this.#turn.onDone();
    this.#body?.recordingEnded();
  }

  /** For a reader who is too far behind to be given what comes. */
  async #readStored(recorded: Recorded | undefined, start: number): Promise<AsyncIterableIterator<Uint8Array>> {
    const stored = recorded?.kind === 'stored' ? recorded.stored : undefined;
    const source = stored === undefined ? undefined : await this.#core.store.read(stored, { start, end: stored.bodyBytes });
    if (source === undefined) throw new Error('the rest of a response that others have read is not in the store any more');
    return chunksOf(source);
  }
}

/** It is told by who says so. */
function isSilent(reason: RecordingFailure): boolean {
  return reason === 'store-unavailable';
}

async function* chunksOf(source: BodySource): AsyncGenerator<Uint8Array, undefined> {
  if (source instanceof Uint8Array) yield source;
  else yield* source;
  return undefined;
}
