import { hash as digest } from 'node:crypto';

import type { HttpRequest } from '@roundtripper/core';
import { LRUCache } from 'lru-cache';

import type { CacheMode } from './cache-options.ts';
import { canonicalSearch, type NoVarySearch } from './no-vary-search.ts';
import type { CacheRequest } from './cache-request.ts';
import type { StoredResponse } from './stored-response.ts';
import { hashFrom, hashOf } from './text-hash.ts';
import { uriOf } from './uri.ts';

/** Where the answer to a request is stored. */
export interface Place {
  readonly key: string;
  /** Of the key, as `hashOf` has it. */
  readonly hash: number;
  readonly url: string;
  /** A second key, for what is stored of URLs whose difference makes none (No-Vary-Search). */
  readonly alias: string | undefined;
}

/** The place of a URL, with which its key ends. Most who miss need the text of neither, which is put together when it is first asked for. */
class PlaceOfUrl implements Place {
  readonly key: string;
  readonly hash: number;
  readonly alias: string | undefined;
  readonly #urlFrom: number;
  #url: string | undefined;

  constructor(key: string, hash: number, urlFrom: number, alias: string | undefined) {
    this.key = key;
    this.hash = hash;
    this.#urlFrom = urlFrom;
    this.alias = alias;
  }

  /** The end of the key, and not the text it was made of: what is stored then keeps one text. */
  get url(): string {
    return (this.#url ??= this.key.slice(this.#urlFrom));
  }
}

/** How many paths are remembered for which a server has said what of their query counts. */
const KNOWN_PATHS = 1_000;

/**
 * Makes keys. No two things that differ have the same: a key begins with the cache's mode, so that a private and a shared cache never find each other's responses in one
 * store; then comes a URL, in which there is no space, or a word that says what else it is.
 */
export class CacheKeys {
  readonly #mode: CacheMode;
  readonly #searchRules = new LRUCache<string, NoVarySearch>({ max: KNOWN_PATHS });
  /** What the last key began with: the mode and this origin. */
  #lastOrigin: string | undefined;
  #start = '';
  #startHash = 0;

  constructor(mode: CacheMode) {
    this.#mode = mode;
  }

  placeOf(request: HttpRequest, override: CacheRequest): Place {
    const { target } = request;
    if (override.key === undefined && request.method !== 'QUERY') {
      const { origin, path } = target;
      if (origin.key !== this.#lastOrigin) this.#begin(origin.key);
      const key = this.#start + path;
      const alias = this.#knowsPaths ? this.aliasOf(uriOf(target)) : undefined;
      return new PlaceOfUrl(key, hashFrom(this.#startHash, path, key), this.#mode.length + 1, alias);
    }
    const url = uriOf(target);
    const key = override.key === undefined ? `${this.#mode} QUERY ${digestOf(request)} ${url}` : `${this.#mode} key ${override.key}`;
    return { key, hash: hashOf(key), url, alias: undefined };
  }

  #begin(origin: string): void {
    this.#lastOrigin = origin;
    this.#start = this.keyOf(origin);
    this.#startHash = hashOf(this.#start);
  }

  /** Whether any server has said what of its queries counts. */
  get #knowsPaths(): boolean {
    return this.#searchRules.size > 0;
  }

  /** The key of a URL asked for by GET. */
  keyOf(url: string): string {
    return `${this.#mode} ${url}`;
  }

  /** The key under which what a URL shares with others is stored, where its server is known to say such things. */
  aliasOf(url: string): string | undefined {
    if (!this.#knowsPaths) return undefined;
    const { path, search } = split(url);
    const rule = this.#searchRules.get(path);
    return rule === undefined ? undefined : this.#aliasBy(rule, path, search);
  }

  /** What all URLs of its path are called for which a difference may make none, where its server is known to say such things. */
  pathOf(url: string): string | undefined {
    if (!this.#knowsPaths) return undefined;
    const { path } = split(url);
    return this.#searchRules.has(path) ? pathName(path) : undefined;
  }

  /** The key to store a response under that says `rule` of its URL; from now on it is found by {@link aliasOf}. */
  aliasFor(url: string, rule: NoVarySearch): string {
    const { path, search } = split(url);
    this.#searchRules.set(path, rule);
    return this.#aliasBy(rule, path, search);
  }

  #aliasBy(rule: NoVarySearch, path: string, search: string): string {
    return `${this.#mode} search ${path}?${canonicalSearch(rule, search)}`;
  }
}

/** Whether what is stored is for this URL: for the very same, or for one that differs from it in nothing that its server says counts. */
export function isForUrl({ url, noVarySearch, key }: StoredResponse, asked: Pick<Place, 'key' | 'url'>): boolean {
  if (url === asked.url || key === asked.key) return true;
  if (noVarySearch === undefined) return false;
  const one = split(url);
  const other = split(asked.url);
  return one.path === other.path && canonicalSearch(noVarySearch, one.search) === canonicalSearch(noVarySearch, other.search);
}

/** What a URL's path is called when the URL is invalidated: no URL is called so. */
export function pathNameOf(url: string): string {
  return pathName(split(url).path);
}

function pathName(path: string): string {
  return `path ${path}`;
}

function split(url: string): { readonly path: string; readonly search: string } {
  const at = url.indexOf('?');
  return at === -1 ? { path: url, search: '' } : { path: url.slice(0, at), search: url.slice(at) };
}

/** RFC 10008: the answer to a QUERY belongs to its content, and to what says how that is to be read. */
function digestOf({ headers, body }: HttpRequest): string {
  const facts = [headers.get('content-type'), headers.get('content-encoding'), headers.get('content-language')];
  return digest('sha256', Buffer.concat([Buffer.from(JSON.stringify(facts)), body?.bytes ?? new Uint8Array(0)]), 'base64url');
}
