import { HttpHeaders } from '@roundtripper/core';

import { parseCacheDate } from './http-date.ts';
import { responseFields, type ResponseFields } from './response-fields.ts';

/**
 * The fields to store: those that `Connection` names are not among them; `Date` is, for who gets the response later (RFC 9110 §6.6.1).
 * @param unstored Further names, in lower case, that are not stored.
 */
export function storableFields(fields: ResponseFields, dateMs: number, unstored: readonly string[]): ResponseFields {
  const { connection, date, storable } = fields;
  const hasDate = parseCacheDate(date ?? '', dateMs) === dateMs;
  // What most servers say, which names nothing that does not go already.
  const named = connection === null || connection === 'keep-alive' || connection === 'close' ? NO_NAMES : namesIn(connection);
  if (hasDate && named.length === 0 && unstored.length === 0) return fields;
  const names = new Set([...unstored, ...named]);
  const changed = storable.without(names);
  if (!hasDate || names.has('date')) changed.set('Date', new Date(dateMs).toUTCString());
  return responseFields(changed);
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
 * @param fresh As {@link storableFields} has them.
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
