import { secretNames, type SecretNames } from './secret-names.ts';

/** What stands in place of a secret, as OpenTelemetry's semantic conventions have it. */
export const REDACTED = 'REDACTED';

const KNOWN: SecretNames = secretNames([], []);

/** A URL that can be shown: as {@link redactUrls} leaves it, and without fragment. */
export function redactUrl(url: string, names: SecretNames = KNOWN): string {
  const fragmentAt = url.indexOf('#');
  return redactUrls(fragmentAt === -1 ? url : url.slice(0, fragmentAt), names);
}

/** A URL, or a text that may have some in it (`Location`, `Link`, `Referer`, `:path`, an error's message): userinfo goes, and the values of secret parameters in query or fragment. */
export function redactUrls(text: string, names: SecretNames = KNOWN): string {
  return redactValues(names, text.includes('@') ? text.replaceAll(USERINFO, '//') : text, IN_URL);
}

/** The text of a form (application/x-www-form-urlencoded). */
export function redactForm(text: string, names: SecretNames): string {
  return redactValues(names, text, IN_FORM);
}

/** It ends at the last `@` of the authority (WHATWG URL). */
const USERINFO = /\/\/[^/?#\\\s<>"]*@/g;

/** Where names stand, and where their values end. */
interface Pairs {
  readonly name: RegExp;
  readonly valueEnd: RegExp;
}

const IN_URL: Pairs = { name: /[?&#]([^=&#?\s<>"]+)=/g, valueEnd: /[&#\s<>"]/g };
const IN_FORM: Pairs = { name: /(?:^|&)([^=&]+)=/g, valueEnd: /&/g };

/** A secret value goes whole, whatever is in it; any other may have a URL in it, as it is or percent-encoded, that has one. */
function redactValues(names: SecretNames, text: string, { name, valueEnd }: Pairs, isNested: boolean = false): string {
  let redacted = '';
  let doneTo = 0;
  let endAt = -1;
  for (const found of text.matchAll(name)) {
    const valueAt = found.index + found[0].length;
    if (valueAt <= doneTo) continue;
    // Within the value before, it ends where that does, and was looked through with it: nothing is gone through twice.
    const isInner = valueAt <= endAt;
    if (!isInner) endAt = indexFrom(text, valueAt, valueEnd);
    const isSecret =
      names.isSecretParameter(decoded(found[1] ?? '')) || (!isInner && !isNested && hasSecret(names, text.slice(valueAt, endAt)));
    if (!isSecret) continue;
    redacted += text.slice(doneTo, valueAt) + REDACTED;
    doneTo = endAt;
  }
  return redacted + text.slice(doneTo);
}

/** Where `pattern` is met first from there on; the end where it is not. */
function indexFrom(text: string, from: number, pattern: RegExp): number {
  pattern.lastIndex = from;
  return pattern.exec(text)?.index ?? text.length;
}

/** Whether what is encoded there is a URL, or the end of one, with a secret: `next=%2Fcallback%3Ftoken%3D1`. */
function hasSecret(names: SecretNames, value: string): boolean {
  if (!value.includes('%')) return false;
  const plain = decoded(value);
  return redactValues(names, plain, IN_URL, true) !== plain;
}

/** RFC 3986 §2.1; what is no percent-encoding stands for itself. */
function decoded(name: string): string {
  if (!name.includes('%') && !name.includes('+')) return name;
  try {
    return decodeURIComponent(name.replaceAll('+', ' '));
  } catch {
    return name;
  }
}
