import { HttpResponse, RoundTripError } from '@roundtripper/core';

import type { Asking } from './ask.ts';
import type { CacheCore } from './cache-core.ts';
import { checkedChunks, type ChunkGuard } from './checked-chunks.ts';
import { dateOf } from './freshness.ts';
import { chunksOf, joinedChunks } from './joined-chunks.ts';
import { FIELDS_OF_CONTENT, parseContentRange } from './ranges.ts';
import { responseFields } from './response-fields.ts';
import { storableFields, updatedHeaders } from './storable-headers.ts';
import type { Received } from './storing.ts';

export type Completing = Extract<Asking, { readonly kind: 'complete' }>;

/** RFC 9111 §3.4: whether an answer is what is missing of a stored part: of the same representation, byte for byte, and no more and no less than was asked for. */
export function isMissingPart({ status, headers, contentLength }: HttpResponse, { stored, missing }: Completing): boolean {
  const range = status === 206 ? parseContentRange(headers.get('content-range')) : undefined;
  if (range === undefined || headers.get('etag') !== stored.etag) return false;
  const isAsked = range.start === missing.start && range.end === missing.end && (range.total ?? stored.part?.total) === stored.part?.total;
  return isAsked && (contentLength === undefined || contentLength === missing.end - missing.start);
}

/** The whole of a representation, from what is stored of it and what has come; `undefined` where what was stored is gone. */
export async function completed(core: CacheCore, { stored, missing }: Completing, received: Received): Promise<HttpResponse | undefined> {
  const { response, receivedAt } = received;
  const body = await core.store.read(stored);
  if (body === undefined) return undefined;
  const said = responseFields(response.headers);
  const fresh = storableFields(said, dateOf(said, receivedAt.wallMs), []);
  const headers = updatedHeaders(stored.headers, fresh.storable);
  // What is said of a part alone.
  for (const name of ['content-range', ...FIELDS_OF_CONTENT]) headers.delete(name);
  headers.set('Content-Length', String(stored.bodyBytes + missing.end - missing.start));
  // It is not stored, but the whole is as old as what has come of it.
  if (said.age !== null) headers.set('Age', said.age);
  const coming = checkedChunks(response.chunks(), missing.end - missing.start, REST);
  const pieces = missing.start === 0 ? [coming, chunksOf(body)] : [chunksOf(body), coming];
  const { proto, request, connection, context } = response;
  return new HttpResponse(joinedChunks(pieces), { status: 200, statusText: 'OK', headers, proto, request, connection, context });
}

/** Where it did not say how long it would be. */
const REST: ChunkGuard = {
  next: (run) => run(),
  onCorrupt: () => {},
  failure: (missing) =>
    new RoundTripError(
      `the rest of a response, a part of which is stored, is ${Math.abs(missing)} bytes too ${missing < 0 ? 'long' : 'short'} for its Content-Range`,
      { code: missing < 0 ? 'malformed-response' : 'truncated', phase: 'response-body', sent: 'all' },
    ),
};
