import { shown, TOKEN_BYTES, trimOws } from '../contract/field-syntax.ts';
import { STATIC_FIELDS } from './hpack-static-table.ts';

/** 1 where the byte may stand in a name: that of a token, but no capital letter (RFC 9113 §8.2.1). */
const NAME_BYTES: Uint8Array = TOKEN_BYTES.map((isToken, byte) => (byte >= 0x41 && byte <= 0x5a ? 0 : isToken));

/** Fields of one connection, and so of HTTP/1.1 only: in a message they make it malformed (RFC 9113 §8.2.2). */
export const CONNECTION_FIELDS: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
]);

/** What most fields are called: a look-up takes a quarter of the time of a check. */
const USUAL_NAMES: ReadonlySet<string> = new Set(
  STATIC_FIELDS.filter((text, at) => at % 2 === 0 && !text.startsWith(':') && !CONNECTION_FIELDS.has(text)),
);

/** No field value has one of these (RFC 9110 §5.5). An expression that looks for one is as linear as a loop, and takes half of its time. */
const NO_VALUE_CHARACTER = /[^\t\x20-\x7e\x80-\xff]/;

const COLON = 0x3a;
const SP = 0x20;
const HTAB = 0x09;

/** Whether it is a pseudo-field's name (RFC 9113 §8.3). */
export function isPseudo(name: string): boolean {
  return name.charCodeAt(0) === COLON;
}

/**
 * What makes a response with this field malformed, if anything does. Values are as strict as in HTTP/1.1, where a message of the peer's may go next: no control
 * characters at all, where RFC 9113 §8.2.1 names NUL, CR and LF.
 */
export function fieldFault(name: string, value: string): string | undefined {
  if (NO_VALUE_CHARACTER.test(value)) return `a character in the value of ${shown(name)} that may not stand there`;
  if (isSpace(value.charCodeAt(0)) || isSpace(value.charCodeAt(value.length - 1))) return `whitespace around the value of ${shown(name)}`;
  if (USUAL_NAMES.has(name)) return undefined;
  if (!isName(name)) return nameFault(name);
  // `te` is a request's (RFC 9113 §8.2.2).
  if (name === 'te' || CONNECTION_FIELDS.has(name)) return `a field ${shown(name)}, which belongs to HTTP/1.1`;
  return undefined;
}

function nameFault(name: string): string {
  if (isPseudo(name)) return `a pseudo-field ${shown(name)} where none may be`;
  return `${name === name.toLowerCase() ? 'a field name that is no token' : 'capital letters in a field name'}: ${shown(name)}`;
}

function isName(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (NAME_BYTES[text.charCodeAt(at)] !== 1) return false;
  return text !== '';
}

function isSpace(code: number): boolean {
  return code === SP || code === HTAB;
}

/** The same fields without whitespace around their values, for peers that send it although RFC 9113 §8.2.1 forbids it; the same list where there is none. */
export function withTrimmedValues(fields: readonly string[]): readonly string[] {
  const isTrimmed = fields.every((text, at) => at % 2 === 0 || trimOws(text) === text);
  return isTrimmed ? fields : fields.map((text, at) => (at % 2 === 0 ? text : trimOws(text)));
}
