import { Agent, cacheStores, fetch, interceptors } from 'undici';
import type { Subject } from '../subject.ts';

/** undici's `fetch` through its cache interceptor, in its memory store. */
export function openUndici(type: 'private' | 'shared'): Subject {
  const agent = new Agent();
  const dispatcher = agent.compose(interceptors.cache({ type, store: new cacheStores.MemoryCacheStore() }));
  return {
    fetch: (url, { headers = [], ...init } = {}) =>
      fetch(url, { ...init, headers: headers.map(([name, value]) => [name, value]), dispatcher }),
    [Symbol.asyncDispose]: () => agent.destroy(),
  };
}
