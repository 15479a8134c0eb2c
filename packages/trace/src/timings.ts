import type { ConnectionInfo, HttpResponse } from '@roundtripper/core';

import type { AttemptRecord, ExchangeRecord } from './exchange-record.ts';
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
  /** The name was looked up. `undefined` where the request was served by a connection of before, or one that another request had dialled. */
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
  const since = (atMs: number | undefined): number | undefined => (atMs === undefined ? undefined : atMs - startMs);
  const dialler = last !== undefined && hasOwnDial(last) ? last : undefined;
  return {
    ...phases,
    timeQueue: phases.queued,
    timeRedirect: since(redirects?.at(-1)?.atMs),
    timeNamelookup: since(dialler?.dnsEndMs),
    timeConnect: since(dialler?.connectEndMs),
    timeAppconnect: since(dialler?.tlsEndMs),
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
  const dialled = connectedMs === undefined || !hasOwnDial(last) ? NO_DIAL : dialPhases(last, connectedMs);
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

/** Whether the attempt got what it dialled, or got nothing. Late binding: what the own dial did meanwhile was not what the request waited for. */
function hasOwnDial({ connection, dialled, dialStartMs, gotConnMs }: AttemptRecord): boolean {
  if (dialStartMs === undefined) return false;
  return gotConnMs === undefined || (dialled !== undefined && dialled.id === connection?.id);
}

/** Of the own dial, as far as it came until `endMs`. All that comes after the look-up is `connect`. */
function dialPhases(attempt: AttemptRecord, endMs: number): Pick<Phases, 'dns' | 'connect' | 'ssl'> {
  const { dnsStartMs, dnsEndMs = endMs, dialStartMs = endMs, dialEndMs = endMs } = attempt;
  const dns = spanOf(dnsStartMs, dnsEndMs, endMs);
  const ssl = sumOf(
    spanOf(attempt.proxyTlsStartMs, attempt.proxyTlsEndMs ?? endMs, endMs),
    spanOf(attempt.tlsStartMs, attempt.tlsEndMs ?? endMs, endMs),
  );
  const connectFromMs = dns === undefined ? dialStartMs : dnsEndMs;
  const connect = dns !== undefined && !hasResolved(attempt) ? undefined : spanOf(connectFromMs, dialEndMs, endMs);
  return { dns, connect, ssl };
}

/** Whether there was an address to go to: something came after the look-up. */
function hasResolved({ connectStartMs, proxyStartMs, tlsStartMs, dialled }: AttemptRecord): boolean {
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

/** What of a step is before `limitMs`. */
function spanOf(startMs: number | undefined, endMs: number, limitMs: number): number | undefined {
  return startMs === undefined || startMs > limitMs ? undefined : Math.min(endMs, limitMs) - startMs;
}

function sumOf(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined ? other : one + (other ?? 0);
}

function earliest(...timesMs: readonly (number | undefined)[]): number | undefined {
  return timesMs.reduce((first, timeMs) => (first === undefined || (timeMs !== undefined && timeMs < first) ? timeMs : first), undefined);
}
