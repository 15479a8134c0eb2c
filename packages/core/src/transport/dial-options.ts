import { z } from 'zod';

import type { Clock } from '../contract/clock.ts';
import type { DialOptions } from '../dial/dial-options.ts';
import type { AllowAddress } from '../wire/address-guard.ts';
import { asError } from '../wire/as-error.ts';
import type { Lookup } from '../wire/checked-lookup.ts';
import { TlsClient, type TlsOptions } from '../wire/tls-client.ts';
import { callable, duration, isPlainObject, type ShapeOf } from './option-checks.ts';

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
  /** For resolving the name and connecting, all addresses together. Default 30 000; 0 for no limit. Does not cover the TLS handshake. */
  readonly dialTimeout?: number | undefined;
  /** Silence on a connection before TCP keep-alive probes start. Default 30 000; 0 sends none. */
  readonly keepAlive?: number | undefined;
  /** Default 10 000; 0 for no limit. */
  readonly tlsHandshakeTimeout?: number | undefined;
}

/** Those for which nothing stands where they are not given. */
type WithoutDefault = 'lookup' | 'allowAddress' | 'localAddress' | 'socketPath';
type WithDefault = Exclude<keyof DialTransportOptions, WithoutDefault>;

/** With every default filled in. */
export type ResolvedDialOptions = { readonly [Name in WithDefault]-?: Exclude<DialTransportOptions[Name], undefined> } & {
  readonly [Name in WithoutDefault]?: DialTransportOptions[Name];
};

type OptionalShapeOf<Options> = { readonly [Name in keyof Options]-?: z.ZodOptional<z.ZodType<Exclude<Options[Name], undefined>>> };

export const dialShape: ShapeOf<Pick<DialTransportOptions, WithDefault>> & OptionalShapeOf<Pick<DialTransportOptions, WithoutDefault>> = {
  tls: z.custom<TlsOptions>(isPlainObject, 'expected an object of tls.connect options').superRefine(checkTls).default({}),
  lookup: callable<Lookup>('a function like dns.lookup').optional(),
  allowAddress: callable<AllowAddress>('a function (address, target) => boolean').optional(),
  localAddress: z.union([z.ipv4(), z.ipv6()], 'expected an IP address').optional(),
  // The longest that a sockaddr_un takes, but for the NUL.
  socketPath: z.string().min(1).max(107).optional(),
  dialTimeout: duration().default(30_000),
  keepAlive: duration().default(30_000),
  tlsHandshakeTimeout: duration().default(10_000),
};

/** What the Transport says itself. Taken over in silence, a `socket` or a `path` would send requests somewhere else. */
const NOT_FOR_TLS = ['host', 'port', 'path', 'socket', 'lookup', 'onread', 'ALPNProtocols', 'timeout', 'session'];

function checkTls(tls: unknown, context: z.RefinementCtx): void {
  if (!isPlainObject(tls)) return;
  for (const name of NOT_FOR_TLS) {
    if (Object.hasOwn(tls, name) && Reflect.get(tls, name) !== undefined) {
      context.addIssue({ code: 'custom', path: [name], message: 'is for the Transport to say' });
    }
  }
}

/** The options as a dial takes them. @throws TypeError where TLS cannot use its own. */
export function dialOptions(options: ResolvedDialOptions, clock: Clock): DialOptions {
  return {
    clock,
    lookup: options.lookup,
    allowAddress: options.allowAddress,
    localAddress: options.localAddress,
    socketPath: options.socketPath,
    tls: tlsClient('tls', options.tls),
    dialTimeoutMs: options.dialTimeout,
    tlsHandshakeTimeoutMs: options.tlsHandshakeTimeout,
    keepAliveMs: options.keepAlive,
    alpnProtocols: ['http/1.1'],
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
