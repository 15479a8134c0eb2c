import { z } from 'zod';

import { systemClock, type Clock } from '../contract/clock.ts';
import type { Origin } from '../contract/origin.ts';
import { aClock } from '../contract/option-reader.ts';
import { dialShape, type DialTransportOptions, type ResolvedDialOptions } from './dial-options.ts';
import { exchangeShape, type ExchangeOptions, type ResolvedExchangeOptions } from './exchange-options.ts';
import { hostsSchema, hostsWith, type HostOverrides } from './host-options.ts';
import { describeIssues, ownOptions } from './option-checks.ts';
import { protocolShape, type ProtocolOptions, type ResolvedProtocolOptions } from './protocol-options.ts';
import { hostPoolShape, poolShape, type HostPoolOptions, type PoolOptions, type ResolvedPoolOptions } from './pool-options.ts';

/**
 * How a {@link Transport} behaves. Every option may be left out; names are Go's, durations are in milliseconds.
 * An unknown option, or a value out of range, is a `TypeError` that names it.
 */
export interface TransportOptions extends DialTransportOptions, PoolOptions, HostPoolOptions, ExchangeOptions, ProtocolOptions {
  /** What single hosts have of their own, in place of what is said here for all. */
  readonly hosts?: HostOverrides | undefined;
  /** For tests. Default {@link systemClock}. */
  readonly clock?: Clock | undefined;
}

/** Options as a Transport uses them: checked, with every default filled in. */
export interface ResolvedOptions extends ResolvedDialOptions, ResolvedPoolOptions, ResolvedExchangeOptions, ResolvedProtocolOptions {
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
    | 'maxStatusLineBytes'
    | 'maxResponseHeaderCount'
    | 'maxInterimResponses'
    | 'maxChunkSizeDigits'
    | 'maxTrailerCount'
    | 'http2'
  >
> = {
  maxIdleConnsPerHost: 2,
  maxQueuedPerHost: 0,
  maxOrphanDials: 0,
  maxResponseHeaderBytes: 10_485_760,
  maxStatusLineBytes: 0,
  maxResponseHeaderCount: 0,
  maxInterimResponses: 0,
  maxChunkSizeDigits: 16,
  maxTrailerCount: 0,
  // A head of 10 MiB comes in hundreds of frames.
  http2: { maxContinuations: 0 },
};

const schema = z.strictObject({
  ...dialShape,
  ...poolShape,
  ...hostPoolShape,
  ...exchangeShape,
  ...protocolShape,
  hosts: hostsSchema.prefault({}),
  clock: z.custom<Clock>(aClock.isValid, `expected ${aClock.expected}`).default(systemClock),
});

/** @throws TypeError naming each option that is unknown or invalid. */
export function resolveOptions(options: unknown): ResolvedOptions {
  const own = ownOptions(options);
  if (own === undefined) throw new TypeError('invalid Transport options: expected an object');
  const result = schema.safeParse(own);
  if (!result.success) throw new TypeError(`invalid Transport options: ${describeIssues(result.error)}`);
  const { data } = result;
  return { ...NOT_INHERITED, ...data, hosts: hostsWith(own, data.hosts, resolveOptions) };
}

/** Options that have no default are absent by name: a polluted Object.prototype must not give them one. */
const NOT_INHERITED = {
  lookup: undefined,
  allowAddress: undefined,
  localAddress: undefined,
  socketPath: undefined,
  dial: undefined,
  dialTLS: undefined,
  proxy: undefined,
  proxyConnectHeaders: undefined,
  onProxyConnectResponse: undefined,
  proxyTls: undefined,
} as const;

/** The options as they stand for one host. */
export function optionsFor(options: ResolvedOptions, { key, hostname }: Origin): ResolvedOptions {
  return options.hosts.get(key) ?? options.hosts.get(hostname) ?? options;
}
