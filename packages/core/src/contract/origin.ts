import { shown } from './field-syntax.ts';
import { inspectAs } from './inspect-as.ts';
import { ownText } from './own-text.ts';

/** Scheme, host and port (RFC 9110 §4.3.1): what a connection is opened to. Frozen: many requests share it. Equal origins are the same object while cached; compare by `key`. */
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

/** Origins by their key, so that only the first request to each, written as its key is, pays for a URL parser (3 µs). */
const knownOrigins = new Map<string, Origin>();
const KNOWN_ORIGINS = 1_000;

// Characters that WHATWG URL parsing leaves as they are in a path and a query, and none of which can make a dot segment
// by itself; '%', "'", and everything non-ASCII take the long way, and so does the '?' of an empty query, which is dropped.
const UNCHANGED_BY_PARSING = /^\/[A-Za-z0-9\-._~!$&()*+,;=:@/?]*$/;

/** A target is shared like its origin, but there is one for each URL: Object.freeze would take 20 ns of each. */
class Target implements RequestTarget {
  static {
    inspectAs(Target.prototype, (target) => `RequestTarget { ${withoutQuery(target)} }`);
  }

  readonly #origin: Origin;
  readonly #path: string;

  constructor(origin: Origin, path: string) {
    this.#origin = origin;
    this.#path = path;
  }

  get origin(): Origin {
    return this.#origin;
  }

  get path(): string {
    return this.#path;
  }
}

/** A target as it may be shown: a query may be secret. */
export function withoutQuery({ origin, path }: RequestTarget): string {
  return `${origin.key}${path.split('?', 1)[0]}`;
}

/** What was parsed last. */
let last: { readonly url: string; readonly target: RequestTarget } | undefined;

/**
 * The target of an absolute URL.
 * @throws TypeError when it is not a valid `http:` or `https:` URL. Userinfo and query are not shown.
 */
export function parseTarget(url: string): RequestTarget {
  // Programs ask for the same thing again and again: this saves 0.2 µs.
  if (url === last?.url) return last.target;
  const target = parse(url);
  last = { url, target };
  return target;
}

function parse(url: string): RequestTarget {
  const pathAt = url.indexOf('/', 8);
  if (pathAt !== -1) {
    const origin = knownOrigins.get(url.slice(0, pathAt));
    const path = url.slice(pathAt);
    if (origin !== undefined && isUnchangedByParsing(path)) return new Target(origin, path);
  }
  return parseTargetSlowly(url);
}

function isUnchangedByParsing(path: string): boolean {
  return UNCHANGED_BY_PARSING.test(path) && !path.includes('/.') && !path.endsWith('?');
}

function parseTargetSlowly(text: string): RequestTarget {
  const url = URL.parse(text);
  if (url === null) throw new TypeError(`invalid URL ${shown(withoutSecrets(text))}: expected an absolute http: or https: URL`);
  return new Target(originOf(url), `${url.pathname}${url.search}`);
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
  const key = `${scheme}://${url.host}`;
  return knownOrigins.get(key) ?? remember({ scheme, hostname: bareHostname(url), port: portOf(url, scheme), host: url.host, key });
}

function bareHostname(url: URL): string {
  return url.hostname.startsWith('[') ? url.hostname.slice(1, -1) : url.hostname;
}

function portOf(url: URL, scheme: Origin['scheme']): number {
  if (url.port !== '') return Number(url.port);
  return scheme === 'https' ? 443 : 80;
}

/** Under its key, not under the text it was parsed from: `https://` is all that stands before the path of `https:///example.com/`. */
function remember({ scheme, hostname, port, host, key }: Origin): Origin {
  // Without the URL that it was first seen in.
  const origin = Object.freeze<Origin>({ scheme, hostname: ownText(hostname), port, host: ownText(host), key: ownText(key) });
  // Dropping them all now and then keeps a crawler's millions of origins from staying here.
  if (knownOrigins.size >= KNOWN_ORIGINS) knownOrigins.clear();
  knownOrigins.set(origin.key, origin);
  return origin;
}

/** Like `example.com:443`: the port always, and an IPv6 address in brackets. */
export function hostPortOf({ hostname, port }: Pick<Origin, 'hostname' | 'port'>): string {
  return `${hostname.includes(':') ? `[${hostname}]` : hostname}:${port}`;
}

/** What of an unparsable URL may stand in a message: nothing that could be userinfo, and no query. */
function withoutSecrets(text: string): string {
  const [beforeQuery = ''] = text.split(/[?#]/, 1);
  // A password may hold '?' or '#' too: an '@' behind them makes all before it doubtful.
  if (text.includes('@', beforeQuery.length)) return `${/^[A-Za-z]*:?/.exec(text)?.[0]}…`;
  const afterUserinfo = beforeQuery.lastIndexOf('@') + 1;
  return afterUserinfo === 0 ? beforeQuery : `…@${beforeQuery.slice(afterUserinfo)}`;
}
