import type { TransportOptions } from '@roundtripper/core';

/** What a Transport was told to keep to, where it was told. */
export type ChurnLimits = Pick<
  TransportOptions,
  'maxIdleConns' | 'maxIdleConnsPerHost' | 'maxConnsPerHost' | 'maxConnLifetime' | 'maxRequestsPerConn' | 'idleConnTimeout'
>;

/** The limits of an origin: what `hosts` says of it, what it says of its hostname, or what holds for all. */
export function churnLimits(options: TransportOptions): (origin: string) => ChurnLimits {
  const { hosts } = options;
  if (hosts === undefined) return () => options;
  const byHost = new Map(Object.entries(hosts).map(([name, limits]) => [normalised(name), limits]));
  return (origin) => ({ ...options, ...byHost.get(URL.parse(origin)?.hostname ?? ''), ...byHost.get(origin) });
}

function normalised(name: string): string {
  return name.includes('://') ? (URL.parse(name)?.origin ?? name) : (URL.parse(`http://${name}`)?.hostname ?? name);
}
