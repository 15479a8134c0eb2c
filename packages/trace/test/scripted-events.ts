import { HttpHeaders, HttpResponse, type ConnectionInfo, type HttpRequest, type RoundTripper, type TraceEvent } from '@roundtripper/core';
import { TestClock } from '@roundtripper/testing';

/** A connection of `https://example.com`. */
export function connectionInfo(id: number): ConnectionInfo {
  const address = { remoteAddress: '127.0.0.1', remotePort: 443, localAddress: '127.0.0.1', localPort: 40_000 };
  return { id, origin: 'https://example.com', protocol: 'http/1.1', ...address, tls: undefined };
}

export const getConn: TraceEvent = { kind: 'getConn', hostPort: 'example.com:443', origin: 'https://example.com' };
export const queueStart: TraceEvent = { kind: 'queueStart', willDial: true, waitsFor: 'own-dial' };
export const queueEnd: TraceEvent = { kind: 'queueEnd' };
export const dialStart: TraceEvent = { kind: 'dialStart', hostPort: 'example.com:443' };
export const dnsStart: TraceEvent = { kind: 'dnsStart', hostname: 'example.com' };
export const dnsDone: TraceEvent = { kind: 'dnsDone', addresses: ['127.0.0.1'] };
export const connectStart: TraceEvent = { kind: 'connectStart', address: '127.0.0.1', port: 443 };
export const connectDone: TraceEvent = { kind: 'connectDone', address: '127.0.0.1', port: 443 };
export const tlsStart: TraceEvent = { kind: 'tlsHandshakeStart', servername: 'example.com' };
export const tlsDone: TraceEvent = { kind: 'tlsHandshakeDone', resumed: false };
export const wroteHeaders: TraceEvent = { kind: 'wroteHeaders', fieldNames: () => [] };
export const wroteRequest: TraceEvent = { kind: 'wroteRequest', bodyBytes: 3 };
export const firstByte: TraceEvent = { kind: 'gotFirstResponseByte' };
export const interim: TraceEvent = { kind: 'got1xxResponse', status: 103, headers: new HttpHeaders(), abort: () => {} };
export const gotResponse: TraceEvent = { kind: 'gotResponse', status: 200, proto: 'HTTP/1.1' };
export const bodyEnd: TraceEvent = { kind: 'bodyEnd', bodyBytes: 5 };

/** It was opened by a dial of this request. */
export function connOpened(connection: ConnectionInfo): TraceEvent {
  return { kind: 'connOpened', connection };
}

export function dialEnd(connection: ConnectionInfo): TraceEvent {
  return { kind: 'dialEnd', connection };
}

export function gotConn(connection: ConnectionInfo, reused = false): TraceEvent {
  return { kind: 'gotConn', connection, reused, wasIdle: reused, idleTimeMs: reused ? 9 : 0, dialledByAnother: false };
}

/** At so many milliseconds after the request: an event, or what its round trip comes to. */
export type Step = readonly [
  atMs: number,
  what: TraceEvent | { readonly answer: (request: HttpRequest) => HttpResponse } | { readonly error: unknown },
];

/** An answer over `connection`, without a body of its own: its events are in the script. */
export function answerOver(connection: ConnectionInfo): Step[1] {
  return { answer: (request) => new HttpResponse('body', { request, connection: { ...connection, reused: false } }) };
}

/** A RoundTripper for one request, to which happens what a script says, at the times it says. */
export class ScriptedEvents implements RoundTripper {
  readonly clock: TestClock = new TestClock();
  readonly #outcome = Promise.withResolvers<HttpResponse>();
  #request: HttpRequest | undefined;

  roundTrip(request: HttpRequest): Promise<HttpResponse> {
    this.#request = request;
    return this.#outcome.promise;
  }

  /** Whatever follows the last of the steps has not happened yet. */
  async play(steps: readonly Step[]): Promise<void> {
    const startMs = this.clock.monotonicMs();
    for (const [atMs, what] of steps) {
      await this.clock.advance(startMs + atMs - this.clock.monotonicMs());
      if (this.#request === undefined) throw new Error('there was no request');
      if ('kind' in what) this.#request.trace?.(what);
      else if ('answer' in what) this.#outcome.resolve(what.answer(this.#request));
      else this.#outcome.reject(what.error);
    }
    await this.clock.advance(0);
  }
}
