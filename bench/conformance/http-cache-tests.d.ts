/** What is used of http-cache-tests 0.4.5, which has no types of its own. */

declare module 'http-cache-tests/tests/index.mjs' {
  export interface SuiteCase {
    readonly id: string;
    readonly name: string;
    /** Absent means `required`. */
    readonly kind?: 'required' | 'optimal' | 'check';
    /** It is about private caches alone. */
    readonly browser_only?: boolean;
    /** It is about shared caches, or about what a page could not see through `fetch`. */
    readonly browser_skip?: boolean;
  }

  export interface Suite {
    readonly id: string;
    readonly tests: readonly SuiteCase[];
  }

  const suites: readonly Suite[];
  export default suites;
}

declare module 'http-cache-tests/client/config.mjs' {
  /** What the suite's client gives its `fetch`, of which it uses no more. */
  export interface SuiteFetchInit {
    readonly method?: string;
    readonly headers?: readonly (readonly [name: string, value: string])[];
    readonly body?: string;
    /** How the request wants to use a cache; the suite asks for no more than these two. */
    readonly cache?: 'no-cache' | 'no-store';
    readonly redirect?: 'manual';
  }

  /** What the suite's client reads of an answer. */
  export interface SuiteResponse {
    readonly status: number;
    readonly statusText: string;
    readonly headers: SuiteHeaders;
    text(): Promise<string>;
  }

  export interface SuiteHeaders extends Iterable<readonly [name: string, value: string]> {
    get(name: string): string | null;
    has(name: string): boolean;
    forEach(callback: (value: string, name: string) => void): void;
  }

  /** The function through which the suite asks. Rejects where there is no answer. */
  export type SuiteFetch = (url: string, init?: SuiteFetchInit) => Promise<SuiteResponse>;

  export function setFetch(fetch: SuiteFetch): void;
  export function setBaseUrl(url: string): void;
  export function setUseBrowserCache(isBrowser: boolean): void;
}

declare module 'http-cache-tests/client/test.mjs' {
  import type { SuiteCase } from 'http-cache-tests/tests/index.mjs';

  /** Runs a case; its result is in `testResults` when that is done. Never rejects. */
  export function makeCacheTest(test: SuiteCase): Promise<void>;
  /** By id: `true`, or the name and the message of what went wrong. */
  export const testResults: Readonly<Record<string, true | readonly [name: string, message: string]>>;
}

declare module 'http-cache-tests/server/handle-*' {
  import type { IncomingMessage, ServerResponse } from 'node:http';

  export default function handle(segments: string[], request: IncomingMessage, response: ServerResponse): void;
}
