import { z } from 'zod';

import type { Clock } from '../contract/clock.ts';
import type { Dialer } from '../contract/dialer.ts';
import { HttpHeaders, type HttpHeadersInit } from '../contract/http-headers.ts';
import type { ProxyConnectReply, TunnelWay } from '../contract/tunnel.ts';
import type { DialOptions } from '../dial/dial-options.ts';
import type { AllowAddress } from '../wire/address-guard.ts';
import { asError } from '../wire/as-error.ts';
import type { Lookup } from '../wire/checked-lookup.ts';
import { TlsClient, type TlsOptions } from '../wire/tls-client.ts';
import { callable, duration, isPlainObject, type ShapeOf } from './option-checks.ts';
import type { ProxySelector } from './proxy-route.ts';
import { parseProxy } from './proxy-url.ts';
import { TLS_OPTION_NAMES } from './tls-option-names.ts';

/** How connections are opened. */
export interface DialTransportOptions {
  /**
   * For `https:`: the options of `tls.connect`, but for those that say where to. Certificates are verified unless `rejectUnauthorized: false` says otherwise.
   * They are parsed once; sessions are resumed within this Transport only, and a `checkServerIdentity` of the caller's is not asked again for a session
   * that it has let pass.
   */
  readonly tls?: TlsOptions | undefined;
  /** Resolves names, in the form of `dns.lookup`, which is the default. Families take turns, and an address has 250 ms before the next one is tried. */
  readonly lookup?: Lookup | undefined;
  /**
   * The guard against requests to where they must not go: it is asked with each address that a name resolves to, or that a URL has, and what it does not
   * answer with `true` is not connected to. Where none is left the request fails with `address-refused`. Where a proxy is used it is asked for
   * the proxy's address, since that is what is connected to. It is not asked about a `socketPath`.
   */
  readonly allowAddress?: AllowAddress | undefined;
  /** The address of this machine that connections come from. */
  readonly localAddress?: string | undefined;
  /** Of a Unix domain socket, to which every connection is opened, whatever the URL's host; TLS is spoken over it where the URL says `https:`. */
  readonly socketPath?: string | undefined;
  /**
   * Opens the first hop in place of a socket of the Transport's own: to the origin or, where there is one, to the proxy. TLS is spoken over the stream
   * where the hop asks for it. Neither `lookup`, `allowAddress`, `localAddress` nor `keepAlive` is used then, and a `socketPath` cannot be. `dialTimeout` covers it.
   */
  readonly dial?: Dialer | undefined;
  /**
   * As `dial`, for first hops with TLS, whose options are the caller's business: the stream is past its handshake. A TLSSocket of `tls.connect` that is still in it
   * is waited for, and `dialTimeout` covers that; to fail it is `dial-failed`. Where `dialTLS` is absent `dial` is used.
   */
  readonly dialTLS?: Dialer | undefined;
  /**
   * The proxy: `http:`, `https:` or `socks5:` (`socks5h:` is the same: the proxy resolves names), with userinfo where it asks for a name and a password.
   * Or a function that is asked for each attempt of each request, and answers within the call: a URL, or nothing for a direct way. {@link proxyFromEnvironment}
   * is one. Default: none, whatever the environment says.
   *
   * An HTTP proxy is given `http:` requests for all hosts, over connections that are its own (`hosts` and the limits of a host are then the proxy's), and is asked for a
   * tunnel for `https:` ones, in which TLS is spoken with the origin. A SOCKS proxy is asked for a tunnel for both.
   */
  readonly proxy?: string | URL | ProxySelector | undefined;
  /** Fields for CONNECT, or a function that makes them, maybe asynchronously. `Proxy-Authorization` follows from the proxy's URL where that has userinfo. */
  readonly proxyConnectHeaders?: HttpHeadersInit | ((way: TunnelWay) => HttpHeadersInit | Promise<HttpHeadersInit>) | undefined;
  /** Sees the answer to CONNECT before its status is looked at. Where it throws the request fails with `proxy-refused`, and what it threw as the cause's. */
  readonly onProxyConnectResponse?: ((reply: ProxyConnectReply) => void | Promise<void>) | undefined;
  /** For asking a proxy for a tunnel, from the question to its answer. Default 60 000; 0 for no limit. */
  readonly proxyConnectTimeout?: number | undefined;
  /** As `tls`, for `https:` proxies. Default: what `tls` says, but for its `servername`. */
  readonly proxyTls?: TlsOptions | undefined;
  /** For resolving the name and connecting, all addresses together. Default 30 000; 0 for no limit. Does not cover the TLS handshake. */
  readonly dialTimeout?: number | undefined;
  /** Silence on a connection before TCP keep-alive probes start. Default 30 000; 0 sends none. */
  readonly keepAlive?: number | undefined;
  /** Default 10 000; 0 for no limit. */
  readonly tlsHandshakeTimeout?: number | undefined;
}

/** Those for which nothing stands where they are not given. */
type WithoutDefault =
  | 'lookup'
  | 'allowAddress'
  | 'localAddress'
  | 'socketPath'
  | 'dial'
  | 'dialTLS'
  | 'proxy'
  | 'proxyConnectHeaders'
  | 'onProxyConnectResponse'
  | 'proxyTls';
type WithDefault = Exclude<keyof DialTransportOptions, WithoutDefault>;

/** With every default filled in. */
export type ResolvedDialOptions = { readonly [Name in WithDefault]-?: Exclude<DialTransportOptions[Name], undefined> } & {
  readonly [Name in WithoutDefault]?: DialTransportOptions[Name];
};

/** What a sockaddr_un takes on Linux, but for the NUL. */
const LONGEST_PATH_BYTES = 107;

type OptionalShapeOf<Options> = { readonly [Name in keyof Options]-?: z.ZodOptional<z.ZodType<Exclude<Options[Name], undefined>>> };

/** @internal */
export const dialShape: ShapeOf<Pick<DialTransportOptions, WithDefault>> & OptionalShapeOf<Pick<DialTransportOptions, WithoutDefault>> = {
  tls: tlsSchema().default({}),
  lookup: callable<Lookup>('a function like dns.lookup').optional(),
  allowAddress: callable<AllowAddress>('a function (address, target) => boolean').optional(),
  localAddress: z.union([z.ipv4(), z.ipv6()], 'expected an IP address').optional(),
  socketPath: z
    .string()
    .min(1)
    .refine((path) => Buffer.byteLength(path) <= LONGEST_PATH_BYTES, `expected at most ${LONGEST_PATH_BYTES} bytes`)
    .optional(),
  dial: callable<Dialer>('a function (target, options) => Promise<Duplex>').optional(),
  dialTLS: callable<Dialer>('a function (target, options) => Promise<Duplex>').optional(),
  proxy: z.custom<NonNullable<DialTransportOptions['proxy']>>().superRefine(checkProxy).optional(),
  proxyConnectHeaders: z.custom<NonNullable<DialTransportOptions['proxyConnectHeaders']>>().superRefine(checkHeaders).optional(),
  onProxyConnectResponse: callable<NonNullable<DialTransportOptions['onProxyConnectResponse']>>('a function').optional(),
  proxyConnectTimeout: duration().default(60_000),
  proxyTls: tlsSchema().optional(),
  dialTimeout: duration().default(30_000),
  keepAlive: duration().default(30_000),
  tlsHandshakeTimeout: duration().default(10_000),
};

function checkProxy(proxy: unknown, context: z.RefinementCtx): void {
  if (typeof proxy !== 'function') report(context, () => parseProxy(proxy));
}

function checkHeaders(headers: unknown, context: z.RefinementCtx): void {
  if (typeof headers !== 'function') report(context, () => Reflect.construct(HttpHeaders, [headers]));
}

/** The message of a `TypeError` of ours holds no value. */
function report(context: z.RefinementCtx, parse: () => unknown): void {
  try {
    parse();
  } catch (error) {
    context.addIssue({ code: 'custom', message: asError(error).message });
  }
}

function tlsSchema(): z.ZodType<TlsOptions> {
  return z.custom<TlsOptions>(isPlainObject, 'expected an object of tls.connect options').superRefine(checkTls);
}

/** What the Transport says itself. Taken over in silence, a `socket` or a `path` would send requests somewhere else. */
const NOT_FOR_TLS: ReadonlySet<string> = new Set([
  'host',
  'port',
  'path',
  'socket',
  'lookup',
  'onread',
  'ALPNProtocols',
  'timeout',
  'session',
]);

function checkTls(tls: unknown, context: z.RefinementCtx): void {
  if (!isPlainObject(tls)) return;
  const unknown: string[] = [];
  for (const [name, value] of Object.entries(tls)) {
    if (value === undefined) continue;
    if (NOT_FOR_TLS.has(name)) context.addIssue({ code: 'custom', path: [name], message: 'is for the Transport to say' });
    else if (!TLS_OPTION_NAMES.has(name)) unknown.push(name);
  }
  if (unknown.length > 0) context.addIssue({ code: 'unrecognized_keys', keys: unknown });
}

/** The options as a dial takes them. @throws TypeError where TLS cannot use its own, or two do not go together. */
export function dialOptions(options: ResolvedDialOptions, clock: Clock): DialOptions {
  if (options.socketPath !== undefined && (options.dial ?? options.dialTLS) !== undefined) {
    throw new TypeError('invalid Transport options: socketPath: is not used where dial or dialTLS opens connections');
  }
  const { proxyConnectHeaders: headers } = options;
  return {
    clock,
    lookup: options.lookup,
    allowAddress: options.allowAddress,
    localAddress: options.localAddress,
    socketPath: options.socketPath,
    dial: options.dial,
    dialTLS: options.dialTLS,
    tls: tlsClient('tls', options.tls),
    proxyTls: tlsClient('proxyTls', options.proxyTls ?? (options.proxy === undefined ? {} : { ...options.tls, servername: undefined })),
    dialTimeoutMs: options.dialTimeout,
    tlsHandshakeTimeoutMs: options.tlsHandshakeTimeout,
    keepAliveMs: options.keepAlive,
    proxy: {
      timeoutMs: options.proxyConnectTimeout,
      headers: typeof headers === 'function' ? headers : () => headers ?? {},
      onResponse: options.onProxyConnectResponse,
    },
  };
}

function tlsClient(name: string, options: TlsOptions): TlsClient {
  try {
    return new TlsClient(options);
  } catch (error) {
    // Node shows what it was given, and that may be a passphrase; no cause for the same reason.
    const [message] = asError(error).message.split(/\.? Received /, 1);
    // oxlint-disable-next-line eslint/preserve-caught-error -- as above
    throw new TypeError(`invalid Transport options: ${name}: ${message}`);
  }
}
