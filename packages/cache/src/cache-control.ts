import type { HttpHeaders } from '@roundtripper/core';

import { ownText } from './own-text.ts';

/** The directives of a message's `Cache-Control` fields, read once. */
export interface CacheControl {
  /** Part of it is no list of directives: what it wants to forbid is not known. */
  readonly isMalformed: boolean;
  /** By lower-case name: the argument of each time it was given, `undefined` where it had none. */
  readonly directives: ReadonlyMap<string, readonly (string | undefined)[]>;
}

/** What a message says that has no `Cache-Control`. */
export const NO_DIRECTIVES: CacheControl = { isMalformed: false, directives: new Map() };

/**
 * One element of the list (RFC 9111 §5.2) and its comma: `token [ "=" ( token / quoted-string ) ]`, or nothing at all (RFC 9110 §5.6.1.2). Each part begins with
 * what the one before cannot contain, so that it is linear.
 */
const DIRECTIVE =
  /[ \t]*(?:(?<name>[!#$%&'*+\-.^_`|~\w]+)(?:=(?:(?<token>[!#$%&'*+\-.^_`|~\w]+)|"(?<quoted>[^"\\]*(?:\\.[^"\\]*)*)"))?[ \t]*)?(?:,|$)/y;

/** What was parsed, by its text: servers say the same again and again. */
const known = new Map<string, CacheControl>();
const MOST_KNOWN = 256;
const LONGEST_KNOWN = 256;
let last: { readonly text: string; readonly control: CacheControl } | undefined;

/** The directives of `headers`. Those that nobody knows are among them: RFC 9111 §5.2.3 has them ignored. */
export function parseCacheControl(headers: HttpHeaders): CacheControl {
  const text = headers.get('cache-control');
  if (text === null) return NO_DIRECTIVES;
  // Two short texts are compared in less time than one is looked up in.
  if (text === last?.text) return last.control;
  const control = known.get(text) ?? parseNew(text);
  if (text.length <= LONGEST_KNOWN) last = { text, control };
  return control;
}

function parseNew(text: string): CacheControl {
  if (text.length > LONGEST_KNOWN) return parseDirectives(text);
  const own = ownText(text);
  const control = parseDirectives(own);
  if (known.size >= MOST_KNOWN) known.clear();
  known.set(own, control);
  return control;
}

function parseDirectives(text: string): CacheControl {
  const directives = new Map<string, (string | undefined)[]>();
  for (let at = 0; at < text.length;) {
    DIRECTIVE.lastIndex = at;
    const match = DIRECTIVE.exec(text);
    if (match === null) return { isMalformed: true, directives };
    at = DIRECTIVE.lastIndex;
    const { name, token, quoted } = match.groups ?? {};
    if (name === undefined) continue;
    const values = directives.get(name.toLowerCase()) ?? [];
    values.push(token ?? quoted?.replaceAll(/\\(.)/g, '$1'));
    directives.set(name.toLowerCase(), values);
  }
  return { isMalformed: false, directives };
}

/** Whether a directive is there, with an argument or without. */
export function hasDirective({ directives }: CacheControl, name: string): boolean {
  return directives.has(name);
}

/** Whether a directive is there once, without an argument. */
export function isBare({ directives }: CacheControl, name: string): boolean {
  const values = directives.get(name);
  return values?.length === 1 && values[0] === undefined;
}

/** What `no-cache` or `private` are about (RFC 9111 §5.2.2.4, §5.2.2.7). */
export type Qualified =
  | { readonly kind: 'absent' }
  /** The whole response. */
  | { readonly kind: 'whole' }
  /** Fields of it, by their lower-case names. */
  | { readonly kind: 'fields'; readonly names: readonly string[] };

const ABSENT: Qualified = { kind: 'absent' };
const WHOLE: Qualified = { kind: 'whole' };
const FIELD_NAME = /^[!#$%&'*+\-.^_`|~\w]+$/;

/** The reach of a directive that may be qualified. In doubt it is the whole response: where it is given twice, or its argument is no list of names. */
export function qualified({ directives }: CacheControl, name: 'no-cache' | 'private'): Qualified {
  const values = directives.get(name);
  if (values === undefined) return ABSENT;
  const [value] = values;
  if (values.length > 1 || value === undefined) return WHOLE;
  const names = value.split(',').map((each) => each.trim().toLowerCase());
  return names.every((each) => FIELD_NAME.test(each)) ? { kind: 'fields', names } : WHOLE;
}

/** The seconds that a directive gives; `undefined` where it is absent, `whenInvalid` where it is there and has no argument, several that differ, or one that is no number of seconds. */
export function secondsOf({ directives }: CacheControl, name: string, whenInvalid: number): number | undefined {
  const values = directives.get(name);
  if (values === undefined) return undefined;
  const [value] = values;
  // §4.2.1: of several that differ, none is to be believed.
  const isClear = value !== undefined && (values.length === 1 || values.every((other) => other === value));
  return (isClear ? parseDeltaSeconds(value) : undefined) ?? whenInvalid;
}

/** RFC 9111 §1.2.2: more than 2^31 is as good as for ever. */
const MOST_SECONDS = 2_147_483_648;

/** `delta-seconds`; `undefined` for any other text, of which `-1` and `1.5` are. */
export function parseDeltaSeconds(text: string): number | undefined {
  return /^\d+$/.test(text) ? Math.min(Number(text), MOST_SECONDS) : undefined;
}
