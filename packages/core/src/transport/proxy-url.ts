import { hash } from 'node:crypto';

import { shown } from '../contract/field-syntax.ts';
import { parseTarget } from '../contract/origin.ts';
import { ProxyCredentials, type Proxy } from '../contract/proxy.ts';

/**
 * The proxy that a URL names: `http:`, `https:`, `socks5:` or `socks5h:`, which mean the same, since names are always resolved by the proxy.
 * Without a scheme it is `http:`. @throws TypeError where it is something else. No part of it is shown that could be a secret.
 */
export function parseProxy(value: unknown): Proxy {
  if (!isText(value)) throw new TypeError(`expected a proxy's URL, but it is of type ${typeof value}`);
  const text = String(value);
  const [, given = 'http', rest = text] = /^([a-z][a-z\d+.-]*):\/\/(.*)$/is.exec(text) ?? [];
  const scheme = SCHEMES.get(given.toLowerCase());
  if (scheme === undefined) throw new TypeError(`unsupported proxy scheme ${shown(given)}: expected http, https, socks5 or socks5h`);
  const url = URL.parse(`${scheme}://${rest}`);
  // The host of a scheme that URLs do not know stays as it was written.
  const host = url === null ? '' : (URL.parse(`http://${url.hostname}/`)?.hostname ?? '');
  if (url === null || host === '') throw new TypeError('invalid proxy URL: expected scheme://[user[:password]@]host[:port]');
  const credentials = credentialsOf(url);
  return scheme === 'socks5' ? socksProxy(host, url.port, credentials) : httpProxy(scheme, `${scheme}://${url.host}`, credentials);
}

function isText(value: unknown): value is string | URL {
  return typeof value === 'string' || value instanceof URL;
}

const SCHEMES: ReadonlyMap<string, Proxy['scheme']> = new Map<string, Proxy['scheme']>([
  ['http', 'http'],
  ['https', 'https'],
  ['socks5', 'socks5'],
  ['socks5h', 'socks5'],
]);

function httpProxy(scheme: 'http' | 'https', name: string, credentials: ProxyCredentials | undefined): Proxy {
  const { origin } = parseTarget(name);
  // RFC 7617 §2: the first colon ends the user's name.
  if (credentials?.username.includes(':') === true) throw new TypeError('invalid proxy URL: a user name of Basic has no colon');
  const { hostname, port } = origin;
  return { scheme, origin, hostname, port, name, key: keyOf(name, credentials), credentials };
}

const SOCKS_PORT = 1080;
/** RFC 1929 §2: a length is a byte. */
const LONGEST_SOCKS_SECRET = 255;

function socksProxy(host: string, port: string, credentials: ProxyCredentials | undefined): Proxy {
  if (credentials !== undefined) checkSocksCredentials(credentials);
  const name = `socks5://${host}${port === '' ? '' : `:${port}`}`;
  const hostname = host.startsWith('[') ? host.slice(1, -1) : host;
  return { scheme: 'socks5', hostname, port: port === '' ? SOCKS_PORT : Number(port), name, key: keyOf(name, credentials), credentials };
}

function checkSocksCredentials({ username, password }: ProxyCredentials): void {
  const length = Buffer.byteLength(username);
  if (length === 0 || length > LONGEST_SOCKS_SECRET || Buffer.byteLength(password) > LONGEST_SOCKS_SECRET) {
    throw new TypeError('invalid proxy URL: SOCKS takes a user name of 1 to 255 bytes and a password of at most 255');
  }
}

function credentialsOf({ username, password }: URL): ProxyCredentials | undefined {
  if (username === '' && password === '') return undefined;
  try {
    return new ProxyCredentials(decodeURIComponent(username), decodeURIComponent(password));
  } catch {
    // The error that was thrown is one of syntax, and says less.
    throw new TypeError('invalid proxy URL: its userinfo is not percent-encoded UTF-8');
  }
}

function keyOf(name: string, credentials: ProxyCredentials | undefined): string {
  if (credentials === undefined) return name;
  return `${name}#${hash('sha256', JSON.stringify([credentials.username, credentials.password]), 'base64url')}`;
}
