/** What stands in place of a secret, as OpenTelemetry's semantic conventions have it. */
export const REDACTED = 'REDACTED';

/**
 * Query parameters whose values are secrets, in lower case: those that OpenTelemetry's conventions name for `url.full`, the rest of what AWS, Google and
 * Azure sign URLs with, and the names under which tokens and passwords are passed as a rule (RFC 6750 §2.3, RFC 6749, OpenID Connect).
 */
const SECRET_PARAMETERS: ReadonlySet<string> = new Set([
  'awsaccesskeyid',
  'signature',
  'sig',
  'x-amz-signature',
  'x-amz-credential',
  'x-amz-security-token',
  'x-goog-signature',
  'x-goog-credential',
  'access_token',
  'refresh_token',
  'id_token',
  'client_secret',
  'token',
  'api_key',
  'apikey',
  'api-key',
  'password',
  'passwd',
  'secret',
]);

const NONE: ReadonlySet<string> = new Set();

/**
 * A URL that can be shown: without userinfo and fragment, with `REDACTED` in place of the value of each query parameter that is known to be secret.
 * Names are compared without regard to case and to percent-encoding, and stay as they are.
 * @param more Names of further parameters, in lower case.
 */
export function redactUrl(url: string, more: ReadonlySet<string> = NONE): string {
  const fragmentAt = url.indexOf('#');
  const shown = withoutUserinfo(fragmentAt === -1 ? url : url.slice(0, fragmentAt));
  const queryAt = shown.indexOf('?');
  if (queryAt === -1) return shown;
  const query = shown.slice(queryAt + 1);
  const redacted = query.split('&').map((parameter) => redactParameter(parameter, more));
  return `${shown.slice(0, queryAt + 1)}${redacted.join('&')}`;
}

/** Userinfo ends at the last `@` of the authority (WHATWG URL). */
function withoutUserinfo(url: string): string {
  const authorityAt = url.indexOf('//') + 2;
  if (authorityAt === 1) return url;
  const found = url.slice(authorityAt).search(/[/?\\]/);
  const end = found === -1 ? url.length : authorityAt + found;
  const at = url.lastIndexOf('@', end - 1);
  return at < authorityAt ? url : url.slice(0, authorityAt) + url.slice(at + 1);
}

function redactParameter(parameter: string, more: ReadonlySet<string>): string {
  const equalsAt = parameter.indexOf('=');
  if (equalsAt === -1) return parameter;
  const name = parameter.slice(0, equalsAt);
  const plain = decoded(name).toLowerCase();
  return SECRET_PARAMETERS.has(plain) || more.has(plain) ? `${name}=${REDACTED}` : parameter;
}

/** A name with a `%` that encodes nothing is no name that is known. */
function decoded(name: string): string {
  if (!name.includes('%')) return name;
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
