import { REDACTED } from '../redact-url.ts';
import { secretNames, type SecretNames } from './secret-names.ts';

/** What to leave out besides what is known to be secret. */
export interface HarRedactOptions {
  /** More header fields, in any letter case. */
  readonly headers?: readonly string[] | undefined;
  /** More names of query parameters, form fields and members of JSON bodies; letter case, `-` and `_` do not matter. */
  readonly parameters?: readonly string[] | undefined;
}

/** Takes secrets out of the parts of an entry. */
export interface HarRedaction {
  /** The value of a header field. */
  readonly header: (name: string, value: string) => string;
  readonly url: (url: string) => string;
  readonly cookie: (value: string) => string;
  /** A body as text: forms and JSON by the names in them; any other is left as it is. */
  readonly body: (mimeType: string, text: string) => string;
}

/** Leaves everything as it is. */
const NO_REDACTION: HarRedaction = {
  header: (_name, value) => value,
  url: (url) => url,
  cookie: (value) => value,
  body: (_mimeType, text) => text,
};

/**
 * The redaction that an option asks for.
 * @throws TypeError when it asks for what is none.
 */
export function readRedaction(redact: HarRedactOptions | false | undefined): HarRedaction {
  if (redact === false) return NO_REDACTION;
  const { headers = [], parameters = [], ...others } = redact ?? {};
  const unknown = Object.keys(others).filter((name) => name !== 'entry');
  if (unknown.length > 0) throw new TypeError(`invalid redact options: unknown option ${JSON.stringify(unknown[0])}`);
  for (const [name, list] of Object.entries({ headers, parameters })) {
    const isValid = Array.isArray(list) && list.every((each) => typeof each === 'string');
    if (!isValid) throw new TypeError(`invalid redact options: ${name}: expected an array of strings`);
  }
  return harRedaction({ headers, parameters });
}

/** Takes out what is called by one of the names of secrets. */
function harRedaction({ headers, parameters }: Required<Record<keyof HarRedactOptions, readonly string[]>>): HarRedaction {
  const names = secretNames(headers, parameters);
  return {
    header: (name, value) => redactField(names, name, value),
    url: (url) => redactUrls(names, url),
    cookie: () => REDACTED,
    body: (mimeType, text) => redactBody(names, mimeType, text),
  };
}

function redactField(names: SecretNames, name: string, value: string): string {
  if (!names.isSecretHeader(name)) return redactUrls(names, value);
  switch (name.toLowerCase()) {
    case 'cookie':
      return value.split(';').map(withoutValue).join(';');
    case 'set-cookie':
      return [withoutValue(value.split(';', 1)[0] ?? ''), ...value.split(';').slice(1)].join(';');
    default:
      // How somebody authenticates is no secret, and often what is wrong.
      return `${AUTH_SCHEME.exec(value)?.[0] ?? ''}${REDACTED}`;
  }
}

/** Of a cookie (RFC 6265 §4.1.1). What has no name is all value. */
function withoutValue(cookie: string): string {
  const equalsAt = cookie.indexOf('=');
  return `${cookie.slice(0, equalsAt + 1)}${REDACTED}`;
}

const AUTH_SCHEME =
  /^(?:AWS4-HMAC-SHA256|Basic|Bearer|Digest|DPoP|HOBA|Hawk|Mutual|Negotiate|NTLM|OAuth|SCRAM-SHA-1|SCRAM-SHA-256|Token)\s+/i;

/** A URL, or a text that may have some in it (`Location`, `Link`, `Referer`, `:path`): userinfo goes, and the values of secret parameters in query or fragment. */
function redactUrls(names: SecretNames, text: string): string {
  return redactValues(names, text.replaceAll(USERINFO, '//'), IN_URL);
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
  try {
    return decodeURIComponent(name.replaceAll('+', ' '));
  } catch {
    return name;
  }
}

function redactBody(names: SecretNames, mimeType: string, text: string): string {
  const type = mimeType.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (type === 'application/x-www-form-urlencoded') return redactValues(names, text, IN_FORM);
  if (JSON_TYPE.test(type)) return redactMembers(names, text);
  return text;
}

const JSON_TYPE = /(?:^application\/|[/+])(?:json|x-ndjson|json-seq)$/;

/** On the text: it may have been cut off, and what is not secret is to stay as it was sent. Objects and arrays are gone into by themselves. */
function redactMembers(names: SecretNames, text: string): string {
  return text.replaceAll(JSON_STRING, (whole: string, name: string, colon: string | undefined) =>
    colon !== undefined && names.isSecretMember(name) ? `"${name}"${colon}"${REDACTED}"` : whole,
  );
}

/** A string, and the string or number that it is the name of, if it is. It matches wherever a string begins, closed or cut off: so each character is looked at once. */
const JSON_STRING = /"((?:[^"\\]|\\[^])*)(?:"(?:(\s*:\s*)(?:"(?:[^"\\]|\\[^])*(?:"|\\?$)|-?\d[\d.eE+-]*))?|\\?$)/g;
