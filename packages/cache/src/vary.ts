import { hash } from 'node:crypto';

import type { HttpHeaders } from '@roundtripper/core';

import type { CacheMode } from './cache-options.ts';
import type { ResponseFields } from './response-fields.ts';
import type { SelectingField, StoredPart } from './stored-response.ts';

const FIELD_NAME = /^[!#$%&'*+\-.^_`|~\w]+$/;

/** A server that varies on more than this is not worth following. */
const MOST_NAMES = 64;

/** A server that speaks to one user knows whom, and need not say `Vary`; a process that stores for "its" user may well speak for many. */
export const CREDENTIALS: readonly string[] = ['authorization', 'cookie'];

/**
 * The request fields by which a response was selected (RFC 9111 §4.1), in the order of their names; `undefined` where there is more to it than fields (`Vary: *`), or `Vary` cannot be read.
 */
export function selectingFields(request: HttpHeaders, response: VaryFields, mode: CacheMode): readonly SelectingField[] | undefined {
  const { vary } = response;
  const own = mode === 'private' ? ownNames(request, response) : NO_NAMES;
  const named = vary === null ? NO_NAMES : namesOf(vary);
  const names = own.length === 0 || named === undefined ? named : [...new Set([...named, ...own])].toSorted();
  return names === NO_NAMES ? NOTHING : names?.map((name) => [name, normalised(name, request.get(name))]);
}

type VaryFields = Pick<ResponseFields, 'vary' | 'setCookie'>;

/** What most responses are selected by: one object serves them all. */
const NOTHING: readonly SelectingField[] = [];
const NO_NAMES: readonly string[] = [];

/** What was said to nobody in particular is for everybody, unless it is the beginning of a session. */
function ownNames(request: HttpHeaders, response: VaryFields): readonly string[] {
  if (response.setCookie !== null) return CREDENTIALS;
  if (request.size === 0) return NO_NAMES;
  const names = CREDENTIALS.filter((name) => request.has(name));
  return names.length === 0 ? NO_NAMES : names;
}

/** Names by what they were read from: a server says the same again and again. */
const knownNames = new Map<string, readonly string[] | undefined>();
const MOST_KNOWN = 256;
const LONGEST_KNOWN = 256;

function namesOf(vary: string): readonly string[] | undefined {
  if (knownNames.has(vary)) return knownNames.get(vary);
  const names = parseNames(vary);
  if (knownNames.size >= MOST_KNOWN) knownNames.clear();
  if (vary.length <= LONGEST_KNOWN) knownNames.set(vary, names);
  return names;
}

function parseNames(vary: string): readonly string[] | undefined {
  const names = new Set<string>();
  for (const element of vary.split(',')) {
    const name = element.trim().toLowerCase();
    if (name === '') continue;
    if (name === '*' || !FIELD_NAME.test(name)) return undefined;
    names.add(name);
  }
  return names.size > MOST_NAMES ? undefined : [...names].toSorted();
}

/** The text that is equal for two responses if, and only if, they are selected by the same requests. Parts stand beside wholes. */
export function variantOf(selecting: readonly SelectingField[], part: StoredPart | undefined): string {
  if (selecting.length === 0) return part === undefined ? '' : 'part';
  return `${part === undefined ? '' : 'part'}${JSON.stringify(selecting)}`;
}

/** Whether a request has the same selecting fields: absent in both, or the same when normalised. */
export function isSelected(selecting: readonly SelectingField[], request: HttpHeaders): boolean {
  return selecting.every(([name, value]) => isSame(name, value, request.get(name)));
}

function isSame(name: string, value: string | null, given: string | null): boolean {
  if (value === null || given === null) return value === given;
  // What normalising leaves as it is need not be normalised to be compared; a digest is not what it is the digest of.
  return (value === given && !isSecret(name)) || value === normalised(name, given);
}

/** Whether a response was for who sent certain credentials, and not for everybody. */
export function isForOneUser(selecting: readonly SelectingField[]): boolean {
  return selecting.some(([name, value]) => value !== null && isSecret(name));
}

/** Whether two requests would be told apart by their credentials alone. */
export function hasSameCredentials(selecting: readonly SelectingField[], request: HttpHeaders): boolean {
  return isSelected(
    selecting.filter(([name]) => isSecret(name)),
    request,
  );
}

/** The same text for values that mean the same (§4.1), and a digest of one that is secret, which what is stored must not give away: white space, and for the fields that negotiate also case and order, make no difference. */
export function normalised(name: string, value: string | null): string | null {
  if (value === null) return null;
  const last = lastNormalised.get(name);
  if (last?.value === value) return last.normalised;
  const made = isSecret(name) ? hash('sha256', value, 'base64url') : normalise(name, value);
  if (lastNormalised.size >= MOST_KNOWN) lastNormalised.clear();
  lastNormalised.set(name, { value, normalised: made });
  return made;
}

/** The last value of each field: most clients say the same all the time. */
const lastNormalised = new Map<string, { readonly value: string; readonly normalised: string }>();

function normalise(name: string, value: string): string {
  const members = splitList(value);
  switch (name) {
    case 'accept-language':
    case 'accept-encoding':
    case 'accept-charset':
      return negotiated(members.map((member) => member.toLowerCase()));
    case 'accept':
      return negotiated(members.map(lowerCaseType));
    default:
      return members.join(',');
  }
}

function isSecret(name: string): boolean {
  return name === 'authorization' || name === 'cookie' || name === 'proxy-authorization';
}

/** RFC 9110 §12.4.2: weights decide, the order says nothing; a weight of 1 is the one that need not be said. */
function negotiated(members: readonly string[]): string {
  return members
    .map(withoutIdleWeight)
    .filter((member) => member !== '')
    .toSorted()
    .join(',');
}

function withoutIdleWeight(member: string): string {
  const parts = member.split(';').map((part) => part.trim());
  const weight = parts.at(-1) ?? '';
  if (parts.length < 2 || !/^q=[01](?:\.\d*)?$/i.test(weight)) return parts.join(';');
  // Not by a regular expression: to look for the zeros at the end takes the square of their number.
  let end = weight.length;
  if (weight.includes('.')) while (weight.charAt(end - 1) === '0') end--;
  const significant = weight.slice(0, weight.charAt(end - 1) === '.' ? end - 1 : end);
  return [...parts.slice(0, -1), ...(significant.toLowerCase() === 'q=1' ? [] : [significant])].join(';');
}

/** Parameters of a media type may have values in which case counts. */
function lowerCaseType(member: string): string {
  const end = member.indexOf(';');
  return end === -1 ? member.toLowerCase() : `${member.slice(0, end).toLowerCase()}${member.slice(end)}`;
}

/** The elements of a list without the white space around them. Commas within quotes are none; a field that is no list at all is left as it is, but for white space after its commas. */
function splitList(value: string): readonly string[] {
  if (!value.includes('"')) return value.split(',').map((member) => member.trim());
  const members: string[] = [];
  let start = 0;
  let isQuoted = false;
  for (let at = 0; at < value.length; at++) {
    const character = value[at];
    if (isQuoted && character === '\\') at += 1;
    else if (character === '"') isQuoted = !isQuoted;
    else if (character === ',' && !isQuoted) {
      members.push(value.slice(start, at).trim());
      start = at + 1;
    }
  }
  return [...members, value.slice(start).trim()];
}
