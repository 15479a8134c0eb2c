import type { HttpHeaders, HttpRequest } from '@roundtripper/core';

import { readRedaction } from '../har/har-redaction.ts';
import { redactUrl } from '../redact-url.ts';
import { parseServerTiming, type ServerTiming } from '../server-timing.ts';

/** As the HAR has it: by the names of what is known to be secret. */
const redaction = readRedaction(undefined);

/** A field of a response. Whatever is known to be secret in its value is `REDACTED`. */
export interface ShownField {
  readonly name: string;
  readonly value: string;
}

/** All fields, as they came. */
export function shownFields(headers: HttpHeaders): readonly ShownField[] {
  return [...headers.fields()].map(([name, value]) => ({ name, value: redaction.header(name, value) }));
}

/** Those that tell what answered, from where, and what becomes of the connection and of copies. */
export function chosenFields(headers: HttpHeaders): readonly ShownField[] {
  return shownFields(headers).filter(({ name }) => CHOSEN.has(name.toLowerCase()));
}

const CHOSEN: ReadonlySet<string> = new Set([
  'server',
  'via',
  'content-type',
  'content-length',
  'content-encoding',
  'transfer-encoding',
  'location',
  'retry-after',
  'connection',
  'keep-alive',
  'alt-svc',
  'age',
  'cache-control',
  'cache-status',
  'x-cache',
  'cf-cache-status',
]);

/** What the server says of its own time; none where it does not. */
export function serverTimesOf(headers: HttpHeaders): readonly ServerTiming[] {
  const field = headers.get('server-timing');
  return field === null ? [] : parseServerTiming(field);
}

/** The URL as the user wrote it, without userinfo, fragment and secrets. */
export function shownUrl({ url }: HttpRequest): string {
  return redactUrl(url.href);
}

/** A proxy's URL without userinfo. */
export function shownProxy(url: string): string {
  return redactUrl(url.includes('://') ? url : `http://${url}`);
}
