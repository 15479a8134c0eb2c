import { roundTripper, type HttpResponse, type Middleware } from '@roundtripper/core';

/** How many hashes it tells apart: of two that end alike the last that came counts. A power of two, and at least as many as there are responses of 1 KiB in 64 MiB. */
const PLACES = 65_536;

/**
 * The least that a cache can do with a miss: a hash of the URL, looked up among what is stored and what is under way; one look at `Cache-Control`; the URL, the fields and the body
 * copied to the end of one piece of memory, over what came first; and a field that says what it did. It has no other rule, no order but that of coming, and nothing for each response
 * but two numbers.
 * @param maxBytes What it keeps; 0 for nothing.
 */
export function leastCache(maxBytes: number): Middleware {
  const memory = Buffer.alloc(maxBytes);
  const hashes = new Int32Array(PLACES);
  const starts = new Int32Array(PLACES);
  const underWay = new Int32Array(PLACES);
  let end = 0;
  const keep = (hash: number, head: string, body: Uint8Array): void => {
    const bytes = head.length + body.byteLength;
    if (bytes > maxBytes) return;
    if (end + bytes > maxBytes) end = 0;
    memory.write(head, end, 'latin1');
    memory.set(body, end + head.length);
    hashes[placeOf(hash)] = hash;
    starts[placeOf(hash)] = end;
    end += bytes;
  };
  const isAt = (url: string, start: number): boolean => memory.toString('latin1', start, start + url.length) === url;
  return (next) =>
    roundTripper(async (request) => {
      const url = request.target.origin.key + request.target.path;
      const hash = hashOf(url);
      const place = placeOf(hash);
      if (underWay[place] === hash || (hashes[place] === hash && isAt(url, starts[place] ?? 0))) {
        throw new Error('a URL was asked for again');
      }
      underWay[place] = hash;
      const response = await next.roundTrip(request);
      underWay[place] = 0;
      const mayStore = response.headers.get('cache-control')?.includes('no-store') === false;
      if (!mayStore || maxBytes === 0) return told(response);
      const head = url + response.headers.toText();
      const arrived = response.peekBytes();
      if (arrived !== undefined) {
        keep(hash, head, arrived);
        return told(response);
      }
      const body = await response.bytes();
      keep(hash, head, body);
      return told(response.with({ body }));
    });
}

function told(response: HttpResponse): HttpResponse {
  return response.with({ headers: response.headers.appended('Cache-Status', 'least; fwd=miss') });
}

function placeOf(hash: number): number {
  return hash & (PLACES - 1);
}

function hashOf(text: string): number {
  let hash = 0;
  for (let at = 0; at < text.length; at++) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
    hash ^= hash >>> 15;
  }
  return hash;
}
