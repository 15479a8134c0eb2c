import { StoreError } from '../store-error.ts';

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
  /** Undefined while the `redis` package is being loaded. @throws StoreError where it cannot be. */
  client(): RedisClientLike | undefined;
  close(): void;
}

/** The caller's own client: he connects it, and closes it. */
export function callersClient(client: RedisClientLike): ConnectedClient {
  // A connection that is lost is an event of the client, which would end the process if nobody listened.
  client.on('error', ignore);
  return { client: () => client, close: () => void client.off('error', ignore) };
}

/** A lost connection is known after this time without an answer, in milliseconds. */
const SOCKET_TIMEOUT_MS = 5_000;
const PING_MS = 1_000;
const LONGEST_RECONNECT_MS = 1_000;

/** A client of our own, which connects by itself, again and again. */
export function ownClient(url: string): ConnectedClient {
  let state: { client: RedisClientLike; destroy: () => void } | { failed: unknown } | 'loading' | 'closed' = 'loading';
  const load = async (): Promise<void> => {
    const { createClient } = await import('redis');
    if (state === 'closed') return;
    const reconnectStrategy = (retries: number): number => Math.min(LONGEST_RECONNECT_MS, 50 * 2 ** Math.min(retries, 10));
    const socket = { socketTimeout: SOCKET_TIMEOUT_MS, connectTimeout: SOCKET_TIMEOUT_MS, reconnectStrategy };
    const client = createClient({ url, disableOfflineQueue: true, pingInterval: PING_MS, socket });
    client.on('error', ignore);
    state = { client, destroy: () => client.destroy() };
    // It goes on trying: whether it is connected is asked for at each command.
    client.connect().catch(ignore);
  };
  load().catch((error: unknown) => {
    if (state === 'loading') state = { failed: error };
  });
  return {
    client: () => {
      if (typeof state === 'string') return undefined;
      if ('client' in state) return state.client;
      throw new StoreError('unsupported', 'redisStore({ url }) needs the package redis', { cause: state.failed });
    },
    close: () => {
      if (typeof state === 'object' && 'client' in state) state.destroy();
      state = 'closed';
    },
  };
}

function ignore(): void {
  // Each command that fails says so itself.
}
