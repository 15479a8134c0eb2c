import type { Server } from 'node:net';

import { type Clock, systemClock, type Timer } from '@roundtripper/core';

import { checkScript } from './check-script.ts';
import type { Connections } from './connections.ts';
import { listen } from './listen.ts';
import { playResponse, type Stage } from './play-response.ts';
import type { RecordedRequest } from './recorded-request.ts';
import type { Delay, ScriptedResponse } from './scripted-response.ts';
import { checkOptions } from './server/check-options.ts';
import type { Listener, ServerExchange } from './server/listener.ts';
import { listenerFor } from './server/listener-for.ts';
import type { EitherServerOptions, Http1ServerOptions, Http2ServerOptions, TestServerOptions } from './server/options.ts';

/**
 * An HTTP/1.1 or HTTP/2 server on a free port of 127.0.0.1, which answers by script, fails by script, and records what it was sent.
 *
 * It stands on node:http and node:http2 and shares no code with the client it tests. It keeps connections open until it is told to close them. `await using` ends it: every
 * connection is closed, and what its handler threw, or what the client sent that was not HTTP, is thrown there.
 */
export class TestServer implements AsyncDisposable {
  /** Every request so far, in the order in which their heads came. */
  readonly requests: readonly RecordedRequest[];
  readonly #requests: RecordedRequest[] = [];
  readonly #isTls: boolean;
  readonly #listener: Listener;
  readonly #server: Server;
  readonly #connections: Connections;
  readonly #clock: Clock;
  readonly #script: ScriptedResponse[] = [];
  readonly #timers = new Set<Timer>();
  readonly #idleTimers = new Map<number, Timer>();
  readonly #failures: unknown[] = [];
  readonly #takers: ((request: RecordedRequest) => void)[] = [];
  #port = 0;
  #taken = 0;
  #closing: Promise<void> | undefined;

  private constructor(options: TestServerOptions) {
    checkOptions(options);
    this.#isTls = options.tls !== undefined && options.tls !== false;
    this.#clock = options.clock ?? systemClock;
    this.requests = this.#requests;
    this.#listener = listenerFor(options, {
      answersEarly: () => this.#script[0]?.when === 'request-head',
      onExchange: (exchange) => this.#onExchange(exchange),
      onFailure: (error) => this.#failures.push(error),
    });
    this.#server = this.#listener.server;
    this.#connections = this.#listener.connections;
  }

  /** Starts a server. Resolves when it listens. @throws TypeError naming an option or a protocol that is unknown. */
  static async start(options?: Http1ServerOptions): Promise<TestServer>;
  static async start(options: Http2ServerOptions): Promise<TestServer>;
  static async start(options: EitherServerOptions): Promise<TestServer>;
  static async start(options: TestServerOptions): Promise<TestServer>;
  static async start(options: TestServerOptions = {}): Promise<TestServer> {
    const server = new TestServer(options);
    server.#port = await listen(server.#server);
    return server;
  }

  get port(): number {
    return this.#port;
  }

  /** Like `http://127.0.0.1:40123`, without a path. */
  get url(): string {
    return `${this.#isTls ? 'https' : 'http'}://127.0.0.1:${this.#port}`;
  }

  /**
   * Queues an answer: the first for the next request that comes, and so on.
   * @throws TypeError naming what is unknown in one of them; none is queued then.
   */
  enqueue(...responses: readonly ScriptedResponse[]): void {
    for (const response of responses) checkScript(response);
    this.#script.push(...responses);
  }

  /** The first request that was not yet taken; waits for one to come. */
  takeRequest(): Promise<RecordedRequest> {
    const next = this.#requests[this.#taken];
    this.#taken += 1;
    if (next !== undefined) return Promise.resolve(next);
    return new Promise((resolve) => {
      this.#takers.push(resolve);
    });
  }

  /** How many connections there have been. */
  get connectionsOpened(): number {
    return this.#connections.opened;
  }

  /** How many connections there are. */
  get openConnections(): number {
    return this.#connections.open;
  }

  /** Resolves once exactly `count` connections are open: to see that the client has closed its own, or has opened some. */
  whenOpenConnections(count: number): Promise<void> {
    return this.#connections.whenOpen(count);
  }

  /** Closes the connections that no request is on; those of HTTP/2 with a GOAWAY. */
  closeIdleConnections(): void {
    this.#listener.closeIdleConnections();
  }

  /** Closes every connection, whatever is on it: by FIN (without TLS's close_notify), or with `'reset'` by RST. The server goes on. */
  closeAllConnections(how: 'close' | 'reset' = 'close'): void {
    if (how === 'reset') this.#connections.resetAll();
    else this.#connections.destroyAll();
  }

  /**
   * Closes the server and every connection. Idempotent.
   * @throws what the handler threw, and what the client sent that was not HTTP; an AggregateError where there are several.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#close();
    await this.#closing;
  }

  async #close(): Promise<void> {
    for (const timer of [...this.#timers, ...this.#idleTimers.values()]) timer.cancel();
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
    this.#connections.destroyAll();
    await closed;
    if (this.#failures.length === 1) throw this.#failures[0];
    if (this.#failures.length > 1) throw new AggregateError(this.#failures, `${this.#failures.length} failures in a test server`);
  }

  #onExchange(exchange: ServerExchange): void {
    const { recorded } = exchange;
    this.#idleTimers.get(recorded.connection)?.cancel();
    this.#requests.push(recorded);
    this.#takers.shift()?.(recorded);
    const script = this.#script.shift();
    if (script === undefined) void this.#handle(exchange);
    else void this.#play(script, exchange);
  }

  async #handle(exchange: ServerExchange): Promise<void> {
    const { response } = exchange;
    try {
      await exchange.handle();
    } catch (error) {
      this.#failures.push(error);
      if (!response.headersSent) response.statusCode = 500;
      response.end();
    }
  }

  async #play(script: ScriptedResponse, exchange: ServerExchange): Promise<void> {
    const { recorded } = exchange;
    try {
      if (script.when !== 'request-head') {
        exchange.readRequest();
        await recorded.ended;
      }
      await playResponse(script, exchange, this.#stageOf(recorded.connection));
    } catch (error) {
      this.#failures.push(error);
      exchange.response.destroy();
    }
  }

  #stageOf(connection: number): Stage {
    return {
      wait: (delay) => this.#wait(delay),
      close: () => this.#connections.destroy(connection),
      reset: () => this.#connections.reset(connection),
      closeWhenIdle: (afterMs) => {
        const timer = this.#clock.after(afterMs, () => this.#connections.destroy(connection));
        this.#idleTimers.set(connection, timer);
      },
    };
  }

  async #wait(delay: Delay | undefined): Promise<void> {
    if (delay === undefined) return;
    if (typeof delay !== 'number') {
      await delay;
      return;
    }
    await new Promise<void>((resolve) => {
      const timer = this.#clock.after(delay, () => {
        this.#timers.delete(timer);
        resolve();
      });
      this.#timers.add(timer);
    });
  }
}
