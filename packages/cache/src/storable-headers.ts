import { HttpHeaders } from '@roundtripper/core';

import { parseCacheDate } from './http-date.ts';

/** RFC 9111 §3.1: what belongs to a connection, or to a proxy, and not to the response; and what is said anew each time. */
const UNSTORED_FIELDS: ReadonlySet<string> = new Set([
  'age',
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authentication-info',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'transfer-encoding',
  'upgrade',
]);

/**
 * The fields to store. Those that `Connection` names go too; `Date` is there, for who gets the response later (RFC 9110 §6.6.1).
 * @param unstored Further names, in lower case, that are not stored.
 */
export function storableHeaders(headers: HttpHeaders, dateMs: number, unstored: readonly string[]): HttpHeaders {
  const hasDate = parseCacheDate(headers.get('date') ?? '', dateMs) === dateMs;
  const connection = headers.get('connection');
  // What most servers say, which names nothing that does not go already.
  const named = connection === null || connection === 'keep-alive' || connection === 'close' ? NO_NAMES : namesIn(connection);
  const names = named.length === 0 && unstored.length === 0 ? UNSTORED_FIELDS : new Set([...UNSTORED_FIELDS, ...unstored, ...named]);
  const storable = headers.without(names);
  if (!hasDate || names.has('date')) storable.set('Date', new Date(dateMs).toUTCString());
  return storable;
}

const NO_NAMES: readonly string[] = [];

/** What of a list can be a name. */
function namesIn(list: string): readonly string[] {
  return list.split(',').flatMap((element) => FIELD_NAME.exec(element.trim().toLowerCase()) ?? []);
}

const FIELD_NAME = /^[!#$%&'*+\-.^_`|~\w]+$/;

/** RFC 9111 §3.2: what a 304 or a HEAD says of the message it came in, or of how the stored bytes are framed and coded, and not of the response. */
const KEPT_FIELDS: ReadonlySet<string> = new Set(['content-digest', 'content-encoding', 'content-length', 'content-range', 'etag']);

/**
 * Stored fields, updated (RFC 9111 §3.2): what comes takes the place of all that is stored under its name, and what does not come stays.
 * @param fresh As {@link storableHeaders} has made them.
 */
export function updatedHeaders(stored: HttpHeaders, fresh: HttpHeaders): HttpHeaders {
  const updated = new HttpHeaders();
  const isReplaced = (name: string): boolean => fresh.has(name) && !KEPT_FIELDS.has(name);
  for (const [name, value] of stored.fields()) if (!isReplaced(name.toLowerCase())) updated.append(name, value);
  for (const [name, value] of fresh.fields()) {
    if (isReplaced(name.toLowerCase()) || (!stored.has(name) && isAddable(name.toLowerCase()))) updated.append(name, value);
  }
  return updated;
}

/** A tag for a response that had none is welcome; what is said of coding and length is about no message that was stored. */
function isAddable(lowerName: string): boolean {
  return lowerName === 'etag' || !KEPT_FIELDS.has(lowerName);
}
