import { HttpHeaders, type Field } from '@roundtripper/core';

import { responseFields } from './response-fields.ts';
import {
  derive,
  type FreshnessSource,
  type SelectingField,
  type StoredPart,
  type StoredPolicy,
  type StoredResponse,
} from './stored-response.ts';

/** Grows with every change of the form: an older or newer one is not read, but fetched anew. */
const VERSION = 1;

/** A head as text (JSON), for stores outside this process. `receivedMonotonicMs` is not in it: another process's clock starts elsewhere. */
export function serialiseStored(stored: StoredResponse): string {
  const { id, key, url, variant, selecting, status, statusText, proto, headers, part } = stored;
  const { bodyBytes, receivedAtMs, initialAgeMs, policy, tags, isInvalidated } = stored;
  const fields = [...headers.fields()];
  const head = { id, key, url, variant, selecting, status, statusText, proto, fields, part: part ?? null };
  return JSON.stringify({ version: VERSION, ...head, bodyBytes, receivedAtMs, initialAgeMs, policy, tags, isInvalidated });
}

/**
 * What {@link serialiseStored} has written; `undefined` for anything else: text that is no JSON, another version, a value of the wrong type or out of bounds, a header
 * field that no message may have.
 */
export function parseStored(text: unknown): StoredResponse | undefined {
  if (typeof text !== 'string') return undefined;
  try {
    return read(new Reader(JSON.parse(text)));
  } catch {
    // Whatever is wrong with it, it cannot be used; who stores it says so.
    return undefined;
  }
}

function read(reader: Reader): StoredResponse | undefined {
  if (reader.value('version') !== VERSION) return undefined;
  const url = reader.text('url');
  const { protocol, href } = new URL(url);
  if (href !== url || (protocol !== 'http:' && protocol !== 'https:')) return undefined;
  const headers = new HttpHeaders(reader.list('fields', asField));
  const receivedAtMs = reader.number('receivedAtMs');
  const part: unknown = reader.value('part');
  return {
    ...derive({ url, fields: responseFields(headers), receivedAtMs }),
    url,
    headers,
    receivedAtMs,
    id: reader.text('id'),
    key: reader.text('key'),
    variant: reader.text('variant'),
    selecting: reader.list('selecting', asSelecting),
    status: reader.integer('status', 200, 999),
    statusText: reader.text('statusText'),
    proto: reader.text('proto'),
    part: part === null ? undefined : asPart(new Reader(part)),
    bodyBytes: reader.integer('bodyBytes', 0, Number.MAX_SAFE_INTEGER),
    receivedMonotonicMs: undefined,
    initialAgeMs: reader.number('initialAgeMs'),
    policy: asPolicy(new Reader(reader.value('policy'))),
    tags: reader.list('tags', asText),
    isInvalidated: reader.claim('isInvalidated'),
  };
}

function asPolicy(reader: Reader): StoredPolicy {
  return {
    lifetimeMs: reader.number('lifetimeMs'),
    source: asSource(reader.value('source')),
    isAlwaysValidated: reader.claim('isAlwaysValidated'),
    mustRevalidate: reader.claim('mustRevalidate'),
    isImmutable: reader.claim('isImmutable'),
    staleWhileRevalidateMs: reader.number('staleWhileRevalidateMs'),
    staleIfErrorMs: reader.number('staleIfErrorMs'),
  };
}

const SOURCES: readonly FreshnessSource[] = ['s-maxage', 'max-age', 'expires', 'heuristic', 'none', 'invalid'];

function asSource(value: unknown): FreshnessSource {
  return SOURCES.find((source) => source === value) ?? wrong('source');
}

function asPart(reader: Reader): StoredPart {
  const total = reader.value('total') === undefined ? undefined : reader.integer('total', 1, Number.MAX_SAFE_INTEGER);
  return { start: reader.integer('start', 0, Number.MAX_SAFE_INTEGER), total };
}

function asField(value: unknown): Field {
  const [name, text] = asPair(value);
  return typeof name === 'string' && typeof text === 'string' ? [name, text] : wrong('fields');
}

function asSelecting(value: unknown): SelectingField {
  const [name, text] = asPair(value);
  return typeof name === 'string' && (typeof text === 'string' || text === null) ? [name, text] : wrong('selecting');
}

function asPair(value: unknown): readonly [unknown, unknown] {
  return Array.isArray(value) && value.length === 2 ? [value[0], value[1]] : wrong('pair');
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : wrong('text');
}

/** The own properties of a JSON object, each of the type that is asked for. */
class Reader {
  readonly #values: ReadonlyMap<string, unknown>;

  constructor(value: unknown) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) wrong('object');
    this.#values = new Map<string, unknown>(Object.entries(value));
  }

  value(name: string): unknown {
    return this.#values.get(name);
  }

  text(name: string): string {
    return asText(this.value(name));
  }

  claim(name: string): boolean {
    const value = this.value(name);
    return typeof value === 'boolean' ? value : wrong(name);
  }

  /** A finite one of 0 or more: JSON has no other infinity than 1e999. */
  number(name: string): number {
    const value = this.value(name);
    return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : wrong(name);
  }

  integer(name: string, least: number, most: number): number {
    const value = this.number(name);
    return Number.isInteger(value) && value >= least && value <= most ? value : wrong(name);
  }

  list<T>(name: string, as: (value: unknown) => T): readonly T[] {
    const value = this.value(name);
    return Array.isArray(value) ? value.map(as) : wrong(name);
  }
}

function wrong(name: string): never {
  throw new TypeError(`not a stored response: ${name}`);
}
