import { HttpHeaders, HttpResponse } from '@roundtripper/core';

import type { Asking } from './ask.ts';
import type { CacheCore } from './cache-core.ts';
import { dateOf } from './freshness.ts';
import { parseContentRange } from './ranges.ts';
import { storableHeaders, updatedHeaders } from './storable-headers.ts';
import type { BodySource } from './store.ts';
import type { Received } from './storing.ts';

type Completing = Extract<Asking, { readonly kind: 'complete' }>;

/** RFC 9111 §3.4: whether an answer is what is missing of a stored part: of the same representation, byte for byte, and no more and no less than was asked for. */
export function isMissingPart({ status, headers, contentLength }: HttpResponse, { stored, missing }: Completing): boolean {
  const range = status === 206 ? parseContentRange(headers) : undefined;
  if (range === undefined || headers.get('etag') !== stored.etag) return false;
  const isAsked = range.start === missing.start && range.end === missing.end && (range.total ?? stored.part?.total) === stored.part?.total;
  return isAsked && (contentLength === undefined || contentLength === missing.end - missing.start);
}

/** The whole of a representation, from what is stored of it and what has come; `undefined` where what was stored is gone. */
export async function completed(core: CacheCore, { stored, missing }: Completing, received: Received): Promise<HttpResponse | undefined> {
  const { response, receivedAt } = received;
  const body = await core.store.read(stored);
  if (body === undefined) return undefined;
  const fresh = storableHeaders(response.headers, dateOf(response.headers, receivedAt.wallMs), []);
  const headers = new HttpHeaders(updatedHeaders(stored.headers, fresh));
  headers.delete('content-range');
  headers.set('Content-Length', String(stored.bodyBytes + missing.end - missing.start));
  const coming = response.chunks();
  const pieces = missing.start === 0 ? [coming, chunksOf(body)] : [chunksOf(body), coming];
  const { proto, request, connection, context } = response;
  return new HttpResponse(new Joined(pieces), { status: 200, statusText: 'OK', headers, proto, request, connection, context });
}

function chunksOf(body: BodySource): AsyncIterator<Uint8Array> {
  if (!(body instanceof Uint8Array)) return body[Symbol.asyncIterator]();
  let isRead = false;
  return {
    next: async () => {
      if (isRead) return { done: true, value: undefined };
      isRead = true;
      return { done: false, value: body };
    },
  };
}

type Result = IteratorResult<Uint8Array, undefined>;

/** Iterators one after the other. Written by hand: a generator that was never started would end none of them. */
class Joined implements AsyncIterableIterator<Uint8Array, undefined> {
  readonly #pieces: AsyncIterator<Uint8Array>[];

  constructor(pieces: AsyncIterator<Uint8Array>[]) {
    this.#pieces = pieces;
  }

  async next(): Promise<Result> {
    for (;;) {
      const [first] = this.#pieces;
      if (first === undefined) return { done: true, value: undefined };
      const result = await first.next();
      if (result.done !== true) return result;
      this.#pieces.shift();
    }
  }

  async return(): Promise<Result> {
    for (const piece of this.#pieces.splice(0)) await piece.return?.();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
