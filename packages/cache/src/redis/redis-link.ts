import type { Clock } from '@roundtripper/core';

import { StoreError } from '../store-error.ts';
import { Outage } from './outage.ts';
import { causeOf } from './redis-cause.ts';
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
  /** Whether Redis has still to hear of something before it is used. */
  readonly isOwing: () => boolean;
  /** Tells it, or a part of it. */
  readonly settle: (commands: RedisCommands) => Promise<void>;
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
  readonly #outage = new Outage();
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
    return this.#heard(this.#run(name, args));
  }

  /** @throws StoreError `unavailable`, or what Redis has refused. */
  async send(...args: readonly RedisArgument[]): Promise<unknown> {
    this.#mustBeUp();
    return this.#heard(this.#send(args));
  }

  /** For those who do without Redis as long as it is not up. @throws StoreError once for each reason that was found out when nobody was there to hear it. */
  sayWhy(): void {
    const unsaid = this.#outage.takeUnsaid();
    if (unsaid !== undefined) throw unsaid;
  }

  /** Something is owed since Redis has refused it: it is not used before that is settled. */
  owes(): void {
    if (this.#state.kind === 'up') void this.#prove();
  }

  close(): void {
    this.#state = { kind: 'closed' };
    this.#outage.over();
    this.#options.connected.close();
  }

  #mustBeUp(): void {
    if (this.isUp) return;
    if (this.#state.kind === 'closed') throw new StoreError('unavailable', 'the store is closed');
    throw new StoreError('unavailable', 'Redis is not used for a while', this.#outage.options);
  }

  async #heard<T>(answer: Promise<T>): Promise<T> {
    try {
      return await answer;
    } catch (error) {
      // A command that is refused by itself is no reason to do without the others.
      if (this.#state.kind !== 'up') this.#outage.said(error);
      throw error;
    }
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
      if (redisFaultOf(error) !== 'away') throw new StoreError('failed', 'Redis has refused a command', { cause: causeOf(error) });
      this.#rest(this.#options.pauseMs);
      throw new StoreError('unavailable', 'Redis does not answer: it is not used for a while', { cause: causeOf(error) });
    }
  }

  #client(): RedisClientLike {
    try {
      return this.#options.connected.client();
    } catch (error) {
      // To ask again costs nothing.
      this.#rest(0);
      throw error;
    }
  }

  #rest(pauseMs: number): void {
    if (this.#state.kind === 'closed') return;
    this.#state = { kind: 'resting', untilMs: this.#options.clock.monotonicMs() + pauseMs };
  }

  async #prove(): Promise<void> {
    this.#state = { kind: 'proving' };
    try {
      await this.#send(['PING']);
      // Asked in the same step in which Redis is used again: what is owed between the two would be owed for ever.
      while (this.#options.isOwing()) await this.#options.settle(this.#anyhow);
      if (this.#state.kind !== 'proving') return;
      this.#state = { kind: 'up' };
      this.#outage.over();
    } catch (error) {
      // Who has asked was not told that Redis is back, and waits for nothing.
      this.#outage.found(error);
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
