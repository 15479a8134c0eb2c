import { z } from 'zod';

import { systemClock, type Clock } from '../contract/clock.ts';
import { aClock } from '../contract/option-reader.ts';
import type { Lookup } from '../wire/checked-lookup.ts';
import type { TlsOptions } from '../wire/open-socket.ts';

/**
 * How a {@link Transport} behaves. Every option may be left out; names are Go's, durations are in milliseconds.
 * An unknown option, or a value out of range, is a `TypeError` that names it.
 */
export interface TransportOptions {
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
  /** Whether each connection is used once. Default false. */
  readonly disableKeepAlives?: boolean | undefined;
  /** Idle connections, of all hosts together; the longest idle is closed for another. Default 100; 0 for no limit. */
  readonly maxIdleConns?: number | undefined;
  /**
   * Idle connections of one host. Default 0: as many as `maxIdleConns` allows, and not Go's 2, with which any concurrent caller opens and closes
   * connections all day. Below 0 none is kept.
   */
  readonly maxIdleConnsPerHost?: number | undefined;
  /** Connections of one host: being dialled, in use, idle. Requests beyond wait their turn. Default 0, no limit. */
  readonly maxConnsPerHost?: number | undefined;
  /** Requests of one host that wait because of `maxConnsPerHost`; one more fails with `queue-full`. Default 10 000; 0 for no limit. */
  readonly maxQueuedPerHost?: number | undefined;
  /** How long a connection may be idle. Default 90 000; 0 for no limit. */
  readonly idleConnTimeout?: number | undefined;
  /** From the request being sent, its body included, to the response head. Default 0, no limit. Does not cover the response body. */
  readonly responseHeaderTimeout?: number | undefined;
  /** Bytes of a response's heads, interim ones included. Default 65 536; at least 1 024. */
  readonly maxResponseHeaderBytes?: number | undefined;
  /** For tests. Default {@link systemClock}. */
  readonly clock?: Clock | undefined;
}

/** Options as a Transport uses them: checked, with every default filled in. */
export interface ResolvedOptions {
  readonly tls: TlsOptions;
  readonly lookup: Lookup | undefined;
  readonly dialTimeout: number;
  readonly keepAlive: number;
  readonly tlsHandshakeTimeout: number;
  readonly disableKeepAlives: boolean;
  readonly maxIdleConns: number;
  readonly maxIdleConnsPerHost: number;
  readonly maxConnsPerHost: number;
  readonly maxQueuedPerHost: number;
  readonly idleConnTimeout: number;
  readonly responseHeaderTimeout: number;
  readonly maxResponseHeaderBytes: number;
  readonly clock: Clock;
}

/** Where Go's own defaults differ from ours, for those who want its table to the letter: `new Transport({ ...goDefaults })`. */
export const goDefaults: Readonly<Pick<TransportOptions, 'maxIdleConnsPerHost' | 'maxQueuedPerHost' | 'maxResponseHeaderBytes'>> = {
  maxIdleConnsPerHost: 2,
  maxQueuedPerHost: 0,
  maxResponseHeaderBytes: 10_485_760,
};

/** What a timer of the platform can wait for. */
const LONGEST_MS = 2_147_483_647;

const duration = (byDefault: number): z.ZodDefault<z.ZodNumber> => z.number().min(0).max(LONGEST_MS).default(byDefault);
const count = (byDefault: number): z.ZodDefault<z.ZodNumber> => z.int().min(0).default(byDefault);

const schema = z.strictObject({
  tls: z.custom<TlsOptions>(isPlainObject, 'expected an object of tls.connect options').superRefine(checkTls).default({}),
  lookup: z.custom<Lookup>((value) => typeof value === 'function', 'expected a function like dns.lookup').optional(),
  dialTimeout: duration(30_000),
  keepAlive: duration(30_000),
  tlsHandshakeTimeout: duration(10_000),
  disableKeepAlives: z.boolean().default(false),
  maxIdleConns: count(100),
  maxIdleConnsPerHost: z.int().default(0),
  maxConnsPerHost: count(0),
  maxQueuedPerHost: count(10_000),
  idleConnTimeout: duration(90_000),
  responseHeaderTimeout: duration(0),
  maxResponseHeaderBytes: z.int().min(1_024).default(65_536),
  clock: z.custom<Clock>(aClock.isValid, `expected ${aClock.expected}`).default(systemClock),
});

/** @throws TypeError naming each option that is unknown or invalid. Values are not shown: there are keys and passphrases among them. */
export function resolveOptions(options: TransportOptions): ResolvedOptions {
  const result = schema.safeParse(ownOptions(options));
  if (!result.success) throw new TypeError(`invalid Transport options: ${result.error.issues.map(describeIssue).join('; ')}`);
  return { ...result.data, lookup: result.data.lookup };
}

/** Own properties only, so that a polluted `Object.prototype` sets no option. */
function ownOptions(options: unknown): Record<string, unknown> {
  if (!isPlainObject(options)) throw new TypeError('invalid Transport options: expected an object');
  const own: Record<string, unknown> = { __proto__: null };
  for (const [name, value] of Object.entries(options)) if (value !== undefined) own[name] = value;
  return own;
}

function describeIssue(issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => `unknown option ${JSON.stringify(key)}`).join('; ');
  return `${issue.path.join('.')}: ${issue.message}`;
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

function isPlainObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
