import got from 'got';
import type { SuiteFetchInit } from 'http-cache-tests/client/config.mjs';
import type { Subject } from '../subject.ts';

/** got with its `cache` option in a Map, as it is without being told for whom: shared. Without retries, redirects and decompression. */
export function openGot(): Subject {
  const client = got.extend({ cache: new Map(), retry: { limit: 0 }, followRedirect: false, decompress: false, throwHttpErrors: false });
  return {
    fetch: async (url, { method = 'GET', headers = [], body } = {}) => {
      const response = await client(url, { method, headers: fieldsOf(headers), ...(body === undefined ? {} : { body }) });
      const received = new Headers();
      for (const [name, value] of Object.entries(response.headers)) {
        for (const each of typeof value === 'string' ? [value] : (value ?? [])) received.append(name, each);
      }
      return { status: response.statusCode, statusText: response.statusMessage ?? '', headers: received, text: async () => response.body };
    },
    [Symbol.asyncDispose]: async () => {},
  };
}

/** Joined: what decides for it about caching fails on lists. */
function fieldsOf(headers: NonNullable<SuiteFetchInit['headers']>): Record<string, string> {
  return Object.fromEntries(new Headers(headers.map(([name, value]) => [name, value])));
}
