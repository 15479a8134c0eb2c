import { aClock, integerBetween, numberBetween, OptionReader, systemClock, type Clock, type OptionCheck } from '@roundtripper/core';

import type { RedisClientLike } from './redis-client.ts';

/** How a {@link redisStore} finds Redis, and what it keeps there. Either `client` or `url` must be given. */
export interface RedisStoreOptions {
  /**
   * A client of the package `redis`, which its owner connects and closes; errors of its connection are listened to while the store is open. It should not keep commands back while it is
   * offline (`disableOfflineQueue: true`), and should notice a dead connection (`pingInterval`, `socket.socketTimeout`). Not a cluster.
   */
  readonly client?: RedisClientLike | undefined;
  /** Like `redis://user:password@localhost:6379/0`: the store connects by itself, through the package `redis`, and closes the connection when it is disposed of. */
  readonly url?: string | undefined;
  /** The beginning of all keys: stores with the same one share everything. Default `roundtripper:`; at least one character. */
  readonly prefix?: string | undefined;
  /** Bytes of one stored body. Default 5 242 880 (5 MiB); 0 and more. How much is stored in all is for Redis to bound (`maxmemory`, and a policy such as `allkeys-lru`). */
  readonly maxEntryBytes?: number | undefined;
  /** How long a response is kept after it has become stale, in milliseconds, to be validated. Default 86 400 000 (a day); 0 and more. Nothing is kept for more than 30 days. */
  readonly keepStale?: number | undefined;
  /** How long a command may take, in milliseconds, before Redis counts as away. Default 100; at least 1. */
  readonly timeout?: number | undefined;
  /** How long Redis is left alone after it was away, in milliseconds: the cache finds nothing meanwhile, and stores nothing. Default 1 000; 0 and more. */
  readonly pause?: number | undefined;
  /** For tests. Default `systemClock`. */
  readonly clock?: Clock | undefined;
}

/** Options as they are used: checked, with every default filled in. */
export interface ResolvedRedisOptions {
  readonly source: { readonly client: RedisClientLike } | { readonly url: string };
  readonly prefix: string;
  readonly maxEntryBytes: number;
  readonly keepStaleMs: number;
  readonly timeoutMs: number;
  readonly pauseMs: number;
  readonly clock: Clock;
}

const LONGEST_MS = 2_147_483_647;

/** @throws TypeError naming each option that is unknown or invalid. */
export function resolveRedisOptions(options: RedisStoreOptions): ResolvedRedisOptions {
  const reader = new OptionReader('redisStore', options);
  const client = reader.read<RedisClientLike | undefined>('client', undefined, aClient);
  const url = reader.read<string | undefined>('url', undefined, aRedisUrl);
  const resolved = {
    prefix: reader.read('prefix', 'roundtripper:', aPrefix),
    maxEntryBytes: reader.read('maxEntryBytes', 5_242_880, integerBetween(0, Number.MAX_SAFE_INTEGER)),
    keepStaleMs: reader.read('keepStale', 86_400_000, numberBetween(0, Number.MAX_SAFE_INTEGER)),
    timeoutMs: reader.read('timeout', 100, numberBetween(1, LONGEST_MS)),
    pauseMs: reader.read('pause', 1_000, numberBetween(0, LONGEST_MS)),
    clock: reader.read('clock', systemClock, aClock),
  };
  reader.finish();
  return { ...resolved, source: sourceOf(client, url) };
}

function sourceOf(client: RedisClientLike | undefined, url: string | undefined): ResolvedRedisOptions['source'] {
  if (client !== undefined && url === undefined) return { client };
  if (client === undefined && url !== undefined) return { url };
  throw new TypeError('invalid redisStore options: expected either client or url');
}

const CLIENT_METHODS = ['sendCommand', 'on', 'off'];

const aClient: OptionCheck<RedisClientLike | undefined> = {
  isValid: (value): value is RedisClientLike =>
    typeof value === 'object' &&
    value !== null &&
    typeof Reflect.get(value, 'isReady') === 'boolean' &&
    CLIENT_METHODS.every((method) => typeof Reflect.get(value, method) === 'function'),
  expected: `a client with isReady, ${CLIENT_METHODS.join(', ')}`,
};

const aRedisUrl: OptionCheck<string | undefined> = {
  // What is wrong with it is not said: it may hold a password.
  isValid: (value): value is string => typeof value === 'string' && /^rediss?:$/.test(URL.parse(value)?.protocol ?? ''),
  expected: 'a URL with redis: or rediss:',
};

const aPrefix: OptionCheck<string> = {
  isValid: (value): value is string => typeof value === 'string' && value !== '',
  expected: 'a text of at least one character',
};
