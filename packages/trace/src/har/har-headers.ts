import type { HttpHeaders, HttpRequest } from '@roundtripper/core';

import type { HarNameValue } from './har-format.ts';
import type { HarRedaction } from './har-redaction.ts';

/** Fields as they stood on the wire, and the bytes that they took there, secrets and all; undefined where a value is not known. */
export interface SentFields {
  readonly fields: readonly HarNameValue[];
  readonly bytes: number | undefined;
}

/** Headers as they are. */
export function fieldsOf(headers: HttpHeaders, redaction: HarRedaction): SentFields & { readonly bytes: number } {
  let bytes = 0;
  const fields = [...headers.fields()].map(([name, value]) => {
    bytes += fieldBytes(name, value);
    return { name, value: redaction.header(name, value) };
  });
  return { fields, bytes };
}

/**
 * The fields of a request as they were sent, with those that the Transport adds. It tells their names only: the values are those of the request, those that
 * follow from it, or are said to be unknown.
 */
export function sentFields(request: HttpRequest, names: readonly string[], redaction: HarRedaction): SentFields {
  const given = valuesByName(request.headers);
  const fields: HarNameValue[] = [];
  let bytes = 0;
  let isUnknown = false;
  for (const name of names) {
    const lower = name.toLowerCase();
    const value = impliedValue(lower, request) ?? given.get(lower)?.shift() ?? (lower === 'connection' ? 'close' : undefined);
    if (value !== undefined) {
      bytes += fieldBytes(name, value);
      fields.push({ name, value: redaction.header(name, value) });
    } else if (!given.has(lower)) {
      isUnknown = true;
      fields.push({ name, value: '', comment: 'added by the Transport, which does not tell its value' });
    }
    // Else it is a crumb of the cookies, which were told as the one field that they were (RFC 9113 §8.2.3).
  }
  return { fields, bytes: isUnknown ? undefined : bytes };
}

/** RFC 9112 §5: a name, a colon, a space, a value and a line end. */
function fieldBytes(name: string, value: string): number {
  return name.length + value.length + 4;
}

function valuesByName(headers: HttpHeaders): Map<string, string[]> {
  const values = new Map<string, string[]>();
  for (const [name, value] of headers.fields()) {
    const lower = name.toLowerCase();
    const same = values.get(lower);
    if (same === undefined) values.set(lower, [value]);
    else same.push(value);
  }
  return values;
}

/** Of fields that the Transport writes by itself, whatever the request has. */
function impliedValue(lowerName: string, { method, target, host, headers, body }: HttpRequest): string | undefined {
  switch (lowerName) {
    case 'host':
    case ':authority':
      return host ?? headers.get('host') ?? target.origin.host;
    case ':method':
      return method;
    case ':scheme':
      return target.origin.scheme;
    case ':path':
      return target.path;
    case 'content-length':
      return body === undefined ? '0' : body.length?.toString();
    case 'transfer-encoding':
      return 'chunked';
    default:
      return undefined;
  }
}
