import { z } from 'zod';

import { bodyLength } from '../contract/body-length.ts';
import { checkHost } from '../contract/field-syntax.ts';
import { HttpRequest } from '../contract/http-request.ts';
import { parseTarget } from '../contract/origin.ts';
import { usedBody } from '../contract/request-body.ts';
import type { HttpResponse } from '../contract/http-response.ts';
import type { CloseOptions, ComposedRoundTripper } from '../contract/round-tripper.ts';
import type { Route } from '../contract/route.ts';
import type { RouteStats } from '../contract/route-stats.ts';
import { Pool } from '../pool/pool.ts';
import { connector } from './connector.ts';
import { dialOptions } from './dial-options.ts';
import { copyOptions, ownOptions } from './option-checks.ts';
import { poolLimits } from './pool-options.ts';
import { routeFor, routerOf, suitedRoute } from './proxy-route.ts';
import { RoundTrip, type RoundTripHost, type Settle } from './round-trip.ts';
import { optionsFor, resolveOptions, type ResolvedOptions, type TransportOptions } from './transport-options.ts';

/**
 * The innermost RoundTripper: it sends a request over a connection of its pool, with the rules of Go's `http.Transport`.
 *
 * It is made once and used by the whole program. It does not follow redirects, decompress, keep cookies or retry: middleware does.
 * Userinfo in a URL is not sent. Close it (`await using`, or `close()`) when it is no longer needed; idle connections by themselves do not keep a process alive.
 */
export class Transport implements ComposedRoundTripper {
  readonly #given: object;
  readonly #options: ResolvedOptions;
  readonly #pool: Pool;
  readonly #host: RoundTripHost;

  /** @throws TypeError naming each option that is unknown or invalid. */
  constructor(options: TransportOptions = {}) {
    const given = copyOptions(options);
    this.#options = resolveOptions(given);
    this.#given = ownOptions(given) ?? {};
    this.#pool = poolOf(this.#options);
    const { clock, proxy } = this.#options;
    this.#host = { pool: this.#pool, clock, delayed: new Set(), reroute: proxy === undefined ? undefined : routerOf(proxy) };
  }

  /** A Transport of its own with the same options, but for those in `overrides`. It shares no connections with this one. */
  clone(overrides: TransportOptions = {}): Transport {
    return new Transport({ ...this.#given, ...overrides });
  }

  /**
   * Sends the request and resolves with the answer's head, whatever its status.
   * @throws TypeError before any I/O when the request cannot be sent as it is; RoundTripError when there is no answer; the signal's `reason` when it is aborted.
   */
  roundTrip(request: HttpRequest): Promise<HttpResponse> {
    // Not `new Promise`, which takes a closure and its context besides (80 bytes).
    const settle = Promise.withResolvers<HttpResponse>();
    try {
      this.#begin(request, settle);
    } catch (error) {
      settle.reject(error);
    }
    return settle.promise;
  }

  #begin(request: HttpRequest, settle: Settle): void {
    checkRequest(request);
    if (request.signal?.aborted === true) {
      const reason: unknown = request.signal.reason;
      request.body?.release(reason);
      settle.reject(reason);
      return;
    }
    if (request.body?.canOpen === false) throw usedBody();
    const { reroute } = this.#host;
    const route = reroute === undefined ? suitedRoute(request, undefined) : routed(request, reroute);
    new RoundTrip(request, route, this.#host, settle).start();
  }

  /**
   * Opens connections to `origin` ahead of need, until `count` are idle or being dialled: as many as the limits allow. Resolves when those it opens are open;
   * those that were being dialled before are not waited for.
   * @throws TypeError where `origin` is no `http:` or `https:` URL, `count` is no whole number above 0, or keep-alive is off; RoundTripError when one could not be opened.
   */
  async preconnect(origin: string | URL, count = 1): Promise<void> {
    const target = parseTarget(String(origin));
    if (!Number.isSafeInteger(count) || count < 1) throw new TypeError('preconnect: expected a whole number of connections above 0');
    const route = this.#host.reroute?.(new HttpRequest(target.origin.key)) ?? routeFor(target.origin, undefined);
    if (optionsFor(this.#options, route.origin).disableKeepAlives) throw new TypeError('preconnect: keep-alive is disabled');
    await this.#pool.preconnect(route, count);
  }

  /** Connections and waiting requests by origin, now, and what was counted so far. */
  stats(): readonly RouteStats[] {
    return this.#pool.stats();
  }

  /** Closes the connections that nobody uses, and those that become idle before the next request. The Transport stays usable. */
  closeIdleConnections(): void {
    this.#pool.closeIdle();
  }

  /**
   * Closes it for good: no request is taken any more, those that wait for a connection fail with `transport-closed`, idle connections are closed.
   * Requests under way may finish within `timeout`, unless `graceful` is false. Resolves when the last connection is closed.
   * @throws TypeError naming an option that is invalid.
   */
  async close(options: CloseOptions = {}): Promise<void> {
    const { graceful, timeout } = closeOptions(options);
    const closed = this.#pool.shutDown();
    for (const roundTrip of this.#host.delayed) roundTrip.hurry();
    if (!graceful) this.#pool.closeAll('transport-closed');
    const timer = graceful && timeout > 0 ? this.#options.clock.after(timeout, () => this.#pool.closeAll('transport-closed')) : undefined;
    await closed;
    timer?.cancel();
  }

  /** As `close({ graceful: false })`: what is under way is cut off. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close({ graceful: false });
  }
}

function poolOf(options: ResolvedOptions): Pool {
  const { clock } = options;
  const connect = connector(dialOptions(options, clock), ({ origin }: Route) => optionsFor(options, origin));
  return new Pool((route: Route) => poolLimits(route, optionsFor(options, route.origin)), clock, connect);
}

/** Which proxy is used may be the word of a function of the caller's, and that may throw. */
function routed(request: HttpRequest, routeOf: (request: HttpRequest) => Route): Route {
  try {
    return routeOf(request);
  } catch (error) {
    request.body?.release(error);
    throw error;
  }
}

/** What only shows when all parts of a request are seen together. Inside the promise, so that it rejects rather than throws. */
function checkRequest(request: unknown): asserts request is HttpRequest {
  if (!(request instanceof HttpRequest)) throw new TypeError('roundTrip: expected an HttpRequest, made with new HttpRequest(url, init)');
  try {
    checkParts(request);
  } catch (error) {
    request.body?.release(error);
    throw error;
  }
}

function checkParts(request: HttpRequest): void {
  if (request.method === 'CONNECT' && request.protocol === undefined) checkConnect(request);
  if (request.protocol !== undefined && request.body !== undefined) throw new TypeError('roundTrip: a CONNECT request has no body');
  if (request.body !== undefined || request.headers.size > 0) checkFields(request);
  // Neither Node nor we could note on it who listens, and would find that out in the midst of the exchange.
  if (request.signal !== undefined && !Object.isExtensible(request.signal)) throw new TypeError('roundTrip: the signal is frozen');
  if (request.body === undefined && request.trailers !== undefined) {
    throw new TypeError('roundTrip: trailers come after a body, and the request has none');
  }
}

/** What a tunnel leads to: a name or an address in brackets, and a port. */
const HOST_AND_PORT = /^(?:\[[^[\]]+\]|[^:[\]]+):(\d{1,5})$/;

/** RFC 9110 §9.3.6: a tunnel to a host and port, by way of the URL's origin. */
function checkConnect({ body, host, target }: HttpRequest): void {
  if (body !== undefined) throw new TypeError('roundTrip: a CONNECT request has no body');
  if (target.path !== '/') throw new TypeError('roundTrip: the target of a CONNECT request is its host, and its URL has no path');
  const port = Number(HOST_AND_PORT.exec(host ?? '')?.[1]);
  if (!(port >= 1 && port <= 65_535)) {
    throw new TypeError('roundTrip: a CONNECT request needs the host and port of the tunnel as its `host`');
  }
}

function checkFields(request: HttpRequest): void {
  bodyLength(request);
  const host = request.headers.get('host');
  if (host !== null) checkHost(host);
}

const closeSchema = z.strictObject({ graceful: z.boolean().default(true), timeout: z.number().min(0).max(2_147_483_647).default(5_000) });

function closeOptions(options: CloseOptions): { readonly graceful: boolean; readonly timeout: number } {
  const result = closeSchema.safeParse(options);
  if (result.success) return result.data;
  throw new TypeError(`invalid close options: ${z.prettifyError(result.error)}`);
}
