import { HttpHeaders, roundTripper, type Middleware } from '@roundtripper/core';

/**
 * The least that a cache could be that asks once for many and stores what it may: as many bodies in a `Map` by URL, the oldest going first, another of what is under way, one look at
 * `Cache-Control`, and a field that says what it did. It has no other rule. What a miss of a cache cannot be cheaper than.
 * @param most How many bodies it keeps; none at 0.
 */
export function leastCache(most: number): Middleware {
  const kept = new Map<string, Buffer>();
  const urls: string[] = [];
  const underWay = new Map<string, { readonly waiting: (() => void)[] | undefined }>();
  let oldest = 0;
  const keep = (url: string, body: Buffer): void => {
    kept.set(url, body);
    kept.delete(urls[oldest] ?? '');
    urls[oldest] = url;
    oldest = (oldest + 1) % most;
  };
  return (next) =>
    roundTripper(async (request) => {
      const url = `${request.target.origin.key}${request.target.path}`;
      if (kept.has(url) || underWay.has(url)) throw new Error('a URL was asked for again');
      underWay.set(url, { waiting: undefined });
      const response = await next.roundTrip(request);
      underWay.delete(url);
      const mayStore = response.headers.get('cache-control')?.includes('no-store') === false;
      const headers = new HttpHeaders(response.headers);
      headers.append('Cache-Status', 'least; fwd=miss');
      if (!mayStore || most === 0) return response.with({ headers });
      const arrived = response.peekBytes();
      if (arrived !== undefined) {
        keep(url, Buffer.from(arrived));
        return response.with({ headers });
      }
      const body = await response.bytes();
      keep(url, Buffer.from(body.buffer));
      return response.with({ headers, body });
    });
}
