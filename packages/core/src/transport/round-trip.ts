import { stopWatching, watch, type Abortable } from '../contract/abort-hub.ts';
import type { Clock, Timer } from '../contract/clock.ts';
import type { ExchangeOutcome, Lease } from '../contract/connection.ts';
import { freshConnection } from '../contract/fresh-connection.ts';
import type { HttpRequest } from '../contract/http-request.ts';
import type { HttpResponse } from '../contract/http-response.ts';
import { hostPortOf } from '../contract/origin.ts';
import { usedBody } from '../contract/request-body.ts';
import { RoundTripError, withSent, type Sent } from '../contract/round-trip-error.ts';
import type { Route } from '../contract/route.ts';
import { emit, type TraceEvent, type TraceListener } from '../contract/trace-event.ts';
import type { Pool } from '../pool/pool.ts';
import type { Needs, QueuePlace, Want } from '../pool/want.ts';
import { delayAfterRefusal, isUnprocessed, mayResend } from './resend.ts';

/** How a round trip ends. */
export interface Settle {
  readonly resolve: (response: HttpResponse) => void;
  readonly reject: (error: unknown) => void;
}

/** What the round trips of one Transport have in common. */
export interface RoundTripHost {
  readonly pool: Pool;
  readonly clock: Clock;
  /** Those that wait for the time to go out again: whoever ends the pool has them hurry. */
  readonly delayed: Set<RoundTrip>;
  /** Which way a request takes; absent where no proxy is ever used, and it is always the same. */
  readonly reroute?: ((request: HttpRequest) => Route) | undefined;
}

/** One request on its way through the pool to its answer, over as many connections as turn out to be stale. */
export class RoundTrip implements Want, ExchangeOutcome, Abortable {
  readonly trace: TraceListener | undefined;
  place: QueuePlace | undefined;
  olderWatcher: Abortable | undefined;
  newerWatcher: Abortable | undefined;
  readonly #request: HttpRequest;
  #route: Route;
  readonly #host: RoundTripHost;
  /** Until it has settled: up to Node 24 it holds what it was settled with, and a response that was dropped would be held for as long as this is. */
  #settle: Settle | undefined;
  #attempt = 1;
  /** How often a server has said that it has not looked at the request. */
  #refusals = 0;
  #needs: Needs;
  #delay: Timer | undefined;
  /** By the attempt before: what went out then may have had its effect, whatever this one comes to. */
  #sentBefore: Sent = 'nothing';
  #lease: Lease | undefined;
  #state: 'new' | 'waiting' | 'granted' | 'failed' | 'delayed' = 'new';

  constructor(request: HttpRequest, route: Route, host: RoundTripHost, settle: Settle) {
    this.trace = request.trace;
    this.#request = request;
    this.#needs = request.context.get(freshConnection) === true ? 'unused' : 'any';
    this.#route = route;
    this.#host = host;
    this.#settle = settle;
  }

  /** A resend after a stale connection goes out on a fresh one, and that is the end of it: else a request that makes its server close the connection would be sent for ever. */
  get needs(): Needs {
    return this.#needs;
  }

  /** Looks for a connection. */
  start(): void {
    if (this.trace !== undefined) emit(this.trace, wanted(this.#route));
    const { signal } = this.#request;
    // A signal that was aborted is not heard any more, and the listener that was just told may have done it; so may those within the pool.
    if (signal?.aborted === true) {
      this.failed(signal.reason, true);
      return;
    }
    this.#lease = undefined;
    this.#state = 'waiting';
    this.#host.pool.serve(this.#route, this);
    // Granted or failed within the call, nothing is left to abort here; else the exchange would have its own watch.
    if (!this.#isWaiting() || signal === undefined) return;
    if (signal.aborted) this.abort(signal.reason);
    else watch(signal, this);
  }

  granted(lease: Lease): void {
    const isWanted = this.#isWaiting();
    this.#stopWaiting();
    const { signal, body } = this.#request;
    const isUsed = body?.canOpen === false;
    if (isWanted && signal?.aborted !== true && lease.connection.closeReason === undefined && !isUsed) {
      this.#lease = lease;
      lease.connection.exchange(this.#request, lease, this);
      return;
    }
    lease.release(false);
    if (!isWanted) return;
    if (signal?.aborted === true) this.failed(signal.reason, true);
    // While it waited the same stream went out with another request.
    else this.failed(isUsed ? usedBody() : this.#closedError(lease));
  }

  answered(response: HttpResponse): void {
    this.#takeSettle()?.resolve(response);
  }

  #takeSettle(): Settle | undefined {
    const settle = this.#settle;
    this.#settle = undefined;
    return settle;
  }

  failed(error: unknown, isAborted = false): void {
    const { signal } = this.#request;
    // Who was told of the end of its wait may have aborted it.
    const isLeaving = this.#isWaiting() && signal?.aborted === true;
    this.#stopWaiting();
    this.#state = 'failed';
    if (isAborted || isLeaving) this.#end(isLeaving ? signal.reason : error);
    else this.#failedOnItsWay(error);
  }

  #failedOnItsWay(error: unknown): void {
    const { signal } = this.#request;
    const delayMs = this.#resendDelay(error);
    if (delayMs === undefined) this.#end(withSent(error, this.#sentBefore));
    // It would be sent again, were it not for the abort.
    else if (signal?.aborted === true) this.#end(signal.reason);
    else this.#resend(error, delayMs);
  }

  #end(reason: unknown): void {
    this.#request.body?.release(reason);
    if (this.trace !== undefined) emit(this.trace, { kind: 'requestFailed', error: reason });
    this.#takeSettle()?.reject(reason);
  }

  /** While it waits; once it has a connection the exchange watches the signal. */
  abort(reason: unknown): void {
    // One that is being given a connection gives it back first.
    if (this.#state === 'delayed' || this.#host.pool.withdraw(this.#route, this)) this.failed(reason, true);
  }

  /** In how many milliseconds the request goes out again; undefined where it does not. */
  #resendDelay(error: unknown): number | undefined {
    if (!mayResend({ request: this.#request, lease: this.#lease, error })) return undefined;
    if (isUnprocessed(error)) return delayAfterRefusal(this.#refusals + 1, Math.random());
    return this.#needs === 'any' ? 0 : undefined;
  }

  #resend(error: unknown, delayMs: number): void {
    if (error instanceof RoundTripError && error.sent !== 'nothing') this.#sentBefore = error.sent;
    if (isUnprocessed(error)) this.#refusals += 1;
    else this.#needs = 'fresh';
    this.#attempt += 1;
    if (this.trace !== undefined) emit(this.trace, { kind: 'resend', attempt: this.#attempt, error });
    if (delayMs === 0) this.#startAgain();
    else this.#startLater(delayMs);
  }

  /** It goes out again now, rather than when it is time. */
  hurry(): void {
    this.#stopWaiting();
    this.#startAgain();
  }

  #startLater(delayMs: number): void {
    const { signal } = this.#request;
    this.#state = 'delayed';
    this.#host.delayed.add(this);
    this.#delay = this.#host.clock.after(delayMs, () => this.hurry());
    if (signal === undefined) return;
    // The listener that was just told may have aborted it.
    if (signal.aborted) this.abort(signal.reason);
    else watch(signal, this);
  }

  #startAgain(): void {
    const { reroute } = this.#host;
    try {
      if (reroute !== undefined) this.#route = reroute(this.#request);
    } catch (error) {
      this.failed(error);
      return;
    }
    this.start();
  }

  #endDelay(delay: Timer): void {
    delay.cancel();
    this.#delay = undefined;
    this.#host.delayed.delete(this);
  }

  #isWaiting(): boolean {
    return this.#state === 'waiting';
  }

  #stopWaiting(): void {
    if (!this.#isWaiting() && this.#state !== 'delayed') return;
    if (this.#delay !== undefined) this.#endDelay(this.#delay);
    this.#state = 'granted';
    if (this.#request.signal !== undefined) stopWatching(this.#request.signal, this);
  }

  /** A listener that was told of the connection has closed the Transport. */
  #closedError({ connection }: Lease): RoundTripError {
    const { origin } = this.#route;
    const { info } = connection;
    const init = { code: 'transport-closed', phase: 'queue', sent: 'nothing', origin: origin.key, connection: info } as const;
    return new RoundTripError(`${origin.key}: the connection was closed before the request was sent`, init);
  }
}

/** What is told of a connection that is looked for. */
function wanted({ origin, proxy }: Route): TraceEvent {
  const hostPort = hostPortOf(origin);
  if (proxy === undefined) return { kind: 'getConn', hostPort, origin: origin.key };
  return { kind: 'getConn', hostPort, origin: origin.key, proxy: proxy.name };
}
