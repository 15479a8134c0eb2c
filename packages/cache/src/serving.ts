import type { HttpResponse, IncomingBody } from '@roundtripper/core';

import { andThen } from './answer.ts';
import type { CacheCore } from './cache-core.ts';
import type { CacheResult, StatusMember } from './cache-status.ts';
import { extentOf, type Extent } from './preconditions.ts';
import type { RequestView } from './request-view.ts';
import { needsBody, servedResponse } from './served-response.ts';
import type { Answer, BodySource, ByteRange } from './store.ts';
import type { StoredResponse } from './stored-response.ts';

/** A stored response that is to be served, and what is said of that. */
export interface Served {
  readonly stored: StoredResponse;
  readonly ageMs: number;
  readonly result: Pick<CacheResult, 'status' | 'reason' | 'error' | 'forwardedStatus'>;
  readonly member?: Pick<StatusMember, 'forwarded' | 'forwardedStatus' | 'detail'> | undefined;
  readonly isCollapsed?: boolean | undefined;
  /** Its body, where that does not come from the store. */
  readonly body?: BodySource | IncomingBody | undefined;
}

/** The answer to a request from what is stored; `undefined` where its body is gone meanwhile. */
export function serve(core: CacheCore, view: RequestView, served: Served): Answer<HttpResponse | undefined> {
  const { stored } = served;
  const extent = extentOf(view, stored);
  if (!needsBody(view.request, stored, extent)) {
    core.store.touch(stored);
    return respond(core, view, served, { extent, body: undefined });
  }
  const source = served.body ?? core.store.read(stored, storedRange(extent, stored));
  return andThen(source, (body) => (body === undefined ? undefined : respond(core, view, served, { extent, body })));
}

/** In offsets of what is stored. */
function storedRange(extent: Extent, { part }: StoredResponse): ByteRange | undefined {
  if (extent.kind !== 'range') return undefined;
  const offset = part?.start ?? 0;
  return { start: extent.range.start - offset, end: extent.range.end - offset };
}

interface Content {
  readonly extent: Extent;
  readonly body: BodySource | IncomingBody | undefined;
}

function respond(core: CacheCore, { request }: RequestView, served: Served, { extent, body }: Content): HttpResponse {
  const { stored, ageMs, member, isCollapsed = false } = served;
  const ttlMs = stored.policy.lifetimeMs - ageMs;
  const result: CacheResult = { ...served.result, isCollapsed, isStored: true, ageMs, ttlMs };
  request.body?.release();
  core.answered(request, result);
  const told: StatusMember = { isHit: true, ttlMs, isCollapsed, ...member };
  return servedResponse({ request, stored, ageMs, extent, body, result, member: told, name: core.options.name });
}
