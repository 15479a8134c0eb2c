import type { ConnectionInfo, HttpResponse } from '@roundtripper/core';

import type { AttemptRecord, DialRecord, ExchangeRecord } from './exchange-record.ts';
import { recordOf } from './record-exchanges.ts';

/**
 * Where the time of a request went, in milliseconds. What does not apply, or has not happened yet, is `undefined`.
 *
 * The phases are HAR's. Once the request is over they add up: `time` = `blocked` + `dns` + `connect` + `send` + `wait` + `receive`, where each that is
 * `undefined` counts as 0. They are those of the last attempt; what came before it is in `blocked`. The phase in which a request failed lasts until then.
 */
export interface Phases {
  /**
   * Until there was a connection to send it on, less `dns` and `connect`: middleware, the wait for a connection, earlier attempts and the pauses between
   * them. Of an answer that did not come over a connection it is all there is. `undefined` while that is going on.
   */
  readonly blocked: number | undefined;
  /**
   * The name was looked up. `undefined` where the request was served by a connection that was there before. Where another request had dialled it (in a burst
   * they take one another's), it is what was left of that dial when this one began to wait; `undefined` where nobody recorded that.
   */
  readonly dns: number | undefined;
  /** The connection was opened: addresses, proxy and TLS. As `dns`. */
  readonly connect: number | undefined;
  /** The part of `connect` in which TLS was agreed on, with the proxy too. */
  readonly ssl: number | undefined;
  /** The request was sent, or the answer began before it was. The wait for `100 Continue` is in it. */
  readonly send: number | undefined;
  /** Until the first byte of the answer; where interim responses (1xx) came before it, until its head was there. */
  readonly wait: number | undefined;
  /** Until the end of the body. */
  readonly receive: number | undefined;
  /** All of it. */
  readonly time: number | undefined;
  /** The part of `blocked` in which the last attempt waited for a connection. 0 where one was at hand. */
  readonly queued: number;
  /** The part of `blocked` that earlier attempts took, with the pauses between them. 0 where the first was the last. */
  readonly earlier: number;
}

/** The {@link Phases}, and the same told as `curl -w` does: each of its times but `timeQueue` counts from the start. */
export interface Timings extends Phases {
  /** As `queued`. */
  readonly timeQueue: number;
  /** Until the last redirect was followed. */
  readonly timeRedirect: number | undefined;
  /** Until the name was resolved. */
  readonly timeNamelookup: number | undefined;
  /** Until the connection to the first host (a proxy, where there is one) was open. */
  readonly timeConnect: number | undefined;
  /** Until TLS was agreed on with the origin. */
  readonly timeAppconnect: number | undefined;
  /** Until the request could be sent. */
  readonly timePretransfer: number | undefined;
  /** Until it was sent. */
  readonly timePosttransfer: number | undefined;
  /** Until the first byte of an answer, an interim one (1xx) included. */
  readonly timeStarttransfer: number | undefined;
  readonly timeTotal: number | undefined;
  /** How many of its connections had carried nothing before. */
  readonly numConnects: number;
  /** How often it was sent again, be it by the Transport or by a policy; redirects do not count. */
  readonly numRetries: number;
  /** Whether the connection had carried an exchange before; `undefined` where there was none. */
  readonly reused: boolean | undefined;
  readonly connection: ConnectionInfo | undefined;
  readonly attempts: number;
}

/**
 * Where the time of a request went. Read the body first: what has not happened yet is `undefined`.
 *
 * Of a request that failed, give it the error. Where several failed with one and the same, such as the reason of a signal that they shared, it is the one that
 * failed last.
 * @throws TypeError when neither the request nor an outer one passed `recordTimings()` or `traceLog()`.
 */
export function timings(outcome: HttpResponse | Error): Timings {
  const record = recordOf(outcome);
  if (record === undefined) throw new TypeError('no timings: it has passed neither recordTimings() nor traceLog()');
  return timingsOf(record);
}

/** As {@link timings}, of a record. */
export function timingsOf(record: ExchangeRecord): Timings {
  const { attempts, startMs, redirects } = record;
  const last = attempts.at(-1);
  const phases = phasesOf(record);
  // What another request dialled may have come about before this one.
  const since = (atMs: number | undefined): number | undefined => (atMs === undefined ? undefined : Math.max(0, atMs - startMs));
  const dial = last === undefined ? undefined : dialFor(last);
  return {
    ...phases,
    timeQueue: phases.queued,
    timeRedirect: since(redirects?.at(-1)?.atMs),
    timeNamelookup: since(dial?.dnsEndMs),
    timeConnect: since(dial?.connectEndMs),
    timeAppconnect: since(dial?.tlsEndMs),
    timePretransfer: since(last?.gotConnMs),
    timePosttransfer: since(last?.wroteRequestMs),
    timeStarttransfer: since(last?.firstByteMs),
    timeTotal: phases.time,
    numConnects: attempts.filter(({ reused }) => reused === false).length,
    numRetries: attempts.filter(({ cause }) => cause === 'resend' || cause === 'retry').length,
    reused: last?.reused,
    connection: last?.connection,
    attempts: attempts.length,
  };
}

/** The phases of a record, as far as it has come. */
export function phasesOf({ startMs, endMs, attempts }: ExchangeRecord): Phases {
  const time = endMs === undefined ? undefined : endMs - startMs;
  const last = attempts.at(-1);
  if (last === undefined) return { ...NOTHING_SENT, blocked: time, time };
  const connectedMs = last.gotConnMs ?? endMs;
  const dial = dialFor(last);
  const dialled = connectedMs === undefined || dial === undefined ? NO_DIAL : dialPhases(dial, last.startMs, connectedMs);
  const ofDial = (dialled.dns ?? 0) + (dialled.connect ?? 0);
  const queuedMs = last.queueStartMs === undefined ? 0 : (last.queueEndMs ?? connectedMs ?? last.queueStartMs) - last.queueStartMs;
  return {
    blocked: connectedMs === undefined ? undefined : connectedMs - startMs - ofDial,
    ...dialled,
    ...(last.gotConnMs === undefined ? NOT_CONNECTED : transferPhases(last, last.gotConnMs, endMs)),
    time,
    queued: Math.max(0, queuedMs - ofDial),
    earlier: last.startMs - (attempts[0]?.startMs ?? last.startMs),
  };
}

const NO_DIAL = { dns: undefined, connect: undefined, ssl: undefined };
const NOT_CONNECTED = { send: undefined, wait: undefined, receive: undefined };
const NOTHING_SENT = { ...NO_DIAL, ...NOT_CONNECTED, queued: 0, earlier: 0 };

/**
 * The dial that the attempt waited for: that of the connection it got or, where it got none, its own. Late binding: what its own did while another connection
 * came first was not what it waited for.
 */
function dialFor(attempt: AttemptRecord): DialRecord | undefined {
  const { connection, dialled, dialStartMs, gotConnMs, dialOfAnother } = attempt;
  const isOwn = dialStartMs !== undefined && (gotConnMs === undefined || (dialled !== undefined && dialled.id === connection?.id));
  return isOwn ? attempt : dialOfAnother;
}

/** What of a dial is between two times. All that comes after the look-up is `connect`. */
function dialPhases(dial: DialRecord, fromMs: number, toMs: number): Pick<Phases, 'dns' | 'connect' | 'ssl'> {
  const span = (startMs: number | undefined, endMs: number = toMs): number | undefined => {
    if (startMs === undefined || startMs > toMs || endMs < fromMs) return undefined;
    return Math.min(endMs, toMs) - Math.max(startMs, fromMs);
  };
  const dns = span(dial.dnsStartMs, dial.dnsEndMs);
  const ssl = sumOf(span(dial.proxyTlsStartMs, dial.proxyTlsEndMs), span(dial.tlsStartMs, dial.tlsEndMs));
  const connect = dial.dnsStartMs !== undefined && !hasResolved(dial) ? undefined : span(dial.dnsEndMs ?? dial.dialStartMs, dial.dialEndMs);
  return { dns, connect, ssl };
}

/** Whether there was an address to go to: something came after the look-up. */
function hasResolved({ connectStartMs, proxyStartMs, tlsStartMs, dialled }: DialRecord): boolean {
  return connectStartMs !== undefined || proxyStartMs !== undefined || tlsStartMs !== undefined || dialled !== undefined;
}

function transferPhases(attempt: AttemptRecord, gotConnMs: number, endMs: number | undefined): Pick<Phases, 'send' | 'wait' | 'receive'> {
  const { wroteRequestMs } = attempt;
  const answerMs = attempt.firstInterimMs === undefined ? attempt.firstByteMs : attempt.gotResponseMs;
  // An answer may begin before the request was sent, and the request go on after the end of the answer.
  const sentMs = earliest(wroteRequestMs, answerMs, endMs);
  const heardMs = answerMs ?? endMs;
  return {
    send: sentMs === undefined ? undefined : sentMs - gotConnMs,
    wait: sentMs === undefined || heardMs === undefined ? undefined : heardMs - sentMs,
    receive: answerMs === undefined || endMs === undefined ? undefined : endMs - answerMs,
  };
}

function sumOf(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined ? other : one + (other ?? 0);
}

function earliest(...timesMs: readonly (number | undefined)[]): number | undefined {
  return timesMs.reduce((first, timeMs) => (first === undefined || (timeMs !== undefined && timeMs < first) ? timeMs : first), undefined);
}
