import { IncomingBody, type HttpResponse } from '@roundtripper/core';

import type { Ask, Turn } from './ask.ts';
import { tell, type CacheCore } from './cache-core.ts';
import { areTags } from './cache-request.ts';
import type { CacheResult } from './cache-status.ts';
import { dropPromise } from './drop-promise.ts';
import { NOT_SHAREABLE } from './flights.ts';
import { supersedes } from './invalidation.ts';
import type { Forwarded } from './reasons.ts';
import { Recording, type Recorded, type RecordingFailure } from './recording.ts';
import { passedOn, toldOf, type Told } from './served-response.ts';
import { SharedBody, type ReadStored } from './shared-body.ts';
import { storedFrom, type BodySource, type NewEntry } from './store.ts';
import { derive, type StoredResponse } from './stored-response.ts';
import { mayStore, refusalAtSight, type Arrived, type Received, type StoreDecision } from './storing.ts';
import { responseControl, type ResponseControl } from './targeted-cache-control.ts';
import { isSelected, variantOf } from './vary.ts';

type Accepted = Extract<StoreDecision, { readonly kind: 'store' }>;

/** As {@link keep}, of an answer that comes at this moment: what is refused at sight needs no time, to ask for which takes as long as to refuse it. */
export function keepArrived(core: CacheCore, turn: Turn, arrived: Arrived, generation: number): HttpResponse {
  const directives = responseControl(arrived.response.headers, core.rules.targets);
  const refusal = refusalAtSight(arrived, directives);
  if (refusal === undefined) return keep(core, turn, receivedNow(core, arrived, directives), generation);
  core.alwaysAsked.delete(turn.ask.place.key);
  return passUnstored(core, turn, arrived, refusal);
}

/** An answer that comes at this moment. Its parts one by one: a copy that is added to is made over. */
export function receivedNow(core: CacheCore, arrived: Arrived, directives?: ResponseControl): Received {
  const { request, response, requestedAtMs, mark } = arrived;
  return { request, response, requestedAtMs, receivedAt: core.now(), mark, directives };
}

/** Passes an answer on, and stores it on its way where it may be stored. Whoever waits for it gets it too, where he may have it. */
export function keep(core: CacheCore, turn: Turn, received: Received, generation: number): HttpResponse {
  const decision = mayStore(received, core.rules);
  const refusal = decision.kind === 'refuse' ? decision.reason : hookRefusal(core, received);
  if (refusal === 'no-validator') core.alwaysAsked.add(turn.ask.place.key, generation);
  else core.alwaysAsked.delete(turn.ask.place.key);
  if (decision.kind === 'refuse' || refusal !== undefined) return passUnstored(core, turn, received, refusal ?? 'refused');
  const tags = tagsOf(core, received, turn.ask.view.override.tags ?? NO_TAGS);
  if (tags === undefined) return passUnstored(core, turn, received, 'tags-failed');
  const { expectedBytes } = decision;
  if ((expectedBytes ?? 0) > core.options.maxEntryBytes) return passUnstored(core, turn, received, 'too-large');
  const arrived = core.store.canPut ? arrivedBytes(received) : undefined;
  const head = headFor(core, turn.ask, { received, accepted: decision, tags, bodyBytes: arrived?.byteLength ?? 0 });
  if (arrived !== undefined) return keepWhole(core, turn, { received, head, arrived, expectedBytes, generation });
  return new Keeping(core, turn, received, { ...head, expectedBytes, mark: received.mark }).begin(generation);
}

/** The whole body, where it has come with its head, as small ones do. */
function arrivedBytes({ request, response }: Received): Uint8Array | undefined {
  // First what is there: a middleware further in may have changed the body, and not the length.
  return response.peekBytes() ?? (isBodiless(request.method, response) ? NO_BYTES : undefined);
}

/** A response that is all there, and goes into the store at once. */
interface Whole {
  readonly received: Received;
  readonly head: StoredResponse;
  /** Lent. */
  readonly arrived: Uint8Array;
  readonly expectedBytes: number | undefined;
  readonly generation: number;
}

/** What {@link Keeping} does, where nothing has to wait for anything: two thirds of what storing costs is the ado about a body that comes bit by bit. */
function keepWhole(core: CacheCore, turn: Turn, whole: Whole): HttpResponse {
  const { received, head } = whole;
  const refusal = putRefusal(core, whole);
  const { name, flight, departure } = turn;
  departure?.end();
  if (name !== undefined) core.flights.learn(name, true);
  if (refusal === undefined) {
    flight?.settle({ kind: 'stored', stored: head });
    core.stored(received.request, 'stored', 'complete');
  } else {
    if (isOutdating(refusal) && supersedes(received.request, received.response)) dropSelected(core, turn);
    flight?.settle(refusal === 'invalidated' ? NOT_SHAREABLE : { kind: 'response', stored: head, body: whole.arrived.slice() });
    core.stored(received.request, 'not-stored', refusal);
  }
  turn.onDone();
  return passedOn(received.response, missTold(core, turn, refusal === undefined));
}

function putRefusal(core: CacheCore, { head, arrived, expectedBytes, generation, received }: Whole): RecordingFailure | undefined {
  const bytes = arrived.byteLength;
  if (expectedBytes !== undefined && expectedBytes !== bytes) return 'wrong-content-length';
  if (bytes > core.options.maxEntryBytes) return 'too-large';
  if (core.generationOf(head) !== generation) return 'invalidated';
  const result = core.store.put(head, arrived, received.mark);
  if (result.kind === 'refused') return result.reason;
  core.overtake(head);
  return undefined;
}

/** Whether the response is what it says, and only the store has no place for it. */
function isOutdating(refusal: RecordingFailure): boolean {
  return refusal !== 'invalidated' && refusal !== 'wrong-content-length';
}

function hookRefusal(core: CacheCore, { request, response }: Received): string | undefined {
  const { shouldStore } = core.options;
  if (shouldStore === undefined) return undefined;
  try {
    const answer: unknown = shouldStore(request, response);
    if (dropPromise(answer)) return 'should-store-failed';
    return answer === true ? undefined : 'should-not-be-stored';
  } catch {
    // A hook that fails must not fail the request; what it would have said is not known.
    return 'should-store-failed';
  }
}

/** Passes an answer on that is for nobody but who asked for it. */
export function passUnstored(core: CacheCore, turn: Turn, { request, response }: Arrived, detail: string): HttpResponse {
  const { ask, name, flight, departure } = turn;
  if (supersedes(request, response)) dropSelected(core, turn);
  flight?.settle(NOT_SHAREABLE);
  if (name !== undefined) core.flights.learn(name, false);
  turn.onDone();
  tell(request, 'not-stored', detail);
  const told = missTold(core, turn, false);
  if (departure === undefined || isBodiless(ask.view.request.method, response) || response.peekBytes() !== undefined) {
    departure?.end();
    return passedOn(response, told);
  }
  const shared = new SharedBody({
    source: takenFrom(response),
    recording: undefined,
    readStored: noStore,
    onOver: () => departure.end(),
  });
  const body = shared.reader();
  departure.reads(body);
  return passedOn(response, told, body);
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

/** What was said last of an answer that is stored, and of one that is not: of nearly every miss the same. */
const lastTold: { stored: ToldOfMiss | undefined; unstored: ToldOfMiss | undefined } = { stored: undefined, unstored: undefined };

interface ToldOfMiss extends Told {
  readonly name: string;
  readonly forwarded: Forwarded;
}

function missTold(core: CacheCore, { ask, asking: { forwarded, reason } }: Turn, isStored: boolean): Told {
  const kind = isStored ? 'stored' : 'unstored';
  const { name } = core.options;
  let told = lastTold[kind];
  if (told?.result.reason !== reason || told.forwarded !== forwarded || told.name !== name) {
    const status = forwarded === 'method' ? 'bypass' : 'miss';
    const result: CacheResult = { status, reason, isCollapsed: false, isStored };
    told = { ...toldOf(name, result, { isHit: false, forwarded, isStored }), name, forwarded };
    lastTold[kind] = told;
  }
  core.answered(ask.view.request, told.result);
  return told;
}

/** Whether there is nothing to read, so that who knows that does not read it (RFC 9110 §6.4.1). */
function isBodiless(method: string, { status, contentLength }: HttpResponse): boolean {
  return method === 'HEAD' || status === 204 || status === 205 || status === 304 || contentLength === 0;
}

interface HeadFacts {
  readonly received: Received;
  readonly accepted: Accepted;
  readonly tags: readonly string[];
  readonly bodyBytes: number;
}

/** All that is kept of a response but its body. */
function headFor(core: CacheCore, { place }: Ask, { received, accepted, tags, bodyBytes }: HeadFacts): StoredResponse {
  const { request, response, receivedAt } = received;
  const { url } = place;
  const { fields, selecting, part, initialAgeMs, policy } = accepted;
  const receivedAtMs = receivedAt.wallMs;
  const derived = derive({ url, fields, receivedAtMs, origin: request.target.origin.key });
  const isAliased = derived.noVarySearch !== undefined && place.key === core.keys.keyOf(url);
  const key = isAliased ? core.keys.aliasFor(url, derived.noVarySearch) : place.key;
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
    headers: fields.storable.compact(),
    part,
    receivedAtMs,
    receivedMonotonicMs: receivedAt.monotonicMs,
    initialAgeMs,
    policy,
    tags,
    isInvalidated: false,
    bodyBytes,
  };
}

const NO_TAGS: readonly string[] = [];

function tagsOf(core: CacheCore, { request, response }: Received, own: readonly string[]): readonly string[] | undefined {
  const { tags } = core.options;
  if (tags === undefined) return own;
  try {
    const given: unknown = tags(request, response);
    if (dropPromise(given) || !areTags(given)) return undefined;
    return [...new Set([...own, ...given])];
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
  /** Whether the store has taken it on, at first. */
  #hasBegun = false;

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
      isCurrent: () => core.generationOf(this.#entry) === generation,
      order: core.storing(this.#entry),
      onEnd: (recorded) => this.#ended(recorded),
    });
    const { name } = this.#turn;
    if (name !== undefined) core.flights.learn(name, true);
    this.#hasBegun = recording.isOpen;
    const answer = isBodiless(request.method, response) ? this.#withoutBody(recording) : this.#withBody(recording);
    if (!this.#hasBegun) this.#notEvenBegun();
    return answer;
  }

  /** The store takes nothing now, of which the server knows nothing: those who wait have the answer all the same, and do not ask for it each by himself. */
  #notEvenBegun(): void {
    const { request, response } = this.#received;
    if (supersedes(request, response)) dropSelected(this.#core, this.#turn);
    tell(request, 'not-stored', 'store-unavailable');
    this.#leave();
  }

  #withoutBody(recording: Recording): HttpResponse {
    const { flight, departure } = this.#turn;
    departure?.end();
    const told = missTold(this.#core, this.#turn, recording.isOpen);
    flight?.settle({ kind: 'response', stored: this.#head(), body: undefined });
    void recording.finish();
    return passedOn(this.#received.response, told);
  }

  #withBody(recording: Recording): HttpResponse {
    const { flight, departure } = this.#turn;
    const { response } = this.#received;
    const readStored: ReadStored = (start) => this.#readStored(recording.recorded, start);
    const body = new SharedBody({ source: takenFrom(response), recording, readStored, onOver: () => departure?.end() });
    this.#body = body;
    const own = body.reader();
    departure?.reads(own);
    const told = missTold(this.#core, this.#turn, recording.isOpen);
    flight?.settle({ kind: 'response', stored: this.#head(), body });
    return passedOn(response, told, own);
  }

  #head(): StoredResponse {
    return storedFrom(this.#entry, this.#entry.expectedBytes ?? 0);
  }

  #ended(recorded: Recorded): void {
    const { request } = this.#received;
    if (recorded.kind === 'stored') this.#core.stored(request, 'stored', 'complete');
    else if (!isSilent(recorded.reason)) this.#core.stored(request, 'not-stored', recorded.reason);
    if (this.#hasBegun) this.#leave();
  }

  /** Who comes from now on finds it in the store, or nowhere. */
  #leave(): void {
    this.#turn.flight?.end();
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
