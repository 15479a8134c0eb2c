import { z } from 'zod';

import { systemClock, type Clock } from '../contract/clock.ts';
import type { Origin } from '../contract/origin.ts';
import { aClock } from '../contract/option-reader.ts';
import type { Lookup } from '../wire/checked-lookup.ts';
import type { TlsOptions } from '../wire/open-socket.ts';
import { exchangeShape, type ExchangeOptions, type ResolvedExchangeOptions } from './exchange-options.ts';
import { hostsSchema, hostsWith, type HostOverrides } from './host-options.ts';
import { callable, describeIssues, duration, isPlainObject, ownOptions } from './option-checks.ts';
import { hostPoolShape, poolShape, type HostPoolOptions, type PoolOptions, type ResolvedPoolOptions } from './pool-options.ts';

/**
 * How a {@link Transport} behaves. Every option may be left out; names are Go's, durations are in milliseconds.
 * An unknown option, or a value out of range, is a `TypeError` that names it.
 */
export interface TransportOptions extends PoolOptions, HostPoolOptions, ExchangeOptions {
  /** For `https:`: the options of `tls.connect`, but for those that say where to. Certificates are verified unless `rejectUnauthorized: false` says otherwise. */
  readonly tls?: TlsOptions | undefined;
  /** Resolves names, in the form of `dns.lookup`, which is the default. */
  readonly lookup?: Lookup | undefined;
  /** For resolving the name and connecting, all addresses together. Default 30 000; 0 for no limit. Does not cover the TLS handshake. */
  readonly dialTimeout?: number | undefined;
  /** Silence on a connection before TCP keep-alive probes start. Default 30 000; 0 sends none. */
  readonly keepAlive?: number | undefined;
  /** Default 10 000; 0 for no limit. */
  readonly tlsHandshakeTimeout?: number | undefined;
  /** What single hosts have of their own, in place of what is said here for all. */
  readonly hosts?: HostOverrides | undefined;
  /** For tests. Default {@link systemClock}. */
  readonly clock?: Clock | undefined;
}

/** Options as a Transport uses them: checked, with every default filled in. */
export interface ResolvedOptions extends ResolvedPoolOptions, ResolvedExchangeOptions {
  readonly tls: TlsOptions;
  readonly lookup: Lookup | undefined;
  readonly dialTimeout: number;
  readonly keepAlive: number;
  readonly tlsHandshakeTimeout: number;
  /** As they stand for the hosts that have some of their own, by origin or hostname. */
  readonly hosts: ReadonlyMap<string, ResolvedOptions>;
  readonly clock: Clock;
}

/** Where Go's own defaults differ from ours, for those who want its table to the letter: `new Transport({ ...goDefaults })`. */
export const goDefaults: Readonly<
  Pick<
    TransportOptions,
    | 'maxIdleConnsPerHost'
    | 'maxQueuedPerHost'
    | 'maxOrphanDials'
    | 'maxResponseHeaderBytes'
    | 'maxResponseHeaderCount'
    | 'maxInterimResponses'
  >
> = {
  maxIdleConnsPerHost: 2,
  maxQueuedPerHost: 0,
  maxOrphanDials: 0,
  maxResponseHeaderBytes: 10_485_760,
  maxResponseHeaderCount: 0,
  maxInterimResponses: 0,
};

const schema = z.strictObject({
  tls: z.custom<TlsOptions>(isPlainObject, 'expected an object of tls.connect options').superRefine(checkTls).default({}),
  lookup: callable<Lookup>('a function like dns.lookup').optional(),
  dialTimeout: duration().default(30_000),
  keepAlive: duration().default(30_000),
  tlsHandshakeTimeout: duration().default(10_000),
  ...poolShape,
  ...hostPoolShape,
  ...exchangeShape,
  hosts: hostsSchema.prefault({}),
  clock: z.custom<Clock>(aClock.isValid, `expected ${aClock.expected}`).default(systemClock),
});

/** @throws TypeError naming each option that is unknown or invalid. */
export function resolveOptions(options: object): ResolvedOptions {
  const own = ownOptions(options);
  if (own === undefined) throw new TypeError('invalid Transport options: expected an object');
  const result = schema.safeParse(own);
  if (!result.success) throw new TypeError(`invalid Transport options: ${describeIssues(result.error)}`);
  const { data } = result;
  return { ...data, lookup: data.lookup, hosts: hostsWith(own, data.hosts, resolveOptions) };
}

/** The options as they stand for one host. */
export function optionsFor(options: ResolvedOptions, { key, hostname }: Origin): ResolvedOptions {
  return options.hosts.get(key) ?? options.hosts.get(hostname) ?? options;
}

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
