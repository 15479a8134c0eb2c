import type { Target } from '../client.ts';

/** What a cache is measured against: it is only ever asked to GET. */
export type CacheTarget = Omit<Target, 'bodyBytes'>;
