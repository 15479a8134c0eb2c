import { REDACTED, redactForm, redactUrls } from '../redact-url.ts';
import { secretNames, type SecretNames } from '../secret-names.ts';

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
    url: (url) => redactUrls(url, names),
    cookie: () => REDACTED,
    body: (mimeType, text) => redactBody(names, mimeType, text),
  };
}

function redactField(names: SecretNames, name: string, value: string): string {
  if (!names.isSecretHeader(name)) return redactUrls(value, names);
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

function redactBody(names: SecretNames, mimeType: string, text: string): string {
  const type = mimeType.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (type === 'application/x-www-form-urlencoded') return redactForm(text, names);
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
