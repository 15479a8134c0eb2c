import { z } from 'zod';

import { parseTarget } from '../contract/origin.ts';
import { exchangeShape, type ExchangeOptions } from './exchange-options.ts';
import { isPlainObject, ownOptions } from './option-checks.ts';
import { hostPoolShape, type HostPoolOptions } from './pool-options.ts';
import { protocolShape, type ProtocolOptions } from './protocol-options.ts';

/** What one host may have of its own. */
export interface HostOptions extends HostPoolOptions, ExchangeOptions, ProtocolOptions {}

/** Options by host: an origin such as `https://api.example.com:8443` for that one, or a hostname such as `api.example.com` for every scheme and port of it. */
export type HostOverrides = Readonly<Record<string, HostOptions>>;

const hostSchema: z.ZodType<object> = z.strictObject({ ...hostPoolShape, ...exchangeShape, ...protocolShape });

/** @internal */
export const hostsSchema: z.ZodType<HostOverrides> = z
  .custom<HostOverrides>(isPlainObject, 'expected an object of options by origin or hostname')
  .superRefine(checkHosts);

function checkHosts(hosts: unknown, context: z.RefinementCtx): void {
  if (!isPlainObject(hosts)) return;
  const seen = new Set<string>();
  for (const [name, options] of Object.entries(hosts)) {
    const key = hostKey(name);
    if (key === undefined) context.addIssue({ code: 'custom', path: [name], message: 'expected an origin or a hostname' });
    else if (seen.has(key)) context.addIssue({ code: 'custom', path: [name], message: 'names the same host as another' });
    else seen.add(key);
    for (const issue of hostSchema.safeParse(ownOptions(options)).error?.issues ?? []) {
      context.addIssue({ ...issue, path: [name, ...issue.path] });
    }
  }
}

/** What a URL may have beside its origin, or its parser drops; and a pattern, which would match nothing. */
const NO_PART_OF_A_HOST = /[@?#*\s]/;
const PORT = /:\d*\/?$/;

/** An origin's key, or a hostname as WHATWG URLs write it. */
function hostKey(name: string): string | undefined {
  const isOrigin = name.includes('://');
  if (NO_PART_OF_A_HOST.test(name) || (!isOrigin && PORT.test(name))) return undefined;
  try {
    const { origin, path } = parseTarget(isOrigin ? name : `http://${name}`);
    if (path !== '/') return undefined;
    return isOrigin ? origin.key : origin.hostname;
  } catch {
    // Why it is no URL does not help: what it should be is said.
    return undefined;
  }
}

/** What each host has: its own where it has, an origin what its hostname has, and what all have for the rest. By the origin's key, or the hostname. */
export function hostsWith<T>(all: object, hosts: HostOverrides, resolve: (options: object) => T): ReadonlyMap<string, T> {
  const own = new Map(Object.entries(hosts).map(([name, options]) => [hostKey(name) ?? name, ownOptions(options)]));
  const resolved = new Map<string, T>();
  for (const [key, options] of own) {
    const hostname = key.includes('://') ? parseTarget(key).origin.hostname : key;
    resolved.set(key, resolve({ ...all, ...own.get(hostname), ...options, hosts: undefined }));
  }
  return resolved;
}
