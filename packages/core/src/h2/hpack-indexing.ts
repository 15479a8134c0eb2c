import { STATIC_FIELDS } from './hpack-static-table.ts';

/** When a field that is in no table goes into the dynamic one. */
export type Indexing = 'at-once' | 'when-repeated' | 'never';

/** What is known of a name before anything was sent. */
export interface KnownName {
  /** The first field of that name in the static table; 0 where there is none. */
  readonly index: number;
  /** The values of the fields of that name there, one behind the other. */
  readonly values: readonly string[];
  readonly indexing: Indexing;
  /** Values shorter than this must not be put into a table by anybody on their way, as they could be guessed (RFC 7541 §7.1.3). */
  readonly secretBelow: number;
}

const SECRET_BELOW: Readonly<Record<string, number>> = { 'authorization': Infinity, 'cookie': 20, 'proxy-authorization': Infinity };

/** Names whose values differ from request to request: indexed, each would drive out one that comes again. */
const INDEXING: Readonly<Record<string, Indexing>> = {
  ':path': 'when-repeated',
  'age': 'never',
  'content-length': 'never',
  'content-range': 'never',
  'date': 'never',
  'idempotency-key': 'never',
  'if-match': 'never',
  'if-modified-since': 'never',
  'if-none-match': 'never',
  'if-range': 'never',
  'if-unmodified-since': 'never',
  'range': 'never',
  'referer': 'when-repeated',
  'traceparent': 'never',
  'tracestate': 'when-repeated',
  'x-correlation-id': 'when-repeated',
  'x-request-id': 'when-repeated',
};

/** What is larger and may not come again is not waited for. */
const MOST_REPEATED_BYTES = 256;
/** After so many values of a name in a row that did not come again, the next must come twice. */
const MOST_STRAYS = 3;

/** @param strays How many entries of its name, the last ones, were not sent again. */
export function whenToIndex(indexing: Indexing, entryBytes: number, maxTableBytes: number, strays: number): Indexing {
  // A large one would drive out most of what is there.
  if (indexing === 'never' || entryBytes > maxTableBytes / 2) return 'never';
  if (indexing === 'at-once' && strays < MOST_STRAYS) return 'at-once';
  return entryBytes > MOST_REPEATED_BYTES ? 'never' : 'when-repeated';
}

export function knownName(name: string): KnownName {
  return KNOWN_NAMES.get(name) ?? UNKNOWN_NAME;
}

const UNKNOWN_NAME: KnownName = { index: 0, values: [], indexing: 'at-once', secretBelow: 0 };
const KNOWN_NAMES = knownNames();

function knownNames(): ReadonlyMap<string, KnownName> {
  const names = new Map<string, KnownName>();
  for (const [name, indexing] of Object.entries(INDEXING)) names.set(name, { ...UNKNOWN_NAME, indexing });
  for (let at = 0; at < STATIC_FIELDS.length; at += 2) {
    const [name = '', value = ''] = STATIC_FIELDS.slice(at, at + 2);
    const known = names.get(name) ?? UNKNOWN_NAME;
    names.set(name, {
      index: known.index === 0 ? at / 2 + 1 : known.index,
      values: [...known.values, value],
      indexing: known.indexing,
      secretBelow: SECRET_BELOW[name] ?? 0,
    });
  }
  return names;
}
