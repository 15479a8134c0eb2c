import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type ServerOptions } from 'node:https';

import { type Clock, systemClock, type Timer } from '@roundtripper/core';

import { Connections } from './connections.ts';
import { listen } from './listen.ts';
import { playResponse, type Stage } from './play-response.ts';
import { RecordedRequest } from './recorded-request.ts';
import type { Delay, ScriptedResponse } from './scripted-response.ts';
import { testCertificate } from './test-certificate.ts';

/** Answers a request by hand, with the types of node:http. What it throws is told by the server's dispose. */
export type Handler = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

/** How to start a {@link TestServer}. */
export interface TestServerOptions {
  /** Answers where no scripted answer is left. Default: 200 with the body `ok`. */
  readonly handler?: Handler | undefined;
  /** `true` for TLS with {@link testCertificate}, or options of `https.createServer` that replace it. Default: no TLS. */
  readonly tls?: boolean | ServerOptions | undefined;
  /** Measures the delays of scripted answers. Default: the machine's time. */
  readonly clock?: Clock | undefined;
}

/**
 * An HTTP/1.1 server on a free port of 127.0.0.1, which answers by script, fails by script, and records what it was sent.
 *
 * It stands on node:http and shares no code with the client it tests. It keeps connections open until it is told to close them. `await using` ends it: every
 * connection is closed, and what its handler threw, or what the client sent that was not HTTP, is thrown there.
 */
export class TestServer implements AsyncDisposable {
  /** Like `http://127.0.0.1:40123`, without a path. */
  readonly url: string;
  readonly port: number;
  /** Every request so far, in the order in which their heads came. */
  readonly requests: readonly RecordedRequest[];
  readonly #requests: RecordedRequest[];
  readonly #server: Server;
  readonly #connections: Connections;
  readonly #handler: Handler;
  readonly #clock: Clock;
  readonly #script: ScriptedResponse[] = [];
  readonly #timers = new Set<Timer>();
  readonly #idleTimers = new Map<number, Timer>();
  readonly #failures: unknown[] = [];
  readonly #takers: ((request: RecordedRequest) => void)[] = [];
  #taken = 0;
  #closing: Promise<void> | undefined;

  private constructor(started: { server: Server; connections: Connections; port: number }, options: TestServerOptions) {
    this.#server = started.server;
    this.#connections = started.connections;
    this.port = started.port;
    this.url = `${isTls(options) ? 'https' : 'http'}://127.0.0.1:${started.port}`;
    this.#handler = options.handler ?? answerOk;
    this.#clock = options.clock ?? systemClock;
    this.#requests = [];
    this.requests = this.#requests;
    this.#server.on('request', (request, response) => this.#onRequest(request, response));
    this.#server.on('checkContinue', (request, response) => {
      // RFC 9110 §10.1.1: a final answer that comes at once takes the place of this one.
      if (this.#script[0]?.when !== 'request-head') response.writeContinue();
      this.#onRequest(request, response);
    });
    this.#server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
      // A client that hangs up in the middle is no news; one that sends what is not HTTP is.
      if (error.code?.startsWith('HPE_') === true && error.code !== 'HPE_INVALID_EOF_STATE') this.#failures.push(error);
      socket.destroy();
    });
  }

  /** Starts a server. Resolves when it listens. */
  static async start(options: TestServerOptions = {}): Promise<TestServer> {
    const server = isTls(options) ? createTlsServer({ ...testCertificate, ...tlsOptions(options) }) : createServer();
    // No limit of node:http's own may end a connection behind the test's back.
    server.keepAliveTimeout = 0;
    server.headersTimeout = 0;
    server.requestTimeout = 0;
    const connections = new Connections(server);
    return new TestServer({ server, connections, port: await listen(server) }, options);
  }

  /** Queues an answer: the first for the next request that comes, and so on. */
  enqueue(...responses: readonly ScriptedResponse[]): void {
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

  /** Closes the connections that no request is on. */
  closeIdleConnections(): void {
    this.#server.closeIdleConnections();
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

  #onRequest(request: IncomingMessage, response: ServerResponse): void {
    const recorded = new RecordedRequest(request, this.#connections.numberOf(request.socket));
    this.#idleTimers.get(recorded.connection)?.cancel();
    this.#requests.push(recorded);
    this.#takers.shift()?.(recorded);
    const script = this.#script.shift();
    if (script === undefined) void this.#handle(request, response);
    else void this.#play({ script, recorded, request, response });
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      await this.#handler(request, response);
    } catch (error) {
      this.#failures.push(error);
      if (!response.headersSent) response.statusCode = 500;
      response.end();
    }
  }

  async #play(exchange: {
    script: ScriptedResponse;
    recorded: RecordedRequest;
    request: IncomingMessage;
    response: ServerResponse;
  }): Promise<void> {
    const { script, recorded, request, response } = exchange;
    try {
      if (script.when !== 'request-head') {
        request.resume();
        await recorded.ended;
      }
      await playResponse(script, response, this.#stageOf(recorded.connection));
    } catch (error) {
      this.#failures.push(error);
      response.destroy();
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

function isTls(options: TestServerOptions): boolean {
  return options.tls !== undefined && options.tls !== false;
}

function tlsOptions(options: TestServerOptions): ServerOptions {
  return typeof options.tls === 'object' ? options.tls : {};
}

/** Reads the request first, so that the whole of it is recorded. */
const answerOk: Handler = (request, response) => void request.once('end', () => response.end('ok')).resume();
