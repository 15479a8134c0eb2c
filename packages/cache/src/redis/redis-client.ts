import type { createClient as createRedisClient } from 'redis';

import { StoreError } from '../store-error.ts';
import { causeOf } from './redis-cause.ts';

/** What a command is given besides its arguments, as node-redis takes it. */
export interface RedisCommandOptions {
  /** By type of RESP: 36 are blob strings. */
  readonly typeMapping: { readonly 36: BufferConstructor };
}

/** What is needed of a client: that of the package `redis` has it. */
export interface RedisClientLike {
  /** Whether a command would be sent at once. */
  readonly isReady: boolean;
  sendCommand(args: readonly (string | Buffer)[], options?: RedisCommandOptions): Promise<unknown>;
  on(event: 'error', listener: (error: unknown) => void): unknown;
  off(event: 'error', listener: (error: unknown) => void): unknown;
}

/** A client, and how to be done with it. */
export interface ConnectedClient {
  /**
   * The client, where a command would be sent at once.
   * @throws StoreError `unavailable` where it would not, with what the connection has failed by last as its cause; `unsupported` or `failed` where there can be no client.
   */
  client(): RedisClientLike;
  close(): void;
}

const NOT_YET = 'not connected to Redis yet';

/** The caller's own client: he connects it, and closes it. */
export function callersClient(client: RedisClientLike): ConnectedClient {
  return connectedClient(client, { notYet: `${NOT_YET}: who has made the client connects it`, secrets: [] });
}

/** A lost connection is known after this time without an answer, in milliseconds. */
const SOCKET_TIMEOUT_MS = 5_000;
const PING_MS = 1_000;
const LONGEST_RECONNECT_MS = 1_000;

/** A client of our own, which connects by itself, again and again. */
export function ownClient(url: string): ConnectedClient {
  let state: { connected: ConnectedClient; destroy: () => void } | { failed: StoreError } | 'loading' | 'closed' = 'loading';
  const secrets = secretsOf(url);
  const load = async (): Promise<void> => {
    const createClient = await loaded();
    if (state === 'closed') return;
    const reconnectStrategy = (retries: number): number => Math.min(LONGEST_RECONNECT_MS, 50 * 2 ** Math.min(retries, 10));
    const socket = { socketTimeout: SOCKET_TIMEOUT_MS, connectTimeout: SOCKET_TIMEOUT_MS, reconnectStrategy };
    const client = createClient({ url, disableOfflineQueue: true, pingInterval: PING_MS, socket });
    state = { connected: connectedClient(client, { notYet: NOT_YET, secrets }), destroy: () => client.destroy() };
    // It goes on trying: whether it is connected is asked for at each command.
    client.connect().catch(ignore);
  };
  load().catch((error: unknown) => {
    if (state !== 'loading') return;
    const cause = causeOf(error, secrets);
    state = {
      failed: error instanceof StoreError ? error : new StoreError('failed', 'the package redis does not take the URL', { cause }),
    };
  });
  return {
    client: () => {
      if (typeof state === 'string') throw new StoreError('unavailable', NOT_YET);
      if ('connected' in state) return state.connected.client();
      throw state.failed;
    },
    close: () => {
      if (typeof state === 'object' && 'connected' in state) state.destroy();
      state = 'closed';
    },
  };
}

async function loaded(): Promise<typeof createRedisClient> {
  try {
    const { createClient } = await import('redis');
    return createClient;
  } catch (error) {
    throw new StoreError('unsupported', 'redisStore({ url }) needs the package redis', { cause: error });
  }
}

/** How the password of a URL may stand in a message. */
function secretsOf(url: string): readonly string[] {
  const password = URL.parse(url)?.password ?? '';
  if (password === '') return [];
  try {
    return [password, decodeURIComponent(password)];
  } catch {
    // As it stands it means nothing else; the package refuses it.
    return [password];
  }
}

interface ClientFacts {
  /** What to say before it has been connected for the first time. */
  readonly notYet: string;
  readonly secrets: readonly string[];
}

function connectedClient(client: RedisClientLike, { notYet, secrets }: ClientFacts): ConnectedClient {
  let hasBeenReady = client.isReady;
  let lastError: Error | undefined;
  // A connection that is lost is an event of the client, which would end the process if nobody listened.
  const listener = (error: unknown): void => {
    lastError = causeOf(error, secrets);
  };
  client.on('error', listener);
  return {
    client: () => {
      if (!client.isReady) {
        const options = lastError === undefined ? undefined : { cause: lastError };
        throw new StoreError('unavailable', hasBeenReady ? 'there is no connection to Redis' : notYet, options);
      }
      hasBeenReady = true;
      lastError = undefined;
      return client;
    },
    close: () => void client.off('error', listener),
  };
}

function ignore(): void {
  // It was an event before.
}
