import { TestClock } from '@roundtripper/testing';

import type { Lease } from '../../src/contract/connection.ts';
import { HttpRequest } from '../../src/contract/http-request.ts';
import type { HttpResponse } from '../../src/contract/http-response.ts';
import { RoundTripError } from '../../src/contract/round-trip-error.ts';
import type { CloseReason } from '../../src/contract/trace-event.ts';
import { Http1Connection } from '../../src/h1/connection.ts';
import type { Http1Options } from '../../src/h1/http1-options.ts';
import { engineOptions } from '../engine-options.ts';
import { FakeWire } from '../fake-wire.ts';
import { OK, type Ending, type TakenFacts } from './row.ts';

/** What became of an exchange. */
export type Outcome =
  | ({ readonly kind: 'taken'; readonly body: string; readonly closed: CloseReason | undefined } & Required<TakenFacts>)
  | {
      readonly kind: 'refused';
      readonly code: string;
      readonly phase: string;
      readonly closed: CloseReason | undefined;
      readonly message: string;
    };

/** What is sent to an engine, and how it comes. */
export interface Carried {
  readonly pieces: readonly string[];
  readonly method?: string;
  readonly ending?: Ending;
  readonly options?: Partial<Http1Options>;
}

/**
 * One exchange of an HTTP/1.1 connection whose wire brings these pieces. A connection that outlives it carries a second exchange, which must be answered by what
 * comes then and by nothing else.
 */
export async function carry({ pieces, method = 'GET', ending = 'open', options = {} }: Carried): Promise<Outcome> {
  const wire = new FakeWire();
  const connection = connectionOver(wire, options);
  const interim: number[] = [];
  const outcome = settle(send(connection, method, interim), interim);
  for (const piece of pieces) if (piece !== '' && !wire.isDestroyed) wire.feed(piece);
  if (ending === 'fin' && !wire.isDestroyed) wire.end();
  if (ending === 'rst' && !wire.isDestroyed) wire.close(new Error('read ECONNRESET'));
  const settled = await outcome;
  const closed = connection.closeReason;
  if (closed === undefined) await carryAnother(connection, wire);
  return { ...settled, closed };
}

/** What is written for a request that has its body at hand, or none. */
export function writtenFor(request: HttpRequest): string {
  const wire = new FakeWire();
  const connection = connectionOver(wire, {});
  exchange(connection, request).catch(() => {});
  connection.close('aborted');
  return wire.written;
}

export function connectionOver(wire: FakeWire, options: Partial<Http1Options>): Http1Connection {
  const info = { id: 1, origin: 'http://peer.test', protocol: 'http/1.1', ...wire.info } as const;
  return new Http1Connection(wire, info, engineOptions(new TestClock(), options), { owner: { onChange: () => {} }, listener: undefined });
}

async function carryAnother(connection: Http1Connection, wire: FakeWire): Promise<void> {
  const sent = send(connection, 'GET', []);
  wire.feed(OK);
  const text = await (await sent).text();
  if (text !== 'ok' || connection.capacity !== 1) throw new Error(`the next exchange got ${JSON.stringify(text)}`);
}

function send(connection: Http1Connection, method: string, interim: number[]): Promise<HttpResponse> {
  const request = new HttpRequest('http://peer.test/', {
    method,
    trace: (event) => {
      if (event.kind === 'got1xxResponse') interim.push(event.status);
    },
  });
  return exchange(connection, request);
}

export function exchange(connection: Http1Connection, request: HttpRequest): Promise<HttpResponse> {
  return new Promise((answered, failed) => {
    const lease: Lease = { connection, isReused: false, wasIdle: false, needsLook: false, release: () => {} };
    connection.exchange(request, lease, { answered, failed });
  });
}

/** What a caller sees of an exchange that is read to its end. */
export async function settle(sent: Promise<HttpResponse>, interim: readonly number[]): Promise<Outcome> {
  try {
    const response = await sent;
    const body = Buffer.from(await response.bytes()).toString('latin1');
    const { status, statusText } = response;
    const fields = [...response.headers.fields()];
    const trailers = [...response.trailers.fields()];
    return { kind: 'taken', status, statusText, fields, body, trailers, interim, closed: undefined };
  } catch (error) {
    // Whatever else a peer can have us throw is a fault, and no outcome.
    if (!(error instanceof RoundTripError)) throw error;
    return { kind: 'refused', code: error.code, phase: error.phase, message: error.message, closed: undefined };
  }
}
