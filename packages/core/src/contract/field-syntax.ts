/** RFC 9110 §5.6.2 `tchar`: 1 where the byte may stand in a token (method, field name). */
export const TOKEN_BYTES: Uint8Array = bytesWhere((byte) => /[!#$%&'*+\-.^_`|~0-9A-Za-z]/.test(String.fromCharCode(byte)));

/** RFC 9110 §5.5 `field-vchar`, SP and HTAB: 1 where the byte may stand in a field value. NUL, CR, LF, DEL and other controls may not. */
export const VALUE_BYTES: Uint8Array = bytesWhere((byte) => byte === 0x09 || (byte >= 0x20 && byte !== 0x7f));

/** RFC 9112 §3.2, the bytes of a `Host` value: what a URL's host can be made of once it is parsed, and the port. */
const HOST_BYTES: Uint8Array = bytesWhere((byte) => /[A-Za-z0-9\-._~!$&'()*+,;=:[\]]/.test(String.fromCharCode(byte)));

function bytesWhere(holds: (byte: number) => boolean): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => (holds(byte) ? 1 : 0));
}

/** Whether `text` is a token (RFC 9110 §5.6.2). */
export function isToken(text: string): boolean {
  return text !== '' && firstOutside(text, TOKEN_BYTES) === -1;
}

/**
 * A field name as a caller gave it, checked.
 * @throws TypeError when it is not a token. The name is shown escaped and shortened.
 */
export function checkFieldName(name: string): string {
  if (!isToken(name)) throw new TypeError(`invalid header name ${shown(name)}: expected a token (RFC 9110 §5.6.2)`);
  return name;
}

/**
 * A field value as a caller gave it: coerced to a string once, stripped of surrounding whitespace, checked.
 * @throws TypeError when it is a symbol, or holds a control character or one beyond U+00FF. The value is never shown: it may be a secret.
 */
export function checkFieldValue(name: string, value: unknown): string {
  if (typeof value === 'symbol') throw new TypeError(`invalid value of header ${shown(name)}: expected a string, but it is a symbol`);
  const text = trimOws(String(value));
  const at = firstOutside(text, VALUE_BYTES);
  if (at === -1) return text;
  throw new TypeError(
    `invalid value of header ${shown(name)}: expected visible ASCII, spaces, tabs or U+0080–U+00FF, but character ${at + 1} is U+${hex(text.charCodeAt(at))}`,
  );
}

/**
 * A request method as a caller gave it. The six that WHATWG fetch normalises are upper-cased; others keep their case.
 * @throws TypeError when it is not a token.
 */
export function checkMethod(method: string): string {
  if (KNOWN_METHODS.has(method)) return method;
  const text = String(method);
  if (!isToken(text)) throw new TypeError(`invalid method ${shown(text)}: expected a token (RFC 9110 §9.1)`);
  const upper = text.toUpperCase();
  return NORMALISED_METHODS.has(upper) ? upper : text;
}

const NORMALISED_METHODS: ReadonlySet<string> = new Set(['DELETE', 'GET', 'HEAD', 'OPTIONS', 'POST', 'PUT']);
const KNOWN_METHODS: ReadonlySet<string> = new Set([...NORMALISED_METHODS, 'PATCH', 'TRACE', 'CONNECT', 'QUERY']);

/**
 * A `Host` override as a caller gave it.
 * @throws TypeError when it could not be the host and port of a URL: this is where a request line could be forged.
 */
export function checkHost(host: string): string {
  const text = String(host);
  if (text !== '' && firstOutside(text, HOST_BYTES) === -1) return text;
  throw new TypeError(`invalid host ${shown(text)}: expected a host name or address, and a port if need be`);
}

/** Index of the first character of `text` that `allowed` does not hold, or -1. */
function firstOutside(text: string, allowed: Uint8Array): number {
  for (let at = 0; at < text.length; at++) {
    // Beyond U+00FF the table answers undefined.
    if (allowed[text.charCodeAt(at)] !== 1) return at;
  }
  return -1;
}

/** `text` without spaces, tabs, CR and LF at its ends: WHATWG fetch's "normalize". Linear, as no regular expression with two anchors is. */
export function trimOws(text: string): string {
  return trimmedPart(text, 0, text.length);
}

/** As {@link trimOws}, of what stands in `text` from `from` up to `to`. */
export function trimmedPart(text: string, from: number, to: number): string {
  let start = from;
  let end = to;
  while (start < end && isHttpSpace(text.charCodeAt(start))) start++;
  while (end > start && isHttpSpace(text.charCodeAt(end - 1))) end--;
  return start === 0 && end === text.length ? text : text.slice(start, end);
}

function isHttpSpace(code: number): boolean {
  return code === 0x20 || code === 0x09 || code === 0x0d || code === 0x0a;
}

const SHOWN_CHARACTERS = 128;

/** Controls that JSON leaves as they are, and terminals may not. */
const UNSHOWN = /[\u007f-\u009f]/g;

/** Text from outside, fit for a message or a log: quoted, escaped, at most 128 characters of it. */
export function shown(text: string): string {
  const cut = text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
  return JSON.stringify(cut).replaceAll(UNSHOWN, (character) => String.raw`\u00` + character.charCodeAt(0).toString(16));
}

function hex(code: number): string {
  return code.toString(16).toUpperCase().padStart(4, '0');
}
