import { IncomingBody, type HttpResponse } from '@roundtripper/core';

import { andThen, isLater } from './answer.ts';
import type { CacheCore } from './cache-core.ts';
import type { CacheResult, StatusMember } from './cache-status.ts';
import { multipart, type Multipart } from './multipart.ts';
import { extentOf, type Extent } from './preconditions.ts';
import type { Plan } from './plan.ts';
import type { RequestView } from './request-view.ts';
import { needsBody, servedResponse } from './served-response.ts';
import type { Answer, BodySource, ByteRange } from './store.ts';
import type { StoredResponse } from './stored-response.ts';
import { untilAborted } from './until-aborted.ts';

/** A stored response that is to be served, and what is said of that. */
export interface Served {
  readonly stored: StoredResponse;
  readonly ageMs: number;
  readonly result: Pick<CacheResult, 'status' | 'reason' | 'error' | 'forwardedStatus'>;
  readonly member?: Pick<StatusMember, 'forwarded' | 'forwardedStatus' | 'detail'> | undefined;
  readonly isCollapsed?: boolean | undefined;
  /** Whether it is in the store, or on its way there; default true. */
  readonly isStored?: boolean | undefined;
  /** Its body, where that does not come from the store. */
  readonly body?: BodySource | IncomingBody | undefined;
}

/** What is said of an answer that is served as `decision` has it. */
export function resultOf({ stored, ageMs, reason }: Extract<Plan, { readonly kind: 'serve' }>): Pick<CacheResult, 'status' | 'reason'> {
  return { status: stored.policy.lifetimeMs > ageMs ? 'hit' : 'stale', reason };
}

/** The answer to a request from what is stored; `undefined` where its body is gone meanwhile. */
export function serve(core: CacheCore, view: RequestView, served: Served): Answer<HttpResponse | undefined> {
  const { stored } = served;
  const extent = extentOf(view, stored);
  if (!needsBody(view.request, stored, extent)) {
    core.store.touch(stored);
    return respond(core, view, served, { extent, parts: undefined, body: undefined });
  }
  if (extent.kind === 'ranges') return serveSeveral(core, view, served, extent);
  const source = served.body ?? core.store.read(stored, extent.kind === 'range' ? storedRange(extent.range, stored) : undefined);
  return andThen(source, (body) => (body === undefined ? undefined : respond(core, view, served, { extent, parts: undefined, body })));
}

/** All ranges are opened before the first is read: what is replaced while its reader is slow is still there for him. */
function serveSeveral(
  core: CacheCore,
  view: RequestView,
  served: Served,
  extent: Extract<Extent, { readonly kind: 'ranges' }>,
): Answer<HttpResponse | undefined> {
  const { stored } = served;
  const parts = multipart(stored, extent.ranges);
  const opened = allOf(extent.ranges.map((range) => core.store.read(stored, storedRange(range, stored))));
  return andThen(opened, (found) => {
    const sources = found.filter((source) => source !== undefined);
    if (sources.length === found.length) return respond(core, view, served, { extent, parts, body: parts.body(sources) });
    for (const source of sources) leave(source);
    return undefined;
  });
}

function allOf<T>(answers: readonly Answer<T>[]): Answer<readonly T[]> {
  const known: T[] = [];
  for (const answer of answers) {
    if (isLater(answer)) return Promise.all(answers);
    known.push(answer);
  }
  return known;
}

/** Ends a body that was opened and will not be read. */
function leave(source: BodySource): void {
  if (source instanceof Uint8Array) return;
  const chunks = source[Symbol.asyncIterator]();
  // How it ends matters to nobody.
  void chunks.return?.().catch(() => {});
}

/** In offsets of what is stored. */
function storedRange({ start, end }: ByteRange, { part }: StoredResponse): ByteRange {
  const offset = part?.start ?? 0;
  return { start: start - offset, end: end - offset };
}

interface Content {
  readonly extent: Extent;
  readonly parts: Multipart | undefined;
  readonly body: BodySource | IncomingBody | undefined;
}

function respond(core: CacheCore, { request }: RequestView, served: Served, content: Content): HttpResponse {
  const { stored, ageMs, member, isCollapsed = false, isStored = true } = served;
  const ttlMs = stored.policy.lifetimeMs - ageMs;
  const result: CacheResult = { ...served.result, isCollapsed, isStored, ageMs, ttlMs };
  request.body?.release();
  core.answered(request, result);
  const told: StatusMember = { isHit: true, ttlMs, isCollapsed, ...member };
  const { extent, parts } = content;
  const body = cancelledWith(request.signal, content.body);
  return servedResponse({ request, stored, ageMs, extent, parts, body, result, member: told, name: core.options.name });
}

/** What has yet to come of a body ends with its request. Whose body is another's, which he shares, has seen to that. */
function cancelledWith(signal: AbortSignal | undefined, body: Content['body']): Content['body'] {
  const hasCome = body === undefined || body instanceof Uint8Array || body instanceof IncomingBody;
  return signal === undefined || hasCome ? body : untilAborted(body, signal);
}
