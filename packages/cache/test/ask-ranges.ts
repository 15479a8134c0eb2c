import { HttpHeaders, type HttpRequestInit, type HttpResponse, type RoundTripper, type TraceEvent } from '@roundtripper/core';

import type { CacheOptions } from '../src/index.ts';
import { origin, setUp, type Scripted, type SetUp } from './set-up.ts';

export const FIELDS = { 'Cache-Control': 'max-age=600', 'ETag': '"a"', 'Content-Type': 'text/plain' };
/** 26 bytes. */
export const BODY = 'abcdefghijklmnopqrstuvwxyz';

/** A cache that has something, and who may ask it for ranges of that. */
export interface Ready extends SetUp {
  readonly next: RoundTripper & { readonly requests: readonly unknown[] };
  readonly ask: (range: string, init?: HttpRequestInit) => Promise<HttpResponse>;
}

/** A cache that has stored the answer. What is asked of the server after that has status 299. */
export async function storing(answer: Scripted = {}, options: CacheOptions = {}): Promise<Ready> {
  const next = origin({ headers: FIELDS, body: BODY, ...answer }, { status: 299, body: 'asked again' });
  const made = setUp(next, options);
  const decided = Promise.withResolvers<void>();
  const trace = (event: TraceEvent): void => {
    if (event.kind === 'cacheDecision' && (event.decision === 'stored' || event.decision === 'not-stored')) decided.resolve();
  };
  await (await made.send({ trace })).bytes();
  // A store may take longer than its reader.
  await decided.promise;
  const ask: Ready['ask'] = (range, { headers, ...init } = {}) =>
    made.send({ ...init, headers: new HttpHeaders([...new HttpHeaders(headers).fields(), ['Range', range]]) });
  return { ...made, next, ask };
}
