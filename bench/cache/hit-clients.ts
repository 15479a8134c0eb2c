/** Who answers from what is stored, in the order they are measured and shown. */
export const HIT_CLIENTS = ['memory', 'SQLite', 'Redis', 'Redis GET', 'undici memory', 'undici SQLite'] as const;

export type HitClient = (typeof HIT_CLIENTS)[number];

/** How they are described to a reader. */
export const HIT_TITLES: Readonly<Record<HitClient, string>> = {
  'memory': '`cache()` with `memoryStore()`',
  'SQLite': '`cache()` with `sqliteStore()`',
  'Redis': '`cache()` with `redisStore()`',
  'Redis GET': "no cache: the Redis client's `GET` of the body",
  'undici memory': "undici's interceptor with `MemoryCacheStore`",
  'undici SQLite': "undici's interceptor with `SqliteCacheStore`",
};

/** Which of ours somebody else's is set against. */
export const OURS: Readonly<Partial<Record<HitClient, HitClient>>> = {
  'Redis GET': 'Redis',
  'undici memory': 'memory',
  'undici SQLite': 'SQLite',
};

/** Those that cannot be measured without a Redis. */
export function needsRedis(client: HitClient): boolean {
  return client === 'Redis' || client === 'Redis GET';
}
