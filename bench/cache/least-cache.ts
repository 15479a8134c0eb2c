import { HttpHeaders, roundTripper, type Middleware } from '@roundtripper/core';

/**
 * About the simplest cache that asks once for many and stores what it may: as many bodies as it is told by a hash of their URLs, the oldest going first, another table of what is under
 * way, one look at `Cache-Control`, and a field that says what it did. It has no other rule. Its bodies are objects of their own: memory that is
 * filled again and again would take less of what is stored.
 * @param most How many bodies it keeps; none at 0.
 */
export function leastCache(most: number): Middleware {
  // By numbers, and with nothing in them that leads to a request: packages/cache/src/text-hash.ts and flights.ts say what else it costs.
  const kept = new Map<number, Kept>();
  const hashes = new Int32Array(most);
  const underWay = new Set<number>();
  let oldest = 0;
  const keep = (hash: number, entry: Kept): void => {
    kept.delete(hashes[oldest] ?? 0);
    kept.set(hash, entry);
    hashes[oldest] = hash;
    oldest = (oldest + 1) % most;
  };
  return (next) =>
    roundTripper(async (request) => {
      const url = `${request.target.origin.key}${request.target.path}`;
      const hash = hashOf(url);
      if (underWay.has(hash) || kept.get(hash)?.url === url) throw new Error('a URL was asked for again');
      underWay.add(hash);
      const response = await next.roundTrip(request);
      underWay.delete(hash);
      const mayStore = response.headers.get('cache-control')?.includes('no-store') === false;
      const headers = new HttpHeaders(response.headers);
      headers.append('Cache-Status', 'least; fwd=miss');
      if (!mayStore || most === 0) return response.with({ headers });
      const arrived = response.peekBytes();
      if (arrived !== undefined) {
        keep(hash, { url, body: Buffer.from(arrived) });
        return response.with({ headers });
      }
      const body = await response.bytes();
      keep(hash, { url, body: Buffer.from(body.buffer) });
      return response.with({ headers, body });
    });
}

interface Kept {
  readonly url: string;
  readonly body: Buffer;
}

function hashOf(text: string): number {
  let hash = 0;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash;
}
