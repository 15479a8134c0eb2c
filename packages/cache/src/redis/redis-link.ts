import type { Clock } from '@roundtripper/core';

import { StoreError } from '../store-error.ts';
import type { RedisArgument, RedisCommands } from './redis-commands.ts';
import type { ConnectedClient, RedisClientLike } from './redis-client.ts';
import { isUnknownScript, redisFaultOf } from './redis-fault.ts';
import { scriptOf, type ScriptName } from './scripts.ts';

export interface RedisLinkOptions {
  readonly connected: ConnectedClient;
  readonly clock: Clock;
  /** How long a command may take. */
  readonly timeoutMs: number;
  /** How long Redis is left alone after it has failed. */
  readonly pauseMs: number;
  /** The beginning of every key. */
  readonly prefix: string;
  /** What has to be made up for before Redis is used again. */
  readonly onBack: (commands: RedisCommands) => Promise<void>;
}

/** Whether Redis is used: after a failure it is not, for a while, and then it must prove itself first. */
type State =
  | { readonly kind: 'up' }
  | { readonly kind: 'resting'; readonly untilMs: number }
  | { readonly kind: 'proving' }
  | { readonly kind: 'closed' };

/** Replies have bytes, and not text: a body is no text. */
const AS_BYTES = { typeMapping: { 36: Buffer } } as const;

/** Redis as long as it answers. Its commands fail within a bounded time, and after a failure none is sent for a while. */
export class RedisLink implements RedisCommands {
  readonly #options: RedisLinkOptions;
  #state: State = { kind: 'up' };
  /** Commands without an answer, though nobody waits for it any more: as long as there are some Redis stands still. */
  #overdue = 0;
  /** Also while Redis must prove itself. */
  readonly #anyhow: RedisCommands = {
    run: (name, ...args) => this.#run(name, args),
    send: (...args) => this.#send(args),
  };

  constructor(options: RedisLinkOptions) {
    this.#options = options;
  }

  /** Whether a command makes sense now. Where the time has come to try Redis again, that is begun, and nobody waits for it. */
  get isUp(): boolean {
    const state = this.#state;
    if (state.kind === 'resting' && this.#options.clock.monotonicMs() >= state.untilMs && this.#overdue === 0) void this.#prove();
    return state.kind === 'up';
  }

  /** @throws StoreError `unavailable`, or what Redis has refused. */
  async run(name: ScriptName, ...args: readonly RedisArgument[]): Promise<unknown> {
    this.#mustBeUp();
    return this.#anyhow.run(name, ...args);
  }

  /** @throws StoreError `unavailable`, or what Redis has refused. */
  async send(...args: readonly RedisArgument[]): Promise<unknown> {
    this.#mustBeUp();
    return this.#anyhow.send(...args);
  }

  close(): void {
    this.#state = { kind: 'closed' };
    this.#options.connected.close();
  }

  #mustBeUp(): void {
    if (this.isUp) return;
    throw new StoreError('unavailable', this.#state.kind === 'closed' ? 'the store is closed' : 'Redis is not used for a while');
  }

  async #run(name: ScriptName, args: readonly RedisArgument[]): Promise<unknown> {
    const { text, sha1 } = scriptOf(name);
    const rest = ['0', this.#options.prefix, ...args];
    try {
      return await this.#send(['EVALSHA', sha1, ...rest]);
    } catch (error) {
      if (!isUnknownScript(error)) throw error;
    }
    return this.#send(['EVAL', text, ...rest]);
  }

  async #send(args: readonly RedisArgument[]): Promise<unknown> {
    const client = this.#client();
    try {
      return await this.#timed(client.sendCommand(args, AS_BYTES));
    } catch (error) {
      if (isUnknownScript(error)) throw error;
      if (redisFaultOf(error) !== 'away') throw new StoreError('failed', 'Redis has refused a command', { cause: error });
      this.#rest(this.#options.pauseMs);
      throw new StoreError('unavailable', 'Redis does not answer: it is not used for a while', { cause: error });
    }
  }

  #client(): RedisClientLike {
    const client = this.#options.connected.client();
    if (client?.isReady === true) return client;
    // To ask again costs nothing.
    this.#rest(0);
    throw new StoreError('unavailable', 'there is no connection to Redis');
  }

  #rest(pauseMs: number): void {
    if (this.#state.kind === 'closed') return;
    this.#state = { kind: 'resting', untilMs: this.#options.clock.monotonicMs() + pauseMs };
  }

  async #prove(): Promise<void> {
    this.#state = { kind: 'proving' };
    try {
      await this.#send(['PING']);
      await this.#options.onBack(this.#anyhow);
      if (this.#state.kind === 'proving') this.#state = { kind: 'up' };
    } catch {
      // Who has asked was not told that Redis is back.
      if (this.#state.kind === 'proving') this.#rest(this.#options.pauseMs);
    }
  }

  #timed(answer: Promise<unknown>): Promise<unknown> {
    const { clock, timeoutMs } = this.#options;
    return new Promise((resolve, reject) => {
      let wait: 'pending' | 'overdue' | 'over' = 'pending';
      const timer = clock.after(timeoutMs, () => {
        // Where this process was busy the answer may lie in the socket: it is read before this is called.
        setImmediate(() => {
          if (wait !== 'pending') return;
          wait = 'overdue';
          this.#overdue += 1;
          reject(new Error(`no answer within ${timeoutMs} ms`));
        });
      });
      const settle = (): void => {
        timer.cancel();
        if (wait === 'overdue') this.#overdue -= 1;
        wait = 'over';
      };
      answer.then(
        (value) => {
          settle();
          resolve(value);
        },
        (error: unknown) => {
          settle();
          reject(error);
        },
      );
    });
  }
}
