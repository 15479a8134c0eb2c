import { shown } from './field-syntax.ts';

/** Scheme, host and port (RFC 9110 §4.3.1): what a connection is opened to. Equal origins are the same object while cached; compare by `key`. */
export interface Origin {
  readonly scheme: 'http' | 'https';
  /** Host name or address as a socket takes it: lower case, punycode, IPv6 without brackets. */
  readonly hostname: string;
  readonly port: number;
  /** As in a `Host` field: brackets around IPv6, the port only where it is not the scheme's own. */
  readonly host: string;
  /** Like `https://example.com:8443`, never with userinfo. Safe to show. */
  readonly key: string;
}

/** Where a request goes: an origin, and the origin-form (RFC 9112 §3.2.1) of the rest. */
export interface RequestTarget {
  readonly origin: Origin;
  /** Path and query, never empty, without a fragment. */
  readonly path: string;
}

/** Origins by the text before the path, so that only the first request to each pays for a URL parser (3 µs). */
const knownOrigins = new Map<string, Origin>();
const KNOWN_ORIGINS = 1_000;

// Characters that WHATWG URL parsing leaves as they are in a path and a query, and none of which can make a dot segment
// by itself; '%', "'", and everything non-ASCII take the long way.
const UNCHANGED_BY_PARSING = /^\/[A-Za-z0-9\-._~!$&()*+,;=:@/?]*$/;

/**
 * The target of an absolute URL.
 * @throws TypeError when it is not a valid `http:` or `https:` URL. Userinfo and query are not shown.
 */
export function parseTarget(url: string): RequestTarget {
  const pathAt = url.indexOf('/', 8);
  if (pathAt !== -1) {
    const origin = knownOrigins.get(url.slice(0, pathAt));
    const path = url.slice(pathAt);
    if (origin !== undefined && UNCHANGED_BY_PARSING.test(path) && !path.includes('/.')) return { origin, path };
  }
  return parseTargetSlowly(url, pathAt);
}

function parseTargetSlowly(text: string, pathAt: number): RequestTarget {
  const url = URL.parse(text);
  if (url === null) throw new TypeError(`invalid URL ${shown(withoutSecrets(text))}: expected an absolute http: or https: URL`);
  const origin = originOf(url);
  const before = pathAt === -1 ? '' : text.slice(0, pathAt);
  if (before !== '' && !/[@?#\\]/.test(before)) remember(before, origin);
  return { origin, path: `${url.pathname}${url.search}` };
}

/**
 * The origin of a URL.
 * @throws TypeError when its scheme is neither http nor https.
 */
function originOf(url: URL): Origin {
  const scheme = url.protocol.slice(0, -1);
  if (scheme !== 'http' && scheme !== 'https') {
    throw new TypeError(`unsupported protocol scheme ${shown(scheme)}: expected http or https`);
  }
  const hostname = url.hostname.startsWith('[') ? url.hostname.slice(1, -1) : url.hostname;
  const port = url.port === '' ? (scheme === 'https' ? 443 : 80) : Number(url.port);
  return { scheme, hostname, port, host: url.host, key: `${scheme}://${url.host}` };
}

function remember(text: string, origin: Origin): void {
  // Dropping them all now and then keeps a crawler's millions of origins from staying here.
  if (knownOrigins.size >= KNOWN_ORIGINS) knownOrigins.clear();
  knownOrigins.set(text, origin);
}

/** What of an unparsable URL may stand in a message: nothing that could be userinfo, and no query. */
function withoutSecrets(text: string): string {
  const afterUserinfo = text.lastIndexOf('@') + 1;
  const visible = text.slice(afterUserinfo).split(/[?#]/, 1)[0] ?? '';
  return afterUserinfo === 0 ? visible : `…@${visible}`;
}
