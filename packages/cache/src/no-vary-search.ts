import { isInnerList, parseDictionary, type Dictionary } from 'structured-headers';

/** What of a query makes no difference to a response (draft-ietf-httpbis-no-vary-search). */
export interface NoVarySearch {
  /** Whether parameters may come in any order. */
  readonly isOrderIgnored: boolean;
  /** `except`: every parameter is ignored but these. `only`: none is but these. */
  readonly ignored: { readonly kind: 'except' | 'only'; readonly names: ReadonlySet<string> };
}

/** A response's `No-Vary-Search`; `undefined` where it says nothing, or what it says cannot be read: then every difference counts. */
export function noVarySearchOf(text: string | null): NoVarySearch | undefined {
  if (text === null) return undefined;
  try {
    return read(parseDictionary(text));
  } catch {
    // Not a dictionary: as if it were absent.
    return undefined;
  }
}

/** Section 4 of the draft, "obtain a URL search variance". Members that nobody knows are passed over. */
function read(members: Dictionary): NoVarySearch | undefined {
  const keyOrder: unknown = members.get('key-order')?.[0] ?? false;
  const params = members.get('params');
  const except = members.get('except');
  if (typeof keyOrder !== 'boolean') return undefined;
  if (params === undefined) return except === undefined ? variance(keyOrder, 'only', []) : undefined;
  if (isInnerList(params)) {
    const names = stringsOf(params[0]);
    return names === undefined || except !== undefined ? undefined : variance(keyOrder, 'only', names);
  }
  if (typeof params[0] !== 'boolean') return undefined;
  if (except === undefined) return variance(keyOrder, params[0] ? 'except' : 'only', []);
  if (!params[0] || !isInnerList(except)) return undefined;
  const names = stringsOf(except[0]);
  return names === undefined ? undefined : variance(keyOrder, 'except', names);
}

/** The default says nothing at all. */
function variance(isOrderIgnored: boolean, kind: 'except' | 'only', names: readonly string[]): NoVarySearch | undefined {
  if (!isOrderIgnored && kind === 'only' && names.length === 0) return undefined;
  return { isOrderIgnored, ignored: { kind, names: new Set(names) } };
}

/** "Parse a key": the names are percent-encoded as in a query, `+` for a space. */
function stringsOf(items: readonly (readonly [unknown, unknown])[]): readonly string[] | undefined {
  const names: string[] = [];
  for (const [value] of items) {
    if (typeof value !== 'string') return undefined;
    const [decoded] = new URLSearchParams(`${value.replaceAll('&', '%26').replaceAll('=', '%3D')}=`).keys();
    names.push(decoded ?? '');
  }
  return names;
}

/** The text that is equal for two queries if, and only if, they make no difference. @param search With its `?`, or empty. */
export function canonicalSearch({ isOrderIgnored, ignored }: NoVarySearch, search: string): string {
  const kept = [...new URLSearchParams(search)].filter(([name]) => ignored.names.has(name) === (ignored.kind === 'except'));
  // Sorting is stable: parameters of one name keep their order, which counts.
  const ordered = isOrderIgnored ? kept.toSorted(([a], [b]) => compare(a, b)) : kept;
  return new URLSearchParams(ordered).toString();
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
